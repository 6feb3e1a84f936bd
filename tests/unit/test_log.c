#include "lf_log.h"

#include "exact.h"

static const struct {
    const char *text;
    size_t len, size;
    const char *expected;
} rows[] = {
    {"plain", 5, 99, "plain"},
    {"", 0, 99, ""},
    {"line\n", 5, 99, "line"},
    {"line\r\n", 6, 99, "line"},
    {"\n", 1, 99, ""},
    {"\r\n", 2, 99, ""},
    {"two\n\n", 5, 99, "two\\x0A"},
    {"a\nb", 3, 99, "a\\x0Ab"},
    {"tab\there", 8, 99, "tab\\x09here"},
    {"nul\0nul", 7, 99, "nul\\x00nul"},
    {"cr\r", 3, 99, "cr\\x0D"},
    {"\x1b[31m\x7f", 6, 99, "\\x1B[31m\\x7F"},
    {"caf\xc3\xa9 \\x %s", 11, 99, "caf\xc3\xa9 \\x %s"},
    {"abcdef", 6, 4, "abcd"},
    {"abc\x01", 4, 6, "abc"},
    {"abc\x01", 4, 7, "abc\\x01"},
    {"abc", 3, 0, ""},
};

static void log_lines_follow_the_table(void **state) {
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        lf_str_t text = exact_bytes(rows[i].text, rows[i].len);
        char *dst = malloc(rows[i].size + 1);
        size_t len = lf_log_escape(dst, rows[i].size, text);

        if (!lf_str_equal(lf_str(dst, len), lf_cstr(rows[i].expected))) {
            fail_msg("row %zu: got \"%.*s\", expected \"%s\"", i, (int) len, dst, rows[i].expected);
        }
        free(dst);
        exact_free(text);
    }
}

static void every_byte_escapes_within_the_stated_size(void **state) {
    char all[256], dst[LF_LOG_ESCAPED_SIZE(sizeof(all))];
    size_t i, controls = 33;

    (void) state;
    for (i = 0; i < sizeof(all); i++) {
        all[i] = (char) i;
    }
    assert_int_equal(lf_log_escape(dst, sizeof(dst), lf_str(all, sizeof(all))), sizeof(all) + 3 * controls);
}

static void a_part_of_a_line_keeps_its_newline_escaped(void **state) {
    char dst[16];
    size_t len = lf_log_escape_controls(dst, sizeof(dst), lf_cstr("X\n"));

    (void) state;
    assert_true(lf_str_equal(lf_str(dst, len), lf_cstr("X\\x0A")));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(log_lines_follow_the_table),
        cmocka_unit_test(every_byte_escapes_within_the_stated_size),
        cmocka_unit_test(a_part_of_a_line_keeps_its_newline_escaped),
    };
    return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
