/* Threads of a handler library's own: they use shared memory as handlers do, and
 * nothing else of the API. */

#include "counting.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "child.h"

static volatile char sink;
static ngx_link_func_ctx_t kept;

static void keeps_its_context(ngx_link_func_ctx_t *ctx) {
    kept = *ctx;
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, "fine", 4);
}

static void *adds_a_header(void *data) {
    (void) data;
    (void) ngx_link_func_add_header_out(&kept, "X-Late", 6, "1", 1);
    return data;
}

static void *reads_the_request(void *data) {
    (void) data;
    sink = *(volatile char *) kept.__r__;
    return data;
}

static void run_thread(void *(*run)(void *data), void *data) {
    pthread_t thread;

    assert_int_equal(pthread_create(&thread, NULL, run, data), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
}

static void adds_a_header_in_a_thread(ngx_link_func_ctx_t *ctx) {
    run_thread(adds_a_header, NULL);
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, "fine", 4);
}

static void reads_the_request_in_a_thread(ngx_link_func_ctx_t *ctx) {
    kept = *ctx;
    run_thread(reads_the_request, NULL);
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, "fine", 4);
}

/*
 * What is the handler's thread's: the process ends with a message, for no jump
 * leads out of a thread of somebody's
 */

static void *mock_of_the_child;

static void jump_out(const char *text) {
    (void) printf("jumped: %s\n", text);
    (void) fflush(stdout);
    _exit(0);
}

static void use_the_context_of_a_freed_request(void) {
    ngx_link_func_mock_request_t *req = ngx_link_func_mock_request(mock_of_the_child, "GET", "/");

    ngx_link_func_mock_on_failure(jump_out);
    (void) ngx_link_func_mock_call(req, keeps_its_context);
    ngx_link_func_mock_request_free(req);
    run_thread(adds_a_header, NULL);
}

static void use_the_context_of_a_handler_that_has_returned(void) {
    ngx_link_func_mock_request_t *req = ngx_link_func_mock_request(mock_of_the_child, "GET", "/");

    ngx_link_func_mock_on_failure(jump_out);
    (void) ngx_link_func_mock_call(req, keeps_its_context);
    (void) ngx_link_func_mock_call(req, adds_a_header_in_a_thread);
}

static void touch_the_request(void) {
    ngx_link_func_mock_on_failure(jump_out);
    (void) ngx_link_func_mock_call(ngx_link_func_mock_request(mock_of_the_child, "GET", "/"),
                                   reads_the_request_in_a_thread);
}

static void expect_end(void *mock, void (*action)(void), const char *function, const char *text) {
    child_result_t child;
    char begin[128];

    mock_of_the_child = mock;
    child_run(&child, action);
    assert_child_signalled(&child, SIGABRT);
    (void) snprintf(begin, sizeof(begin), "ngx_link_func_mock: %s: ", function);
    assert_child_printed(&child, begin);
    assert_child_printed(&child, "test_own_threads.c:");
    assert_child_printed(&child, text);
}

static void context_of_a_freed_request_ends_the_process_with_the_place(void **state) {
    expect_end(*state, use_the_context_of_a_freed_request, "adds_a_header",
               ": the context of a call was used whose request is gone\n");
}

static void context_of_a_call_that_is_over_ends_the_process_with_the_place(void **state) {
    expect_end(*state, use_the_context_of_a_handler_that_has_returned, "adds_a_header",
               ": the context of a handler that has returned was used in a thread of its own\n");
}

static void private_member_ends_the_process_with_the_place(void **state) {
    expect_end(*state, touch_the_request, "reads_the_request", ": ctx->__r__ was touched");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, counting_setup, ngx_link_func_mock_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(context_of_a_freed_request_ends_the_process_with_the_place),
        TEST(context_of_a_call_that_is_over_ends_the_process_with_the_place),
        TEST(private_member_ends_the_process_with_the_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
