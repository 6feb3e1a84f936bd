/* One instruction that a fault interrupted, and nothing behind it. */

#ifndef MOCK_STEP_H
#define MOCK_STEP_H

#include "mock_guard.h"

/* For a callback of mock_guard.h: when the instruction has been done, `then` runs,
 * in a signal handler too.  Returns 0 where that cannot be had: the processor has
 * no such mode that is known here, or the thread blocks the signal. */
int lfm_step(const lfm_fault_t *fault, void (*then)(void *data), void *data);

#endif
