#include "cli.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_option(char letter, const char *flag, const char *argument, const char *help) {
    char left[64];

    snprintf(left, sizeof(left), "%c%c%c %s%s%s", letter ? '-' : ' ', letter ? letter : ' ',
             letter ? ',' : ' ', flag, argument ? " " : "", argument ? argument : "");
    printf("  %-24s %s\n", left, help);
}

static void print_help(const cli_t *cli) {
    const cli_option_t *option;

    printf("usage: %s [OPTION]... %s\n\n%s\n\n", cli->name, cli->operands, cli->summary);
    for (option = cli->options; option->flag != NULL; option++) {
        print_option(option->letter, option->flag, option->argument, option->help);
    }
    print_option('h', "--help", NULL, "print this text");
    print_option('V', "--version", NULL, "print the version");
}

static _Noreturn void finish(const cli_t *cli) {
    if (fflush(stdout) != 0) {
        cli_report(cli, "cannot write to standard output");
        exit(1);
    }
    exit(0);
}

_Noreturn void cli_misuse(const cli_t *cli, const char *what, const char *subject) {
    cli_report(cli, what, subject);
    fprintf(stderr, "Try '%s --help'.\n", cli->name);
    exit(2);
}

/* What a word that begins with '-' stands for. */
typedef struct {
    const char *word;
    char letter;       /* of "-p8080"; 0 for a long option */
    size_t len;        /* of the word, up to the '=' of a long option */
    const char *value; /* what stands in the same word; NULL: nothing */
} flag_t;

static flag_t read_flag(const char *word) {
    flag_t flag = {word, 0, strcspn(word, "="), NULL};

    if (word[1] != '-') {
        flag.letter = word[1];
        flag.value = word[2] == '\0' ? NULL : word + 2;
    } else if (word[flag.len] == '=') {
        flag.value = word + flag.len + 1;
    }
    return flag;
}

static int is_flag(const flag_t *flag, char letter, const char *name) {
    if (flag->letter != 0) {
        return flag->letter == letter;
    }
    return strlen(name) == flag->len && strncmp(flag->word, name, flag->len) == 0;
}

static const cli_option_t *find_option(const cli_t *cli, const flag_t *flag) {
    const cli_option_t *option;

    for (option = cli->options; option->flag != NULL; option++) {
        if (is_flag(flag, option->letter, option->flag)) {
            return option;
        }
    }
    return NULL;
}

static void print_version(const cli_t *cli) {
    printf("%s %s\n", cli->name, cli->version);
}

static _Noreturn void take_standard_option(const cli_t *cli, const flag_t *flag) {
    static const struct {
        const char *name;
        char letter;
        void (*print)(const cli_t *cli);
    } rows[] = {{"--help", 'h', print_help}, {"--version", 'V', print_version}};
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (!is_flag(flag, rows[i].letter, rows[i].name)) {
            continue;
        }
        if (flag->value != NULL) {
            cli_misuse(cli, "%s takes no value", rows[i].name);
        }
        rows[i].print(cli);
        finish(cli);
    }
    cli_misuse(cli, "unknown option '%s'", flag->word);
}

/* Handles argv[i] and returns the index of the last word that it took. */
static int take_option(const cli_t *cli, int argc, char **argv, int i, void *options) {
    flag_t flag = read_flag(argv[i]);
    const cli_option_t *option = find_option(cli, &flag);
    const char *wrong;

    if (option == NULL) {
        take_standard_option(cli, &flag);
    }
    if (option->argument == NULL && flag.value != NULL) {
        cli_misuse(cli, "%s takes no value", option->flag);
    }
    if (option->argument != NULL && flag.value == NULL) {
        flag.value = argv[++i];
        if (i >= argc) {
            cli_misuse(cli, "%s needs a value", option->flag);
        }
    }
    wrong = option->take(options, flag.value);
    if (wrong != NULL) {
        cli_misuse(cli, wrong, flag.value);
    }
    return i;
}

int cli_parse(const cli_t *cli, int argc, char **argv, void *options) {
    int operands = 0, only_operands = 0;
    int i;

    /* Who started the tool may ignore the ends of children, but the tool does not. */
    (void) signal(SIGCHLD, SIG_DFL);
    for (i = 1; i < argc; i++) {
        if (!only_operands && strcmp(argv[i], "--") == 0) {
            only_operands = 1;
            continue;
        }
        if (!only_operands && argv[i][0] == '-' && argv[i][1] != '\0') {
            i = take_option(cli, argc, argv, i, options);
            continue;
        }
        if (operands == cli->max_operands) {
            cli_misuse(cli, "unexpected argument '%s'", argv[i]);
        }
        argv[++operands] = argv[i];
    }
    if (operands < cli->min_operands) {
        cli_misuse(cli, "expected %s", cli->operands);
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

static void print_json_string(FILE *out, const char *text) {
    const unsigned char *c;

    fputc('"', out);
    for (c = (const unsigned char *) text; *c != '\0'; c++) {
        if (*c == '"' || *c == '\\') {
            fprintf(out, "\\%c", *c);
        } else if (*c < 0x20) {
            fprintf(out, "\\u%04x", *c);
        } else {
            fputc(*c, out);
        }
    }
    fputc('"', out);
}

void cli_print_json(FILE *out, const cli_member_t *members, size_t count) {
    size_t i;

    fputc('{', out);
    for (i = 0; i < count; i++) {
        fputs(i == 0 ? "" : ", ", out);
        print_json_string(out, members[i].key);
        fputs(": ", out);
        print_json_string(out, members[i].value);
    }
    fputc('}', out);
}
