/* Requests through a configuration: what NGINX cannot be asked, or only the
 * mock has.  tests/conformance/test_dispatch.c asks both.  LIBRARY and
 * LIBRARY_WITHOUT_HOOKS are builds of library.c. */

#include <stdio.h>
#include <stdlib.h>

#include "fixture.h"

/* Of the test that is to be stopped. */
static int is_to_stop;
static jmp_buf stopped;
static char message[1024];

static void stop(const char *text) {
    if (!is_to_stop) {
        ngx_link_func_cmocka_fail(text);
        return;
    }
    (void) snprintf(message, sizeof(message), "%s", text);
    longjmp(stopped, 1);
}

static int setup(void **state) {
    is_to_stop = 0;
    (void) fixture_setup(state);
    ngx_link_func_mock_on_failure(stop);
    return 0;
}

/*
 * Functions that are linked into the test
 */

static void tell_property(ngx_link_func_ctx_t *ctx) {
    const char *value = (const char *) ngx_link_func_get_prop(ctx, "where", 5);

    ngx_link_func_write_resp(ctx, 200, NULL, NULL, value == NULL ? "none" : value,
                             value == NULL ? 4 : strlen(value));
}

static void open_gate(ngx_link_func_ctx_t *ctx) {
    (void) ngx_link_func_add_header_in(ctx, "X-User", 6, "alice", 5);
    (void) ngx_link_func_add_header_out(ctx, "X-Seen", 6, "yes", 3);
    (void) ngx_link_func_add_header_out(ctx, "ETag", 4, "\"a\"", 3);
    ngx_link_func_write_resp(ctx, 204, NULL, NULL, NULL, 0);
}

static void stay_silent(ngx_link_func_ctx_t *ctx) {
    (void) ctx;
}

static void write_status_100(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_write_resp(ctx, 100, NULL, NULL, NULL, 0);
}

static void tell_thread(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_str_t value;
    int get = ngx_link_func_get_var(ctx, "uri", 3, &value);
    int set = ngx_link_func_set_var(ctx, "args", 4, "", 0);

    ngx_link_func_write_resp(ctx, 200, NULL, NULL,
                             get == NGX_LINK_FUNC_WRONG_THREAD && set == get ? "thread" : "loop",
                             get == NGX_LINK_FUNC_WRONG_THREAD && set == get ? 6 : 4);
}

/* The program exports it. */
__attribute__((visibility("default"))) void answer_exported(ngx_link_func_ctx_t *ctx);

void answer_exported(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, "exported", 8);
}

static void read_config(fixture_t *f, const char *text) {
    char *path = files_write(&f->files, "nginx.conf", text);

    ngx_link_func_mock_allow(f->mock, NGX_LINK_FUNC_MOCK_CODE_RESPONSE_MISSING);
    ngx_link_func_mock_function(f->mock, "tell_property", tell_property);
    ngx_link_func_mock_function(f->mock, "open_gate", open_gate);
    ngx_link_func_mock_function(f->mock, "stay_silent", stay_silent);
    ngx_link_func_mock_function(f->mock, "write_status_100", write_status_100);
    ngx_link_func_mock_function(f->mock, "tell_thread", tell_thread);
    if (ngx_link_func_mock_config(f->mock, path) != 0) {
        fail_msg("%s", ngx_link_func_mock_error(f->mock));
    }
    free(path);
}

static ngx_link_func_mock_response_t *get_at(const fixture_t *f, const char *host, const char *target) {
    ngx_link_func_mock_request_t *req = ngx_link_func_mock_request(f->mock, "GET", target);

    ngx_link_func_mock_request_header(req, "Host", host);
    return ngx_link_func_mock_send(req);
}

/* Functions of the test stand in for a library that is not there. */
#define SERVER(text) "server { ngx_link_func_lib none.so; " text "}"

static void functions_of_the_test_are_called_by_their_names(void **state) {
    fixture_t *f = *state;

    read_config(f, "http { " SERVER("location /a { ngx_link_func_call tell_property; }") "}");
    assert_response_body(ngx_link_func_mock_get(f->mock, "/a?b"), "none");
    assert_response_status(ngx_link_func_mock_get(f->mock, "/b"), 404);
    assert_int_equal(ngx_link_func_mock_response_outcome(ngx_link_func_mock_get(f->mock, "/a")),
                     NGX_LINK_FUNC_MOCK_RESPONDED);
    assert_int_equal(ngx_link_func_mock_response_outcome(ngx_link_func_mock_get(f->mock, "/b")),
                     NGX_LINK_FUNC_MOCK_SERVED);
}

