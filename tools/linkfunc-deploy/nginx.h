/* The nginx program: what it was built with, and what it says of its
 * configuration. */

#ifndef NGINX_H
#define NGINX_H

#include <sys/types.h>

#include "deploy.h"

typedef struct {
    char *program;
    char *prefix; /* of its relative paths */
    char *conf;
    char *pid_file; /* unless the configuration names another */
    const deploy_options_t *options;
} nginx_t;

/* -1 when there is none that can be run, which was reported. */
int nginx_open(nginx_t *nginx, const deploy_options_t *options);
void nginx_close(nginx_t *nginx);

/* nginx -t, whose complaints go to standard error.  Also finds out which file
 * the configuration has for the master's pid; the caller frees it.  NULL when
 * the configuration is refused. */
char *nginx_test(const nginx_t *nginx);

#endif
