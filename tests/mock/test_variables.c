#include "counting.h"

#define TEXT(text) (text), sizeof(text) - 1

/* What a variable reads as; its status in brackets when there is no value. */
static const char *read_var(ngx_link_func_ctx_t *ctx, const char *name) {
    ngx_link_func_str_t value = {1, NULL};
    int status = ngx_link_func_get_var(ctx, name, strlen(name), &value);

    if (status != NGX_LINK_FUNC_OK) {
        assert_null(value.data);
        assert_int_equal(value.len, 1);
        return ngx_link_func_strerror(status);
    }
    assert_int_equal(value.data[value.len], '\0');
    return (const char *) value.data;
}

#define assert_var(ctx, name, expected) assert_string_equal(read_var((ctx), (name)), (expected))

static int set_var(ngx_link_func_ctx_t *ctx, const char *name, const char *value) {
    return ngx_link_func_set_var(ctx, name, strlen(name), value, strlen(value));
}

static void read_declared(ngx_link_func_ctx_t *ctx) {
    assert_var(ctx, "user", "ada");
    assert_var(ctx, "USER", "ada");
    assert_var(ctx, "blank", "");
    assert_var(ctx, "request_id", "0123");
    assert_var(ctx, "use", "not found");
    assert_var(ctx, "users", "not found");
    assert_var(ctx, "", "invalid argument");
}

static ngx_link_func_mock_request_t *request_with_variables(void **state) {
    ngx_link_func_mock_request_t *req = ngx_link_func_mock_request(*state, "GET", "/a?b=1");

    ngx_link_func_mock_request_variable(req, "User", "eve");
    ngx_link_func_mock_request_variable(req, "blank", "");
    ngx_link_func_mock_request_variable(req, "user", "ada");
    ngx_link_func_mock_request_variable(req, "request_id", "0123");
    return req;
}

static void declared_variables_are_found_in_any_case(void **state) {
    (void) ngx_link_func_mock_call(request_with_variables(state), read_declared);
}

static void change_declared(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_str_t value;

    assert_int_equal(set_var(ctx, "USER", "bob"), NGX_LINK_FUNC_OK);
    assert_var(ctx, "user", "bob");
    assert_int_equal(ngx_link_func_set_var(ctx, TEXT("blank"), TEXT("a\0b")), NGX_LINK_FUNC_OK);
    assert_int_equal(ngx_link_func_get_var(ctx, TEXT("blank"), &value), NGX_LINK_FUNC_OK);
    assert_int_equal(value.len, 3);
    assert_memory_equal(value.data, "a\0b", 4);
    assert_int_equal(ngx_link_func_set_var(ctx, TEXT("blank"), NULL, 0), NGX_LINK_FUNC_OK);
    assert_var(ctx, "blank", "");
}

static void changed_variables_are_seen_behind_the_handler(void **state) {
    ngx_link_func_mock_request_t *req = request_with_variables(state);

    assert_string_equal(ngx_link_func_mock_request_variable_after(req, "user"), "ada");
    (void) ngx_link_func_mock_call(req, change_declared);
    assert_string_equal(ngx_link_func_mock_request_variable_after(req, "User"), "bob");
    assert_null(ngx_link_func_mock_request_variable_after(req, "other"));
    assert_null(ngx_link_func_mock_request_variable_after(req, "args"));
}

static void each_call_starts_with_the_variables_of_the_test(void **state) {
    ngx_link_func_mock_request_t *req = request_with_variables(state);

    (void) ngx_link_func_mock_call(req, change_declared);
    (void) ngx_link_func_mock_call(req, read_declared);
}

static void change_what_cannot_be_changed(ngx_link_func_ctx_t *ctx) {
    static const char *const core[] = {"uri", "PID", "request_id", "http_cookie", "status", "query_string"};
    static const char *const none[] = {"other", "http_x_a", "arg_b", "cookie_a", "limit"};
    size_t i;

    for (i = 0; i < sizeof(core) / sizeof(core[0]); i++) {
        assert_int_equal(set_var(ctx, core[i], "1"), NGX_LINK_FUNC_INVALID);
    }
    for (i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        assert_int_equal(set_var(ctx, none[i], "1"), NGX_LINK_FUNC_NOT_FOUND);
    }
    assert_int_equal(set_var(ctx, "", "1"), NGX_LINK_FUNC_INVALID);
    assert_var(ctx, "uri", "/a");
    assert_var(ctx, "other", "not found");
    read_declared(ctx);
}

