/* What the log functions write. */

#include "fixture.h"

static int start(void **state) {
    static const nginx_config_t config = {.http = "large_client_header_buffers 4 64k;\n",
                                          .server = LIB("handlers") CALL("/levels", "log_levels")
                                              CALL("/text", "log_text")};

    return start_server(state, &config);
}

static void request_lines_have_their_level_and_the_request(void **state) {
    assert_get(*state, "/levels", 200, "");
    nginx_server_wait_for_log(*state, "formatted 42 %s, client: 127.0.0.1");
    assert_int_equal(log_count_of(*state, "request debug line"), 1);
    assert_int_equal(log_count_of(*state, "request info line, client: 127.0.0.1"), 1);
    assert_int_equal(log_count_of(*state, "request warn line, client: 127.0.0.1"), 1);
    assert_int_equal(log_count_of(*state, "request err line, client: 127.0.0.1"), 1);
}

static void cycle_lines_below_the_level_are_not_written(void **state) {
    assert_int_equal(log_count_of(*state, "cycle warn line"), 1);
    assert_int_equal(log_count_of(*state, "cycle err line"), 1);
    assert_int_equal(log_count_of(*state, "cycle debug line"), 0);
}

static void message_is_one_escaped_line_and_no_format(void **state) {
    assert_get(*state, "/text?text=a%25s%25n%0a2026%20[emerg]%20forged%1b[0m%0a", 200, "");
    nginx_server_wait_for_log(*state, "a%s%n\\x0A2026 [emerg] forged\\x1B[0m, client: 127.0.0.1");
    nginx_server_expect_log(*state, "forged");
}

static void long_message_is_cut_and_stays_one_line(void **state) {
    char target[8192];
    size_t len = (size_t) snprintf(target, sizeof(target), "/text?text=begin");

    memset(target + len, 'x', 6000);
    target[len + 6000] = '\0';
    assert_get(*state, target, 200, "");
    nginx_server_wait_for_log(*state, "beginxxxx");
    assert_get(*state, "/text?text=behind", 200, "");
    nginx_server_wait_for_log(*state, "[error]");
    nginx_server_wait_for_log(*state, ": *");
    nginx_server_wait_for_log(*state, " behind, client");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(request_lines_have_their_level_and_the_request),
        cmocka_unit_test(cycle_lines_below_the_level_are_not_written),
        cmocka_unit_test(message_is_one_escaped_line_and_no_format),
        cmocka_unit_test(long_message_is_cut_and_stays_one_line),
    };

    return cmocka_run_group_tests(tests, start, stop_server);
}
