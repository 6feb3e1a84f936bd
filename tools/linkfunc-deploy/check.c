#include "check.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"

/* The caller frees it; NULL, which was reported. */
static char *find_program(void) {
    char self[PATH_MAX], *path;
    ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);

    if (len <= 0) {
        deploy_report("cannot read '/proc/self/exe': %s", strerror(errno));
        return NULL;
    }
    self[len] = '\0';
    *strrchr(self, '/') = '\0';
    if (asprintf(&path, "%s/linkfunc-check", self) == -1) {
        abort();
    }
    return path;
}

static char *word_dup(const char *word) {
    char *copy = strdup(word);

    if (copy == NULL) {
        abort();
    }
    return copy;
}

static int run(char *program, const deploy_options_t *options, const char *const *words, size_t count) {
    char **argv = calloc(count + 2 * options->ignored.count + 2, sizeof(*argv));
    size_t i, filled = 1;
    int status;

    if (argv == NULL) {
        abort();
    }
    argv[0] = program;
    for (i = 0; i < options->ignored.count; i++) {
        argv[filled++] = word_dup("--ignore");
        argv[filled++] = word_dup(options->ignored.items[i]);
    }
    for (i = 0; i < count; i++) {
        argv[filled++] = word_dup(words[i]);
    }
    status = command_run(argv, 0, NULL);
    while (filled > 1) {
        free(argv[--filled]);
    }
    free(argv);
    return status;
}

int check_library(const deploy_options_t *options, const char *file, const char *destination,
                  const char *conf) {
    const char *const words[] = {"--as", destination, "--conf", conf, "--", file};
    char *program = find_program();
    int status;

    if (program == NULL) {
        return -1;
    }
    status = run(program, options, words, sizeof(words) / sizeof(words[0]));
    free(program);
    if (status > 0) {
        deploy_report("linkfunc-check refuses '%s'", options->library);
    }
    return status == 0 ? 0 : -1;
}
