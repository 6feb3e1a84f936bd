/* Runs an action in a child process, for what ends a process. */

#ifndef CHILD_H
#define CHILD_H

#include <stddef.h>

typedef struct {
    int status;         /* as wait() gives it */
    char output[65536]; /* standard output and error, cut to fit, NUL-terminated */
} child_result_t;

/* Fails the running test when there can be no child. */
void child_run(child_result_t *result, void (*action)(void));

/* Fails the running test unless the child was ended by this signal. */
void assert_child_signalled(const child_result_t *result, int signal);

/* The same for one that exited with this status. */
void assert_child_exited(const child_result_t *result, int status);

/* Fails the running test unless `text` was printed. */
void assert_child_printed(const child_result_t *result, const char *text);

#endif
