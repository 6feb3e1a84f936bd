/* What handlers do to memory outside its bounds or its life, in a plain build;
 * with ASan test_asan.c has the same mistakes. */

#include "finding_rows.h"

#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "child.h"

static volatile char sink;

/*
 * Around a block
 */

static void writes_past_the_end(ngx_link_func_ctx_t *ctx) {
    volatile char *block;

    BLAMED(block = ngx_link_func_palloc(ctx, 10));
    block[10] = block[12] = 'x';
    answer(ctx);
}

static void writes_before_the_begin(ngx_link_func_ctx_t *ctx) {
    volatile char *block;

    BLAMED(block = ngx_link_func_pcalloc(ctx, 10));
    block[-4] = 'x';
    answer(ctx);
}

static void writes_past_a_duplicate(ngx_link_func_ctx_t *ctx) {
    volatile char *text;

    BLAMED(text = ngx_link_func_strdup(ctx, "text"));
    text[5] = 'x';
    answer(ctx);
}

static void writes_past_a_header(ngx_link_func_ctx_t *ctx) {
    volatile unsigned char *text;

    BLAMED(text = ngx_link_func_get_header(ctx, "Host", 4));
    text[10] = 'x';
    answer(ctx);
}

static void writes_past_the_body(ngx_link_func_ctx_t *ctx) {
    ((volatile unsigned char *) ctx->req_body)[5] = 'x';
    answer(ctx);
}

static void writes_the_last_byte(ngx_link_func_ctx_t *ctx) {
    volatile char *block = ngx_link_func_palloc(ctx, 10);

    block[0] = block[9] = 'x';
    ((volatile unsigned char *) ctx->req_body)[4] = 'x';
    answer(ctx);
}

static const finding_row_t bounds[] = {
    {CODE(POOL_OVERFLOW), WRONG(writes_past_the_end), writes_the_last_byte,
     "the block of 10 bytes that was got here was written up to 3 bytes past its end"},
    {CODE(POOL_OVERFLOW), WRONG(writes_before_the_begin), writes_the_last_byte,
     "up to 4 bytes before its begin"},
    {CODE(POOL_OVERFLOW), WRONG(writes_past_a_duplicate), writes_the_last_byte, "1 bytes past its end"},
    {CODE(POOL_OVERFLOW), WRONG(writes_past_a_header), writes_the_last_byte, "1 bytes past its end"},
    {CODE(POOL_OVERFLOW), WRONG(writes_past_the_body), writes_the_last_byte, "the body of 5 bytes"},
};

static void write_outside_of_a_block_is_found_at_its_allocation(void **state) {
    size_t i;

    for (i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++) {
        blamed = 0;
        run(*state, bounds[i].wrong);
        assert_found(*state, &bounds[i]);
        ngx_link_func_mock_findings_clear(*state);
        run(*state, bounds[i].nearly);
        assert_nothing_found(*state, bounds[i].function);
    }
}

/*
 * After the request
 */

static volatile char *kept;

static void keeps_a_block(ngx_link_func_ctx_t *ctx) {
    BLAMED(kept = ngx_link_func_palloc(ctx, 10));
    answer(ctx);
}

static void writes_to_what_was_kept(ngx_link_func_ctx_t *ctx) {
    kept[3] = 'x';
    answer(ctx);
}

static const finding_row_t late_write = {CODE(POOL_USE_AFTER_REQUEST), WRONG(keeps_a_block), NULL,
                                         "written at byte 3 after its request had ended, noticed behind "
                                         "writes_to_what_was_kept"};

static void late_write_is_found_behind_the_handler_that_wrote(void **state) {
    run(*state, keeps_a_block);
    assert_nothing_found(*state, "keeps_a_block");
    run(*state, writes_to_what_was_kept);
    assert_found(*state, &late_write);
    run(*state, answer);
    assert_int_equal(ngx_link_func_mock_finding_count(*state), 1);
}

static void get_many_blocks(ngx_link_func_ctx_t *ctx) {
    int i;

    for (i = 0; i < 100; i++) {
        (void) ngx_link_func_palloc(ctx, 100);
    }
    answer(ctx);
}

