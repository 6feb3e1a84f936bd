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

static void apply(const cli_t *cli, const cli_option_t *option, void *options, const char *value) {
    const char *wrong = option->take(options, value);

    if (wrong != NULL) {
        cli_misuse(cli, wrong, value);
    }
}

/* "-iX" is "-i -X": takes the letters in front that have no value. */
static const cli_option_t *take_letters(const cli_t *cli, flag_t *flag, void *options) {
    const cli_option_t *option = find_option(cli, flag);

    while (flag->letter != 0 && flag->value != NULL && option != NULL && option->argument == NULL) {
        apply(cli, option, options, NULL);
        flag->letter = flag->value[0];
        flag->value = flag->value[1] == '\0' ? NULL : flag->value + 1;
        option = find_option(cli, flag);
    }
    return option;
}

/* Handles argv[i] and returns the index of the last word that it took. */
static int take_option(const cli_t *cli, int argc, char **argv, int i, void *options) {
    flag_t flag = read_flag(argv[i]);
    const cli_option_t *option = take_letters(cli, &flag, options);

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
    apply(cli, option, options, flag.value);
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

/* The length of the character of UTF-8 (RFC 3629) that begins there; 0: none does. */
static size_t utf8_length(const unsigned char *c) {
    static const struct {
        unsigned char first, last; /* of the byte that it begins with */
        unsigned char low, high;   /* of the one behind that */
        size_t len;
    } rows[] = {
        {0x00, 0x7f, 0x00, 0xff, 1}, {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
        {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
    };
    size_t i, k;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]) && c[0] > rows[i].last; i++) {
    }
    if (i == sizeof(rows) / sizeof(rows[0]) || c[0] < rows[i].first
        || (rows[i].len > 1 && (c[1] < rows[i].low || c[1] > rows[i].high))) {
        return 0;
    }
    for (k = 2; k < rows[i].len; k++) {
        if ((c[k] & 0xc0) != 0x80) {
            return 0;
        }
    }
    return rows[i].len;
}

/* Paths may be of any bytes, JSON is of UTF-8. */
static void print_json_string(FILE *out, const char *text) {
    const unsigned char *c = (const unsigned char *) text;

    fputc('"', out);
    while (*c != '\0') {
        size_t len = utf8_length(c);

        if (len == 0) {
            fputs("\\ufffd", out);
        } else if (*c == '"' || *c == '\\') {
            fprintf(out, "\\%c", *c);
        } else if (*c < 0x20) {
            fprintf(out, "\\u%04x", *c);
        } else {
            (void) fwrite(c, 1, len, out);
        }
        c += len == 0 ? 1 : len;
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
