#include "mock_private.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "mock_failure.h"
#include "mock_guard.h"
#include "mock_handle.h"
#include "mock_running.h"
#include "mock_site.h"

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

/* A thread of the mock's must not be left by the jump of a test framework. */
static void stop(void) {
    lfm_site_t site = lfm_site_of(touched.at);
    char function[256], place[512];

    (void) snprintf(function, sizeof(function), "%s", site.function);
    (void) snprintf(place, sizeof(place), "%s", site.place);
    free(site.function);
    free(site.place);
    lfm_at = touched.at;
    if (lfm_running.mock->is_thread) {
        ngx_link_func_mock_on_failure(NULL);
    }
    lfm_misuse("%s: %s: %s was touched, which is the server's own: there is no such thing here", function,
               place, touched.member);
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

static int handle_touched(void *data, const lfm_fault_t *fault) {
    (void) data;
    if (lfm_handle_object(lfm_handle_near(fault->address)) == NULL) {
        return 0;
    }
    stop_behind(fault, lfm_running.call == NULL ? "cycle->__pl__" : "ctx->__pl__");
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
