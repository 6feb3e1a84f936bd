/* Pool threads: each has a mock of its own that shares the library, the
 * properties and the zone. */

#include "mock_state.h"

#include <pthread.h>
#include <stdlib.h>

#include "mock_failure.h"
#include "mock_heap.h"
#include "mock_leak.h"

typedef struct {
    ngx_link_func_mock_t mock;
    pthread_t thread;
    size_t number;
    ngx_link_func_mock_worker_t run;
    void *arg;
} thread_t;

/* What is the mock's own is copied; what comes about in calls is not. */
static void view_init(ngx_link_func_mock_t *view, const ngx_link_func_mock_t *mock) {
    *view = *mock;
    memset(&view->log, 0, sizeof(view->log));
    view->findings.records = NULL;
    view->findings.count = view->findings.capacity = view->findings.settled = 0;
    view->findings.policy = NGX_LINK_FUNC_MOCK_COUNT; /* the mock has the say */
    memset(&view->watch, 0, sizeof(view->watch));
    view->watch.findings = &view->findings;
    view->watch.has_pages = mock->watch.has_pages;
    view->requests = NULL;
    memset(view->ended, 0, sizeof(view->ended));
    view->next_ended = 0;
    view->nobody = NULL;
    view->is_thread = 1;
}

static void view_free(ngx_link_func_mock_t *view, ngx_link_func_mock_t *mock) {
    size_t i;

    while (view->requests != NULL) {
        ngx_link_func_mock_request_free(view->requests);
    }
    lfm_watch_free(&view->watch);
    lfm_heap_bequeath(view, mock);
    for (i = 0; i < view->log.count; i++) {
        lfm_log_line(&mock->log, view->log.records[i].level, lf_cstr(view->log.records[i].text));
    }
    lfm_log_clear(&view->log);
    lfm_findings_move(&mock->findings, &view->findings);
    lfm_findings_free(&view->findings);
}

static void *be_thread(void *data) {
    thread_t *thread = data;
    ngx_link_func_mock_t *mock = &thread->mock;

    lfm_thread_is(LFM_THREAD_POOL);
    if (mock->zone != NULL) {
        lfm_zone_enter_thread(mock->zone, thread->number, &mock->log, &mock->findings);
    }
    if (mock->schedule != NULL) {
        lfm_turn.taken = mock->zone == NULL ? NULL : lfm_zone_turn;
        lfm_turn.data = mock->zone;
        lfm_schedule_enter(mock->schedule, thread->number);
    }
    thread->run(mock, thread->number, thread->arg);
    if (mock->schedule != NULL) {
        lfm_schedule_leave();
    }
    lfm_leak_end_thread(mock);
    lfm_zone_user = NULL;
    return NULL;
}

static void start_all(thread_t *threads, size_t count) {
    size_t i;

    for (i = 0; i < count; i++) {
        int error = pthread_create(&threads[i].thread, NULL, be_thread, &threads[i]);

        if (error != 0) {
            lfm_misuse("ngx_link_func_mock_threads(): no thread (%s)", strerror(error));
        }
    }
}

void ngx_link_func_mock_threads(ngx_link_func_mock_t *mock, size_t count, ngx_link_func_mock_worker_t run,
                                void *arg) {
    thread_t *threads;
    size_t i;

    lfm_workers_prepare(mock, "ngx_link_func_mock_threads", count);
    if (mock->schedule == NULL && mock->zone != NULL
        && lfm_findings_want(&mock->findings, NGX_LINK_FUNC_MOCK_CODE_UNLOCKED_WRITE)) {
        mock->schedule = lfm_schedule_new(0, count);
    }
    (void) ngx_link_func_mock_start(mock);
    threads = lfm_zalloc(count * sizeof(*threads));
    for (i = 0; i < count; i++) {
        view_init(&threads[i].mock, mock);
        threads[i].number = i;
        threads[i].run = run;
        threads[i].arg = arg;
    }
    if (mock->zone != NULL) {
        lfm_zone_contend(mock->zone, count);
    }
    lfm_heap_step_aside();
    start_all(threads, count);
    if (mock->schedule != NULL) {
        lfm_schedule_start(mock->schedule);
    }
    for (i = 0; i < count; i++) {
        (void) pthread_join(threads[i].thread, NULL);
        view_free(&threads[i].mock, mock);
    }
    lfm_heap_come_back();
    if (mock->zone != NULL) {
        lfm_zone_calm(mock->zone);
    }
    free(threads);
    lfm_workers_finish(mock);
    lfm_settle(mock, NULL);
}
