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
                            const call_options_t *options, const call_input_t *input, findings_t *findings,
                            size_t count) {
    ngx_link_func_mock_request_t *request = call_request_new(mock, options, input);
    double begin;
    size_t i;

    begin = nanoseconds();
    for (i = 0; i < count; i++) {
        (void) call_send(target, request);
    }
    begin = nanoseconds() - begin;
    ngx_link_func_mock_request_free(request);
    ngx_link_func_mock_log_clear(mock);
    findings_take_new(findings, mock);
    return begin;
}

/* How many calls come next; 0: it was enough. */
static size_t next_batch(size_t repeat, size_t calls, double took, double begin) {
    if (repeat > 0) {
        return repeat - calls < BATCH ? repeat - calls : BATCH;
    }
    /* What is found is looked up in debug information, which takes longer than many calls. */
    return calls == 0 || (took < SECOND && nanoseconds() - begin < PATIENCE) ? BATCH : 0;
}

void call_bench(ngx_link_func_mock_t *mock, const call_target_t *target, const call_options_t *options,
                const call_input_t *input, findings_t *findings) {
    double took = 0, begin;
    size_t calls = 0, before, count;

    (void) time_of_calls(mock, target, options, input, findings, options->repeat > 0 ? 1 : BATCH);
    before = allocations(mock);
    begin = nanoseconds();
    while ((count = next_batch(options->repeat, calls, took, begin)) > 0) {
        took += time_of_calls(mock, target, options, input, findings, count);
        calls += count;
    }
    printf("%.0f calls per second, %.0f ns per call, %.1f allocations per call\n",
           (double) calls / took * SECOND, took / (double) calls,
           (double) (allocations(mock) - before) / (double) calls);
}
