/* Hooks linked into the test.  Built against the shared and the static mock:
 * each finds them in its own way. */

#include "counting.h"

/* What the hooks do is told by properties, so that each test has its own. */
static int asked_to(ngx_link_func_cycle_t *cycle, const char *what) {
    return ngx_link_func_cyc_get_prop(cycle, what, strlen(what)) != NULL;
}

__attribute__((noinline)) static void log_wide(ngx_link_func_cycle_t *cycle, int width) {
    ngx_link_func_cyc_log(warn, cycle, "%*s", width, "");
}

/* What a library may keep. */
static ngx_link_func_cycle_t *kept;

__attribute__((visibility("default"))) void ngx_link_func_init_cycle(ngx_link_func_cycle_t *cycle) {
    ngx_link_func_cyc_log_debug(cycle, "init debug");
    ngx_link_func_cyc_log(info, cycle, "%s", "init");
    ngx_link_func_cyc_log_warn(cycle, "init warn");
    ngx_link_func_cyc_log_err(cycle, "init err");
    if (asked_to(cycle, "fail")) {
        cycle->has_error = 1;
    }
    if (asked_to(cycle, "keep")) {
        kept = cycle;
    }
    if (asked_to(cycle, "store")) {
        ngx_link_func_cache_new(cycle->shared_mem, "from_init", 1);
    }
    if (asked_to(cycle, "log much")) {
        log_wide(cycle, 200);
    }
    if (asked_to(cycle, "log less")) {
        log_wide(cycle, 199);
    }
    if (asked_to(cycle, "lock")) {
        ngx_link_func_shmtx_lock(cycle->shared_mem);
    }
}

__attribute__((visibility("default"))) void ngx_link_func_exit_cycle(ngx_link_func_cycle_t *cycle) {
    ngx_link_func_cyc_log_info(cycle, "exit");
    if (asked_to(cycle, "lock_at_exit")) {
        ngx_link_func_shmtx_lock(cycle->shared_mem);
    }
}

static void log_to_what_init_kept(ngx_link_func_ctx_t *ctx) {
    (void) ctx;
    ngx_link_func_cyc_log_info(kept, "kept");
}

static void answer_whether_init_stored(ngx_link_func_ctx_t *ctx) {
    int found = ngx_link_func_cache_get(ctx->shared_mem, "from_init") != NULL;

    ngx_link_func_write_resp(ctx, found ? 200 : 404, NULL, NULL, NULL, 0);
}

static ngx_link_func_mock_response_t *call(void **state) {
    return ngx_link_func_mock_call(ngx_link_func_mock_request(*state, "GET", "/"),
                                   answer_whether_init_stored);
}

static size_t count_lines(void **state, const char *text) {
    size_t i, found = 0;

    for (i = 0; i < ngx_link_func_mock_log_count(*state); i++) {
        found += strcmp(ngx_link_func_mock_log_text(*state, i), text) == 0;
    }
    return found;
}

static void init_logs_at_each_level(void **state) {
    assert_int_equal(ngx_link_func_mock_start(*state), 0);
    assert_int_equal(ngx_link_func_mock_log_count(*state), 4);
    assert_log_contains(*state, NGX_LINK_FUNC_MOCK_DEBUG, "init debug");
    assert_log_contains(*state, NGX_LINK_FUNC_MOCK_INFO, "init");
    assert_log_contains(*state, NGX_LINK_FUNC_MOCK_WARN, "init warn");
    assert_log_contains(*state, NGX_LINK_FUNC_MOCK_ERR, "init err");
}

static void init_runs_once_before_the_first_call(void **state) {
    ngx_link_func_mock_shm_size(*state, 1 << 20);
    ngx_link_func_mock_add_prop(*state, "store", "");
    assert_int_equal(count_lines(state, "init"), 0);
    assert_response_status(call(state), 200);
    assert_response_status(call(state), 200);
    assert_int_equal(ngx_link_func_mock_start(*state), 0);
    assert_int_equal(count_lines(state, "init"), 1);
}

static void exit_runs_once_per_worker(void **state) {
    ngx_link_func_mock_stop(*state);
    assert_int_equal(count_lines(state, "exit"), 0);
    (void) call(state);
    ngx_link_func_mock_stop(*state);
    ngx_link_func_mock_stop(*state);
    assert_int_equal(count_lines(state, "exit"), 1);
    (void) call(state);
    assert_int_equal(count_lines(state, "init"), 2);
}

