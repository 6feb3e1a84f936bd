/* shm-leak: what nothing leads to when the mock is freed. */

#include "counting.h"

#include <stdio.h>
#include <string.h>

static int blamed; /* the line that is to blame */

static char *volatile kept; /* which a compiler would not keep otherwise */

static void answer(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, "fine", 4);
}

static void loses_a_block(ngx_link_func_ctx_t *ctx) {
    blamed = __LINE__ + 1;
    (void) ngx_link_func_shm_alloc(ctx->shared_mem, 33);
    answer(ctx);
}

static void keeps_blocks_in_blocks(ngx_link_func_ctx_t *ctx) {
    const void **first = ngx_link_func_shm_alloc(ctx->shared_mem, sizeof(*first));
    const void **second = ngx_link_func_shm_alloc(ctx->shared_mem, sizeof(*second));
    const void **value = ngx_link_func_cache_new(ctx->shared_mem, "value", sizeof(*value));
    const char *third = ngx_link_func_shm_alloc(ctx->shared_mem, 50);

    *first = second;
    *second = third + 8;
    *value = ngx_link_func_shm_alloc(ctx->shared_mem, 1);
    (void) ngx_link_func_cache_put(ctx->shared_mem, "put", first);
    answer(ctx);
}

static void keeps_a_block_in_a_variable(ngx_link_func_ctx_t *ctx) {
    kept = ngx_link_func_shm_alloc(ctx->shared_mem, 33);
    answer(ctx);
}

static char failure[4096];

static void keep_failure(const char *message) {
    (void) snprintf(failure, sizeof(failure), "%s", message);
    _longjmp(global_expect_assert_env, 1);
}

/* What mock_free fails with, after that handler. */
static const char *end_with(ngx_link_func_mock_handler_t handler) {
    ngx_link_func_mock_t *mock = ngx_link_func_mock_new();

    failure[0] = '\0';
    ngx_link_func_mock_shm_size(mock, 1 << 20);
    (void) ngx_link_func_mock_call(ngx_link_func_mock_request(mock, "GET", "/"), handler);
    ngx_link_func_mock_on_failure(keep_failure);
    if (setjmp(global_expect_assert_env) == 0) {
        ngx_link_func_mock_free(mock);
    }
    ngx_link_func_mock_on_failure(ngx_link_func_cmocka_fail);
    kept = NULL;
    return failure;
}

static void block_that_nobody_can_reach_is_a_leak(void **state) {
    char expected[128];

    (void) state;
    kept = NULL;
    (void) end_with(loses_a_block);
    (void) snprintf(expected, sizeof(expected), "test_zone_leak.c:%d: 33 bytes of shm_alloc", blamed);
    assert_ptr_equal(strstr(failure, "finding: shm-leak: loses_a_block: "), failure);
    if (strstr(failure, expected) == NULL) {
        fail_msg("expected \"%s\" in \"%s\"", expected, failure);
    }
    assert_string_equal(end_with(keeps_blocks_in_blocks), "");
    assert_string_equal(end_with(keeps_a_block_in_a_variable), "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(block_that_nobody_can_reach_is_a_leak),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
