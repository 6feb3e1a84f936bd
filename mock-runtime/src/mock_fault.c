#include "mock_running.h"

#include "mock_failure.h"

static int fires(lfm_fault_plan_t *plan, const void *at) {
    if (plan->wait == 0) {
        return 0;
    }
    if (plan->wait > 1) {
        plan->wait--;
        return 0;
    }
    if (plan->times > 0 && plan->fired == plan->times) {
        plan->wait = 0;
        return 0;
    }
    if (plan->fired++ == 0) {
        plan->at = at;
    }
    return 1;
}

int lfm_fault_fires(ngx_link_func_mock_alloc_t kind, const void *at) {
    if (lfm_running.mock == NULL) {
        return 0;
    }
    lfm_running.mock->faults.counts[kind]++;
    return fires(&lfm_running.mock->faults.plans[kind], at);
}

static void check_kind(ngx_link_func_mock_alloc_t kind, const char *function) {
    if ((size_t) kind >= NGX_LINK_FUNC_MOCK_ALLOC_COUNT) {
        lfm_misuse("%s(): %d is not a kind of memory", function, (int) kind);
    }
}

void ngx_link_func_mock_fail_alloc(ngx_link_func_mock_t *mock, ngx_link_func_mock_alloc_t kind, size_t nth,
                                   size_t times) {
    const lfm_fault_plan_t plan = {nth, times, 0, NULL};

    check_kind(kind, __func__);
    mock->faults.plans[kind] = plan;
}

size_t ngx_link_func_mock_failed_allocs(const ngx_link_func_mock_t *mock, ngx_link_func_mock_alloc_t kind) {
    check_kind(kind, __func__);
    return mock->faults.plans[kind].fired;
}

size_t ngx_link_func_mock_alloc_count(const ngx_link_func_mock_t *mock, ngx_link_func_mock_alloc_t kind) {
    check_kind(kind, __func__);
    return mock->faults.counts[kind];
}
