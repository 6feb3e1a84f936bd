/* What the log functions write. */

#include "fixture.h"

static int start(void **state) {
    static const nginx_config_t config = {
        .http = "large_client_header_buffers 4 64k;\n",
        .server = LIB("handlers") CALL("/act", "act") CALL("/levels", "log_levels") CALL("/text", "log_text")
            CALL("/cut", "log_cut") CALL(
                "/debug",
                "log_named") "location /info { error_log error.log info; ngx_link_func_call log_named; }\n"
                             "location /warn { error_log error.log warn; ngx_link_func_call log_named; }\n"
                             "location /error { error_log error.log error; ngx_link_func_call log_named; "
                             "}\n"};

    return start_server(state, &config);
}

static void assert_acts(void **state, const char *target) {
    wire_response_t *response = get(*state, target);

    assert_int_equal(response->status, 200);
    wire_free(response);
}

/* Whether the first line with `text` has `mark` too. */
static int line_has(const nginx_server_t *server, const char *text, const char *mark) {
    char *log = nginx_server_log_dup(server), *save = NULL;
    const char *line;

    for (line = strtok_r(log, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save)) {
        if (strstr(line, text) != NULL && strstr(line, "<http") == NULL
            && strstr(line, "http process") == NULL) {
            break;
        }
    }
    line = line == NULL ? NULL : strstr(line, mark);
    free(log);
    return line != NULL;
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

static void cycle_lines_are_cut_and_escaped(void **state) {
    assert_true(line_has(*state, "cycle%s%n\\x0A2026 [error]\\x1B[0m", "[info]"));
    assert_int_equal(log_count_of(*state, "\\x1B[0m\\x0A"), 0);
    assert_int_equal(log_count_of(*state, "cycle of 199"), 1);
    assert_int_equal(log_count_of(*state, "cycle of 200"), 1);
    assert_int_equal(log_count_of(*state, "xxxY\n"), 1);
    assert_int_equal(log_count_of(*state, "xxxZ"), 0);
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

/* As many of a line as the level lets through. */
static void level_of_the_location_is_honoured(void **state) {
    static const char *const lines[] = {"named debug", "named info", "named warn", "named err"};
    static const struct {
        const char *target;
        size_t count[4];
    } cases[] = {
        {"/debug", {1, 1, 1, 1}}, {"/info", {0, 1, 1, 1}}, {"/warn", {0, 0, 1, 1}}, {"/error", {0, 0, 0, 1}}};
    size_t i, j;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t before[4];

        for (j = 0; j < 4; j++) {
            before[j] = log_count_of(*state, lines[j]);
        }
        assert_get(*state, cases[i].target, 200, "");
        for (j = 0; j < 4; j++) {
            assert_int_equal(log_count_of(*state, lines[j]) - before[j], cases[i].count[j]);
        }
    }
}

/* Lines of 600, 198, 199 and 200 characters, which end in A, B, C and D. */
static void macro_cuts_at_199_characters(void **state) {
    assert_get(*state, "/cut", 200, "");
    nginx_server_wait_for_log(*state, "end of the lines");
    assert_int_equal(log_count_of(*state, "xxxB, client"), 1);
    assert_int_equal(log_count_of(*state, "xxxC, client"), 1);
    assert_int_equal(log_count_of(*state, "xxxD"), 0);
    assert_int_equal(log_count_of(*state, "xxxA"), 0);
}

static void formatted_line_has_a_limit_of_nginx_only(void **state) {
    char target[4200] = "/act?log=4:", expected[2048];

    memset(target + 11, 'y', 1500);
    target[1511] = 'F';
    assert_acts(state, target);
    memset(expected, 'y', 1500);
    (void) snprintf(expected + 1500, sizeof(expected) - 1500, "F>, client: 127.0.0.1");
    nginx_server_wait_for_log(*state, expected);
    memset(target + 11, 'z', 4000);
    target[4011] = '\0';
    assert_acts(state, target);
    nginx_server_wait_for_log(*state, "<zzzz");
    assert_int_equal(log_count_of(*state, "zzz>"), 0);
    assert_acts(state, "/act?log=4:behind");
    nginx_server_wait_for_log(*state, ": *");
    nginx_server_wait_for_log(*state, " <behind>, client");
}

static void formatted_line_knows_its_levels(void **state) {
    static const char *const expected[] = {"[error]", "[warn]", "[info]", "[debug]"};
    static const int levels[] = {4, 5, 7, 8};
    size_t i;

    for (i = 0; i < 4; i++) {
        char target[64], line[64];

        (void) snprintf(target, sizeof(target), "/act?log=%d:level%d&show", levels[i], levels[i]);
        assert_acts(state, target);
        (void) snprintf(line, sizeof(line), "<level%d>", levels[i]);
        nginx_server_wait_for_log(*state, line);
        assert_true(line_has(*state, line, expected[i]));
    }
}

static void unknown_level_is_invalid(void **state) {
    wire_response_t *response =
        get(*state, "/act?log=0:nolevel&log=1:nolevel&log=6:nolevel&log=9:nolevel&log=-1:nolevel&show");

    assert_string_equal(response->body, "-4;-4;-4;-4;-4;");
    wire_free(response);
    assert_int_equal(log_count_of(*state, "<nolevel"), 0);
}

static void formatted_line_is_escaped_and_inert(void **state) {
    assert_acts(state, "/act?log=4:a%25s%25n%0d%0a%5b%7f%09end&show");
    nginx_server_wait_for_log(*state, "<a%s%n\\x0D\\x0A[\\x7F\\x09end>, client");
}

static void one_trailing_newline_is_dropped(void **state) {
    assert_get(*state, "/text?text=plain-end%0a", 200, "");
    nginx_server_wait_for_log(*state, "plain-end, client");
    assert_get(*state, "/text?text=dos-end%0d%0a", 200, "");
    nginx_server_wait_for_log(*state, "dos-end, client");
    assert_get(*state, "/text?text=two-end%0a%0a", 200, "");
    nginx_server_wait_for_log(*state, "two-end\\x0A, client");
    assert_get(*state, "/text?text=", 200, "");
    assert_get(*state, "/text?text=%0a", 200, "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(request_lines_have_their_level_and_the_request),
        cmocka_unit_test(cycle_lines_below_the_level_are_not_written),
        cmocka_unit_test(cycle_lines_are_cut_and_escaped),
        cmocka_unit_test(message_is_one_escaped_line_and_no_format),
        cmocka_unit_test(long_message_is_cut_and_stays_one_line),
        cmocka_unit_test(level_of_the_location_is_honoured),
        cmocka_unit_test(macro_cuts_at_199_characters),
        cmocka_unit_test(formatted_line_has_a_limit_of_nginx_only),
        cmocka_unit_test(formatted_line_knows_its_levels),
        cmocka_unit_test(unknown_level_is_invalid),
        cmocka_unit_test(formatted_line_is_escaped_and_inert),
        cmocka_unit_test(one_trailing_newline_is_dropped),
    };

    return cmocka_run_group_tests(tests, start, stop_server);
}