static void late_write_is_found_when_the_block_leaves_the_quarantine(void **state) {
    run(*state, keeps_a_block);
    kept[3] = 'x';
    run(*state, get_many_blocks);
    assert_int_equal(ngx_link_func_mock_finding_count(*state), 1);
    assert_int_equal(ngx_link_func_mock_finding_code(*state, 0), CODE(POOL_USE_AFTER_REQUEST));
}

static void count_failure(const char *message) {
    expect_part("keeps_a_block", message, "finding: pool-use-after-request: keeps_a_block: ");
    _longjmp(global_expect_assert_env, 1);
}

static void late_write_is_found_when_the_mock_is_freed(void **state) {
    ngx_link_func_mock_t *mock = ngx_link_func_mock_new();
    int failed = 1;

    (void) state;
    run(mock, keeps_a_block);
    kept[3] = 'x';
    ngx_link_func_mock_on_failure(count_failure);
    if (setjmp(global_expect_assert_env) == 0) {
        ngx_link_func_mock_free(mock);
        failed = 0;
    }
    ngx_link_func_mock_on_failure(ngx_link_func_cmocka_fail);
    assert_true(failed);
}

/*
 * Guard pages
 */

static void reads_past_the_query_string(ngx_link_func_ctx_t *ctx) {
    BLAMED(sink = ((const volatile char *) ctx->req_args)[sizeof("a=1&b=2")]);
    answer(ctx);
}

static void reads_past_the_body(ngx_link_func_ctx_t *ctx) {
    BLAMED(sink = (char) ((const volatile unsigned char *) ctx->req_body)[ctx->req_body_len + 1]);
    answer(ctx);
}

static void reads_past_the_path(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_str_t uri = {0, NULL};

    (void) ngx_link_func_get_uri(ctx, &uri);
    BLAMED(sink = (char) ((const volatile unsigned char *) uri.data)[uri.len]);
    answer(ctx);
}

/* The fault is in libc. */
static void copies_past_the_body(ngx_link_func_ctx_t *ctx) {
    char copy[64];
    volatile size_t len = sizeof(copy);

    BLAMED(memcpy(copy, ctx->req_body, len));
    sink = copy[0];
    answer(ctx);
}

static void writes_past_a_block(ngx_link_func_ctx_t *ctx) {
    volatile char *block = ngx_link_func_palloc(ctx, 16);

    BLAMED(block[16] = 'x');
    answer(ctx);
}

static void reads_to_the_end(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_str_t uri = {0, NULL};
    volatile char *block = ngx_link_func_palloc(ctx, 16);

    (void) ngx_link_func_get_uri(ctx, &uri);
    block[15] = 'x';
    sink = (char) uri.data[uri.len - 1];
    sink = ctx->req_args[sizeof("a=1&b=2") - 1];
    sink = (char) ctx->req_body[ctx->req_body_len];
    answer(ctx);
}

static void reads_what_was_kept(ngx_link_func_ctx_t *ctx) {
    BLAMED(sink = kept[3]);
    sink = kept[4];
    answer(ctx);
}

static const finding_row_t paged[] = {
    {CODE(INPUT_OVERREAD), WRONG(reads_past_the_query_string), reads_to_the_end,
     "it read 1 bytes past the end of the query string of 8 bytes"},
    {CODE(INPUT_OVERREAD), WRONG(reads_past_the_body), reads_to_the_end, "past the end of the body"},
    {CODE(INPUT_OVERREAD), WRONG(reads_past_the_path), reads_to_the_end,
     "1 bytes past the end of the path of 5 bytes"},
    {CODE(INPUT_OVERREAD), WRONG(copies_past_the_body), reads_to_the_end, "past the end of the body"},
    {CODE(POOL_OVERFLOW), WRONG(writes_past_a_block), reads_to_the_end, "it wrote 1 bytes past the end"},
    {CODE(POOL_USE_AFTER_REQUEST), WRONG(reads_what_was_kept), answer, "it read byte 3 of the block"},
};

static void guard_pages_find_each_touch_at_its_line(void **state) {
    size_t i;

    ngx_link_func_mock_guard_pages(*state);
    for (i = 0; i < sizeof(paged) / sizeof(paged[0]); i++) {
        run(*state, keeps_a_block);
        blamed = 0;
        run(*state, paged[i].wrong);
        assert_found(*state, &paged[i]);
        ngx_link_func_mock_findings_clear(*state);
        run(*state, paged[i].nearly);
        assert_nothing_found(*state, paged[i].function);
    }
}

