#define _GNU_SOURCE

#include "nginx_build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *from_environment(const char *name, const char *otherwise) {
    const char *value = getenv(name);

    return value == NULL || value[0] == '\0' ? otherwise : value;
}

const char *nginx_build_program(void) {
    return from_environment("LINKFUNC_TEST_NGINX", NGINX_BINARY);
}

const char *nginx_build_module(void) {
    return from_environment("LINKFUNC_TEST_MODULE", NGINX_MODULE_SO);
}

int nginx_build_patience(void) {
    long factor = strtol(from_environment("LINKFUNC_TEST_PATIENCE", "1"), NULL, 10);

    return factor < 1 ? 1 : (int) factor;
}

/* 0 unless the text holds "nginx/1.22.1" or alike. */
static int parse_version(const char *text) {
    const char *at = strstr(text, "nginx/");
    int parts[3], i;
    char *end;

    if (at == NULL) {
        return 0;
    }
    end = (char *) at + strlen("nginx");
    for (i = 0; i < 3; i++) {
        at = end + 1;
        parts[i] = (int) strtol(at, &end, 10);
        if (end == at || (i < 2 && *end != '.')) {
            return 0;
        }
    }
    return parts[0] * 1000000 + parts[1] * 1000 + parts[2];
}

static int ask_version(void) {
    char *command, text[256] = "";
    FILE *output;

    if (asprintf(&command, "'%s' -v 2>&1", nginx_build_program()) == -1) {
        return 0;
    }
    output = popen(command, "re"); /* NOLINT(cert-env33-c): the tests name the program */
    free(command);
    if (output == NULL) {
        return 0;
    }
    text[fread(text, 1, sizeof(text) - 1, output)] = '\0';
    return pclose(output) == 0 ? parse_version(text) : 0;
}

int nginx_build_version(void) {
    static int version;

    if (version == 0) {
        version = ask_version();
    }
    if (version == 0) {
        print_error("%s does not tell its version\n", nginx_build_program());
        fail();
    }
    return version;
}
