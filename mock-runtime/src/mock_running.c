#include "mock_running.h"

#include "mock_failure.h"
#include "mock_guard.h"

__thread lfm_running_t lfm_running;

/* Of ASan's runtime, absent without it: frames that it keeps on the heap. */
void *__asan_get_current_fake_stack(void);
void *__asan_addr_is_in_fake_stack(void *fake_stack, void *address, void **begin, void **end);
#pragma weak __asan_get_current_fake_stack
#pragma weak __asan_addr_is_in_fake_stack

void lfm_running_enter(ngx_link_func_mock_t *mock, lfm_call_t *call, const void *frame) {
    lfm_thread_is(mock->is_thread ? LFM_THREAD_POOL : LFM_THREAD_TEST);
    lfm_running.mock = mock;
    lfm_running.call = call;
    lfm_running.frame = frame;
    lfm_running.locks = 0;
    lfm_guard_enter();
}

void lfm_running_leave(void) {
    lfm_guard_leave();
    lfm_watch_check(&lfm_running.mock->watch);
    memset(&lfm_running, 0, sizeof(lfm_running));
}

void lfm_running_forget(ngx_link_func_mock_t *mock) {
    if (lfm_running.mock != mock) {
        return;
    }
    lfm_running_leave();
    if (lfm_zone_leave(mock->zone)) {
        lfm_find(&mock->findings, NGX_LINK_FUNC_MOCK_CODE_LOCK_HELD_AT_RETURN, mock->findings.handler,
                 "it was left by a jump with the shared memory mutex held");
    }
}

static int is_on_fake_stack(const void *address) {
    void *stack = __asan_get_current_fake_stack == NULL ? NULL : __asan_get_current_fake_stack();

    return stack != NULL && __asan_addr_is_in_fake_stack(stack, (void *) address, NULL, NULL) != NULL;
}

int lfm_running_has_on_stack(const void *address) {
    return ((uintptr_t) address > (uintptr_t) __builtin_frame_address(0)
            && (uintptr_t) address < (uintptr_t) lfm_running.frame)
           || is_on_fake_stack(address);
}
