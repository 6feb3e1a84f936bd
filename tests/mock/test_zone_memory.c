/* What a mock's zone leaves to the next, which may have its memory: nothing. */

#include "counting.h"

#include <stdlib.h>
#include <sys/resource.h>

#include "child.h"

/* Absent without AddressSanitizer, which needs memory of its own. */
void __asan_poison_memory_region(const volatile void *address, size_t size);
#pragma weak __asan_poison_memory_region

#define SIZE ((size_t) 1 << 20)
#define BLOCK 4000

/* Of the mock before. */
static char *kept;

static void answer(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, NULL, 0);
}

static void fill_a_block(ngx_link_func_ctx_t *ctx) {
    kept = ngx_link_func_cache_new(ctx->shared_mem, "key", BLOCK);
    assert_non_null(kept);
    memset(kept, 'x', BLOCK);
    answer(ctx);
}

static void find_nothing(ngx_link_func_ctx_t *ctx) {
    char *block;

    assert_null(ngx_link_func_cache_get(ctx->shared_mem, "key"));
    block = ngx_link_func_shm_alloc(ctx->shared_mem, BLOCK);
    assert_non_null(block);
    assert_null(memchr(block, 'x', BLOCK));
    ngx_link_func_shm_free(ctx->shared_mem, block);
    answer(ctx);
}

static void run(size_t size, ngx_link_func_mock_handler_t handler) {
    ngx_link_func_mock_t *mock = ngx_link_func_mock_new();

    ngx_link_func_mock_shm_size(mock, size);
    (void) ngx_link_func_mock_call(ngx_link_func_mock_request(mock, "GET", "/"), handler);
    ngx_link_func_mock_free(mock);
}

static void next_mock_finds_nothing_of_the_last(void **state) {
    static const size_t others[] = {SIZE, SIZE + 4, SIZE + 24, SIZE / 2, 8 * SIZE, SIZE};
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        run(others[i], fill_a_block);
        run(others[i], find_nothing);
        run(others[(i + 1) % 6], find_nothing);
    }
}

static void use_what_is_gone(void) {
    run(SIZE, fill_a_block);
    *(volatile char *) kept = 'y';
}

static void next_input_finds_nothing_of_the_last(void **state) {
    int i;

    (void) state;
    for (i = 0; i < 3; i++) {
        ngx_link_func_mock_fuzz_one((const uint8_t *) "GET /", 5, fill_a_block);
        ngx_link_func_mock_fuzz_one((const uint8_t *) "GET /", 5, find_nothing);
    }
    run(SIZE, find_nothing);
    run(SIZE * 2, find_nothing);
}

static void memory_of_a_freed_mock_cannot_be_touched(void **state) {
    child_result_t child;

    (void) state;
    child_run(&child, use_what_is_gone);
    assert_int_not_equal(child.status, 0);
}

static void use_what_is_gone_with_the_input(void) {
    ngx_link_func_mock_fuzz_one((const uint8_t *) "GET /", 5, fill_a_block);
    *(volatile char *) (kept + BLOCK / 2) = 'y';
}

static void asan_reports_use_of_what_an_input_left(void **state) {
    child_result_t child;

    (void) state;
    if (__asan_poison_memory_region != NULL) {
        child_run(&child, use_what_is_gone_with_the_input);
        assert_child_printed(&child, "use_what_is_gone_with_the_input");
    }
}

static long faults(void) {
    struct rusage usage;

    assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
    return usage.ru_minflt;
}

#define INPUTS 1000

/* What makes a new mapping slow. */
static void a_thousand_inputs_ask_the_kernel_for_little(void **state) {
    long before;
    int i;

    (void) state;
    ngx_link_func_mock_fuzz_one((const uint8_t *) "GET /", 5, fill_a_block);
    before = faults();
    for (i = 0; i < INPUTS; i++) {
        ngx_link_func_mock_fuzz_one((const uint8_t *) "GET /", 5, fill_a_block);
    }
    if (__asan_poison_memory_region == NULL) {
        assert_in_range(faults() - before, 0, INPUTS / 2);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(next_mock_finds_nothing_of_the_last),
        cmocka_unit_test(next_input_finds_nothing_of_the_last),
        cmocka_unit_test(memory_of_a_freed_mock_cannot_be_touched),
        cmocka_unit_test(asan_reports_use_of_what_an_input_left),
        cmocka_unit_test(a_thousand_inputs_ask_the_kernel_for_little),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
