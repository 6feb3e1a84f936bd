#include "counting.h"

static void call(void **state, ngx_link_func_mock_handler_t handler) {
    (void) ngx_link_func_mock_call(ngx_link_func_mock_request(*state, "GET", "/"), handler);
}

static void allocate_all_sizes(ngx_link_func_ctx_t *ctx) {
    static const size_t sizes[] = {0, 1, 7, 8, 100, 4096, 100000};
    size_t i, k;

    for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        unsigned char *block = ngx_link_func_palloc(ctx, sizes[i]);
        unsigned char *zeroed = ngx_link_func_pcalloc(ctx, sizes[i]);

        assert_non_null(block);
        assert_non_null(zeroed);
        assert_int_equal(((uintptr_t) block | (uintptr_t) zeroed) % 8, 0);
        for (k = 0; k < sizes[i]; k++) {
            assert_int_equal(zeroed[k], 0);
        }
        memset(block, 0xff, sizes[i]);
        memset(zeroed, 0xff, sizes[i]);
    }
}

static void blocks_of_every_size_are_aligned_and_zeroed(void **state) {
    call(state, allocate_all_sizes);
}

static void allocate_too_much(ngx_link_func_ctx_t *ctx) {
    assert_null(ngx_link_func_palloc(ctx, SIZE_MAX));
    assert_null(ngx_link_func_pcalloc(ctx, SIZE_MAX));
    assert_null(ngx_link_func_palloc(ctx, SIZE_MAX / 2));
}

/* NGINX says so for each. */
static void impossible_sizes_are_null(void **state) {
    call(state, allocate_too_much);
    assert_int_equal(ngx_link_func_mock_log_count(*state), 3);
    assert_log_contains(*state, NGX_LINK_FUNC_MOCK_EMERG,
                        "malloc(18446744073709551615) failed (12: Cannot allocate memory)");
    assert_log_contains(*state, NGX_LINK_FUNC_MOCK_EMERG,
                        "malloc(9223372036854775807) failed (12: Cannot allocate memory)");
}

static void duplicate_text(ngx_link_func_ctx_t *ctx) {
    char text[] = "text";
    char *copy = ngx_link_func_strdup(ctx, text);

    memset(text, 'x', 4);
    assert_string_equal(copy, "text");
    assert_string_equal(ngx_link_func_strdup(ctx, ""), "");
}

static void strdup_copies(void **state) {
    call(state, duplicate_text);
}

static void allocate_many(ngx_link_func_ctx_t *ctx) {
    int *blocks[1000], i;

    for (i = 0; i < 1000; i++) {
        blocks[i] = ngx_link_func_palloc(ctx, sizeof(int));
        *blocks[i] = i;
    }
    for (i = 0; i < 1000; i++) {
        assert_int_equal(*blocks[i], i);
    }
}

static void many_blocks_live_together(void **state) {
    call(state, allocate_many);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, counting_setup, ngx_link_func_mock_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(blocks_of_every_size_are_aligned_and_zeroed),
        TEST(impossible_sizes_are_null),
        TEST(strdup_copies),
        TEST(many_blocks_live_together),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
