/* LIBRARY, LIBRARY_WITHOUT_HOOKS and LIBRARY_NEEDS_MISSING are builds of
 * library.c. */

#include "counting.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Linked into the test, and so not those of a library. */
__attribute__((visibility("default"))) void ngx_link_func_init_cycle(ngx_link_func_cycle_t *cycle) {
    ngx_link_func_cyc_log_info(cycle, "linked init");
}

static ngx_link_func_mock_response_t *call_name(void **state, const char *function) {
    return ngx_link_func_mock_call_name(ngx_link_func_mock_request(*state, "GET", "/"), function);
}

static void library_is_called_by_name_and_its_hooks_run(void **state) {
    assert_int_equal(ngx_link_func_mock_load(*state, LIBRARY), 0);
    assert_string_equal(ngx_link_func_mock_error(*state), "");
    assert_response_body(call_name(state, "answer_loaded"), "loaded");
    ngx_link_func_mock_stop(*state);
    assert_int_equal(ngx_link_func_mock_log_count(*state), 2);
    assert_string_equal(ngx_link_func_mock_log_text(*state, 0), "library init");
    assert_string_equal(ngx_link_func_mock_log_text(*state, 1), "library exit");
}

static void missing_hooks_are_a_warning_each_and_nothing_else(void **state) {
    assert_int_equal(ngx_link_func_mock_load(*state, LIBRARY_WITHOUT_HOOKS), 0);
    assert_response_body(call_name(state, "answer_loaded"), "loaded");
    ngx_link_func_mock_stop(*state);
    assert_int_equal(ngx_link_func_mock_log_count(*state), 2);
    assert_log_contains(*state, NGX_LINK_FUNC_MOCK_WARN,
                        "function \"ngx_link_func_init_cycle\" not found in \"" LIBRARY_WITHOUT_HOOKS "\"");
    assert_log_contains(*state, NGX_LINK_FUNC_MOCK_WARN,
                        "function \"ngx_link_func_exit_cycle\" not found in \"" LIBRARY_WITHOUT_HOOKS "\"");
}

static void failed_init_names_the_library(void **state) {
    ngx_link_func_mock_add_prop(*state, "fail", "");
    assert_int_equal(ngx_link_func_mock_load(*state, LIBRARY), 0);
    assert_response_status(call_name(state, "answer_loaded"), 503);
    assert_log_contains(*state, NGX_LINK_FUNC_MOCK_EMERG,
                        "ngx_link_func_init_cycle() of \"" LIBRARY
                        "\" reported an error, its locations answer 503");
}

static void kept_lock_names_the_function(void **state) {
    ngx_link_func_mock_shm_size(*state, 1 << 20);
    assert_int_equal(ngx_link_func_mock_load(*state, LIBRARY), 0);
    (void) call_name(state, "keep_the_lock");
    assert_log_contains(*state, NGX_LINK_FUNC_MOCK_ALERT, "function \"keep_the_lock\" returned with");
}

static void library_that_is_not_there_is_an_error_in_the_modules_words(void **state) {
    assert_int_equal(ngx_link_func_mock_load(*state, "/nowhere/libnone.so"), -1);
    assert_string_equal(ngx_link_func_mock_error(*state),
                        "dlopen() \"/nowhere/libnone.so\" failed (/nowhere/libnone.so: cannot open shared "
                        "object file: No such file or directory)");
    assert_int_equal(ngx_link_func_mock_load(*state, LIBRARY), 0);
}

static void library_that_needs_what_nobody_has_is_an_error(void **state) {
    assert_int_equal(ngx_link_func_mock_load(*state, LIBRARY_NEEDS_MISSING), -1);
    assert_non_null(
        strstr(ngx_link_func_mock_error(*state), "dlopen() \"" LIBRARY_NEEDS_MISSING "\" failed ("));
    assert_non_null(strstr(ngx_link_func_mock_error(*state), "function_that_nobody_has"));
}

static void path_without_a_slash_is_a_file_of_this_folder(void **state) {
    char folder[] = "/tmp/linkfunc-load-XXXXXX", *back = getcwd(NULL, 0);
    int result;

    assert_non_null(mkdtemp(folder));
    assert_int_equal(chdir(folder), 0);
    assert_int_equal(symlink(LIBRARY, "libhere.so"), 0);
    result = ngx_link_func_mock_load(*state, "libhere.so");
    assert_int_equal(unlink("libhere.so"), 0);
    assert_int_equal(chdir(back), 0);
    assert_int_equal(rmdir(folder), 0);
    free(back);
    assert_int_equal(result, 0);
}

/* A copy of the library without symbols but those that it exports. */
static void strip_library(const char *path) {
    char command[1024];

    (void) snprintf(command, sizeof(command), "strip -s -o '%s' '" LIBRARY "'", path);
    assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c): the test names the program */
}

static void function_without_a_symbol_is_named_by_file_and_offset(void **state) {
    char path[] = "/tmp/linkfunc-stripped-XXXXXX";
    const char *site;
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    (void) close(fd);
    strip_library(path);
    ngx_link_func_mock_shm_size(*state, (size_t) 8 * 4096);
    assert_int_equal(ngx_link_func_mock_load(*state, path), 0);
    (void) call_name(state, "err_in_a_static");
    assert_int_equal(ngx_link_func_mock_finding_count(*state), 1);
    assert_string_equal(ngx_link_func_mock_finding_function(*state, 0), "?");
    site = ngx_link_func_mock_finding_site(*state, 0);
    if (strncmp(site, path, strlen(path)) != 0 || strncmp(site + strlen(path), "+0x", 3) != 0) {
        fail_msg("\"%s\"", site);
    }
    (void) call_name(state, "keep_the_lock");
    assert_string_equal(ngx_link_func_mock_finding_function(*state, 1), "keep_the_lock");
    assert_string_equal(ngx_link_func_mock_finding_site(*state, 1), "keep_the_lock+0x0");
    assert_int_equal(unlink(path), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, counting_setup, ngx_link_func_mock_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(library_is_called_by_name_and_its_hooks_run),
        TEST(missing_hooks_are_a_warning_each_and_nothing_else),
        TEST(failed_init_names_the_library),
        TEST(kept_lock_names_the_function),
        TEST(library_that_is_not_there_is_an_error_in_the_modules_words),
        TEST(library_that_needs_what_nobody_has_is_an_error),
        TEST(function_without_a_symbol_is_named_by_file_and_offset),
        TEST(path_without_a_slash_is_a_file_of_this_folder),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
