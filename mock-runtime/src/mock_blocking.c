#include "mock_blocking.h"

#include <errno.h>
#include <sys/resource.h>

#include "mock_running.h"

static int is_of_interest(const lfm_call_t *call) {
    return call != NULL && !call->in_thread
           && lfm_findings_want(&call->mock->findings, NGX_LINK_FUNC_MOCK_CODE_BLOCKING_CALL);
}

void lfm_blocking_call(const char *function, const void *at) {
    lfm_call_t *call = lfm_running.call;

    if (!is_of_interest(call)) {
        return;
    }
    call->waits++;
    lfm_find(&call->mock->findings, NGX_LINK_FUNC_MOCK_CODE_BLOCKING_CALL, at,
             "%s() makes every request of the worker wait", function);
}

/* How often this thread has waited of its own accord. */
static long switches(void) {
    struct rusage usage;

    return getrusage(RUSAGE_THREAD, &usage) == 0 ? usage.ru_nvcsw : 0;
}

void lfm_blocking_begin(lfm_call_t *call) {
    if (is_of_interest(call)) {
        call->switches = switches();
    }
}

void lfm_blocking_end(lfm_call_t *call) {
    long count;

    if (!is_of_interest(call) || call->waits > 0) {
        return;
    }
    count = switches() - call->switches;
    if (count > 0) {
        lfm_find(&call->mock->findings, NGX_LINK_FUNC_MOCK_CODE_BLOCKING_CALL, call->mock->findings.handler,
                 "it waited %ld times in the kernel, for whatever it called", count);
    }
}

/* Those of the handler, which a wait within a wait does not change. */
long lfm_own_wait_begin(void) {
    return is_of_interest(lfm_running.call) ? switches() - lfm_running.call->switches : 0;
}

void lfm_own_wait_end(long of_handler) {
    if (is_of_interest(lfm_running.call)) {
        lfm_running.call->switches = switches() - of_handler;
    }
}

int lfm_lock(pthread_mutex_t *mutex) {
    int result = pthread_mutex_trylock(mutex);

    if (result == EBUSY) {
        long of_handler = lfm_own_wait_begin();

        result = pthread_mutex_lock(mutex);
        lfm_own_wait_end(of_handler);
    }
    return result;
}