static void guard_pages_leave_the_handler_its_answer(void **state) {
    ngx_link_func_mock_request_t *req = ngx_link_func_mock_request(*state, "GET", "/path?a=1&b=2");

    ngx_link_func_mock_guard_pages(*state);
    assert_response_body(ngx_link_func_mock_call(req, reads_past_the_query_string), "fine");
}

static sigjmp_buf out_of_the_fault;

static void jump(int signal) {
    (void) signal;
    siglongjmp(out_of_the_fault, 1);
}

static char *volatile nowhere;

static void uses_no_memory_at_all(ngx_link_func_ctx_t *ctx) {
    (void) ctx;
    sink = *nowhere;
}

static void other_fault_goes_to_the_handler_that_was_there(void **state) {
    struct sigaction action = {.sa_handler = jump}, before;
    volatile int jumped = 0;

    ngx_link_func_mock_guard_pages(*state);
    (void) sigaction(SIGSEGV, &action, &before);
    if (sigsetjmp(out_of_the_fault, 1) == 0) {
        run(*state, uses_no_memory_at_all);
    } else {
        jumped = 1;
    }
    run(*state, reads_to_the_end);
    (void) sigaction(SIGSEGV, &before, NULL);
    assert_true(jumped);
}

static void *mock_of_the_child;

static void touch_outside_of_a_call(void) {
    run(mock_of_the_child, keeps_a_block);
    sink = kept[0];
}

static void fault_outside_of_a_call_is_the_tests_own(void **state) {
    child_result_t child;

    ngx_link_func_mock_guard_pages(*state);
    mock_of_the_child = *state;
    child_run(&child, touch_outside_of_a_call);
    assert_child_signalled(&child, SIGSEGV);
}

/* An address that no memory can have, so that the processor does not tell it: what
 * is in the registers beside it is no touch. */
#if defined(__x86_64__)

static void follows_a_wild_pointer_beside(const void *other) {
    const void *wild;

    memset(&wild, 0xdb, sizeof(wild));
    __asm__ volatile("movb (%0), %%al" : : "r"(wild), "r"(other) : "rax", "memory");
}

static void follows_what_was_in_ended_memory(ngx_link_func_ctx_t *ctx) {
    const char *block = ngx_link_func_palloc(ctx, 16);

    follows_a_wild_pointer_beside(block);
    follows_a_wild_pointer_beside(block + 16);
}

static void has_its_request_beside(ngx_link_func_ctx_t *ctx) {
    follows_a_wild_pointer_beside(ctx->__r__);
}

static void has_its_pool_beside(ngx_link_func_ctx_t *ctx) {
    follows_a_wild_pointer_beside(ctx->__pl__);
}

static ngx_link_func_mock_handler_t of_the_child;

/* Who hangs is ended by another signal. */
static void fault_in_the_handler(void) {
    (void) alarm(10);
    run(mock_of_the_child, of_the_child);
}

static void wild_pointer_ends_the_process(void **state) {
    static const ngx_link_func_mock_handler_t handlers[] = {follows_what_was_in_ended_memory,
                                                            has_its_request_beside, has_its_pool_beside};
    child_result_t child;
    size_t i;

    ngx_link_func_mock_guard_pages(*state);
    mock_of_the_child = *state;
    for (i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++) {
        of_the_child = handlers[i];
        child_run(&child, fault_in_the_handler);
        assert_child_signalled(&child, SIGSEGV);
    }
}

#endif

#define TEST(name) cmocka_unit_test_setup_teardown(name, counting_setup, ngx_link_func_mock_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(write_outside_of_a_block_is_found_at_its_allocation),
        TEST(late_write_is_found_behind_the_handler_that_wrote),
        TEST(late_write_is_found_when_the_block_leaves_the_quarantine),
        TEST(late_write_is_found_when_the_mock_is_freed),
        TEST(guard_pages_find_each_touch_at_its_line),
        TEST(guard_pages_leave_the_handler_its_answer),
        TEST(other_fault_goes_to_the_handler_that_was_there),
        TEST(fault_outside_of_a_call_is_the_tests_own),
#if defined(__x86_64__)
        TEST(wild_pointer_ends_the_process),
#endif
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
