/* What stops a test, and with which words.  LIBRARY is a build of library.c. */

#include "counting.h"

#include <signal.h>

#include "child.h"

#define PAGES_8 ((size_t) 8 * 4096)

static void do_nothing(ngx_link_func_ctx_t *ctx) {
    (void) ctx;
}

static ngx_link_func_mock_request_t *request(ngx_link_func_mock_t *mock) {
    return ngx_link_func_mock_request(mock, "GET", "/");
}

static void target_without_slash(ngx_link_func_mock_t *mock) {
    (void) ngx_link_func_mock_request(mock, "GET", "a");
}

static void empty_target(ngx_link_func_mock_t *mock) {
    (void) ngx_link_func_mock_request(mock, "GET", "");
}

static void target_with_a_space(ngx_link_func_mock_t *mock) {
    (void) ngx_link_func_mock_request(mock, "GET", "/a b");
}

static void target_with_a_control_character(ngx_link_func_mock_t *mock) {
    (void) ngx_link_func_mock_request(mock, "GET", "/?a\x7f");
}

static void target_with_half_an_escape(ngx_link_func_mock_t *mock) {
    (void) ngx_link_func_mock_request(mock, "GET", "/a%4");
}

static void target_with_a_bad_escape(ngx_link_func_mock_t *mock) {
    (void) ngx_link_func_mock_request(mock, "GET", "/a%4g");
}

static void target_with_a_nul(ngx_link_func_mock_t *mock) {
    (void) ngx_link_func_mock_request(mock, "GET", "/a%00");
}

static void target_above_the_root(ngx_link_func_mock_t *mock) {
    (void) ngx_link_func_mock_request(mock, "GET", "/..");
}

static void target_above_the_root_in_the_middle(ngx_link_func_mock_t *mock) {
    (void) ngx_link_func_mock_request(mock, "GET", "/a/../../b");
}

static void method_in_small_letters(ngx_link_func_mock_t *mock) {
    (void) ngx_link_func_mock_request(mock, "get", "/");
}

static void empty_method(ngx_link_func_mock_t *mock) {
    (void) ngx_link_func_mock_request(mock, "", "/");
}

static void method_of_the_server(ngx_link_func_mock_t *mock) {
    (void) ngx_link_func_mock_request(mock, "TRACE", "/");
}

static void header_name_with_a_space(ngx_link_func_mock_t *mock) {
    ngx_link_func_mock_request_header(request(mock), "X A", "1");
}

static void empty_header_name(ngx_link_func_mock_t *mock) {
    ngx_link_func_mock_request_header(request(mock), "", "1");
}

static void header_value_with_a_newline(ngx_link_func_mock_t *mock) {
    ngx_link_func_mock_request_header(request(mock), "X-A", "1\r\nX-B: 2");
}

static void header_that_frames(ngx_link_func_mock_t *mock) {
    ngx_link_func_mock_request_header(request(mock), "content-length", "1");
}

static void header_that_may_not_repeat(ngx_link_func_mock_t *mock) {
    ngx_link_func_mock_request_t *req = request(mock);

    ngx_link_func_mock_request_header(req, "If-Match", "*");
    ngx_link_func_mock_request_header(req, "if-match", "*");
}

static void empty_host(ngx_link_func_mock_t *mock) {
    ngx_link_func_mock_request_header(request(mock), "Host", "");
}

static void host_of_one_dot(ngx_link_func_mock_t *mock) {
    ngx_link_func_mock_request_header(request(mock), "Host", ".");
}

static void host_with_a_slash(ngx_link_func_mock_t *mock) {
    ngx_link_func_mock_request_header(request(mock), "Host", "a/b");
}

static void host_with_two_dots(ngx_link_func_mock_t *mock) {
    ngx_link_func_mock_request_header(request(mock), "Host", "a..b");
}

static void variable_without_a_name(ngx_link_func_mock_t *mock) {
    ngx_link_func_mock_request_variable(request(mock), "", "1");
}

static void variable_of_the_request(ngx_link_func_mock_t *mock) {
    ngx_link_func_mock_request_variable(request(mock), "URI", "/");
}

static void variable_of_a_header(ngx_link_func_mock_t *mock) {
    ngx_link_func_mock_request_variable(request(mock), "http_x_a", "1");
}

static void zone_of_seven_pages(ngx_link_func_mock_t *mock) {
    ngx_link_func_mock_shm_size(mock, PAGES_8 - 1);
}

static void zone_of_more_than_8_gib(ngx_link_func_mock_t *mock) {
    ngx_link_func_mock_shm_size(mock, ((size_t) 8 << 30) + 1);
}

static void zone_made_twice(ngx_link_func_mock_t *mock) {
    ngx_link_func_mock_shm_size(mock, PAGES_8);
    ngx_link_func_mock_shm_size(mock, PAGES_8);
}

static void zone_after_the_start(ngx_link_func_mock_t *mock) {
    (void) ngx_link_func_mock_start(mock);
    ngx_link_func_mock_shm_size(mock, PAGES_8);
}

