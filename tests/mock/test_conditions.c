#include "counting.h"

#define DATE "Sun, 06 Nov 1994 08:49:37 GMT"

static void add(ngx_link_func_ctx_t *ctx, const char *name, const char *value) {
    assert_int_equal(ngx_link_func_add_header_out(ctx, name, strlen(name), value, strlen(value)), 0);
}

static void answer_with_validators(ngx_link_func_ctx_t *ctx) {
    add(ctx, "X-A", "1");
    add(ctx, "ETag", "W/\"a\"");
    add(ctx, "Last-Modified", DATE);
    add(ctx, "Content-Encoding", "x");
    ngx_link_func_write_resp(ctx, 200, "200 Fine", "text/html", "body", 4);
}

static void answer_without_validators(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, "body", 4);
}

static void answer_not_found(ngx_link_func_ctx_t *ctx) {
    add(ctx, "ETag", "\"a\"");
    ngx_link_func_write_resp(ctx, 404, NULL, NULL, "body", 4);
}

typedef struct {
    const char *name, *value;
    int status;
} row_t;

static void check_rows(void **state, const row_t *rows, size_t count, ngx_link_func_mock_handler_t handler) {
    size_t i;

    for (i = 0; i < count; i++) {
        ngx_link_func_mock_request_t *req = ngx_link_func_mock_request(*state, "GET", "/");

        ngx_link_func_mock_request_header(req, rows[i].name, rows[i].value);
        assert_response_status(ngx_link_func_mock_call(req, handler), rows[i].status);
    }
}

static void conditions_are_those_of_nginx(void **state) {
    static const row_t rows[] = {
        {"If-None-Match", "\"a\"", 304},
        {"If-None-Match", "W/\"a\"", 304},
        {"If-None-Match", "*", 304},
        {"If-None-Match", "\"b\", W/\"a\" , \"c\"", 304},
        {"If-None-Match", "\"b\"", 200},
        {"If-None-Match", "\"a\"x", 200},
        {"If-Match", "W/\"a\"", 200},
        {"If-Match", "\"a\"", 412},
        {"If-Match", "*", 200},
        {"If-Modified-Since", DATE, 304},
        {"If-Modified-Since", "Sunday, 06-Nov-94 08:49:37 GMT", 304},
        {"If-Modified-Since", "Sun Nov  6 08:49:37 1994", 304},
        {"If-Modified-Since", "Mon, 07 Nov 1994 08:49:37 GMT", 200},
        {"If-Modified-Since", "Sun, 06 Nov 1994 08:49:36 GMT", 200},
        {"If-Modified-Since", "yesterday", 200},
        {"If-Unmodified-Since", DATE, 200},
        {"If-Unmodified-Since", "Mon, 07 Nov 1994 08:49:37 GMT", 200},
        {"If-Unmodified-Since", "Sun, 06 Nov 1994 08:49:36 GMT", 412},
    };

    check_rows(state, rows, sizeof(rows) / sizeof(rows[0]), answer_with_validators);
}

static void malformed_dates_match_nothing(void **state) {
    static const row_t rows[] = {
        {"If-Unmodified-Since", "", 412},
        {"If-Unmodified-Since", "Sun, 6 Nov 2094 08:49:37 GMT", 412},
        {"If-Unmodified-Since", "Sun, 06/Nov/2094 08:49:37 GMT", 412},
        {"If-Unmodified-Since", "Sun, 06 Nib 2094 08:49:37 GMT", 412},
        {"If-Unmodified-Since", "Sun, 06 Nov-2094 08:49:37 GMT", 412},
        {"If-Unmodified-Since", "Sun, 06 Nov 20x4 08:49:37 GMT", 412},
        {"If-Unmodified-Since", "Sun, 06 Nov 2094 24:49:37 GMT", 412},
        {"If-Unmodified-Since", "Sun, 06 Nov 2094 08.49:37 GMT", 412},
        {"If-Unmodified-Since", "Sun, 06 Nov 2094 08:49.37 GMT", 412},
        {"If-Unmodified-Since", "Sun, 30 Feb 2094 08:49:37 GMT", 412},
        {"If-Unmodified-Since", "Sun Nib 16 08:49:37 2094", 412},
        {"If-Unmodified-Since", "Sun Nov x6 08:49:37 2094", 412},
        {"If-Unmodified-Since", "Sun Nov 16 08:49:37 20", 412},
        {"If-Unmodified-Since", "Sun, 06 Nov 2094 08:49:37 GMT", 200},
        {"If-Unmodified-Since", "Sun Nov 16 08:49:37 2094", 200},
        {"If-Unmodified-Since", "Sunday, 06-Nov-69 08:49:37 GMT", 200},
        {"If-Unmodified-Since", "Sunday, 06-Nov-70 08:49:37 GMT", 412},
    };

    check_rows(state, rows, sizeof(rows) / sizeof(rows[0]), answer_with_validators);
}

