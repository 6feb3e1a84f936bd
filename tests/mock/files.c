#define _GNU_SOURCE

#include "files.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#define FOLDER "FOLDER"

void files_make(files_t *files) {
    (void) snprintf(files->folder, sizeof(files->folder), "/tmp/linkfunc-mock-XXXXXX");
    assert_non_null(mkdtemp(files->folder));
}

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *walk) {
    (void) info;
    (void) type;
    (void) walk;
    return remove(path);
}

void files_remove(const files_t *files) {
    (void) nftw(files->folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

char *files_path_dup(const files_t *files, const char *name) {
    char *path;

    assert_true(asprintf(&path, "%s/%s", files->folder, name) >= 0);
    return path;
}

static void make_folder_of(const char *path) {
    char *folder = strdup(path);

    *strrchr(folder, '/') = '\0';
    (void) mkdir(folder, 0700);
    free(folder);
}

char *files_write(const files_t *files, const char *name, const char *text) {
    char *path = files_path_dup(files, name);
    FILE *file;

    make_folder_of(path);
    file = fopen(path, "we");
    assert_non_null(file);
    (void) fputs(text, file);
    assert_int_equal(fclose(file), 0);
    return path;
}

char *files_expand_dup(const files_t *files, const char *text) {
    char *expanded = NULL;
    size_t size;
    FILE *out = open_memstream(&expanded, &size);
    const char *found;

    assert_non_null(out);
    for (; (found = strstr(text, FOLDER)) != NULL; text = found + strlen(FOLDER)) {
        (void) fprintf(out, "%.*s%s", (int) (found - text), text, files->folder);
    }
    (void) fputs(text, out);
    assert_int_equal(fclose(out), 0);
    return expanded;
}
