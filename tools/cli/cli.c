#include "cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_help(const cli_t *cli) {
    const cli_option_t *option;
    char left[64];

    printf("usage: %s [OPTION]... %s\n\n%s\n\n", cli->name, cli->operands, cli->summary);
    for (option = cli->options; option->flag != NULL; option++) {
        snprintf(left, sizeof(left), "%s%s%s", option->flag, option->argument ? " " : "",
                 option->argument ? option->argument : "");
        printf("  %-18s %s\n", left, option->help);
    }
    printf("  %-18s %s\n  %-18s %s\n", "--help", "print this text", "--version", "print the version");
}

static _Noreturn void finish(const cli_t *cli) {
    if (fflush(stdout) != 0) {
        cli_report(cli, "cannot write to standard output");
        exit(1);
    }
    exit(0);
}

static _Noreturn void misuse(const cli_t *cli, const char *what, const char *subject) {
    cli_report(cli, what, subject);
    fprintf(stderr, "Try '%s --help'.\n", cli->name);
    exit(2);
}

static const cli_option_t *find_option(const cli_t *cli, const char *flag) {
    const cli_option_t *option;

    for (option = cli->options; option->flag != NULL; option++) {
        if (strcmp(option->flag, flag) == 0) {
            return option;
        }
    }
    return NULL;
}

/* Handles argv[i] and returns the index of the last word that it took. */
static int take_option(const cli_t *cli, int argc, char **argv, int i, void *options) {
    const cli_option_t *option = find_option(cli, argv[i]);
    const char *wrong;
    const char *value = NULL;

    if (strcmp(argv[i], "--help") == 0) {
        print_help(cli);
        finish(cli);
    }
    if (strcmp(argv[i], "--version") == 0) {
        printf("%s %s\n", cli->name, cli->version);
        finish(cli);
    }
    if (option == NULL) {
        misuse(cli, "unknown option '%s'", argv[i]);
    }
    if (option->argument != NULL) {
        value = argv[++i];
        if (i >= argc) {
            misuse(cli, "%s needs a value", option->flag);
        }
    }
    wrong = option->take(options, value);
    if (wrong != NULL) {
        misuse(cli, wrong, value);
    }
    return i;
}

int cli_parse(const cli_t *cli, int argc, char **argv, void *options) {
    int operands = 0;
    int i;

    for (i = 1; i < argc; i++) {
        if (argv[i][0] == '-' && argv[i][1] != '\0') {
            i = take_option(cli, argc, argv, i, options);
            continue;
        }
        if (operands == cli->max_operands) {
            misuse(cli, "unexpected argument '%s'", argv[i]);
        }
        argv[++operands] = argv[i];
    }
    return operands;
}

void cli_report(const cli_t *cli, const char *format, ...) {
    va_list args;

    fprintf(stderr, "%s: ", cli->name);
    va_start(args, format);
    /* The analyzer loses sight of va_start when it reads several files in one run. */
    vfprintf(stderr, format, args); /* NOLINT(clang-analyzer-valist.Uninitialized) */
    va_end(args);
    fputc('\n', stderr);
}
