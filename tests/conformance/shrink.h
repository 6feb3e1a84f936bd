/* Takes away from cases whatever is not needed for both runtimes to differ. */

#ifndef SHRINK_H
#define SHRINK_H

#include "generated_run.h"

#define SESSION_MAX 100

/* Cases that fresh runtimes run in order, each on what those before it left in
 * shared memory.  An entry may be NULL. */
typedef struct {
    generated_t **cases;
    size_t count;
} session_t;

/* Runs them and returns the exchanges of the last, for the caller to free. */
generated_exchanges_t session_run(generated_runtimes_t *runtimes, const session_t *session);

/* The last case of the session makes a difference; afterwards as little as
 * possible of it and of those before does.  What is left out is freed. */
void session_shrink(generated_runtimes_t *runtimes, session_t *session);

#endif
