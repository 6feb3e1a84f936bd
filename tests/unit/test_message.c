#include "lf_message.h"

#include "exact.h"

static void assert_text(const char *text, size_t len, const char *expected) {
    if (!lf_str_equal(lf_str(text, len), lf_cstr(expected))) {
        fail_msg("got \"%.*s\", expected \"%s\"", (int) len, text, expected);
    }
}

static void refused_header_is_named_with_the_reason(void **state) {
    char line[200];

    (void) state;
    assert_text(line,
                lf_message_header_refused(line, sizeof(line), "ngx_link_func_add_header_out", lf_cstr("a b"),
                                          LF_HEADER_NAME_NOT_TOKEN),
                "ngx_link_func_add_header_out() refused header \"a b\": its name is not a token");
    assert_text(line,
                lf_message_header_refused(line, sizeof(line), "ngx_link_func_add_header_in", lf_cstr("X"),
                                          LF_HEADER_VALUE_CONTROL),
                "ngx_link_func_add_header_in() refused header \"X\": its value contains CR, LF or NUL");
    assert_text(
        line,
        lf_message_header_refused(line, sizeof(line), "f", lf_cstr("Upgrade"), LF_HEADER_FRAMES_MESSAGE),
        "f() refused header \"Upgrade\": it frames the message, only the server may set it");
}

static void refused_header_name_cannot_forge_a_line(void **state) {
    char line[200];
    size_t len = lf_message_header_refused(line, sizeof(line), "f", lf_cstr("X\n"), LF_HEADER_NAME_NOT_TOKEN);

    (void) state;
    assert_text(line, len, "f() refused header \"X\\x0A\": its name is not a token");
}

static void message_is_cut_at_the_size_given(void **state) {
    char *line = malloc(20);
    size_t len = lf_message_header_refused(line, 20, "f", lf_cstr("X-Very-Long"), LF_HEADER_NAME_NOT_TOKEN);

    (void) state;
    assert_text(line, len, "f() refused header \"");
    free(line);
}

static void refused_status_is_named(void **state) {
    char line[200];

    (void) state;
    assert_text(line, lf_message_status_refused(line, sizeof(line), 99),
                "ngx_link_func_write_resp() refused status 99: expected 200 to 599");
    assert_text(line, lf_message_status_refused(line, sizeof(line), UINTPTR_MAX),
                "ngx_link_func_write_resp() refused status 18446744073709551615: expected 200 to 599");
}

static void refused_body_is_told_by_its_length(void **state) {
    char line[200];

    (void) state;
    assert_text(line, lf_message_body_refused(line, sizeof(line), SIZE_MAX),
                "ngx_link_func_write_resp() refused a body of 18446744073709551615 bytes");
}

static void held_lock_names_the_function(void **state) {
    char line[200];

    (void) state;
    assert_text(line, lf_message_lock_held(line, sizeof(line), lf_cstr("count")),
                "function \"count\" returned with the shared memory mutex held, it is released");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refused_header_is_named_with_the_reason),
        cmocka_unit_test(refused_header_name_cannot_forge_a_line),
        cmocka_unit_test(message_is_cut_at_the_size_given),
        cmocka_unit_test(refused_status_is_named),
        cmocka_unit_test(refused_body_is_told_by_its_length),
        cmocka_unit_test(held_lock_names_the_function),
    };
    return cmocka_run_group_tests_name("message", tests, NULL, NULL);
}
