/* What ctx and cycle have for the runtime alone: a handler that follows it stops
 * the test with a message that names it. */

#include "counting.h"

#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "child.h"

static volatile char sink;
static int line; /* of the mistake */

#define HERE(statement)                                                                                      \
    do {                                                                                                     \
        line = __LINE__;                                                                                     \
        statement;                                                                                           \
    } while (0)

/*
 * Handlers
 */

static void reads_the_request(ngx_link_func_ctx_t *ctx) {
    HERE(sink = *(volatile char *) ctx->__r__);
}

static void reads_far_into_the_request(ngx_link_func_ctx_t *ctx) {
    HERE(sink = ((volatile char *) ctx->__r__)[5000]);
}

static void writes_to_the_request(ngx_link_func_ctx_t *ctx) {
    HERE(*(volatile int *) ctx->__r__ = 1);
}

static void reads_the_log(ngx_link_func_ctx_t *ctx) {
    HERE(sink = ((volatile char *) ctx->__log__)[8]);
}

static void reads_the_pool(ngx_link_func_ctx_t *ctx) {
    HERE(sink = ((volatile char *) ctx->__pl__)[16]);
}

static void reads_before_the_pool(ngx_link_func_ctx_t *ctx) {
    HERE(sink = ((volatile char *) ctx->__pl__)[-16]);
}

static void writes_to_the_pool(ngx_link_func_ctx_t *ctx) {
    HERE(*(volatile long *) ctx->__pl__ = 1);
}

static void has_libc_read_the_request(ngx_link_func_ctx_t *ctx) {
    HERE(sink = (char) strlen(ctx->__r__));
    (void) ngx_link_func_log_info(ctx, "no tail call");
}

static const ngx_link_func_cycle_t *cycle_of_the_worker;

static void reads_the_pool_of_the_cycle(ngx_link_func_ctx_t *ctx) {
    (void) ctx;
    HERE(sink = ((volatile char *) cycle_of_the_worker->__pl__)[16]);
}

static ngx_link_func_ctx_t kept;

static void keeps_its_context(ngx_link_func_ctx_t *ctx) {
    kept = *ctx;
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, "fine", 4);
}

static void reads_the_pool_that_was_kept(ngx_link_func_ctx_t *ctx) {
    (void) ctx;
    HERE(sink = ((volatile char *) kept.__pl__)[16]);
}

/* The pointers themselves are the handler's to pass on. */
static void copies_its_context(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_ctx_t copy = *ctx;

    assert_non_null(copy.__r__);
    assert_ptr_not_equal(copy.__r__, copy.__log__);
    assert_non_null(copy.__pl__);
    ngx_link_func_log_info(&copy, "as good as the other");
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, "fine", 4);
}

static const struct {
    const char *function;
    ngx_link_func_mock_handler_t handler;
    const char *member;
} rows[] = {
#define ROW(handler, member)                                                                                 \
    { #handler, handler, member }
    ROW(reads_the_request, "ctx->__r__"),
    ROW(reads_far_into_the_request, "ctx->__r__"),
    ROW(writes_to_the_request, "ctx->__r__"),
    ROW(reads_the_log, "ctx->__log__"),
    ROW(reads_the_pool, "ctx->__pl__"),
    ROW(reads_before_the_pool, "ctx->__pl__"),
    ROW(writes_to_the_pool, "ctx->__pl__"),
    ROW(has_libc_read_the_request, "ctx->__r__"),
    ROW(reads_the_pool_of_the_cycle, "cycle->__pl__"),
};

/*
 * Hooks
 */

typedef enum { NOTHING, CYCLE, SRV_CF, POOL, LOG } touched_t;

static touched_t touched_by_init;

void ngx_link_func_init_cycle(ngx_link_func_cycle_t *cycle) {
    cycle_of_the_worker = cycle;
    switch (touched_by_init) {
    case CYCLE:
        HERE(sink = *(volatile char *) cycle->__cycle__);
        break;
    case SRV_CF:
        HERE(sink = ((volatile char *) cycle->__srv_cf__)[1]);
        break;
    case POOL:
        HERE(sink = ((volatile char *) cycle->__pl__)[2]);
        break;
    case LOG:
        HERE(sink = ((volatile char *) cycle->__log__)[3]);
        break;
    case NOTHING:
        ngx_link_func_cyc_log_info(cycle, "started");
        break;
    }
}

/*
 * Tests
 */

/* ngx_link_func_mock_on_failure() has no argument to find these by. */
static jmp_buf stopped;
static char message[1024];

static void stop(const char *text) {
    (void) snprintf(message, sizeof(message), "%s", text);
    longjmp(stopped, 1);
}

static int setup(void **state) {
    (void) counting_setup(state);
    touched_by_init = NOTHING;
    ngx_link_func_mock_on_failure(stop);
    return 0;
}

static int teardown(void **state) {
    (void) ngx_link_func_mock_teardown(state);
    ngx_link_func_mock_on_failure(NULL);
    return 0;
}

static void call(void *mock, ngx_link_func_mock_handler_t handler) {
    (void) ngx_link_func_mock_call(ngx_link_func_mock_request(mock, "GET", "/"), handler);
}

static void expect_in_message(const char *function, const char *member) {
    char place[64], what[64];

    (void) snprintf(place, sizeof(place), "test_private.c:%d: ", line);
    (void) snprintf(what, sizeof(what), ": %s was touched", member);
    if (strncmp(message, function, strlen(function)) != 0 || strstr(message, place) == NULL
        || strstr(message, what) == NULL) {
        fail_msg("%s, %s, %s: \"%s\"", function, place, what, message);
    }
}

static void touch_stops_the_test_with_function_line_and_member(void **state) {
    volatile size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (setjmp(stopped) == 0) {
            call(*state, rows[i].handler);
            fail_msg("%s did not stop", rows[i].function);
        }
        expect_in_message(rows[i].function, rows[i].member);
    }
}

