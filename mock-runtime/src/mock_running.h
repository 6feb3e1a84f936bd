/* What this thread runs for which mock: what calls of libc are judged by. */

#ifndef MOCK_RUNNING_H
#define MOCK_RUNNING_H

#include "mock_state.h"

typedef struct {
    ngx_link_func_mock_t *mock; /* NULL: neither handler nor hook */
    lfm_call_t *call;           /* NULL: a hook */
    const void *frame;          /* of the mock's function that called out */
    unsigned locks;             /* of the zone that it holds, on the original module */
} lfm_running_t;

extern __thread lfm_running_t lfm_running __attribute__((tls_model("initial-exec"), visibility("hidden")));

void lfm_running_enter(ngx_link_func_mock_t *mock, lfm_call_t *call, const void *frame);
void lfm_running_leave(void);

/* Before the next one, or the end of the mock: a handler or hook that was left by a
 * jump runs no more, and the lock that it held is opened. */
void lfm_running_forget(ngx_link_func_mock_t *mock);

/* Whether the address is in a frame of the running handler: above the caller's
 * frame, below the mock's own. */
int lfm_running_has_on_stack(const void *address);

#endif
