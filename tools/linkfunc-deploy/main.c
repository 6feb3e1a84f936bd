#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "deploy.h"
#include "probe.h"
#include "rules.h"
#include "stop.h"

enum { MAX_SECONDS = 3600 };

static deploy_options_t *deploy_options(void *options) {
    return options;
}

static void add_word(deploy_words_t *words, const char *word) {
    words->items = realloc(words->items, (words->count + 1) * sizeof(*words->items));
    if (words->items == NULL) {
        abort();
    }
    words->items[words->count++] = word;
}

static const char *take_conf(void *options, const char *value) {
    deploy_options(options)->conf = value;
    return NULL;
}

static const char *take_prefix(void *options, const char *value) {
    deploy_options(options)->prefix = value;
    return NULL;
}

static const char *take_nginx(void *options, const char *value) {
    deploy_options(options)->nginx = value;
    return NULL;
}

static const char *take_pid(void *options, const char *value) {
    deploy_options(options)->pid_file = value;
    return NULL;
}

static const char *take_probe(void *options, const char *value) {
    if (!probe_is_url(value)) {
        return "'%s' is not a URL; one that begins with http:// or https:// and names a host is expected";
    }
    add_word(&deploy_options(options)->probes, value);
    return NULL;
}

static const char *take_timeout(void *options, const char *value) {
    char *end;
    long seconds = strtol(value, &end, 10);

    if (value[0] < '0' || value[0] > '9' || *end != '\0' || seconds < 1 || seconds > MAX_SECONDS) {
        return "'%s' is not a number of seconds from 1 to 3600";
    }
    deploy_options(options)->timeout_ms = (int) seconds * 1000;
    return NULL;
}

static const char *take_ignore(void *options, const char *value) {
    if (check_rule_find(value) == NULL) {
        return "linkfunc-check has no rule '%s'";
    }
    add_word(&deploy_options(options)->ignored, value);
    return NULL;
}

static const char *take_rollback(void *options, const char *value) {
    (void) value;
    deploy_options(options)->rollback = true;
    return NULL;
}

static const char *take_dry_run(void *options, const char *value) {
    (void) value;
    deploy_options(options)->dry_run = true;
    return NULL;
}

static const char *take_json(void *options, const char *value) {
    (void) value;
    deploy_options(options)->json = true;
    return NULL;
}

static const cli_option_t option_table[] = {
    {"--conf", 'c', "FILE", "the nginx.conf that NGINX runs with (default: nginx's own)", take_conf},
    {"--prefix", 'p', "DIR", "the prefix that it runs with (default: nginx's own)", take_prefix},
    {"--nginx", 0, "PATH", "the nginx program (default: from PATH)", take_nginx},
    {"--pid", 0, "FILE", "has the master's pid (default: what the configuration says)", take_pid},
    {"--probe", 0, "URL", "must answer 2xx in the end; may be repeated", take_probe},
    {"--timeout", 0, "SECONDS", "for the new workers, and again for each probe (default: 30)", take_timeout},
    {"--ignore", 0, "RULE", "of linkfunc-check, which it shall not mind; may be repeated", take_ignore},
    {"--rollback", 0, NULL, "put DEST.previous in place of DEST, and keep that in turn", take_rollback},
    {"--dry-run", 'n', NULL, "check, print the steps, and change nothing", take_dry_run},
    {"--json", 0, NULL, "print the outcome as JSON, and not the steps", take_json},
    {NULL, 0, NULL, NULL, NULL},
};

const cli_t deploy_cli = {
    .name = "linkfunc-deploy",
    .version = LINKFUNC_VERSION,
    .operands = "LIB.so DEST | --rollback DEST",
    .summary = "Deploys a library to a running NGINX: linkfunc-check, an atomic replacement of\n"
               "DEST (a file, or a folder for it) that keeps DEST.previous, nginx -t, a reload,\n"
               "and proof that new workers run these very bytes.  Whatever fails, DEST is what\n"
               "it was, NGINX is reloaded with that, and the exit status is 1.\n"
               "\n"
               "The configuration must name DEST and call a function of it.  A DEST that is the\n"
               "same already is left alone, and tested, reloaded and proven all the same.  Where\n"
               "no NGINX runs only nginx -t is proven, which is said, with exit status 0; with\n"
               "--pid or --probe that is a failure.  That a library's init_cycle fails is found\n"
               "by a --probe only.  A rollback is not checked by linkfunc-check, as it was\n"
               "before.",
    .options = option_table,
    .min_operands = 1,
    .max_operands = 2,
};

void deploy_say(const deploy_options_t *options, const char *format, ...) {
    va_list args;

    if (options->json) {
        return;
    }
    va_start(args, format);
    /* The analyzer loses sight of va_start when it reads several files in one run. */
    vprintf(format, args); /* NOLINT(clang-analyzer-valist.Uninitialized) */
    va_end(args);
    putchar('\n');
    (void) fflush(stdout);
}

static void take_operands(deploy_options_t *options, int count, char **argv) {
    if (options->rollback && count == 2) {
        cli_misuse(&deploy_cli, "unexpected argument '%s': --rollback takes DEST alone", argv[2]);
    }
    if (!options->rollback && count == 1) {
        cli_misuse(&deploy_cli, "expected LIB.so DEST, and there is only '%s'", argv[1]);
    }
    options->library = options->rollback ? NULL : argv[1];
    options->destination = argv[count];
    if (options->destination[0] == '\0' || argv[1][0] == '\0') {
        cli_misuse(&deploy_cli, "expected %s, and not an empty word", deploy_cli.operands);
    }
}

int main(int argc, char **argv) {
    deploy_options_t options = {.timeout_ms = 30000};
    int status;

    take_operands(&options, cli_parse(&deploy_cli, argc, argv, &options), argv);
    status = stop_begin() != 0 ? 1 : deploy_run(&options);
    free(options.probes.items);
    free(options.ignored.items);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        deploy_report("cannot write to standard output");
        status = 1;
    }
    return status;
}
