/* Another build of the library takes over, and the zone stays. */

#include "counting.h"

#include <stdlib.h>
#include <string.h>

static int setup(void **state) {
    (void) counting_setup(state);
    ngx_link_func_mock_shm_size(*state, (size_t) 64 * 4096);
    assert_int_equal(ngx_link_func_mock_load(*state, LIBRARY), 0);
    return 0;
}

static void call(void **state, const char *function) {
    (void) ngx_link_func_mock_call_name(ngx_link_func_mock_request(*state, "GET", "/"), function);
}

static void function_kept_in_shared_memory_is_found_at_the_reload(void **state) {
    call(state, "keep_a_function");
    ngx_link_func_mock_findings_clear(*state); /* the call was told of it too */
    assert_int_equal(ngx_link_func_mock_reload(*state, LIBRARY_WITHOUT_HOOKS), 0);
    assert_int_equal(ngx_link_func_mock_finding_count(*state), 1);
    assert_int_equal(ngx_link_func_mock_finding_code(*state, 0), NGX_LINK_FUNC_MOCK_CODE_SHM_POINTER_TO_HEAP);
    assert_string_equal(ngx_link_func_mock_finding_function(*state, 0), "keep_a_function");
    assert_non_null(strstr(ngx_link_func_mock_finding_site(*state, 0), "library.c:"));
    assert_non_null(
        strstr(ngx_link_func_mock_finding_text(*state, 0),
               "the value of \"kept\" (16 bytes), which was made here, has a pointer into the library "
               "at byte 8"));
    call(state, "tell_the_number");
    assert_log_contains(*state, NGX_LINK_FUNC_MOCK_INFO, "number 42");
    assert_int_equal(ngx_link_func_mock_finding_count(*state), 1);
}

static void expect_at_the_reload(void **state, const char *function, const char *text) {
    call(state, function);
    ngx_link_func_mock_findings_clear(*state);
    assert_int_equal(ngx_link_func_mock_reload(*state, LIBRARY_WITHOUT_HOOKS), 0);
    assert_int_equal(ngx_link_func_mock_finding_count(*state), 1);
    assert_int_equal(ngx_link_func_mock_finding_code(*state, 0), NGX_LINK_FUNC_MOCK_CODE_SHM_POINTER_TO_HEAP);
    assert_string_equal(ngx_link_func_mock_finding_function(*state, 0), function);
    assert_non_null(strstr(ngx_link_func_mock_finding_site(*state, 0), "library.c:"));
    assert_string_equal(ngx_link_func_mock_finding_text(*state, 0), text);
}

static void pointer_that_was_put_is_found_at_the_reload(void **state) {
    expect_at_the_reload(
        state, "put_a_variable",
        "the value that was put here for \"own\" has a pointer into the library when that is unloaded");
}

static void pointer_that_was_set_in_the_dict_is_found_at_the_reload(void **state) {
    expect_at_the_reload(
        state, "set_a_text",
        "the value that was set here for \"key\" has a pointer into the library when that is unloaded");
}

static void numbers_are_not_found_at_the_reload(void **state) {
    call(state, "put_and_set_numbers");
    assert_int_equal(ngx_link_func_mock_reload(*state, LIBRARY_WITHOUT_HOOKS), 0);
    assert_int_equal(ngx_link_func_mock_finding_count(*state), 0);
}

static void pointer_that_was_set_over_is_not_found_at_the_reload(void **state) {
    call(state, "set_a_text_over");
    ngx_link_func_mock_findings_clear(*state);
    assert_int_equal(ngx_link_func_mock_reload(*state, LIBRARY_WITHOUT_HOOKS), 0);
    assert_int_equal(ngx_link_func_mock_finding_count(*state), 0);
}

static void reload_runs_the_hooks_of_both(void **state) {
    call(state, "count_calls");
    ngx_link_func_mock_log_clear(*state);
    assert_int_equal(ngx_link_func_mock_reload(*state, LIBRARY_WITHOUT_HOOKS), 0);
    assert_string_equal(ngx_link_func_mock_log_text(*state, 0), "library exit");
    assert_int_equal(ngx_link_func_mock_reload(*state, LIBRARY), 0);
    call(state, "count_calls");
    assert_log_contains(*state, NGX_LINK_FUNC_MOCK_INFO, "library init");
    assert_int_equal(ngx_link_func_mock_finding_count(*state), 0);
}

static void same_file_is_loaded_anew(void **state) {
    call(state, "count_calls");
    call(state, "count_calls");
    assert_log_contains(*state, NGX_LINK_FUNC_MOCK_INFO, "call 2");
    assert_int_equal(ngx_link_func_mock_reload(*state, LIBRARY), 0);
    ngx_link_func_mock_log_clear(*state);
    call(state, "count_calls");
    assert_log_contains(*state, NGX_LINK_FUNC_MOCK_INFO, "call 1");
}

static void library_stays_when_the_other_cannot_be_opened(void **state) {
    call(state, "count_calls");
    assert_int_equal(ngx_link_func_mock_reload(*state, "/nonexistent.so"), -1);
    assert_non_null(strstr(ngx_link_func_mock_error(*state), "dlopen() \"/nonexistent.so\" failed"));
    call(state, "count_calls");
    assert_log_contains(*state, NGX_LINK_FUNC_MOCK_INFO, "call 2");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, ngx_link_func_mock_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(function_kept_in_shared_memory_is_found_at_the_reload),
        TEST(pointer_that_was_put_is_found_at_the_reload),
        TEST(pointer_that_was_set_in_the_dict_is_found_at_the_reload),
        TEST(numbers_are_not_found_at_the_reload),
        TEST(pointer_that_was_set_over_is_not_found_at_the_reload),
        TEST(reload_runs_the_hooks_of_both),
        TEST(same_file_is_loaded_anew),
        TEST(library_stays_when_the_other_cannot_be_opened),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
