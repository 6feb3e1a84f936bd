/* What the files of linkfunc-deploy share. */

#ifndef DEPLOY_H
#define DEPLOY_H

#include <stdbool.h>
#include <stddef.h>

#include "cli.h"

extern const cli_t deploy_cli;

/* "linkfunc-deploy: ..." on standard error. */
#define deploy_report(...) cli_report(&deploy_cli, __VA_ARGS__)

typedef struct {
    const char **items;
    size_t count;
} deploy_words_t;

typedef struct {
    const char *library; /* NULL with --rollback */
    const char *destination;
    const char *nginx;
    const char *conf;
    const char *prefix;
    const char *pid_file;
    deploy_words_t probes;
    deploy_words_t ignored;
    int timeout_ms;
    bool rollback;
    bool dry_run;
    bool json;
} deploy_options_t;

/* A line on standard output for each step; nothing with --json. */
void deploy_say(const deploy_options_t *options, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The exit status. */
int deploy_run(const deploy_options_t *options);

#endif
