/* Code that may end its process, run in one of its own. */

#ifndef CHILD_H
#define CHILD_H

#include <stddef.h>

typedef struct {
    int status;      /* as of waitpid() */
    char said[4096]; /* what it wrote to its report, NUL-terminated */
    size_t len;
} cli_child_t;

/* Runs `work` in a child that shares standard input and output with the caller
 * and dies with it; the child exits with what `work` returns.  Returns 0 when it
 * has ended, however it did; or -1, and errno says why there is no child. */
int cli_child_run(cli_child_t *child, int (*work)(int report, void *data), void *data);

#endif
