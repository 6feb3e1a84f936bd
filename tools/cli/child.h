/* Code that may end its process, run in one of its own. */

#ifndef CHILD_H
#define CHILD_H

#include <stddef.h>

typedef struct {
    int status;      /* as of waitpid() */
    char said[4096]; /* what it has said, NUL-terminated */
    size_t len;
} cli_child_t;

/* Runs `work` in a child that shares standard input and output with the caller
 * and dies with it; the child exits with what `work` returns.  Returns when it
 * has ended, however it did; or NULL, and errno says why there is no child. */
cli_child_t *cli_child_run(int (*work)(cli_child_t *child, void *data), void *data);

/* In the child: the caller will know, whatever becomes of descriptors; what is
 * too long is cut. */
void cli_child_say(cli_child_t *child, const char *text);

void cli_child_free(cli_child_t *child);

#endif