static void failed_init_answers_503_and_is_not_exited(void **state) {
    ngx_link_func_mock_response_t *resp;

    ngx_link_func_mock_add_prop(*state, "fail", "");
    resp = call(state);
    assert_int_equal(ngx_link_func_mock_response_outcome(resp), NGX_LINK_FUNC_MOCK_UNAVAILABLE);
    assert_string_equal(ngx_link_func_mock_response_status_line(resp), "503 Service Temporarily Unavailable");
    assert_response_header(resp, "Content-Type", "text/html");
    assert_non_null(strstr(ngx_link_func_mock_response_exchange(resp), "[emerg] "));
    assert_response_status(call(state), 503);
    assert_int_equal(ngx_link_func_mock_start(*state), -1);
    assert_int_equal(count_lines(state, "init"), 1);
    ngx_link_func_mock_stop(*state);
    assert_int_equal(count_lines(state, "exit"), 0);
}

static void cycle_lives_as_long_as_the_worker(void **state) {
    ngx_link_func_mock_add_prop(*state, "keep", "");
    (void) ngx_link_func_mock_call(ngx_link_func_mock_request(*state, "GET", "/"), log_to_what_init_kept);
    assert_int_equal(count_lines(state, "kept"), 1);
}

static void assert_lock_finding(ngx_link_func_mock_t *mock, const char *hook) {
    assert_int_equal(ngx_link_func_mock_finding_count(mock), 1);
    assert_int_equal(ngx_link_func_mock_finding_code(mock, 0), NGX_LINK_FUNC_MOCK_CODE_LOCK_HELD_AT_RETURN);
    assert_string_equal(ngx_link_func_mock_finding_function(mock, 0), hook);
}

static void lock_kept_by_init_is_released(void **state) {
    ngx_link_func_mock_shm_size(*state, 1 << 20);
    ngx_link_func_mock_add_prop(*state, "lock", "");
    assert_int_equal(ngx_link_func_mock_start(*state), 0);
    assert_log_contains(
        *state, NGX_LINK_FUNC_MOCK_ALERT,
        "ngx_link_func_init_cycle() returned with the shared memory mutex held, it is released");
    assert_lock_finding(*state, "ngx_link_func_init_cycle");
}

static void lock_kept_by_exit_is_released(void **state) {
    ngx_link_func_mock_shm_size(*state, 1 << 20);
    ngx_link_func_mock_add_prop(*state, "lock_at_exit", "");
    (void) call(state);
    ngx_link_func_mock_stop(*state);
    assert_log_contains(
        *state, NGX_LINK_FUNC_MOCK_ALERT,
        "ngx_link_func_exit_cycle() returned with the shared memory mutex held, it is released");
    assert_lock_finding(*state, "ngx_link_func_exit_cycle");
}

static void line_of_the_cycle_that_is_cut_is_found(void **state) {
    ngx_link_func_mock_add_prop(*state, "log less", "");
    assert_int_equal(ngx_link_func_mock_start(*state), 0);
    assert_int_equal(ngx_link_func_mock_finding_count(*state), 0);
    ngx_link_func_mock_stop(*state);
    ngx_link_func_mock_add_prop(*state, "log much", "");
    assert_int_equal(ngx_link_func_mock_start(*state), 0);
    assert_int_equal(ngx_link_func_mock_finding_count(*state), 1);
    assert_int_equal(ngx_link_func_mock_finding_code(*state, 0), NGX_LINK_FUNC_MOCK_CODE_LOG_TRUNCATED);
    assert_string_equal(ngx_link_func_mock_finding_function(*state, 0), "log_wide");
    assert_non_null(strstr(ngx_link_func_mock_finding_site(*state, 0), "test_hooks.c:"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, counting_setup, ngx_link_func_mock_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(init_logs_at_each_level),           TEST(init_runs_once_before_the_first_call),
        TEST(exit_runs_once_per_worker),         TEST(failed_init_answers_503_and_is_not_exited),
        TEST(cycle_lives_as_long_as_the_worker), TEST(lock_kept_by_init_is_released),
        TEST(lock_kept_by_exit_is_released),     TEST(line_of_the_cycle_that_is_cut_is_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
