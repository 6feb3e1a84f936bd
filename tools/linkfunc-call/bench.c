#include "call.h"

#include <stdio.h>
#include <time.h>

#define SECOND 1e9
#define BATCH 100
#define PATIENCE (2 * SECOND)

static double nanoseconds(void) {
    struct timespec now;

    (void) clock_gettime(CLOCK_MONOTONIC, &now);
    return (double) now.tv_sec * SECOND + (double) now.tv_nsec;
}

static size_t allocations(const ngx_link_func_mock_t *mock) {
    size_t count = 0;
    int kind;

    for (kind = 0; kind < NGX_LINK_FUNC_MOCK_ALLOC_COUNT; kind++) {
        count += ngx_link_func_mock_alloc_count(mock, (ngx_link_func_mock_alloc_t) kind);
    }
    return count;
}

/* A request serves some calls and is freed before its responses fill the
 * memory; nothing of that is measured. */
static double time_of_calls(ngx_link_func_mock_t *mock, const call_target_t *target,
                            const call_options_t *options, const call_input_t *input, findings_t *findings) {
    ngx_link_func_mock_request_t *request = call_request_new(mock, options, input);
    double begin;
    size_t i;

    begin = nanoseconds();
    for (i = 0; i < BATCH; i++) {
        (void) call_send(target, request);
    }
    begin = nanoseconds() - begin;
    ngx_link_func_mock_request_free(request);
    ngx_link_func_mock_log_clear(mock);
    findings_take_new(findings, mock);
    return begin;
}

void call_bench(ngx_link_func_mock_t *mock, const call_target_t *target, const call_options_t *options,
                const call_input_t *input, findings_t *findings) {
    double took = 0, begin;
    size_t calls = 0, before;

    (void) time_of_calls(mock, target, options, input, findings);
    before = allocations(mock);
    begin = nanoseconds();
    /* What is found is looked up in debug information, which takes longer than many calls. */
    while (took < SECOND && (calls == 0 || nanoseconds() - begin < PATIENCE)) {
        took += time_of_calls(mock, target, options, input, findings);
        calls += BATCH;
    }
    printf("%.0f calls per second, %.0f ns per call, %.1f allocations per call\n",
           (double) calls / took * SECOND, took / (double) calls,
           (double) (allocations(mock) - before) / (double) calls);
}
