/* The project's own build system. */

#ifndef BUILD_H
#define BUILD_H

#include <limits.h>
#include <stdbool.h>

#include "check.h"
#include "step.h"

typedef struct {
    const char *project;       /* absolute */
    const char *command;       /* of the shell, instead of a build system; NULL: none was given */
    const char *sanitize;      /* a folder for a copy that is built with AddressSanitizer; NULL: none */
    const char *script;        /* what builds it */
    char output[NAME_MAX + 1]; /* the folder, in the project, that it builds in */
} build_t;

/* Finds out how the project is built.  To be called behind the other members. */
void build_find(build_t *build);

/* Where what is built lies: the project, or its copy. */
const char *build_folder(const build_t *build);

/* Starts a build of the libraries, and of what cannot be told from them.
 * Returns 0, -1 after a message, or 1 when there is nothing to build by. */
int build_start(const build_t *build, const check_t *check, step_t *step);

#endif