static void functions_that_the_program_exports_are_called(void **state) {
    fixture_t *f = *state;

    read_config(f, "http { " SERVER("location / { ngx_link_func_call answer_exported; }") "}");
    assert_response_body(ngx_link_func_mock_get(f->mock, "/"), "exported");
}

static void unknown_function_beside_known_ones_is_an_error(void **state) {
    fixture_t *f = *state;
    char *path = files_write(&f->files, "nginx.conf",
                             "http { " SERVER("\nlocation /a { ngx_link_func_call tell_property; }\n"
                                              "location /b { ngx_link_func_call tell_propert; }") "}");
    char *expected = files_expand_dup(&f->files, "ngx_link_func_call: function \"tell_propert\" not found in "
                                                 "\"FOLDER/none.so\" in FOLDER/nginx.conf:3");

    ngx_link_func_mock_function(f->mock, "tell_property", tell_property);
    assert_int_equal(ngx_link_func_mock_config(f->mock, path), -1);
    assert_string_equal(ngx_link_func_mock_error(f->mock), expected);
    free(expected);
    free(path);
}

static void server_properties_override_those_of_http_key_by_key(void **state) {
    fixture_t *f = *state;

    read_config(f, "http { ngx_link_func_add_prop where http;"
                   "server { server_name a; ngx_link_func_lib none.so; ngx_link_func_add_prop WHERE a;"
                   "  location / { ngx_link_func_call tell_property; } }"
                   "server { server_name b; ngx_link_func_lib none.so; ngx_link_func_add_prop other b;"
                   "  location / { ngx_link_func_call tell_property; } } }");
    assert_response_body(get_at(f, "a", "/"), "a");
    assert_response_body(get_at(f, "b", "/"), "http");
    assert_response_body(get_at(f, "c", "/"), "a");
}

static void property_of_the_test_wins(void **state) {
    fixture_t *f = *state;

    ngx_link_func_mock_add_prop(f->mock, "where", "test");
    read_config(f, "http { ngx_link_func_add_prop where http;" SERVER(
                       "location / { ngx_link_func_call tell_property; }") "}");
    assert_response_body(ngx_link_func_mock_get(f->mock, "/"), "test");
}

static void server_is_that_of_the_port_and_name(void **state) {
    fixture_t *f = *state;
    static const struct {
        const char *host, *body;
    } rows[] = {
        {"a", "first"},
        {"a:80", "first"},
        {"b", "default"},
        {"a:8080", "other port"},
        {"x:8080", "other port"},
        {"a:9", "first"},
        {"[::1]:8080", "other port"},
        {"none", "default"},
    };
    size_t i;

    read_config(f, "http { server { listen 80; server_name a; return 200 first; }"
                   "server { listen 127.0.0.1:80 default_server; server_name b; return 200 default; }"
                   "server { listen [::]:8080; server_name a; return 200 \"other port\"; } }");
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_response_body(get_at(f, rows[i].host, "/"), rows[i].body);
    }
}

/*
 * Libraries
 */

static void each_library_is_opened_once_and_has_its_own_hooks(void **state) {
    fixture_t *f = *state;

    read_config(f, "http { server { server_name a; ngx_link_func_lib " LIBRARY ";"
                   "  location / { ngx_link_func_call answer_loaded; } }"
                   "server { server_name b; ngx_link_func_lib " LIBRARY_WITHOUT_HOOKS ";"
                   "  location / { ngx_link_func_call answer_loaded; } }"
                   "server { server_name c; ngx_link_func_lib " LIBRARY ";"
                   "  location / { ngx_link_func_call answer_loaded; } } }");
    ngx_link_func_mock_log_clear(f->mock);
    assert_response_body(get_at(f, "b", "/"), "loaded");
    assert_response_body(get_at(f, "c", "/"), "loaded");
    ngx_link_func_mock_stop(f->mock);
    assert_int_equal(ngx_link_func_mock_log_count(f->mock), 2);
    assert_string_equal(ngx_link_func_mock_log_text(f->mock, 0), "library init");
    assert_string_equal(ngx_link_func_mock_log_text(f->mock, 1), "library exit");
}