static void library_loaded_twice(ngx_link_func_mock_t *mock) {
    (void) ngx_link_func_mock_load(mock, LIBRARY);
    (void) ngx_link_func_mock_load(mock, LIBRARY);
}

static void library_after_the_start(ngx_link_func_mock_t *mock) {
    (void) ngx_link_func_mock_start(mock);
    (void) ngx_link_func_mock_load(mock, LIBRARY);
}

static void name_without_a_library(ngx_link_func_mock_t *mock) {
    (void) ngx_link_func_mock_call_name(request(mock), "hello");
}

static void name_that_is_not_exported(ngx_link_func_mock_t *mock) {
    (void) ngx_link_func_mock_load(mock, LIBRARY);
    (void) ngx_link_func_mock_call_name(request(mock), "no_such_function");
}

static void name_of_a_function_of_libc(ngx_link_func_mock_t *mock) {
    (void) ngx_link_func_mock_load(mock, LIBRARY);
    (void) ngx_link_func_mock_call_name(request(mock), "gnu_get_libc_release");
}

static void name_of_a_variable(ngx_link_func_mock_t *mock) {
    (void) ngx_link_func_mock_load(mock, LIBRARY);
    (void) ngx_link_func_mock_call_name(request(mock), "no_function");
}

static void log_line_past_the_end(ngx_link_func_mock_t *mock) {
    (void) ngx_link_func_mock_call(request(mock), do_nothing);
    (void) ngx_link_func_mock_log_text(mock, 0);
}

static void log_level_past_the_end(ngx_link_func_mock_t *mock) {
    (void) ngx_link_func_mock_log_level(mock, 0);
}

static void level_that_is_none(ngx_link_func_mock_t *mock) {
    (void) mock;
    (void) ngx_link_func_mock_level_name((ngx_link_func_mock_level_t) 99);
}

static void sending_without_a_configuration(ngx_link_func_mock_t *mock) {
    (void) ngx_link_func_mock_send(request(mock));
}

/* An empty file. */
static void sending_without_a_server(ngx_link_func_mock_t *mock) {
    (void) ngx_link_func_mock_config(mock, "/dev/null");
    (void) ngx_link_func_mock_get(mock, "/");
}

static void configuration_read_twice(ngx_link_func_mock_t *mock) {
    (void) ngx_link_func_mock_config(mock, "/dev/null");
    (void) ngx_link_func_mock_config(mock, "/dev/null");
}

static void configuration_after_the_start(ngx_link_func_mock_t *mock) {
    (void) ngx_link_func_mock_start(mock);
    (void) ngx_link_func_mock_config(mock, "/dev/null");
}

static void library_after_the_configuration(ngx_link_func_mock_t *mock) {
    (void) ngx_link_func_mock_config(mock, "/dev/null");
    (void) ngx_link_func_mock_load(mock, LIBRARY);
}

