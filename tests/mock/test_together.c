/* What handlers do wrong in workers and in threads is found as it is in one, be
 * they linked or loaded, and by a schedule too. */

#include "counting.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT 3

static int line; /* of the mistake */

typedef enum { WORKERS, THREADS } kind_t;

/* What each of them calls. */
typedef struct {
    ngx_link_func_mock_handler_t handler; /* NULL: a function of the library */
    const char *name;
} called_t;

static void call(ngx_link_func_mock_t *mock, size_t worker, void *arg) {
    const called_t *called = arg;
    ngx_link_func_mock_request_t *req = ngx_link_func_mock_request(mock, "GET", "/");

    (void) worker;
    if (called->handler != NULL) {
        (void) ngx_link_func_mock_call(req, called->handler);
    } else {
        (void) ngx_link_func_mock_call_name(req, called->name);
    }
}

static void run_together(ngx_link_func_mock_t *mock, kind_t kind, called_t *called) {
    if (kind == WORKERS) {
        assert_int_equal(ngx_link_func_mock_workers(mock, COUNT, call, called), 0);
    } else {
        ngx_link_func_mock_threads(mock, COUNT, call, called);
    }
}

static void run_handler(ngx_link_func_mock_t *mock, kind_t kind, ngx_link_func_mock_handler_t handler) {
    called_t called = {handler, NULL};

    run_together(mock, kind, &called);
}

static void run_name(ngx_link_func_mock_t *mock, kind_t kind, const char *name) {
    called_t called = {NULL, name};

    run_together(mock, kind, &called);
}

static void expect_nothing(ngx_link_func_mock_t *mock) {
    if (ngx_link_func_mock_finding_count(mock) != 0) {
        fail_msg("%s: %s", ngx_link_func_mock_finding_function(mock, 0),
                 ngx_link_func_mock_finding_text(mock, 0));
    }
}

/* One of each, all alike. */
static void expect_of_each(ngx_link_func_mock_t *mock, const char *function, ngx_link_func_mock_code_t code) {
    size_t i;

    assert_int_equal(ngx_link_func_mock_finding_count(mock), COUNT);
    for (i = 0; i < COUNT; i++) {
        assert_string_equal(ngx_link_func_mock_finding_function(mock, i), function);
        assert_int_equal(ngx_link_func_mock_finding_code(mock, i), code);
    }
    ngx_link_func_mock_findings_clear(mock);
}

static void for_each_kind(void (*test)(ngx_link_func_mock_t *mock, kind_t kind), const char *library) {
    kind_t kind;
    int has_schedule;

    for (kind = WORKERS; kind <= THREADS; kind++) {
        for (has_schedule = 0; has_schedule <= 1; has_schedule++) {
            ngx_link_func_mock_t *mock = ngx_link_func_mock_new();

            ngx_link_func_mock_on_finding(mock, NGX_LINK_FUNC_MOCK_COUNT);
            ngx_link_func_mock_shm_size(mock, (size_t) 64 * 4096);
            if (library != NULL) {
                assert_int_equal(ngx_link_func_mock_load(mock, library), 0);
            }
            if (has_schedule) {
                ngx_link_func_mock_schedule(mock, 7);
            }
            test(mock, kind);
            ngx_link_func_mock_free(mock);
        }
    }
}

/*
 * Handlers
 */

static void answer(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, "fine", 4);
}

static void keeps_the_lock(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_shmtx_lock(ctx->shared_mem);
    answer(ctx);
}

static void opens_the_lock(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_shmtx_lock(ctx->shared_mem);
    answer(ctx);
    ngx_link_func_shmtx_unlock(ctx->shared_mem);
}

static void make_a_counter(ngx_link_func_ctx_t *ctx) {
    (void) ngx_link_func_cache_new(ctx->shared_mem, "counter", sizeof(int));
    answer(ctx);
}

static void writes_without_the_lock(ngx_link_func_ctx_t *ctx) {
    volatile int *counter = ngx_link_func_cache_get(ctx->shared_mem, "counter");

    line = __LINE__ + 1;
    *counter = 1;
    answer(ctx);
}