static void library_whose_init_fails_leaves_the_others_serving(void **state) {
    fixture_t *f = *state;

    read_config(f,
                "http { server { server_name a; ngx_link_func_lib " LIBRARY_WITHOUT_HOOKS ";"
                "  location / { ngx_link_func_call answer_loaded; } }"
                "server { server_name b; ngx_link_func_lib " LIBRARY ";"
                "  location / { ngx_link_func_call answer_loaded; } }"
                "server { server_name c; ngx_link_func_lib " LIBRARY "; ngx_link_func_add_prop fail 1; } }");
    assert_int_equal(ngx_link_func_mock_start(f->mock), -1);
    assert_response_body(get_at(f, "a", "/"), "loaded");
    assert_response_status(get_at(f, "b", "/"), 503);
    assert_response_status(get_at(f, "c", "/"), 404);
    assert_log_contains(f->mock, NGX_LINK_FUNC_MOCK_EMERG,
                        "ngx_link_func_init_cycle() of \"" LIBRARY "\" reported an error");
    ngx_link_func_mock_log_clear(f->mock);
    ngx_link_func_mock_stop(f->mock);
    assert_int_equal(ngx_link_func_mock_log_count(f->mock), 0);
}

static void library_that_the_test_loaded_is_that_of_all_servers(void **state) {
    fixture_t *f = *state;

    assert_int_equal(ngx_link_func_mock_load(f->mock, LIBRARY), 0);
    read_config(f, "http { server { ngx_link_func_lib /nowhere/lib.so;"
                   "  location / { ngx_link_func_call answer_loaded; } } }");
    assert_response_body(ngx_link_func_mock_get(f->mock, "/"), "loaded");
}

/*
 * Gates
 */

#define GATE(function) SERVER("location / { ngx_link_func_call " function "; proxy_pass http://a; }")

static void open_gate_passes_the_request_on_with_its_headers(void **state) {
    fixture_t *f = *state;
    ngx_link_func_mock_request_t *req;
    ngx_link_func_mock_response_t *resp;

    read_config(f, "http { " GATE("open_gate") "}");
    req = ngx_link_func_mock_request(f->mock, "GET", "/");
    resp = ngx_link_func_mock_send(req);
    assert_int_equal(ngx_link_func_mock_response_outcome(resp), NGX_LINK_FUNC_MOCK_PASSED);
    assert_response_status(resp, 0);
    assert_response_header(resp, "X-Seen", "yes");
    assert_int_equal(ngx_link_func_mock_response_header_count(resp), 1);
    assert_response_body(resp, "");
    assert_string_equal(ngx_link_func_mock_request_header_after(req, "X-User"), "alice");
    assert_non_null(strstr(ngx_link_func_mock_response_exchange(resp), "the gate is open"));
}

static void gate_without_an_answer_stays_closed(void **state) {
    fixture_t *f = *state;
    ngx_link_func_mock_response_t *resp;

    read_config(f, "http { " GATE("stay_silent") "}");
    resp = ngx_link_func_mock_get(f->mock, "/");
    assert_response_status(resp, 500);
    assert_int_equal(ngx_link_func_mock_response_outcome(resp), NGX_LINK_FUNC_MOCK_NO_RESPONSE);
    assert_log_contains(f->mock, NGX_LINK_FUNC_MOCK_ERR,
                        "function \"stay_silent\" returned without a response, the gate stays closed");
}

static void gate_that_writes_no_status_stays_closed(void **state) {
    fixture_t *f = *state;
    ngx_link_func_mock_response_t *resp;

    ngx_link_func_mock_allow(f->mock, NGX_LINK_FUNC_MOCK_CODE_STATUS_MISMATCH);
    read_config(f, "http { " GATE("write_status_100") "}");
    resp = ngx_link_func_mock_get(f->mock, "/");
    assert_response_status(resp, 500);
    assert_int_equal(ngx_link_func_mock_response_outcome(resp), NGX_LINK_FUNC_MOCK_REFUSED);
}