static const struct {
    const char *name;
    void (*misuse)(ngx_link_func_mock_t *mock);
    const char *message;
} rows[] = {
    {"target_without_slash", target_without_slash,
     "malformed target \"a\": NGINX answers 400 to no '/' at its beginning"},
    {"empty_target", empty_target, "malformed target \"\""},
    {"target_with_a_space", target_with_a_space, "a space or control character"},
    {"target_with_a_control_character", target_with_a_control_character, "a space or control character"},
    {"target_with_half_an_escape", target_with_half_an_escape, "a malformed percent-encoding"},
    {"target_with_a_bad_escape", target_with_a_bad_escape, "a malformed percent-encoding"},
    {"target_with_a_nul", target_with_a_nul, "a malformed percent-encoding"},
    {"target_above_the_root", target_above_the_root, "a path that climbs above the root"},
    {"target_above_the_root_in_the_middle", target_above_the_root_in_the_middle,
     "a path that climbs above the root"},
    {"method_in_small_letters", method_in_small_letters, "method \"get\": NGINX answers 400 to it"},
    {"empty_method", empty_method, "method \"\": NGINX answers 400 to it"},
    {"method_of_the_server", method_of_the_server, "method \"TRACE\": NGINX answers 405 itself"},
    {"header_name_with_a_space", header_name_with_a_space, "header name \"X A\": NGINX answers 400 to it"},
    {"empty_header_name", empty_header_name, "header name \"\": NGINX answers 400 to it"},
    {"header_value_with_a_newline", header_value_with_a_newline,
     "header \"X-A\": its value contains CR or LF"},
    {"header_that_frames", header_that_frames,
     "header \"content-length\" comes from ngx_link_func_mock_request_body()"},
    {"header_that_may_not_repeat", header_that_may_not_repeat,
     "a second header \"If-Match\": NGINX answers 400 to it"},
    {"empty_host", empty_host, "Host \"\": NGINX answers 400 to it"},
    {"host_of_one_dot", host_of_one_dot, "Host \".\": NGINX answers 400 to it"},
    {"host_with_a_slash", host_with_a_slash, "Host \"a/b\": NGINX answers 400 to it"},
    {"host_with_two_dots", host_with_two_dots, "Host \"a..b\": NGINX answers 400 to it"},
    {"variable_without_a_name", variable_without_a_name, "a variable without a name"},
    {"variable_of_the_request", variable_of_the_request, "variable \"URI\" comes from the request itself"},
    {"variable_of_a_header", variable_of_a_header, "variable \"http_x_a\" comes from the request itself"},
    {"zone_of_more_than_8_gib", zone_of_more_than_8_gib,
     "8589934593 bytes are more than the mock's maximum of 8 GiB"},
    {"zone_of_seven_pages", zone_of_seven_pages, "32767 bytes are less than the minimum of 8 pages, 32768"},
    {"zone_made_twice", zone_made_twice, "the zone has its size already"},
    {"zone_after_the_start", zone_after_the_start, "the worker has started without a zone"},
    {"library_loaded_twice", library_loaded_twice, "the mock has a library already"},
    {"library_after_the_start", library_after_the_start, "the mock has started its worker already"},
    {"sending_without_a_configuration", sending_without_a_configuration, "the mock has no configuration"},
    {"sending_without_a_server", sending_without_a_server, "the configuration has no server"},
    {"configuration_read_twice", configuration_read_twice, "the mock has a configuration already"},
    {"configuration_after_the_start", configuration_after_the_start,
     "ngx_link_func_mock_config(\"/dev/null\"): the mock has started its worker already"},
    {"library_after_the_configuration", library_after_the_configuration,
     "ngx_link_func_mock_load(\"" LIBRARY "\"): the mock has a configuration already"},
    {"name_without_a_library", name_without_a_library,
     "function \"hello\" was called by its name, but ngx_link_func_mock_load() opened no library"},
    {"name_that_is_not_exported", name_that_is_not_exported,
     "function \"no_such_function\" not found in \"" LIBRARY "\""},
    {"name_of_a_function_of_libc", name_of_a_function_of_libc,
     "function \"gnu_get_libc_release\" not found in \"" LIBRARY "\""},
    {"name_of_a_variable", name_of_a_variable, "function \"no_function\" not found in \"" LIBRARY "\""},
    {"log_line_past_the_end", log_line_past_the_end, "log line 0 was asked for, there are 0"},
    {"log_level_past_the_end", log_level_past_the_end, "log line 0 was asked for, there are 0"},
    {"level_that_is_none", level_that_is_none, "99 is not a log level"},
};

/* ngx_link_func_mock_on_failure() has no argument to find these by. */
static jmp_buf stopped;
static char message[1024];

static void stop(const char *text) {
    (void) snprintf(message, sizeof(message), "%s", text);
    longjmp(stopped, 1);
}

static void misuse_stops_the_test_and_leaves_the_mock_whole(void **state) {
    volatile size_t i;

    (void) state;
    ngx_link_func_mock_on_failure(stop);
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ngx_link_func_mock_t *mock = ngx_link_func_mock_new();

        ngx_link_func_mock_on_finding(mock, NGX_LINK_FUNC_MOCK_COUNT);
        if (setjmp(stopped) == 0) {
            rows[i].misuse(mock);
            fail_msg("%s did not stop", rows[i].name);
        }
        if (strstr(message, rows[i].message) == NULL) {
            fail_msg("%s: expected \"%s\" in \"%s\"", rows[i].name, rows[i].message, message);
        }
        ngx_link_func_mock_free(mock);
    }
    ngx_link_func_mock_on_failure(NULL);
}

static void misuse_by_default(void) {
    target_without_slash(ngx_link_func_mock_new());
}

static void misuse_aborts_with_a_message_by_default(void **state) {
    child_result_t child;

    (void) state;
    child_run(&child, misuse_by_default);
    assert_child_signalled(&child, SIGABRT);
    assert_child_printed(&child, "ngx_link_func_mock: malformed target \"a\"");
}

static void come_back(const char *text) {
    (void) text;
}

static void misuse_with_a_handler_that_returns(void) {
    ngx_link_func_mock_on_failure(come_back);
    target_without_slash(ngx_link_func_mock_new());
}

static void misuse_aborts_when_the_failure_handler_returns(void **state) {
    child_result_t child;

    (void) state;
    child_run(&child, misuse_with_a_handler_that_returns);
    assert_child_signalled(&child, SIGABRT);
    assert_child_printed(&child, "the function of ngx_link_func_mock_on_failure() returned");
}

static void freeing_nothing_is_allowed(void **state) {
    (void) state;
    ngx_link_func_mock_free(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(misuse_stops_the_test_and_leaves_the_mock_whole),
        cmocka_unit_test(misuse_aborts_with_a_message_by_default),
        cmocka_unit_test(misuse_aborts_when_the_failure_handler_returns),
        cmocka_unit_test(freeing_nothing_is_allowed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
