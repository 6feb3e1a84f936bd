#include "counting.h"

#include <sys/mman.h>

static void call(void **state, ngx_link_func_mock_handler_t handler) {
    (void) ngx_link_func_mock_call(ngx_link_func_mock_request(*state, "GET", "/"), handler);
}

#define assert_log_line(mock, index, level, text)                                                            \
    do {                                                                                                     \
        assert_int_equal(ngx_link_func_mock_log_level((mock), (index)), (level));                            \
        assert_string_equal(ngx_link_func_mock_log_text((mock), (index)), (text));                           \
    } while (0)

static void log_each_level(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_log_debug(ctx, "d");
    ngx_link_func_log_info(ctx, "i");
    ngx_link_func_log_warn(ctx, "w");
    ngx_link_func_log_err(ctx, "e");
    ngx_link_func_log(warn, ctx, "%s %d", "seven", 7);
}

static void each_level_is_captured_in_order(void **state) {
    call(state, log_each_level);
    assert_int_equal(ngx_link_func_mock_log_count(*state), 5);
    assert_log_line(*state, 0, NGX_LINK_FUNC_MOCK_DEBUG, "d");
    assert_log_line(*state, 1, NGX_LINK_FUNC_MOCK_INFO, "i");
    assert_log_line(*state, 2, NGX_LINK_FUNC_MOCK_WARN, "w");
    assert_log_line(*state, 3, NGX_LINK_FUNC_MOCK_ERR, "e");
    assert_log_line(*state, 4, NGX_LINK_FUNC_MOCK_WARN, "seven 7");
}

static void log_what_needs_escaping(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_log_info(ctx, "one line\n");
    ngx_link_func_log_info(ctx, "100%s %n");
    ngx_link_func_log_info(ctx, "a\n[emerg] b\x1b\n");
}

static void one_call_is_one_line_without_control_characters(void **state) {
    call(state, log_what_needs_escaping);
    assert_int_equal(ngx_link_func_mock_log_count(*state), 3);
    assert_log_line(*state, 0, NGX_LINK_FUNC_MOCK_INFO, "one line");
    assert_log_line(*state, 1, NGX_LINK_FUNC_MOCK_INFO, "100%s %n");
    assert_log_line(*state, 2, NGX_LINK_FUNC_MOCK_INFO, "a\\x0A[emerg] b\\x1B");
}

static void log_long_lines(ngx_link_func_ctx_t *ctx) {
    char *text = ngx_link_func_palloc(ctx, 3001);

    memset(text, 'x', 3000);
    text[3000] = '\0';
    ngx_link_func_log_info(ctx, text);
    ngx_link_func_log(info, ctx, "%s", text);
}

static void long_lines_are_cut(void **state) {
    call(state, log_long_lines);
    assert_int_equal(strlen(ngx_link_func_mock_log_text(*state, 0)), 2000);
    assert_int_equal(strlen(ngx_link_func_mock_log_text(*state, 1)), 199);
}

static void log_formatted(ngx_link_func_ctx_t *ctx) {
    assert_int_equal(ngx_link_func_log_fmt(ctx, NGX_LINK_FUNC_LOG_DEBUG, "%s", "d"), NGX_LINK_FUNC_OK);
    assert_int_equal(ngx_link_func_log_fmt(ctx, NGX_LINK_FUNC_LOG_INFO, "%d%%", 7), NGX_LINK_FUNC_OK);
    assert_int_equal(ngx_link_func_log_fmt(ctx, NGX_LINK_FUNC_LOG_WARN, "%s", "100%s %n"), NGX_LINK_FUNC_OK);
    assert_int_equal(ngx_link_func_log_fmt(ctx, NGX_LINK_FUNC_LOG_ERR, "a\n%c\r\n", 27), NGX_LINK_FUNC_OK);
    assert_int_equal(ngx_link_func_log_fmt(ctx, NGX_LINK_FUNC_LOG_INFO, "a%cb", 0), NGX_LINK_FUNC_OK);
    assert_int_equal(ngx_link_func_log_fmt(ctx, NGX_LINK_FUNC_LOG_INFO, "%s", ""), NGX_LINK_FUNC_OK);
    assert_int_equal(ngx_link_func_log_fmt(ctx, NGX_LINK_FUNC_LOG_INFO, "%3000d", 1), NGX_LINK_FUNC_OK);
}

