/* Temporary folders, which go away with the run that made them; those of a run
 * that was killed go away with the next. */

#ifndef SCRATCH_H
#define SCRATCH_H

#include <limits.h>

#include "run.h"

typedef struct {
    char path[PATH_MAX]; /* absolute; "" when there is none */
    int lock;            /* held for as long as it is in use */
} scratch_t;

/* Makes one in TMPDIR that is readable for the user alone.  Returns 0, or -1
 * after a message. */
int scratch_make(scratch_t *scratch, const run_user_t *user);

/* Removes it and all that is in it. */
void scratch_remove(scratch_t *scratch);

/* Removes what killed runs of this user left in TMPDIR. */
void scratch_clean(const run_user_t *user);

#endif