static void only_declared_variables_can_be_changed(void **state) {
    (void) ngx_link_func_mock_call(request_with_variables(state), change_what_cannot_be_changed);
}

static void change_args(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_str_t value = {0, NULL};

    assert_int_equal(ngx_link_func_set_var(ctx, TEXT("ARGS"), TEXT("c=%32\0")), NGX_LINK_FUNC_OK);
    assert_int_equal(ngx_link_func_get_query_arg(ctx, TEXT("c"), &value), NGX_LINK_FUNC_OK);
    assert_int_equal(value.len, 2);
    assert_memory_equal(value.data, "2\0", 3);
    assert_string_equal(ngx_link_func_get_query_param(ctx, "c"), "%32");
    assert_null(ngx_link_func_get_query_param(ctx, "b"));
    assert_var(ctx, "arg_c", "%32");
    assert_var(ctx, "request_uri", "/a?b=1");
    assert_string_equal(ctx->req_args, "b=1");
    assert_int_equal(set_var(ctx, "args", ""), NGX_LINK_FUNC_OK);
    assert_var(ctx, "args", "");
    assert_var(ctx, "is_args", "");
}

static void read_args(ngx_link_func_ctx_t *ctx) {
    assert_var(ctx, "args", "b=1");
    assert_var(ctx, "query_string", "b=1");
    assert_var(ctx, "is_args", "?");
    assert_var(ctx, "arg_B", "1");
}

static void args_can_be_changed_for_one_call(void **state) {
    ngx_link_func_mock_request_t *req = ngx_link_func_mock_request(*state, "GET", "/a?b=1");

    (void) ngx_link_func_mock_call(req, change_args);
    (void) ngx_link_func_mock_call(req, read_args);
}

static void read_no_args(ngx_link_func_ctx_t *ctx) {
    assert_var(ctx, "args", "not found");
    assert_var(ctx, "query_string", "not found");
    assert_var(ctx, "is_args", "");
    assert_var(ctx, "arg_b", "not found");
}

static void without_a_query_string_there_are_no_args(void **state) {
    (void) ngx_link_func_mock_call(ngx_link_func_mock_request(*state, "GET", "/"), read_no_args);
    (void) ngx_link_func_mock_call(ngx_link_func_mock_request(*state, "GET", "/?"), read_no_args);
}

static void read_request(ngx_link_func_ctx_t *ctx) {
    assert_var(ctx, "request", "POST /a%20b//c?d=1#e HTTP/1.1");
    assert_var(ctx, "request_uri", "/a%20b//c?d=1#e");
    assert_var(ctx, "uri", "/a b/c");
    assert_var(ctx, "document_uri", "/a b/c");
    assert_var(ctx, "args", "d=1");
    assert_var(ctx, "request_method", "POST");
    assert_var(ctx, "remote_addr", "10.0.0.1");
    assert_var(ctx, "scheme", "http");
    assert_var(ctx, "server_protocol", "HTTP/1.1");
    assert_var(ctx, "content_length", "2");
    assert_var(ctx, "content_type", "a/b");
    assert_var(ctx, "host", "example.com");
    assert_var(ctx, "http_host", "Example.com.:8080");
    assert_var(ctx, "server_name", "not found");
    assert_var(ctx, "request_i", "not found");
}

static void the_request_is_told(void **state) {
    ngx_link_func_mock_request_t *req = ngx_link_func_mock_request(*state, "POST", "/a%20b//c?d=1#e");

    ngx_link_func_mock_request_remote_addr(req, "10.0.0.1");
    ngx_link_func_mock_request_header(req, "Host", "Example.com.:8080");
    ngx_link_func_mock_request_header(req, "Content-Type", "a/b");
    ngx_link_func_mock_request_body(req, "xy", 2);
    (void) ngx_link_func_mock_call(req, read_request);
}

