/* Calls that make a handler wait, and with it every request of its worker. */

#ifndef MOCK_BLOCKING_H
#define MOCK_BLOCKING_H

#include "mock_state.h"

/* The running handler, if there is one, calls a function that waits. */
void lfm_blocking_call(const char *function, const void *at);

/* Around a handler. */
void lfm_blocking_begin(lfm_call_t *call);
void lfm_blocking_end(lfm_call_t *call);

#endif
