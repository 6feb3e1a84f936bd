#include "lf_status.h"

#include "exact.h"

static void final_statuses_are_200_to_599(void **state) {
    (void) state;
    assert_false(lf_status_is_final(0));
    assert_false(lf_status_is_final(199));
    assert_true(lf_status_is_final(200));
    assert_true(lf_status_is_final(599));
    assert_false(lf_status_is_final(600));
    assert_false(lf_status_is_final((uintptr_t) -1));
}

static void only_204_and_304_have_no_body(void **state) {
    (void) state;
    assert_false(lf_status_has_body(204));
    assert_false(lf_status_has_body(304));
    assert_true(lf_status_has_body(200));
    assert_true(lf_status_has_body(205));
    assert_true(lf_status_has_body(404));
}

static const struct {
    uintptr_t status;
    const char *line;
    size_t len;
    const char *expected; /* NULL: the server's own */
} lines[] = {
    {200, "200 OK", 6, "200 OK"},
    {200, "200 Fine by me", 14, "200 Fine by me"},
    {299, "299 Custom", 10, "299 Custom"},
    {404, "404 ", 4, "404 "},
    {404, "404", 3, "404 "},
    {200, "201 Created", 11, NULL},
    {204, "200 OK", 6, NULL},
    {200, "210 OK", 6, NULL},
    {200, "300 OK", 6, NULL},
    {200, "", 0, NULL},
    {200, "20", 2, NULL},
    {200, "OK", 2, NULL},
    {200, "2000 OK", 7, NULL},
    {200, "200OK", 5, NULL},
    {200, "200 OK\r\nX: y", 12, NULL},
    {200, "200 O\0K", 7, NULL},
    {200, "200 \tOK", 7, NULL},
    {200, "200 \x7f", 5, NULL},
    {200, "200 D\xc3\xa9j\xc3\xa0", 10, "200 D\xc3\xa9j\xc3\xa0"},
    {600, "600 Beyond", 10, NULL},
    {99, "099 Before", 10, NULL},
};

static void status_lines_follow_the_table(void **state) {
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        lf_str_t line = exact_bytes(lines[i].line, lines[i].len);
        char *dst = malloc(LF_STATUS_LINE_SIZE(line.len));
        size_t len = lf_status_line(dst, lines[i].status, line);

        if (!lf_str_equal(lf_str(dst, len), lf_cstr(lines[i].expected))) {
            fail_msg("row %zu: %lu with \"%s\": got \"%.*s\"", i, (unsigned long) lines[i].status,
                     lines[i].line, (int) len, dst);
        }
        free(dst);
        exact_free(line);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(final_statuses_are_200_to_599),
        cmocka_unit_test(only_204_and_304_have_no_body),
        cmocka_unit_test(status_lines_follow_the_table),
    };
    return cmocka_run_group_tests_name("status", tests, NULL, NULL);
}
