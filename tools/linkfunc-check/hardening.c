/* How it was linked, and who may change it. */

#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "check.h"

void check_format(check_findings_t *findings, const library_t *library) {
    switch (library->verdict) {
    case LIBRARY_UNREADABLE:
        check_add(findings, "unreadable", library->path, "%s", strerror(library->error));
        break;
    case LIBRARY_NOT_ELF:
        check_add(findings, "not-elf", library->path, "it is not an ELF file");
        break;
    case LIBRARY_WRONG_ARCH:
        check_add(findings, "wrong-arch", library->path, "it is for another machine");
        break;
    case LIBRARY_NOT_SHARED:
        check_add(findings, "not-shared", library->path, "it is not a shared library");
        break;
    case LIBRARY_OK:
        break;
    }
}

/* Who else could put a library there: a folder that is relative, that anybody
 * may write to, or that does not exist below one that anybody may write to. */
static bool is_insecure(const char *folder) {
    char path[PATH_MAX], *at;
    struct stat info;

    if (strncmp(folder, "$ORIGIN", 7) == 0 || strncmp(folder, "${ORIGIN}", 9) == 0) {
        return false;
    }
    if (folder[0] != '/' || strlen(folder) >= sizeof(path)) {
        return true;
    }
    (void) snprintf(path, sizeof(path), "%s", folder);
    for (at = path; stat(at, &info) != 0 && strcmp(at, "/") != 0; at = dirname(at)) {
    }
    return (info.st_mode & S_IWOTH) != 0;
}

void check_hardening(check_findings_t *findings, const library_t *library) {
    size_t i;

    if (library->executable_stack) {
        check_add(findings, "executable-stack", library->path, "it makes the stack of NGINX executable");
    }
    if (library->text_relocation) {
        check_add(findings, "text-relocation", library->path, "its code is changed when it is loaded");
    }
    if (!library->relro) {
        check_add(findings, "no-relro", library->path, "its tables of addresses stay writable");
    } else if (library->has_plt && !library->bound_at_once) {
        check_add(findings, "partial-relro", library->path, "its table of functions stays writable");
    }
    for (i = 0; i < library->rpaths.count; i++) {
        if (is_insecure(library->rpaths.items[i])) {
            check_add(findings, "insecure-rpath", library->path, "it looks for libraries in '%s'",
                      library->rpaths.items[i]);
        }
    }
}

/* Where files are deployed to, not where they are built. */
static bool is_deployment_path(const char *path) {
    static const char *const roots[] = {"/etc/", "/usr/", "/opt/", "/lib/", "/lib64/", "/var/lib/", "/srv/"};
    size_t i;

    for (i = 0; i < sizeof(roots) / sizeof(roots[0]); i++) {
        if (strncmp(path, roots[i], strlen(roots[i])) == 0) {
            return true;
        }
    }
    return false;
}

static void check_file(check_findings_t *findings, const library_t *library) {
    char path[PATH_MAX];
    struct stat info;

    if (realpath(library->file, path) == NULL || stat(path, &info) != 0) {
        return;
    }
    if (info.st_mode & (S_IWOTH | S_IWGRP)) {
        check_add(findings, "writable-by-others", library->path,
                  "mode %04o lets others than its owner change it", (unsigned) info.st_mode & 07777);
    }
    if (is_deployment_path(path) && info.st_uid != 0) {
        check_add(findings, "not-owned-by-root", library->path, "it belongs to user %u",
                  (unsigned) info.st_uid);
    }
}

/* A path that is deployed to need not be there yet; its folder must. */
static void check_folder(check_findings_t *findings, const library_t *library, const char *file) {
    char path[PATH_MAX], copy[PATH_MAX];
    struct stat info;

    snprintf(copy, sizeof(copy), "%s", file);
    if (realpath(dirname(copy), path) != NULL && stat(path, &info) == 0 && (info.st_mode & S_IWOTH)
        && !(info.st_mode & S_ISVTX)) {
        check_add(findings, "writable-by-others", library->path,
                  "mode %04o of its folder lets anybody replace it", (unsigned) info.st_mode & 07777);
    }
}

void check_files(check_findings_t *findings, const library_t *library, bool deployed_elsewhere) {
    char file[PATH_MAX];

    if (deployed_elsewhere) {
        check_folder(findings, library, library->path);
        return;
    }
    check_file(findings, library);
    if (realpath(library->file, file) != NULL) {
        check_folder(findings, library, file);
    }
}
