/* A mock that was built without PCRE2. */

#include <ngx_link_func_cmocka.h>

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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(regular_expressions_stop_the_test_when_a_request_needs_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
