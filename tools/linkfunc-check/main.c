#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

typedef struct {
    library_words_t functions;
    library_words_t ignored;
    const char *conf;
    const char *destination;
    bool load;
    bool strict;
    bool json;
} options_t;

static options_t *check_options(void *options) {
    return options;
}

static const char *take_function(void *options, const char *value) {
    library_add_word(&check_options(options)->functions, value, strlen(value));
    return NULL;
}

static const char *take_conf(void *options, const char *value) {
    check_options(options)->conf = value;
    return NULL;
}

static const char *take_as(void *options, const char *value) {
    if (value[0] == '\0') {
        return "'%s' is not a path: expected that of the library where it will be";
    }
    check_options(options)->destination = value;
    return NULL;
}

static const char *take_ignore(void *options, const char *value) {
    if (check_rule_find(value) == NULL) {
        return "there is no rule '%s'";
    }
    library_add_word(&check_options(options)->ignored, value, strlen(value));
    return NULL;
}

static const char *take_load(void *options, const char *value) {
    (void) value;
    check_options(options)->load = true;
    return NULL;
}

static const char *take_strict(void *options, const char *value) {
    (void) value;
    check_options(options)->strict = true;
    return NULL;
}

static const char *take_json(void *options, const char *value) {
    (void) value;
    check_options(options)->json = true;
    return NULL;
}

static const cli_option_t option_table[] = {
    {"--conf", 'c', "FILE", "an nginx.conf: check what its locations call of the library", take_conf},
    {"--as", 0, "PATH", "where it will be deployed to, with a safe owner and mode", take_as},
    {"--function", 'f', "NAME", "a function that a location calls; may be repeated", take_function},
    {"--load", 'l', NULL, "open it too, which runs its constructors, in a process of its own", take_load},
    {"--ignore", 0, "RULE", "say nothing of this rule; may be repeated", take_ignore},
    {"--strict", 0, NULL, "exit 1 for notes too", take_strict},
    {"--json", 0, NULL, "print the findings as JSON", take_json},
    {NULL, 0, NULL, NULL, NULL},
};

const cli_t check_cli = {
    .name = "linkfunc-check",
    .version = LINKFUNC_VERSION,
    .operands = "LIB.so",
    .summary = "Says what NGINX would trip over in a library, before it is deployed.  Exits 1\n"
               "when there is an error or a warning.",
    .options = option_table,
    .min_operands = 1,
    .max_operands = 1,
};

static void check(check_findings_t *findings, const library_t *library, const options_t *options) {
    size_t i;

    check_format(findings, library);
    if (library->verdict != LIBRARY_OK) {
        return;
    }
    check_symbols(findings, library);
    for (i = 0; i < options->functions.count; i++) {
        check_function(findings, library, library->path, options->functions.items[i]);
    }
    if (options->conf != NULL) {
        check_conf(findings, library, options->conf);
    }
    check_hardening(findings, library);
    check_files(findings, library, options->destination != NULL);
    if (options->load) {
        check_load(findings, library);
    }
}

int main(int argc, char **argv) {
    options_t options = {.load = false};
    check_findings_t findings = {NULL, 0};
    library_t *library;
    bool failed;

    (void) cli_parse(&check_cli, argc, argv, &options);
    library = library_open(argv[1]);
    if (options.destination != NULL) {
        library_rename(library, options.destination);
    }
    check(&findings, library, &options);
    check_drop(&findings, options.ignored.items, options.ignored.count);
    check_print(&findings, options.json);
    failed = check_fails(&findings, options.strict);
    check_free(&findings);
    library_free(library);
    if (fflush(stdout) != 0) {
        check_report("cannot write to standard output");
        return 1;
    }
    return failed;
}
