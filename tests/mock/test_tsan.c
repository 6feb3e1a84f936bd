/* ThreadSanitizer sees what handlers do to each other in threads, and nothing
 * of the mock's own.  Built only with it. */

#include "counting.h"

#include <sys/wait.h>

#include "child.h"

static volatile int unguarded;

#define THREADS 4

/* In the first call of each: none goes on before all are there.  Relaxed, so
 * that it orders nothing else. */
static void meet(void) {
    static int arrived;
    static __thread int has_met;

    if (has_met) {
        return;
    }
    has_met = 1;
    (void) __atomic_add_fetch(&arrived, 1, __ATOMIC_RELAXED);
    while (__atomic_load_n(&arrived, __ATOMIC_RELAXED) < THREADS) {
    }
}

static void count_alone(ngx_link_func_ctx_t *ctx) {
    meet();
    unguarded++;
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, "fine", 4);
}

static void write_unlocked(ngx_link_func_ctx_t *ctx) {
    volatile int *value = ngx_link_func_cache_get(ctx->shared_mem, "value");

    meet();
    ++*value;
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, "fine", 4);
}

static void make_value(ngx_link_func_ctx_t *ctx) {
    (void) ngx_link_func_cache_new(ctx->shared_mem, "value", sizeof(int));
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, "fine", 4);
}

static void use_much(ngx_link_func_ctx_t *ctx) {
    volatile int *value, *own;
    int64_t sum;

    ngx_link_func_shmtx_lock(ctx->shared_mem);
    value = ngx_link_func_cache_get(ctx->shared_mem, "value");
    ++*value;
    unguarded++;
    ngx_link_func_shmtx_unlock(ctx->shared_mem);
    own = ngx_link_func_shm_alloc(ctx->shared_mem, 100);
    own[0] = 1;
    ngx_link_func_shm_free(ctx->shared_mem, (void *) own);
    (void) ngx_link_func_cache_new(ctx->shared_mem, "other", 50);
    (void) ngx_link_func_cache_remove(ctx->shared_mem, "other");
    (void) ngx_link_func_dict_incr(ctx->shared_mem, "n", 1, 1, 0, 0, &sum);
    ngx_link_func_log_info(ctx, "counted");
    (void) ngx_link_func_add_header_out(ctx, "X-Name", 6, "v", 1);
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, ngx_link_func_strdup(ctx, "fine"), 4);
}

static ngx_link_func_mock_handler_t chosen;

static void call_often(ngx_link_func_mock_t *mock, size_t thread, void *arg) {
    int i;

    (void) thread;
    (void) arg;
    for (i = 0; i < 200; i++) {
        (void) ngx_link_func_mock_call(ngx_link_func_mock_request(mock, "GET", "/?a=1"), chosen);
    }
}

static void run_threads(void) {
    ngx_link_func_mock_t *mock = ngx_link_func_mock_new();

    ngx_link_func_mock_shm_size(mock, 1 << 20);
    (void) ngx_link_func_mock_call(ngx_link_func_mock_request(mock, "GET", "/"), make_value);
    ngx_link_func_mock_threads(mock, THREADS, call_often, NULL);
    ngx_link_func_mock_free(mock);
}

static void race_is_reported(ngx_link_func_mock_handler_t handler, const char *function) {
    child_result_t child;

    chosen = handler;
    child_run(&child, run_threads);
    assert_child_printed(&child, "WARNING: ThreadSanitizer: data race");
    assert_child_printed(&child, function);
}

static void race_of_handlers_is_reported(void **state) {
    (void) state;
    race_is_reported(count_alone, "count_alone");
    race_is_reported(write_unlocked, "write_unlocked");
}

static void handlers_that_lock_are_passed_in_silence(void **state) {
    child_result_t child;

    (void) state;
    chosen = use_much;
    child_run(&child, run_threads);
    assert_string_equal(child.output, "");
    assert_int_equal(child.status, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(race_of_handlers_is_reported),
        cmocka_unit_test(handlers_that_lock_are_passed_in_silence),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
