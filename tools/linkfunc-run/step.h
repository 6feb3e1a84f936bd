/* One command of an update - a build, a check - with all processes that it
 * starts, which die with it and with us. */

#ifndef STEP_H
#define STEP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct {
    pid_t pid;        /* leads the command's process group; 0 when none runs */
    int64_t patience; /* a deadline, once it was told to end */
} step_t;

/* Starts a command, found on PATH, in a folder.  What it prints goes to
 * standard error, and it reads nothing.  Returns 0, or -1 after a message. */
int step_start(step_t *step, const char *folder, const char *const *argv);

/* Whether it has ended; nothing of it is left then, and *status is its exit
 * status, or 128 and the number of the signal that ended it. */
bool step_has_ended(step_t *step, int *status);

/* Asks it to end, so that compilers and make remove what is half written; who
 * does not obey is killed by step_tick() behind the deadline, or at once by a
 * second call. */
void step_stop(step_t *step);
void step_tick(step_t *step);

#endif