static void read_headers(ngx_link_func_ctx_t *ctx) {
    assert_var(ctx, "http_x_long_name", "1");
    assert_var(ctx, "HTTP_X_Long_Name", "1");
    assert_var(ctx, "http_x_long", "not found");
    assert_var(ctx, "http_", "not found");
    assert_var(ctx, "http_cookie", "A=1; c ; d=2 , e=3; f; g=4");
    assert_var(ctx, "http_x_forwarded_for", "1.1.1.1, 2.2.2.2");
    assert_var(ctx, "cookie_a", "1");
    assert_var(ctx, "cookie_D", "2 , e=3");
    assert_var(ctx, "cookie_e", "3");
    assert_var(ctx, "cookie_c", "not found");
    assert_var(ctx, "cookie_g", "4");
    assert_var(ctx, "cookie_f", "not found");
    assert_int_equal(ngx_link_func_del_header_in(ctx, TEXT("X-Long-Name")), NGX_LINK_FUNC_OK);
    assert_var(ctx, "http_x_long_name", "not found");
    assert_int_equal(ngx_link_func_add_header_in(ctx, TEXT("Host"), TEXT("[::1]:80")), 0);
    assert_var(ctx, "host", "[::1]");
    assert_int_equal(ngx_link_func_add_header_in(ctx, TEXT("Host"), TEXT("")), 0);
    assert_var(ctx, "host", "");
}

static void headers_and_cookies_are_told_as_they_are_now(void **state) {
    ngx_link_func_mock_request_t *req = ngx_link_func_mock_request(*state, "GET", "/");

    ngx_link_func_mock_request_header(req, "X-Long-Name", "1");
    ngx_link_func_mock_request_header(req, "Cookie", "A=1; c ; d=2 , e=3");
    ngx_link_func_mock_request_header(req, "X-Forwarded-For", "1.1.1.1");
    ngx_link_func_mock_request_header(req, "X-Forwarded-For", "2.2.2.2");
    ngx_link_func_mock_request_header(req, "Cookie", "f; g=4");
    (void) ngx_link_func_mock_call(req, read_headers);
}

static void read_repeated_before_1_23(ngx_link_func_ctx_t *ctx) {
    assert_var(ctx, "http_x_a", "1");
    assert_var(ctx, "http_referer", "a");
    assert_var(ctx, "content_type", "a/b");
    assert_var(ctx, "http_cookie", "a=1; b=2");
}

static void read_repeated_since_1_23(ngx_link_func_ctx_t *ctx) {
    assert_var(ctx, "http_x_a", "1, , 2");
    assert_var(ctx, "http_referer", "a, b");
    assert_var(ctx, "content_type", "a/b, c/d");
    assert_var(ctx, "http_cookie", "a=1; b=2");
}

static void headers_that_repeat_are_told_as_that_release_does(void **state) {
    static const char *const headers[][2] = {
        {"X-A", "1"},
        {"X-A", ""},
        {"Referer", "a"},
        {"Referer", "b"},
        {"x-a", "2"},
        {"Content-Type", "a/b"},
        {"Content-Type", "c/d"},
        {"Cookie", "a=1"},
        {"Cookie", "b=2"},
    };
    ngx_link_func_mock_request_t *req = ngx_link_func_mock_request(*state, "GET", "/");
    size_t i;

    for (i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
        ngx_link_func_mock_request_header(req, headers[i][0], headers[i][1]);
    }
    (void) ngx_link_func_mock_call(req, read_repeated_before_1_23);
    ngx_link_func_mock_nginx_version(*state, 1022999);
    (void) ngx_link_func_mock_call(req, read_repeated_before_1_23);
    ngx_link_func_mock_nginx_version(*state, 1023000);
    (void) ngx_link_func_mock_call(req, read_repeated_since_1_23);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, counting_setup, ngx_link_func_mock_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(declared_variables_are_found_in_any_case),
        TEST(changed_variables_are_seen_behind_the_handler),
        TEST(each_call_starts_with_the_variables_of_the_test),
        TEST(only_declared_variables_can_be_changed),
        TEST(args_can_be_changed_for_one_call),
        TEST(without_a_query_string_there_are_no_args),
        TEST(the_request_is_told),
        TEST(headers_and_cookies_are_told_as_they_are_now),
        TEST(headers_that_repeat_are_told_as_that_release_does),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
