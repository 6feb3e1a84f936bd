/* linkfunc-check, on each library that the project's nginx.conf names. */

#ifndef CHECK_H
#define CHECK_H

#include <stddef.h>

#include "step.h"

typedef struct {
    const char *project; /* absolute */
    char **libraries;
    size_t count;
} check_t;

/* Reads nginx.conf.  What is wrong with it, NGINX will say. */
void check_find(check_t *check);

/* Starts the check of a library.  Returns 0, -1 after a message, or 1 when
 * there is no library of that number. */
int check_start(const check_t *check, size_t number, step_t *step);

void check_free(check_t *check);

#endif
