/* Programs that this one runs. */

#ifndef COMMAND_H
#define COMMAND_H

#include <stddef.h>

typedef struct {
    char *data; /* NUL-terminated; NULL when nothing came */
    size_t len;
} command_text_t;

/* Runs argv[0], a path, to its end.  What it writes to the descriptor
 * `captured` goes to *text, which the caller frees, everything else to standard
 * error; 0: all of it.  Returns the exit status, or -1 when it could not be
 * run, was killed (both reported) or we were asked to end. */
int command_run(char *const argv[], int captured, command_text_t *text);

#endif