static void proxy_in_an_if_makes_the_function_a_gate_there(void **state) {
    fixture_t *f = *state;

    read_config(f, "http { " SERVER("location / { ngx_link_func_call open_gate;"
                                    "  if ($arg_p) { proxy_pass http://a; } }") "}");
    assert_int_equal(ngx_link_func_mock_response_outcome(ngx_link_func_mock_get(f->mock, "/?p=1")),
                     NGX_LINK_FUNC_MOCK_PASSED);
    assert_response_status(ngx_link_func_mock_get(f->mock, "/"), 204);
}

static void limit_except_leaves_the_function_a_gate(void **state) {
    fixture_t *f = *state;

    read_config(f, "http { " SERVER("location / { limit_except GET { allow all; }"
                                    "  ngx_link_func_call open_gate; proxy_pass http://a; }") "}");
    assert_int_equal(ngx_link_func_mock_response_outcome(
                         ngx_link_func_mock_send(ngx_link_func_mock_request(f->mock, "PUT", "/"))),
                     NGX_LINK_FUNC_MOCK_PASSED);
}

static void aio_threads_runs_the_function_in_the_pool(void **state) {
    fixture_t *f = *state;
    static const struct {
        const char *target, *body;
    } rows[] = {{"/a", "thread"}, {"/b", "thread"}, {"/c", "loop"}, {"/d", "loop"}, {"/a/in", "thread"}};
    size_t i;

    read_config(f, "http { " SERVER("location /a { aio threads; ngx_link_func_call tell_thread;"
                                    "  location /a/in { ngx_link_func_call tell_thread; } }"
                                    "location /b { aio threads=pool; ngx_link_func_call tell_thread; }"
                                    "location /c { aio on; ngx_link_func_call tell_thread; }"
                                    "location /d { ngx_link_func_call tell_thread; }") "}");
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_response_body(ngx_link_func_mock_get(f->mock, rows[i].target), rows[i].body);
    }
}

/*
 * What stops the test
 */

static const struct {
    const char *location;
    const char *target; /* NULL: the request is answered */
    const char *message;
} stops[] = {
    {"location /a { proxy_pass http://a; }", "/a", "the mock cannot imitate \"proxy_pass\" in "},
    {"location /a { try_files /b /c; }", "/a", "the mock cannot imitate \"try_files\" in "},
    {"location /a { try_files /b /c; location /a/b { return 200; } }", NULL, "/a/b"},
    {"add_header X y; location /a { return 200; }", "/a", "the mock cannot imitate \"add_header\" in "},
    {"location /a { auth_basic x; return 200; }", NULL, "/b"},
    {"location /a { rewrite ^/a /b; }", "/a", "\"rewrite\" in "},
    {"location /a { rewrite ^/b /c; return 200; }", NULL, "/a"},
    {"location /a { return 444; }", "/a", "\"return 444\" in "},
    {"location /a { if (-f $request_uri) { } }", "/a", "\"if\" in "},
    {"location /a { return 200 $nobody_knows; }", "/a", "needs the variable \"nobody_knows\""},
    {"location /a { return 200 $request_id; }", "/a", "needs the variable \"request_id\""},
    {"location /a { return 200 $arg_none$http_none$cookie_none; }", NULL, "/a"},
    {"location /a { allow 10.0.0.0/8; deny all; }", "/a", "the mock cannot imitate \"allow 10.0.0.0/8\" in "},
    {"error_page 404 /x;", "/a", "\"error_page\" in "},
    {"error_page 500 404 = /x; location /a { return 403; }", NULL, "/a"},
    {"error_page 403 /x; location /a { return 403; }", "/a", "answers for 403, which the mock cannot"},
    {"error_page 403 /x; location /a { return 403 text; }", NULL, "/a"},
    {"error_page 403 /x; location /a { error_page 404 /y; return 403; }", NULL, "/a"},
};

