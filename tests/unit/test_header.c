#include "lf_header.h"

#include "exact.h"

#define BYTES(literal) (literal), sizeof(literal) - 1

static const struct {
    const char *name;
    size_t name_len;
    const char *value;
    size_t value_len;
    lf_header_verdict_t expected;
} headers[] = {
    {BYTES("X-Custom"), BYTES("value"), LF_HEADER_OK},
    {BYTES("x"), BYTES(""), LF_HEADER_OK},
    {BYTES("!#$%&'*+-.^_`|~09azAZ"), BYTES("v"), LF_HEADER_OK},
    {BYTES("X"), BYTES("\t high \xff and \x01"), LF_HEADER_OK},
    {BYTES(""), BYTES("v"), LF_HEADER_NAME_NOT_TOKEN},
    {BYTES("X Y"), BYTES("v"), LF_HEADER_NAME_NOT_TOKEN},
    {BYTES("X:"), BYTES("v"), LF_HEADER_NAME_NOT_TOKEN},
    {BYTES("X\r\nY"), BYTES("v"), LF_HEADER_NAME_NOT_TOKEN},
    {BYTES("X\0"), BYTES("v"), LF_HEADER_NAME_NOT_TOKEN},
    {BYTES("X\x7f"), BYTES("v"), LF_HEADER_NAME_NOT_TOKEN},
    {BYTES("\xc3\xa9"), BYTES("v"), LF_HEADER_NAME_NOT_TOKEN},
    {BYTES("(X)"), BYTES("v"), LF_HEADER_NAME_NOT_TOKEN},
    {BYTES("X@"), BYTES("v"), LF_HEADER_NAME_NOT_TOKEN},
    {BYTES("X["), BYTES("v"), LF_HEADER_NAME_NOT_TOKEN},
    {BYTES("X{"), BYTES("v"), LF_HEADER_NAME_NOT_TOKEN},
    {BYTES("X/"), BYTES("v"), LF_HEADER_NAME_NOT_TOKEN},
    {BYTES("X"), BYTES("a\rb"), LF_HEADER_VALUE_CONTROL},
    {BYTES("X"), BYTES("a\n"), LF_HEADER_VALUE_CONTROL},
    {BYTES("X"), BYTES("\0"), LF_HEADER_VALUE_CONTROL},
    {BYTES("Content-Length"), BYTES("5"), LF_HEADER_FRAMES_MESSAGE},
    {BYTES("content-length"), BYTES("5"), LF_HEADER_FRAMES_MESSAGE},
    {BYTES("Transfer-Encoding"), BYTES("chunked"), LF_HEADER_FRAMES_MESSAGE},
    {BYTES("Connection"), BYTES("close"), LF_HEADER_FRAMES_MESSAGE},
    {BYTES("Keep-Alive"), BYTES("timeout=5"), LF_HEADER_FRAMES_MESSAGE},
    {BYTES("Proxy-Connection"), BYTES("close"), LF_HEADER_FRAMES_MESSAGE},
    {BYTES("Upgrade"), BYTES("h2c"), LF_HEADER_FRAMES_MESSAGE},
    {BYTES("Trailer"), BYTES("X"), LF_HEADER_FRAMES_MESSAGE},
    {BYTES("Content-Lengthy"), BYTES("5"), LF_HEADER_OK},
};

static void header_verdicts_follow_the_table(void **state) {
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
        lf_str_t name = exact_bytes(headers[i].name, headers[i].name_len);
        lf_str_t value = exact_bytes(headers[i].value, headers[i].value_len);
        lf_header_verdict_t verdict = lf_header_check(name, value);

        if (verdict != headers[i].expected) {
            fail_msg("row %zu: \"%s\": verdict %d, expected %d", i, headers[i].name, (int) verdict,
                     (int) headers[i].expected);
        }
        exact_free(name);
        exact_free(value);
    }
}

static void host_must_be_one(void **state) {
    (void) state;
    assert_int_equal(lf_header_check_request(lf_cstr("hOST"), lf_cstr("../b")), LF_HEADER_NO_HOST);
    assert_int_equal(lf_header_check_request(lf_cstr("Host"), lf_cstr("b:80")), LF_HEADER_OK);
    assert_int_equal(lf_header_check_request(lf_cstr("Hosts"), lf_cstr("../b")), LF_HEADER_OK);
    assert_int_equal(lf_header_check(lf_cstr("Host"), lf_cstr("../b")), LF_HEADER_OK);
}

