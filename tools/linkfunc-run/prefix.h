/* The temporary prefix that NGINX runs in. */

#ifndef PREFIX_H
#define PREFIX_H

#include <limits.h>

#include "run.h"

typedef struct {
    const char *project;    /* absolute; its nginx.conf is adapted, the rest copied */
    const char *module_dir; /* NULL: beside the installation of this program */
    run_user_t user;
    int port;
    char path[PATH_MAX]; /* the folder, once it is made */
} prefix_t;

/* Makes the folder, readable for the user alone.  Returns 0, or -1 after a
 * message. */
int prefix_make(prefix_t *prefix);

/* Brings the project and the modules into it; again, before a reload. */
int prefix_fill(const prefix_t *prefix);

/* Removes it and all that NGINX left there. */
void prefix_remove(const prefix_t *prefix);

#endif