static void touch_in_a_hook_stops_the_test_with_the_member(void **state) {
    static const char *const members[] = {"", "cycle->__cycle__", "cycle->__srv_cf__", "cycle->__pl__",
                                          "cycle->__log__"};
    volatile touched_t touched;

    (void) state;
    for (touched = CYCLE; touched <= LOG; touched++) {
        ngx_link_func_mock_t *mock = ngx_link_func_mock_new();

        touched_by_init = touched;
        if (setjmp(stopped) == 0) {
            (void) ngx_link_func_mock_start(mock);
            fail_msg("%s did not stop", members[touched]);
        }
        expect_in_message("ngx_link_func_init_cycle", members[touched]);
        ngx_link_func_mock_free(mock);
    }
}

static void touch_of_what_a_freed_request_had_stops_the_test_with_the_member(void **state) {
    ngx_link_func_mock_request_t *req = ngx_link_func_mock_request(*state, "GET", "/");

    (void) ngx_link_func_mock_call(req, keeps_its_context);
    ngx_link_func_mock_request_free(req);
    if (setjmp(stopped) == 0) {
        call(*state, reads_the_pool_that_was_kept);
        fail_msg("it did not stop");
    }
    expect_in_message("reads_the_pool_that_was_kept", "ctx->__pl__");
}

static void copies_of_the_pointers_are_no_touch(void **state) {
    ngx_link_func_mock_request_t *req = ngx_link_func_mock_request(*state, "GET", "/");

    assert_response_body(ngx_link_func_mock_call(req, copies_its_context), "fine");
    assert_int_equal(ngx_link_func_mock_finding_count(*state), 0);
}

static void *mock_of_the_child;

static void touch_by_default(void) {
    ngx_link_func_mock_on_failure(NULL);
    call(mock_of_the_child, reads_the_request);
}

static void touch_aborts_with_the_message_by_default(void **state) {
    child_result_t child;

    mock_of_the_child = *state;
    child_run(&child, touch_by_default);
    assert_child_signalled(&child, SIGABRT);
    assert_child_printed(&child, "ngx_link_func_mock: reads_the_request: ");
    assert_child_printed(&child, ": ctx->__r__ was touched");
}

static void touch_in_a_thread_of_the_mock(ngx_link_func_mock_t *mock, size_t worker, void *arg) {
    (void) worker;
    (void) arg;
    call(mock, reads_the_log);
}

static void touch_in_threads(void) {
    ngx_link_func_mock_threads(mock_of_the_child, 1, touch_in_a_thread_of_the_mock, NULL);
}

static void touch_in_a_thread_ends_the_process_with_the_message(void **state) {
    child_result_t child;

    mock_of_the_child = *state;
    child_run(&child, touch_in_threads);
    assert_child_signalled(&child, SIGABRT);
    assert_child_printed(&child, ": ctx->__log__ was touched");
}

static void touch_in_a_worker(void) {
    ngx_link_func_mock_on_failure(NULL);
    (void) ngx_link_func_mock_workers(mock_of_the_child, 1, touch_in_a_thread_of_the_mock, NULL);
    exit(ngx_link_func_mock_worker_status(mock_of_the_child, 0));
}

static void touch_in_a_worker_ends_it_with_the_message(void **state) {
    child_result_t child;

    mock_of_the_child = *state;
    child_run(&child, touch_in_a_worker);
    assert_child_exited(&child, 70);
    assert_child_printed(&child, ": ctx->__log__ was touched");
}

static ngx_link_func_mock_request_t *make_request(ngx_link_func_mock_t *mock) {
    return ngx_link_func_mock_request(mock, "GET", "/");
}

static void touch_is_a_problem_of_a_sweep(void **state) {
    const ngx_link_func_mock_sweep_t *sweep =
        ngx_link_func_mock_oom_sweep(*state, make_request, reads_the_request);

    assert_int_equal(sweep->problems, 1);
    assert_string_equal(sweep->function, "reads_the_request");
    assert_non_null(strstr(sweep->text, "ctx->__r__ was touched"));
}

static void jump(int signal) {
    (void) signal;
}

static void signal_is_given_back_with_the_last_mock(void **state) {
    struct sigaction action = {.sa_handler = jump}, before, after;

    call(*state, copies_its_context);
    ngx_link_func_mock_free(*state);
    (void) sigaction(SIGSEGV, &action, &before);
    *state = ngx_link_func_mock_new();
    call(*state, copies_its_context);
    ngx_link_func_mock_free(*state);
    (void) sigaction(SIGSEGV, &before, &after);
    *state = NULL;
    assert_true(after.sa_handler == jump);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(touch_stops_the_test_with_function_line_and_member),
        TEST(touch_in_a_hook_stops_the_test_with_the_member),
        TEST(touch_of_what_a_freed_request_had_stops_the_test_with_the_member),
        TEST(copies_of_the_pointers_are_no_touch),
        TEST(touch_aborts_with_the_message_by_default),
        TEST(touch_in_a_thread_ends_the_process_with_the_message),
        TEST(touch_in_a_worker_ends_it_with_the_message),
        TEST(touch_is_a_problem_of_a_sweep),
        TEST(signal_is_given_back_with_the_last_mock),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
