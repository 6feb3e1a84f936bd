/* The children of a process. */

#ifndef CHILDREN_H
#define CHILDREN_H

#include <stdbool.h>
#include <sys/types.h>

/* Visits each, until a visit returns false; returns whether none did. */
bool children_each(pid_t parent, bool (*visit)(void *data, pid_t child), void *data);

/* Ends all of our own, those that came to us when their parents died too. */
void children_kill(void);

#endif
