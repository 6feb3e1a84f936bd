/* What the files of linkfunc-run share. */

#ifndef RUN_H
#define RUN_H

#include <stdbool.h>
#include <sys/types.h>

#include "cli.h"

extern const cli_t run_cli;

/* "linkfunc-run: ..." on standard error. */
#define run_report(...) cli_report(&run_cli, __VA_ARGS__)

/* Who NGINX runs as: ourselves, or nobody when we are root. */
typedef struct {
    bool drop;
    uid_t uid;
    gid_t gid;
} run_user_t;

#endif
