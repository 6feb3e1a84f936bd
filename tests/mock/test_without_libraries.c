/* A mock that was built without PCRE2 and without libdw. */

#include "counting.h"

#include <stdio.h>
#include <stdlib.h>

#include "files.h"

static jmp_buf stopped;
static char message[1024];

static void stop(const char *text) {
    (void) snprintf(message, sizeof(message), "%s", text);
    longjmp(stopped, 1);
}

static const struct {
    const char *host, *target;
    const char *message; /* "" when the request is answered */
} rows[] = {
    {"a", "/plain", ""},
    {"a", "/final/x", ""},
    {"a", "/other", "\"location\" in "},
    {"a", "/if?a=b", "\"if\" in "},
    {"a", "/rewritten", "\"rewrite\" in "},
    {"b", "/", "\"server_name\" in "},
};

static const char config[] = "http { server { server_name a;\n"
                             "location = /plain { return 200; }\n"
                             "location ^~ /final/ { return 200; }\n"
                             "location ^~ /if { if ($arg_a ~ b) { } return 200; }\n"
                             "location ^~ /rewritten { rewrite a b; return 200; }\n"
                             "location ~ ( { return 200; } }\n"
                             "server { server_name ~b; } }\n";

static void regular_expressions_stop_the_test_when_a_request_needs_them(void **state) {
    ngx_link_func_mock_t *mock = ngx_link_func_mock_new();
    volatile size_t i;
    files_t files = {""};
    char *path;

    (void) state;
    files_make(&files);
    path = files_write(&files, "nginx.conf", config);
    assert_int_equal(ngx_link_func_mock_config(mock, path), 0);
    ngx_link_func_mock_on_failure(stop);
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ngx_link_func_mock_request_t *req = ngx_link_func_mock_request(mock, "GET", rows[i].target);

        ngx_link_func_mock_request_header(req, "Host", rows[i].host);
        message[0] = '\0';
        if (setjmp(stopped) == 0) {
            (void) ngx_link_func_mock_send(req);
        }
        if (strncmp(message, rows[i].message, strlen(rows[i].message)) != 0
            || (strstr(message, "the mock was built without PCRE2") != NULL)
                   != (rows[i].message[0] != '\0')) {
            fail_msg("%s: \"%s\"", rows[i].target, message);
        }
    }
    ngx_link_func_mock_on_failure(NULL);
    ngx_link_func_mock_free(mock);
    files_remove(&files);
    free(path);
}

static void answers_nothing(ngx_link_func_ctx_t *ctx) {
    (void) ctx;
}

__attribute__((noinline)) static void answers_twice(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, "", 0);
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, "", 0);
    ngx_link_func_log_info(ctx, "no tail call");
}

static void finding_names_function_and_offset(void **state) {
    static const char place[] = "answers_twice+0x";
    const char *site;

    (void) ngx_link_func_mock_call(ngx_link_func_mock_request(*state, "GET", "/"), answers_nothing);
    (void) ngx_link_func_mock_call(ngx_link_func_mock_request(*state, "GET", "/"), answers_twice);
    assert_int_equal(ngx_link_func_mock_finding_count(*state), 2);
    assert_string_equal(ngx_link_func_mock_finding_function(*state, 0), "answers_nothing");
    assert_string_equal(ngx_link_func_mock_finding_site(*state, 0), "answers_nothing+0x0");
    assert_string_equal(ngx_link_func_mock_finding_function(*state, 1), "answers_twice");
    site = ngx_link_func_mock_finding_site(*state, 1);
    assert_memory_equal(site, place, sizeof(place) - 1);
    assert_true(strtoul(site + sizeof(place) - 1, NULL, 16) > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(regular_expressions_stop_the_test_when_a_request_needs_them),
        cmocka_unit_test_setup_teardown(finding_names_function_and_offset, counting_setup,
                                        ngx_link_func_mock_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
