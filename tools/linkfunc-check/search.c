#include "search.h"

#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "find_nginx.h"

/*
 * Files
 */

/* "FOLDER/NAME" when it is there; "$ORIGIN" is the folder of the library. */
static char *in_folder(const library_t *library, const char *folder, size_t len, const char *name) {
    static const char *const origins[] = {"$ORIGIN", "${ORIGIN}"};
    char own[PATH_MAX], *path = NULL;
    const char *begin = "";
    size_t i;

    if (realpath(library->file, own) == NULL) {
        return NULL;
    }
    for (i = 0; i < 2; i++) {
        size_t skipped = strlen(origins[i]);

        if (len >= skipped && strncmp(folder, origins[i], skipped) == 0) {
            begin = dirname(own);
            folder += skipped;
            len -= skipped;
        }
    }
    if (asprintf(&path, "%s%.*s/%s", begin, (int) len, folder, name) == -1) {
        abort();
    }
    if (access(path, R_OK) == 0) {
        return path;
    }
    free(path);
    return NULL;
}

static char *in_rpaths(const library_t *library, const char *name) {
    char *path = NULL;
    size_t i;

    for (i = 0; i < library->rpaths.count && path == NULL; i++) {
        path = in_folder(library, library->rpaths.items[i], strlen(library->rpaths.items[i]), name);
    }
    return path;
}

/* A line of the loader's cache: "\tNAME (KIND) => PATH". */
static char *path_of_line(const char *line, const char *name) {
    size_t len = strlen(name);
    const char *path = strstr(line, " => ");

    if (path == NULL || line[0] != '\t' || strncmp(line + 1, name, len) != 0 || line[1 + len] != ' ') {
        return NULL;
    }
    return strndup(path + 4, strcspn(path + 4, "\n"));
}

static char *in_cache(const char *name) {
    /* NOLINTNEXTLINE(cert-env33-c): nothing of the command comes from outside */
    FILE *cache = popen("/sbin/ldconfig -p 2>/dev/null", "r");
    char *line = NULL, *path = NULL;
    size_t size = 0;

    while (cache != NULL && getline(&line, &size, cache) != -1) {
        if (path == NULL) {
            path = path_of_line(line, name);
        }
    }
    free(line);
    if (cache != NULL) {
        (void) pclose(cache);
    }
    return path;
}

char *search_library(const library_t *library, const char *name) {
    static const char *const folders[] = {"/lib", "/usr/lib", "/lib64", "/usr/lib64"};
    char *path;
    size_t i;

    if (strchr(name, '/') != NULL) {
        return access(name, R_OK) == 0 ? strdup(name) : NULL;
    }
    path = in_rpaths(library, name);
    path = path != NULL ? path : in_cache(name);
    for (i = 0; i < sizeof(folders) / sizeof(folders[0]) && path == NULL; i++) {
        path = in_folder(library, folders[i], strlen(folders[i]), name);
    }
    return path;
}

/*
 * Symbols
 */

struct search_symbols_s {
    library_t **libraries;
    size_t count;
};

static bool is_open(const search_symbols_t *symbols, const char *path) {
    size_t i;

    for (i = 0; i < symbols->count; i++) {
        if (strcmp(symbols->libraries[i]->path, path) == 0) {
            return true;
        }
    }
    return false;
}

static const library_t *open_once(search_symbols_t *symbols, const char *path) {
    if (is_open(symbols, path)) {
        return NULL;
    }
    symbols->libraries = realloc(symbols->libraries, (symbols->count + 1) * sizeof(library_t *));
    if (symbols->libraries == NULL) {
        abort();
    }
    return symbols->libraries[symbols->count++] = library_open(path);
}

/* Breadth first: what was opened last still has needs of its own. */
static void open_needed(search_symbols_t *symbols, const library_t *library) {
    size_t i;

    for (i = 0; i < library->needed.count; i++) {
        char *path = search_library(library, library->needed.items[i]);

        if (path != NULL) {
            (void) open_once(symbols, path);
        }
        free(path);
    }
}

static void open_nginx(search_symbols_t *symbols) {
    char *path = find_nginx();

    if (path != NULL) {
        (void) open_once(symbols, path);
    }
    free(path);
}

search_symbols_t *search_symbols_new(const library_t *library) {
    search_symbols_t *symbols = calloc(1, sizeof(*symbols));
    size_t i;

    if (symbols == NULL) {
        abort();
    }
    open_nginx(symbols);
    open_needed(symbols, library);
    for (i = 0; i < symbols->count; i++) {
        open_needed(symbols, symbols->libraries[i]);
    }
    return symbols;
}

void search_symbols_free(search_symbols_t *symbols) {
    while (symbols->count > 0) {
        library_free(symbols->libraries[--symbols->count]);
    }
    free(symbols->libraries);
    free(symbols);
}

bool search_symbols_has(const search_symbols_t *symbols, const char *name) {
    size_t i;

    for (i = 0; i < symbols->count; i++) {
        if (library_exports(symbols->libraries[i], name)) {
            return true;
        }
    }
    return false;
}