static void writes_with_the_lock(ngx_link_func_ctx_t *ctx) {
    volatile int *counter;

    ngx_link_func_shmtx_lock(ctx->shared_mem);
    counter = ngx_link_func_cache_get(ctx->shared_mem, "counter");
    *counter = 1;
    ngx_link_func_log_info(ctx, "somebody else may go on");
    *counter = 2;
    ngx_link_func_shmtx_unlock(ctx->shared_mem);
    (void) ngx_link_func_dict_incr(ctx->shared_mem, "n", 1, 1, 0, 0, NULL);
    answer(ctx);
}

/*
 * Tests
 */

static void keep_the_lock(ngx_link_func_mock_t *mock, kind_t kind) {
    run_handler(mock, kind, keeps_the_lock);
    expect_of_each(mock, "keeps_the_lock", NGX_LINK_FUNC_MOCK_CODE_LOCK_HELD_AT_RETURN);
    run_handler(mock, kind, opens_the_lock);
    expect_nothing(mock);
}

static void lock_that_each_keeps_is_found_of_each(void **state) {
    (void) state;
    for_each_kind(keep_the_lock, NULL);
}

static void write_without_the_lock(ngx_link_func_mock_t *mock, kind_t kind) {
    (void) ngx_link_func_mock_call(ngx_link_func_mock_request(mock, "GET", "/"), make_a_counter);
    ngx_link_func_mock_detect(mock, NGX_LINK_FUNC_MOCK_CODE_UNLOCKED_WRITE);
    run_handler(mock, kind, writes_with_the_lock);
    expect_nothing(mock);
    run_handler(mock, kind, writes_without_the_lock);
    if (kind == THREADS) {
        char place[64];

        (void) snprintf(place, sizeof(place), "test_together.c:%d", line);
        assert_non_null(strstr(ngx_link_func_mock_finding_site(mock, 0), place));
    }
    expect_of_each(mock, "writes_without_the_lock", NGX_LINK_FUNC_MOCK_CODE_UNLOCKED_WRITE);
    (void) ngx_link_func_mock_call(ngx_link_func_mock_request(mock, "GET", "/"), writes_with_the_lock);
    expect_nothing(mock);
}

static void write_without_the_lock_is_found_of_each(void **state) {
    (void) state;
    for_each_kind(write_without_the_lock, NULL);
}

static size_t count_lines(const ngx_link_func_mock_t *mock, const char *text) {
    size_t count = 0, i;

    for (i = 0; i < ngx_link_func_mock_log_count(mock); i++) {
        count += strcmp(ngx_link_func_mock_log_text(mock, i), text) == 0;
    }
    return count;
}

static void run_the_library(ngx_link_func_mock_t *mock, kind_t kind) {
    run_name(mock, kind, "keep_a_function");
    expect_of_each(mock, "keep_a_function", NGX_LINK_FUNC_MOCK_CODE_SHM_POINTER_TO_HEAP);
    run_name(mock, kind, "tell_the_number");
    expect_nothing(mock);
    assert_int_equal(count_lines(mock, "number 42"), COUNT);
    assert_int_equal(count_lines(mock, "library init"), kind == WORKERS ? 2 * COUNT : 1);
}

static void loaded_library_runs_in_each(void **state) {
    (void) state;
    for_each_kind(run_the_library, LIBRARY);
}

static void keep_the_lock_of_the_library(ngx_link_func_mock_t *mock, kind_t kind) {
    ngx_link_func_mock_allow(mock, NGX_LINK_FUNC_MOCK_CODE_RESPONSE_MISSING);
    run_name(mock, kind, "keep_the_lock");
    assert_int_equal(ngx_link_func_mock_finding_count(mock), 2 * COUNT);
    assert_int_equal(count_lines(mock,
                                 "function \"keep_the_lock\" returned with the shared memory mutex held, "
                                 "it is released"),
                     COUNT);
}

static void lock_that_a_loaded_function_keeps_is_found_of_each(void **state) {
    (void) state;
    for_each_kind(keep_the_lock_of_the_library, LIBRARY);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lock_that_each_keeps_is_found_of_each),
        cmocka_unit_test(write_without_the_lock_is_found_of_each),
        cmocka_unit_test(loaded_library_runs_in_each),
        cmocka_unit_test(lock_that_a_loaded_function_keeps_is_found_of_each),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
