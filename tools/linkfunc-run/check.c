#include "check.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lf_conf.h"
#include "own.h"
#include "run.h"

static void add(check_t *check, lf_str_t word) {
    char *path = malloc(word.len + 1);
    size_t i;

    if (path == NULL) {
        abort();
    }
    path[lf_conf_unescape(path, word)] = '\0';
    for (i = 0; i < check->count; i++) {
        if (strcmp(check->libraries[i], path) == 0) {
            free(path);
            return;
        }
    }
    check->libraries = realloc(check->libraries, (check->count + 1) * sizeof(*check->libraries));
    if (check->libraries == NULL) {
        abort();
    }
    check->libraries[check->count++] = path;
}

static void find_in(check_t *check, lf_str_t text) {
    lf_conf_t conf;
    lf_str_t word;
    lf_conf_kind_t kind;
    bool is_library = false;

    lf_conf_init(&conf, text);
    for (kind = lf_conf_next(&conf, &word); kind != LF_CONF_END && kind != LF_CONF_BROKEN;
         kind = lf_conf_next(&conf, &word)) {
        if (kind == LF_CONF_WORD && is_library) {
            add(check, word);
        }
        is_library = kind == LF_CONF_WORD && !is_library && lf_str_equal(word, lf_cstr("ngx_link_func_lib"));
    }
}

void check_find(check_t *check) {
    char path[PATH_MAX];
    char *text = NULL;
    size_t size = 0;
    ssize_t len;
    FILE *in;

    check_free(check);
    if (snprintf(path, sizeof(path), "%s/nginx.conf", check->project) >= (int) sizeof(path)) {
        return;
    }
    in = fopen(path, "re");
    if (in == NULL) {
        return;
    }
    len = getdelim(&text, &size, '\0', in);
    find_in(check, lf_str(text, len < 0 ? 0 : (size_t) len));
    free(text);
    (void) fclose(in);
}

int check_start(const check_t *check, size_t number, step_t *step) {
    char program[PATH_MAX];

    if (number >= check->count) {
        return 1;
    }
    if (own_path(program, "linkfunc-check") != 0) {
        return -1;
    }
    return step_start(
        step, check->project,
        (const char *const[]){program, "--conf", "nginx.conf", "--", check->libraries[number], NULL});
}

void check_free(check_t *check) {
    while (check->count > 0) {
        free(check->libraries[--check->count]);
    }
    free(check->libraries);
    check->libraries = NULL;
}
