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
    return lfm_running.mock != NULL && fires(&lfm_running.mock->faults.plans[kind], at);
}

void ngx_link_func_mock_fail_alloc(ngx_link_func_mock_t *mock, ngx_link_func_mock_alloc_t kind, size_t nth,
                                   size_t times) {
    const lfm_fault_plan_t plan = {nth, times, 0, NULL};

    if ((size_t) kind >= NGX_LINK_FUNC_MOCK_ALLOC_COUNT) {
        lfm_misuse("ngx_link_func_mock_fail_alloc(): %d is not a kind of memory", (int) kind);
    }
    mock->faults.plans[kind] = plan;
}

size_t ngx_link_func_mock_failed_allocs(const ngx_link_func_mock_t *mock, ngx_link_func_mock_alloc_t kind) {
    if ((size_t) kind >= NGX_LINK_FUNC_MOCK_ALLOC_COUNT) {
        lfm_misuse("ngx_link_func_mock_failed_allocs(): %d is not a kind of memory", (int) kind);
    }
    return mock->faults.plans[kind].fired;
}
