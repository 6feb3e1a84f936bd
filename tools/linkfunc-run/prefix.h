/* The temporary prefix that NGINX runs in. */

#ifndef PREFIX_H
#define PREFIX_H

#include "conf.h"
#include "run.h"
#include "scratch.h"

typedef struct {
    const char *project;    /* absolute; its nginx.conf is adapted, the rest copied */
    const char *built;      /* what is copied instead, when it was built elsewhere */
    const char *module_dir; /* NULL: beside the installation of this program */
    run_user_t user;
    conf_wishes_t wishes;
    scratch_t scratch; /* the folder, once it is made */
} prefix_t;

/* Brings the project and the modules into the folder; again, before a reload.
 * Returns 0, or -1 after a message. */
int prefix_fill(const prefix_t *prefix);

/* Takes out of a copy what the project has lost at that path. */
void prefix_forget(const char *copy, const char *project, const char *path);

#endif