static void request_headers_are_the_same_with_dash_and_underscore(void **state) {
    (void) state;
    assert_true(lf_header_alike(lf_cstr("X-User_Id"), lf_cstr("x_user-ID")));
    assert_true(lf_header_alike(lf_cstr(""), lf_cstr("")));
    assert_false(lf_header_alike(lf_cstr("X-User"), lf_cstr("X-Users")));
    assert_false(lf_header_alike(lf_cstr("X-User"), lf_cstr("X.User")));
    assert_false(lf_header_alike(lf_cstr("X@"), lf_cstr("X`")));
    assert_int_equal(lf_header_check_request(lf_cstr("Content_Length"), lf_cstr("5")),
                     LF_HEADER_FRAMES_MESSAGE);
    assert_int_equal(lf_header_check_request(lf_cstr("transfer_Encoding"), lf_cstr("chunked")),
                     LF_HEADER_FRAMES_MESSAGE);
    assert_int_equal(lf_header_check_request(lf_cstr("Keep-Alive"), lf_cstr("1")), LF_HEADER_FRAMES_MESSAGE);
    assert_int_equal(lf_header_check_request(lf_cstr("X_User"), lf_cstr("a\nb")), LF_HEADER_VALUE_CONTROL);
    assert_int_equal(lf_header_check_request(lf_cstr("X_User"), lf_cstr("alice")), LF_HEADER_OK);
    assert_int_equal(lf_header_check_removal(lf_cstr("content_length")), LF_HEADER_FRAMES_MESSAGE);
    assert_int_equal(lf_header_check(lf_cstr("Content_Length"), lf_cstr("5")), LF_HEADER_OK);
    assert_false(lf_header_out_is_single(lf_cstr("Content_Type")));
}

static void value_is_clean_without_cr_lf_and_nul(void **state) {
    (void) state;
    assert_true(lf_header_value_is_clean(lf_cstr("text/html; charset=utf-8")));
    assert_true(lf_header_value_is_clean(lf_cstr("")));
    assert_false(lf_header_value_is_clean(lf_cstr("text/html\r\nX: y")));
    assert_false(lf_header_value_is_clean(lf_str("a\0", 2)));
}

static void single_valued_response_headers_are_known_in_any_case(void **state) {
    static const char *const single[] = {
        "Content-Type",  "location", "SERVER",           "Date",
        "last-modified", "ETag",     "Content-Encoding", "content-disposition"};
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(single) / sizeof(single[0]); i++) {
        if (!lf_header_out_is_single(lf_cstr(single[i]))) {
            fail_msg("%s can stand only once", single[i]);
        }
    }
    assert_false(lf_header_out_is_single(lf_cstr("Set-Cookie")));
    assert_false(lf_header_out_is_single(lf_cstr("X-Location")));
}

static void headers_of_the_body_follow_the_table(void **state) {
    static const struct {
        const char *name;
        int expected;
    } cases[] = {
        {"etag", 1},   {"Last-Modified", 1}, {"LOCATION", 1}, {"Content-Encoding", 1},
        {"Server", 0}, {"Set-Cookie", 0},    {"X-ETag", 0},   {"", 0},
    };
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(lf_header_describes_body(lf_cstr(cases[i].name)), cases[i].expected);
    }
}

static void header_that_a_request_needs_cannot_be_removed(void **state) {
    (void) state;
    assert_int_equal(lf_header_check_removal(lf_cstr("host")), LF_HEADER_REQUIRED);
    assert_int_equal(lf_header_check_removal(lf_cstr("Content-Length")), LF_HEADER_FRAMES_MESSAGE);
    assert_int_equal(lf_header_check_removal(lf_cstr("a b")), LF_HEADER_NAME_NOT_TOKEN);
    assert_int_equal(lf_header_check_removal(lf_cstr("Cookie")), LF_HEADER_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_of_the_body_follow_the_table),
        cmocka_unit_test(header_that_a_request_needs_cannot_be_removed),
        cmocka_unit_test(header_verdicts_follow_the_table),
        cmocka_unit_test(host_must_be_one),
        cmocka_unit_test(request_headers_are_the_same_with_dash_and_underscore),
        cmocka_unit_test(value_is_clean_without_cr_lf_and_nul),
        cmocka_unit_test(single_valued_response_headers_are_known_in_any_case),
    };
    return cmocka_run_group_tests_name("header", tests, NULL, NULL);
}