static void what_cannot_be_imitated_stops_when_a_request_gets_there(void **state) {
    fixture_t *f = *state;
    volatile size_t i;
    char text[512];

    for (i = 0; i < sizeof(stops) / sizeof(stops[0]); i++) {
        int expected = stops[i].target != NULL;

        (void) snprintf(text, sizeof(text), "http { server {\n%s } }", stops[i].location);
        ngx_link_func_mock_free(f->mock);
        f->mock = ngx_link_func_mock_new();
        read_config(f, text);
        is_to_stop = 1;
        message[0] = '\0';
        if (setjmp(stopped) == 0) {
            (void) ngx_link_func_mock_get(f->mock, expected ? stops[i].target : stops[i].message);
        }
        is_to_stop = 0;
        if ((message[0] != '\0') != expected
            || (expected
                && (strstr(message, stops[i].message) == NULL || strstr(message, "/nginx.conf:2") == NULL))) {
            fail_msg("%s: \"%s\"", stops[i].location, message);
        }
    }
}

static void variable_of_the_test_is_known_to_the_configuration(void **state) {
    fixture_t *f = *state;
    ngx_link_func_mock_request_t *req;

    read_config(f, "http { server { location / { return 200 \"$request_id\"; } } }");
    req = ngx_link_func_mock_request(f->mock, "GET", "/");
    ngx_link_func_mock_request_variable(req, "request_id", "7");
    assert_response_body(ngx_link_func_mock_send(req), "7");
}

static void request_stays_as_it_was_made(void **state) {
    fixture_t *f = *state;
    ngx_link_func_mock_request_t *req;
    int i;

    read_config(f, "http { underscores_in_headers on; merge_slashes off;" SERVER(
                       "ngx_link_func_add_req_header X-New \"$http_x_under\";"
                       "location / { set $args new; return 200 \"$uri $args $http_x_under\"; }"
                       "location /call { ngx_link_func_call open_gate; }") "}");
    req = ngx_link_func_mock_request(f->mock, "GET", "//a?old");
    ngx_link_func_mock_request_header(req, "X_Under", "seen");
    for (i = 0; i < 2; i++) {
        assert_response_body(ngx_link_func_mock_send(req), "//a new seen");
    }
    assert_response_status(ngx_link_func_mock_call(req, stay_silent), 200);
    assert_log_contains(f->mock, NGX_LINK_FUNC_MOCK_INFO,
                        "client sent invalid header line: \"X_Under: seen\"");
}

/* As NGINX's header filter writes it. */
static void redirect_names_the_scheme_and_the_port_of_the_request(void **state) {
    static const struct {
        const char *host;
        const char *location;
        const char *scheme;
    } rows[] = {
        {"a", "https://a/to", "https"},           {"a:443", "https://a/to", "https"},
        {"a:8443", "https://a:8443/to", "https"}, {"a:80", "http://a/to", "http"},
        {"a:8080", "http://a:8080/to", "http"},
    };
    fixture_t *f = *state;
    size_t i;

    read_config(f, "http { server { listen 443 ssl; listen 8443 ssl; listen 80; listen 8080;"
                   "  location / { return 301 /to; } location /scheme { return 200 $scheme; } } }");
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_response_header(get_at(f, rows[i].host, "/"), "Location", rows[i].location);
        assert_response_body(get_at(f, rows[i].host, "/scheme"), rows[i].scheme);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(functions_of_the_test_are_called_by_their_names),
        TEST(functions_that_the_program_exports_are_called),
        TEST(unknown_function_beside_known_ones_is_an_error),
        TEST(server_properties_override_those_of_http_key_by_key),
        TEST(property_of_the_test_wins),
        TEST(server_is_that_of_the_port_and_name),
        TEST(redirect_names_the_scheme_and_the_port_of_the_request),
        TEST(each_library_is_opened_once_and_has_its_own_hooks),
        TEST(library_whose_init_fails_leaves_the_others_serving),
        TEST(library_that_the_test_loaded_is_that_of_all_servers),
        TEST(open_gate_passes_the_request_on_with_its_headers),
        TEST(gate_without_an_answer_stays_closed),
        TEST(gate_that_writes_no_status_stays_closed),
        TEST(proxy_in_an_if_makes_the_function_a_gate_there),
        TEST(limit_except_leaves_the_function_a_gate),
        TEST(aio_threads_runs_the_function_in_the_pool),
        TEST(what_cannot_be_imitated_stops_when_a_request_gets_there),
        TEST(variable_of_the_test_is_known_to_the_configuration),
        TEST(request_stays_as_it_was_made),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
