#include "mock_private.h"

#include <pthread.h>
#include <sys/mman.h>

#include "mock_failure.h"
#include "mock_guard.h"
#include "mock_handle.h"
#include "mock_state.h"

/* Around each, that nobody may touch: larger than any struct of NGINX's. */
#define ROOM ((size_t) 65536)

static const char *const names[LFM_PRIVATE_COUNT] = {
    [LFM_CTX_R] = "ctx->__r__",
    [LFM_CTX_LOG] = "ctx->__log__",
    [LFM_CYCLE_CYCLE] = "cycle->__cycle__",
    [LFM_CYCLE_SRV_CF] = "cycle->__srv_cf__",
    [LFM_CYCLE_LOG] = "cycle->__log__",
};

/* For as long as the process lives: a pointer to it may have gone anywhere. */
static char *memory;

void *lfm_private(lfm_private_t member) {
    return memory + member * ROOM + ROOM / 2;
}

/* Of the last fault of this thread. */
static __thread struct {
    const void *at;
    const char *member;
} touched;

static void stop(void) {
    lfm_at = touched.at;
    lfm_stop(touched.at, "%s was touched, which is the server's own: there is no such thing here",
             touched.member);
}

static void stop_behind(const lfm_fault_t *fault, const char *member) {
    touched.at = fault->at;
    touched.member = member;
    lfm_guard_divert(fault, stop);
}

static int member_touched(void *data, const lfm_fault_t *fault) {
    (void) data;
    stop_behind(fault, names[((const char *) fault->address - memory) / (ptrdiff_t) ROOM]);
    return 1;
}

/* What it was got from may have ended since. */
static int handle_touched(void *data, const lfm_fault_t *fault) {
    const void *handle = lfm_handle_near(fault->address);

    (void) data;
    if (!lfm_handle_was_given(handle)) {
        return 0;
    }
    stop_behind(fault, lfm_handle_kind(handle) == LFM_HANDLE_CYCLE ? "cycle->__pl__" : "ctx->__pl__");
    return 1;
}

static void watch(void) {
    void *reserved =
        mmap(NULL, LFM_PRIVATE_COUNT * ROOM, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (reserved == MAP_FAILED) {
        lfm_out_of_memory();
    }
    memory = reserved;
    lfm_guard_add_standing(memory, memory + LFM_PRIVATE_COUNT * ROOM, member_touched);
    lfm_guard_add_standing(lfm_handles_begin(), lfm_handles_end(), handle_touched);
}

void lfm_private_watch(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    (void) pthread_once(&once, watch);
}
