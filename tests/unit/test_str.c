#include "exact.h"

static void strings_are_equal_only_byte_for_byte(void **state) {
    (void) state;
    assert_true(lf_str_equal(lf_cstr("abc"), lf_cstr("abc")));
    assert_false(lf_str_equal(lf_cstr("abc"), lf_cstr("abC")));
    assert_false(lf_str_equal(lf_cstr("abc"), lf_cstr("abcd")));
    assert_true(lf_str_equal(lf_str("a\0b", 3), lf_str("a\0b", 3)));
    assert_false(lf_str_equal(lf_str("a\0b", 3), lf_str("a\0c", 3)));
}

static void case_is_ignored_for_ascii_letters_alone(void **state) {
    (void) state;
    assert_true(lf_str_case_equal(lf_cstr("Content-Type"), lf_cstr("cONTENT-tYPE")));
    assert_false(lf_str_case_equal(lf_cstr("Content-Type"), lf_cstr("Content-Typ")));
    assert_false(lf_str_case_equal(lf_cstr("a@"), lf_cstr("a`")));
    assert_false(lf_str_case_equal(lf_cstr("["), lf_cstr("{")));
    assert_false(lf_str_case_equal(lf_cstr("\xc4"), lf_cstr("\xe4")));
}

static void the_null_string_is_empty(void **state) {
    (void) state;
    assert_int_equal(lf_cstr(NULL).len, 0);
    assert_true(lf_str_equal(lf_cstr(NULL), lf_cstr("")));
    assert_true(lf_str_case_equal(lf_cstr(""), lf_cstr(NULL)));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strings_are_equal_only_byte_for_byte),
        cmocka_unit_test(case_is_ignored_for_ascii_letters_alone),
        cmocka_unit_test(the_null_string_is_empty),
    };
    return cmocka_run_group_tests_name("str", tests, NULL, NULL);
}
