#include "names.h"

#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool ends(const char *name, const char *end) {
    size_t len = strlen(name), end_len = strlen(end);

    return len > end_len && strcmp(name + len - end_len, end) == 0;
}

static bool ends_with_any(const char *name, const char *const *ends_list) {
    for (; *ends_list != NULL; ends_list++) {
        if (ends(name, *ends_list)) {
            return true;
        }
    }
    return false;
}

static bool is_any(const char *name, const char *const *names) {
    for (; *names != NULL; names++) {
        if (strcmp(name, *names) == 0) {
            return true;
        }
    }
    return false;
}

static const char *base(const char *path) {
    const char *slash = strrchr(path, '/');

    return slash == NULL ? path : slash + 1;
}

/* Vim asks with 4913 whether it may write. */
static bool is_temporary(const char *name) {
    static const char *const list[] = {"~",     ".swp",         ".swx",         ".tmp",
                                       ".part", "___jb_tmp___", "___jb_old___", NULL};

    return name[0] == '.' || name[0] == '#' || strcmp(name, "4913") == 0 || ends_with_any(name, list);
}

bool names_is_output(const char *name) {
    static const char *const list[] = {".o", ".a", ".d", ".lo", ".la", ".so", ".gcda", ".gcno", ".pid", NULL};

    return ends_with_any(name, list) || strstr(name, ".so.") != NULL
           || strcmp(name, "compile_commands.json") == 0;
}

unsigned names_meaning(const char *path) {
    const char *name = base(path);

    if (is_temporary(name) || names_is_output(name)) {
        return 0;
    }
    return ends(name, ".conf") ? NAMES_CONF : NAMES_BUILD;
}

bool names_is_build_folder(const char *path) {
    static const char *const marks[] = {"CMakeCache.txt", "meson-private", "build.ninja", NULL};
    char mark[PATH_MAX];
    const char *const *i;

    for (i = marks; *i != NULL; i++) {
        if (snprintf(mark, sizeof(mark), "%s/%s", path, *i) < (int) sizeof(mark) && access(mark, F_OK) == 0) {
            return true;
        }
    }
    return false;
}

/* NGINX serves nothing that the tests are made of. */
bool names_skip_folder(const char *path) {
    static const char *const unwatched[] = {"tests", "test", "fuzz", NULL};
    static const char *const made[] = {"build", "_build", "node_modules", "__pycache__", NULL};
    const char *name = base(path);

    return name[0] == '.' || is_any(path, unwatched) || is_any(name, made) || strncmp(name, "build-", 6) == 0
           || strncmp(name, "cmake-build-", 12) == 0;
}