static void response_without_validators_is_sent(void **state) {
    static const row_t rows[] = {
        {"If-None-Match", "\"a\"", 200},
        {"If-Modified-Since", DATE, 200},
        {"If-Match", "\"a\"", 412},
        {"If-Unmodified-Since", DATE, 412},
    };

    check_rows(state, rows, sizeof(rows) / sizeof(rows[0]), answer_without_validators);
}

static void only_a_200_is_conditional(void **state) {
    static const row_t rows[] = {{"If-None-Match", "*", 404}, {"If-Match", "\"b\"", 404}};

    check_rows(state, rows, sizeof(rows) / sizeof(rows[0]), answer_not_found);
}

static void both_conditions_must_hold(void **state) {
    ngx_link_func_mock_request_t *req = ngx_link_func_mock_request(*state, "GET", "/");

    ngx_link_func_mock_request_header(req, "If-None-Match", "\"b\"");
    ngx_link_func_mock_request_header(req, "If-Modified-Since", DATE);
    assert_response_status(ngx_link_func_mock_call(req, answer_with_validators), 200);
}

static void not_modified_keeps_the_list_and_loses_the_content(void **state) {
    ngx_link_func_mock_request_t *req = ngx_link_func_mock_request(*state, "GET", "/");
    ngx_link_func_mock_response_t *resp;

    ngx_link_func_mock_request_header(req, "If-None-Match", "*");
    resp = ngx_link_func_mock_call(req, answer_with_validators);
    assert_string_equal(ngx_link_func_mock_response_status_line(resp), "304 Not Modified");
    assert_int_equal(ngx_link_func_mock_response_header_count(resp), 3);
    assert_response_header(resp, "X-A", "1");
    assert_response_header(resp, "ETag", "W/\"a\"");
    assert_response_header(resp, "Last-Modified", DATE);
    assert_response_body(resp, "");
}

static void failed_precondition_is_the_servers_page(void **state) {
    ngx_link_func_mock_request_t *req = ngx_link_func_mock_request(*state, "GET", "/");
    ngx_link_func_mock_response_t *resp;

    ngx_link_func_mock_request_header(req, "If-Match", "\"b\"");
    resp = ngx_link_func_mock_call(req, answer_with_validators);
    assert_string_equal(ngx_link_func_mock_response_status_line(resp), "412 Precondition Failed");
    assert_int_equal(ngx_link_func_mock_response_header_count(resp), 2);
    assert_response_header(resp, "Content-Type", "text/html");
    assert_non_null(strstr(ngx_link_func_mock_response_body(resp), "<h1>412 Precondition Failed</h1>"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, counting_setup, ngx_link_func_mock_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(conditions_are_those_of_nginx),
        TEST(malformed_dates_match_nothing),
        TEST(response_without_validators_is_sent),
        TEST(only_a_200_is_conditional),
        TEST(both_conditions_must_hold),
        TEST(not_modified_keeps_the_list_and_loses_the_content),
        TEST(failed_precondition_is_the_servers_page),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