static void formatted_lines_are_captured_up_to_the_end_of_a_line(void **state) {
    call(state, log_formatted);
    assert_int_equal(ngx_link_func_mock_log_count(*state), 7);
    assert_log_line(*state, 0, NGX_LINK_FUNC_MOCK_DEBUG, "d");
    assert_log_line(*state, 1, NGX_LINK_FUNC_MOCK_INFO, "7%");
    assert_log_line(*state, 2, NGX_LINK_FUNC_MOCK_WARN, "100%s %n");
    assert_log_line(*state, 3, NGX_LINK_FUNC_MOCK_ERR, "a\\x0A\\x1B");
    assert_log_line(*state, 4, NGX_LINK_FUNC_MOCK_INFO, "a");
    assert_log_line(*state, 5, NGX_LINK_FUNC_MOCK_INFO, "");
    assert_int_equal(strlen(ngx_link_func_mock_log_text(*state, 6)), 2000);
}

static void log_at_no_level(ngx_link_func_ctx_t *ctx) {
    static const int levels[] = {-1, 0, 1, 2, 3, 6, 9};
    size_t i;

    for (i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
        assert_int_equal(ngx_link_func_log_fmt(ctx, levels[i], "text"), NGX_LINK_FUNC_INVALID);
    }
}

static void unknown_levels_are_invalid(void **state) {
    call(state, log_at_no_level);
    assert_int_equal(ngx_link_func_mock_log_count(*state), 0);
}

static void cleared_log_starts_anew(void **state) {
    call(state, log_each_level);
    ngx_link_func_mock_log_clear(*state);
    assert_int_equal(ngx_link_func_mock_log_count(*state), 0);
    call(state, log_what_needs_escaping);
    assert_int_equal(ngx_link_func_mock_log_count(*state), 3);
    assert_log_line(*state, 0, NGX_LINK_FUNC_MOCK_INFO, "one line");
}

static void levels_are_named_as_the_error_log_spells_them(void **state) {
    (void) state;
    assert_string_equal(ngx_link_func_mock_level_name(NGX_LINK_FUNC_MOCK_EMERG), "emerg");
    assert_string_equal(ngx_link_func_mock_level_name(NGX_LINK_FUNC_MOCK_ALERT), "alert");
    assert_string_equal(ngx_link_func_mock_level_name(NGX_LINK_FUNC_MOCK_ERR), "error");
    assert_string_equal(ngx_link_func_mock_level_name(NGX_LINK_FUNC_MOCK_WARN), "warn");
    assert_string_equal(ngx_link_func_mock_level_name(NGX_LINK_FUNC_MOCK_INFO), "info");
    assert_string_equal(ngx_link_func_mock_level_name(NGX_LINK_FUNC_MOCK_DEBUG), "debug");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, counting_setup, ngx_link_func_mock_teardown)

/* `data` has room for all of a test. */
static void append_line(ngx_link_func_mock_level_t level, const char *text, void *data) {
    char *lines = data;
    size_t len = strlen(lines);

    (void) snprintf(lines + len, 200 - len, "%s: %s\n", ngx_link_func_mock_level_name(level), text);
}

static void lines_are_told_as_they_are_logged(void **state) {
    char lines[200] = "";

    ngx_link_func_mock_on_log(*state, append_line, lines);
    call(state, log_each_level);
    assert_string_equal(lines, "debug: d\ninfo: i\nwarn: w\nerror: e\nwarn: seven 7\n");
    assert_int_equal(ngx_link_func_mock_log_count(*state), 5);
    ngx_link_func_mock_on_log(*state, NULL, NULL);
    call(state, log_each_level);
    assert_int_equal(strlen(lines), strlen("debug: d\ninfo: i\nwarn: w\nerror: e\nwarn: seven 7\n"));
}

static void log_hello(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_log_warn(ctx, "hello");
}

static void say_hello(ngx_link_func_mock_t *mock, size_t worker, void *arg) {
    (void) worker;
    (void) arg;
    (void) ngx_link_func_mock_call(ngx_link_func_mock_request(mock, "GET", "/"), log_hello);
}

/* In memory that a worker shares. */
static void lines_of_workers_and_threads_are_told_once(void **state) {
    char *lines = mmap(NULL, 200, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    assert_ptr_not_equal(lines, MAP_FAILED);
    ngx_link_func_mock_on_log(*state, append_line, lines);
    (void) ngx_link_func_mock_workers(*state, 1, say_hello, NULL);
    assert_string_equal(lines, "warn: hello\n");
    ngx_link_func_mock_threads(*state, 1, say_hello, NULL);
    assert_string_equal(lines, "warn: hello\nwarn: hello\n");
    (void) munmap(lines, 200);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(each_level_is_captured_in_order),
        TEST(one_call_is_one_line_without_control_characters),
        TEST(long_lines_are_cut),
        TEST(formatted_lines_are_captured_up_to_the_end_of_a_line),
        TEST(unknown_levels_are_invalid),
        TEST(cleared_log_starts_anew),
        TEST(lines_are_told_as_they_are_logged),
        TEST(lines_of_workers_and_threads_are_told_once),
        TEST(levels_are_named_as_the_error_log_spells_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
