/* Calls that make a handler wait, and with it every request of its worker. */

#ifndef MOCK_BLOCKING_H
#define MOCK_BLOCKING_H

#include <pthread.h>

#include "mock_state.h"

/* The running handler, if there is one, calls a function that waits. */
void lfm_blocking_call(const char *function, const void *at);

/* Around a handler. */
void lfm_blocking_begin(lfm_call_t *call);
void lfm_blocking_end(lfm_call_t *call);

/* Around what the mock itself may wait for: a handler is not to blame for that.
 * `end` is given what `begin` returned. */
long lfm_own_wait_begin(void);
void lfm_own_wait_end(long of_handler);

/* As pthread_mutex_lock(), for a lock of the mock's own. */
int lfm_lock(pthread_mutex_t *mutex);

#endif
