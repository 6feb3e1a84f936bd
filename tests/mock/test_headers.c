#include "counting.h"

static ngx_link_func_mock_request_t *request(void **state) {
    return ngx_link_func_mock_request(*state, "GET", "/");
}

static int set_in(ngx_link_func_ctx_t *ctx, const char *name, const char *value) {
    return ngx_link_func_add_header_in(ctx, name, strlen(name), value, strlen(value));
}

static int add_out(ngx_link_func_ctx_t *ctx, const char *name, const char *value) {
    return ngx_link_func_add_header_out(ctx, name, strlen(name), value, strlen(value));
}

static void answer_header_x_a(ngx_link_func_ctx_t *ctx) {
    const char *value = (const char *) ngx_link_func_get_header(ctx, "x-aaa", 3);

    value = value == NULL ? "(none)" : value;
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, value, strlen(value));
}

static void header_is_the_first_of_its_name_in_any_case(void **state) {
    ngx_link_func_mock_request_t *req = request(state);

    assert_response_body(ngx_link_func_mock_call(req, answer_header_x_a), "(none)");
    ngx_link_func_mock_request_header(req, "X-AA", "other");
    ngx_link_func_mock_request_header(req, "X-A", "  first value ");
    ngx_link_func_mock_request_header(req, "x-a", "second");
    assert_response_body(ngx_link_func_mock_call(req, answer_header_x_a), "first value");
}

static void header_may_be_empty(void **state) {
    ngx_link_func_mock_request_t *req = request(state);

    ngx_link_func_mock_request_header(req, "X-A", " ");
    assert_response_body(ngx_link_func_mock_call(req, answer_header_x_a), "");
}

static void answer_copies_differ(ngx_link_func_ctx_t *ctx) {
    unsigned char *first = ngx_link_func_get_header(ctx, "Host", 4);

    memset(first, 'x', strlen((char *) first));
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, (char *) ngx_link_func_get_header(ctx, "Host", 4), 9);
}

static void header_is_a_copy(void **state) {
    assert_response_body(ngx_link_func_mock_call(request(state), answer_copies_differ), "localhost");
}

static void host_is_replaced_not_repeated(void **state) {
    ngx_link_func_mock_request_t *req = request(state);

    ngx_link_func_mock_request_header(req, "host", "Example.com:8080");
    assert_string_equal(ngx_link_func_mock_request_header_after(req, "Host"), "Example.com:8080");
    assert_null(strstr(ngx_link_func_mock_response_exchange(ngx_link_func_mock_call(req, answer_header_x_a)),
                       "localhost"));
}

static void answer_whether_x_underscore_a_is_seen(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_write_resp(ctx, ngx_link_func_get_header(ctx, "X_A", 3) == NULL ? 404 : 200, NULL, NULL,
                             NULL, 0);
}

static void name_with_an_underscore_is_dropped_as_nginx_drops_it(void **state) {
    ngx_link_func_mock_request_t *req = request(state);
    ngx_link_func_mock_response_t *resp;

    ngx_link_func_mock_request_header(req, "X_A", "1");
    resp = ngx_link_func_mock_call(req, answer_whether_x_underscore_a_is_seen);
    assert_response_status(resp, 404);
    assert_log_contains(*state, NGX_LINK_FUNC_MOCK_INFO,
                        "client sent invalid header line: \"X_A: 1\" while reading client request headers");
    assert_non_null(strstr(ngx_link_func_mock_response_exchange(resp), "> X_A: 1\n"));
}

static void set_request_headers(ngx_link_func_ctx_t *ctx) {
    assert_int_equal(set_in(ctx, "x-a", "new"), 0);
    assert_int_equal(set_in(ctx, "X-B", "added"), 0);
    assert_int_equal(ngx_link_func_add_header_in(ctx, "X-C...", 3, "cut...", 3), 0);
    answer_header_x_a(ctx);
}

static void header_set_by_the_handler_replaces_every_one_of_its_name(void **state) {
    ngx_link_func_mock_request_t *req = request(state);

    ngx_link_func_mock_request_header(req, "X-A", "old");
    ngx_link_func_mock_request_header(req, "X-Keep", "kept");
    ngx_link_func_mock_request_header(req, "X-A", "older");
    assert_response_body(ngx_link_func_mock_call(req, set_request_headers), "new");
    assert_string_equal(ngx_link_func_mock_request_header_after(req, "X-A"), "new");
    assert_string_equal(ngx_link_func_mock_request_header_after(req, "x-b"), "added");
    assert_string_equal(ngx_link_func_mock_request_header_after(req, "X-C"), "cut");
    assert_string_equal(ngx_link_func_mock_request_header_after(req, "X-Keep"), "kept");
    assert_null(ngx_link_func_mock_request_header_after(req, "X-D"));
}

static void next_call_does_not_see_what_the_last_one_set(void **state) {
    ngx_link_func_mock_request_t *req = request(state);

    (void) ngx_link_func_mock_call(req, set_request_headers);
    assert_response_body(ngx_link_func_mock_call(req, answer_header_x_a), "(none)");
    assert_null(ngx_link_func_mock_request_header_after(req, "X-A"));
    (void) ngx_link_func_mock_call(req, set_request_headers);
    assert_string_equal(ngx_link_func_mock_request_header_after(req, "X-A"), "new");
}

static void set_refused_request_headers(ngx_link_func_ctx_t *ctx) {
    assert_int_equal(set_in(ctx, "X A", "1"), -1);
    assert_int_equal(set_in(ctx, "", "1"), -1);
    assert_int_equal(ngx_link_func_add_header_in(ctx, "X-A", 3, "a\0b", 3), -1);
    assert_int_equal(set_in(ctx, "Content-Length", "1"), -1);
}

static void refused_request_header_changes_nothing(void **state) {
    ngx_link_func_mock_request_t *req = request(state);

    (void) ngx_link_func_mock_call(req, set_refused_request_headers);
    assert_null(ngx_link_func_mock_request_header_after(req, "X-A"));
    assert_int_equal(ngx_link_func_mock_log_count(*state), 4);
    assert_log_contains(*state, NGX_LINK_FUNC_MOCK_ERR,
                        "ngx_link_func_add_header_in() refused header \"X A\": its name is not a token");
    assert_log_contains(*state, NGX_LINK_FUNC_MOCK_ERR, "refused header \"X-A\": its value contains");
}

static void add_response_headers(ngx_link_func_ctx_t *ctx) {
    assert_int_equal(add_out(ctx, "X-A", "1"), 0);
    assert_int_equal(add_out(ctx, "Set-Cookie", "a=1"), 0);
    assert_int_equal(add_out(ctx, "ETag", "\"a\""), 0);
    ngx_link_func_write_resp(ctx, 200, NULL, "a/b", NULL, 0);
    assert_int_equal(add_out(ctx, "Set-Cookie", "b=2"), 0);
    assert_int_equal(add_out(ctx, "etag", "\"b\""), 0);
    assert_int_equal(add_out(ctx, "content-type", "text/css"), 0);
    assert_int_equal(add_out(ctx, "Server", "mine"), 0);
}

static void response_headers_are_appended_but_single_ones_replaced(void **state) {
    ngx_link_func_mock_response_t *resp = ngx_link_func_mock_call(request(state), add_response_headers);
    static const char *const expected[][2] = {
        {"Content-Type", "text/css"}, {"Content-Length", "0"}, {"X-A", "1"},
        {"Set-Cookie", "a=1"},        {"etag", "\"b\""},       {"Set-Cookie", "b=2"},
        {"Server", "mine"},
    };
    size_t i;

    assert_int_equal(ngx_link_func_mock_response_header_count(resp), 7);
    for (i = 0; i < 7; i++) {
        assert_string_equal(ngx_link_func_mock_response_header_name(resp, i), expected[i][0]);
        assert_string_equal(ngx_link_func_mock_response_header_value(resp, i), expected[i][1]);
    }
}

static void add_refused_response_headers(ngx_link_func_ctx_t *ctx) {
    assert_int_equal(add_out(ctx, "X:A", "1"), -1);
    assert_int_equal(add_out(ctx, "X-A", "1\r\nX-B: 2"), -1);
    assert_int_equal(add_out(ctx, "transfer-encoding", "chunked"), -1);
}

static void refused_response_header_is_not_sent(void **state) {
    ngx_link_func_mock_response_t *resp =
        ngx_link_func_mock_call(request(state), add_refused_response_headers);

    assert_int_equal(ngx_link_func_mock_response_header_count(resp), 1);
    assert_int_equal(ngx_link_func_mock_log_count(*state), 3);
    assert_log_contains(*state, NGX_LINK_FUNC_MOCK_ERR,
                        "ngx_link_func_add_header_out() refused header \"X-A\": its value contains CR, LF or "
                        "NUL");
}

static int set_out(ngx_link_func_ctx_t *ctx, const char *name, const char *value) {
    return ngx_link_func_set_header_out(ctx, name, strlen(name), value, strlen(value));
}

static int del_out(ngx_link_func_ctx_t *ctx, const char *name) {
    return ngx_link_func_del_header_out(ctx, name, strlen(name));
}

static void set_and_remove_response_headers(ngx_link_func_ctx_t *ctx) {
    assert_int_equal(add_out(ctx, "X-A", "1"), 0);
    assert_int_equal(add_out(ctx, "X-B", "2"), 0);
    assert_int_equal(add_out(ctx, "X-A", "3"), 0);
    assert_int_equal(ngx_link_func_set_header_out(ctx, "x-a...", 3, "4...", 1), NGX_LINK_FUNC_OK);
    assert_int_equal(set_out(ctx, "X-C", ""), NGX_LINK_FUNC_OK);
    assert_int_equal(ngx_link_func_del_header_out(ctx, "x-b...", 3), NGX_LINK_FUNC_OK);
    assert_int_equal(del_out(ctx, "X-B"), NGX_LINK_FUNC_NOT_FOUND);
    assert_int_equal(del_out(ctx, "Date"), NGX_LINK_FUNC_NOT_FOUND);
    ngx_link_func_write_resp(ctx, 200, NULL, "", NULL, 0);
}

static void response_headers_are_set_and_removed(void **state) {
    ngx_link_func_mock_response_t *resp =
        ngx_link_func_mock_call(request(state), set_and_remove_response_headers);

    assert_int_equal(ngx_link_func_mock_response_header_count(resp), 3);
    assert_string_equal(ngx_link_func_mock_response_header_name(resp, 1), "x-a");
    assert_string_equal(ngx_link_func_mock_response_header_value(resp, 1), "4");
    assert_string_equal(ngx_link_func_mock_response_header_name(resp, 2), "X-C");
    assert_string_equal(ngx_link_func_mock_response_header_value(resp, 2), "");
}

static void set_and_remove_refused_response_headers(ngx_link_func_ctx_t *ctx) {
    assert_int_equal(add_out(ctx, "X-A", "1"), 0);
    assert_int_equal(set_out(ctx, "X A", "1"), NGX_LINK_FUNC_INVALID);
    assert_int_equal(ngx_link_func_set_header_out(ctx, "X-A", 3, "a\0b", 3), NGX_LINK_FUNC_INVALID);
    assert_int_equal(set_out(ctx, "Upgrade", "1"), NGX_LINK_FUNC_INVALID);
    assert_int_equal(del_out(ctx, ""), NGX_LINK_FUNC_INVALID);
    assert_int_equal(del_out(ctx, "content-length"), NGX_LINK_FUNC_INVALID);
}

static void refused_change_of_a_response_header_changes_nothing(void **state) {
    assert_response_header(ngx_link_func_mock_call(request(state), set_and_remove_refused_response_headers),
                           "X-A", "1");
    assert_int_equal(ngx_link_func_mock_log_count(*state), 5);
    assert_log_contains(*state, NGX_LINK_FUNC_MOCK_ERR,
                        "ngx_link_func_set_header_out() refused header \"X A\": its name is not a token");
    assert_log_contains(*state, NGX_LINK_FUNC_MOCK_ERR,
                        "ngx_link_func_del_header_out() refused header \"content-length\": it frames");
}

/* "+" sets the type a/b, "-" removes it, "0" writes a response without one,
 * "1" one with the type c/d, "2" one whose type cannot be sent. */
static void change_content_type(ngx_link_func_ctx_t *ctx) {
    const char *step;

    for (step = ctx->req_args; *step != '\0'; step++) {
        switch (*step) {
        case '+':
            assert_int_equal(set_out(ctx, "content-type", "a/b"), NGX_LINK_FUNC_OK);
            break;
        case '-':
            assert_int_equal(del_out(ctx, "content-type"), NGX_LINK_FUNC_OK);
            assert_int_equal(del_out(ctx, "content-type"), NGX_LINK_FUNC_NOT_FOUND);
            break;
        case '0':
            ngx_link_func_write_resp(ctx, 200, NULL, NULL, NULL, 0);
            break;
        default:
            ngx_link_func_write_resp(ctx, 200, NULL, *step == '1' ? "c/d" : "c\n", NULL, 0);
        }
    }
}

static void content_type_is_that_of_the_last_call_which_had_one(void **state) {
    static const char *const rows[][2] = {
        {"/?0", "text/plain"},   {"/?+0", "a/b"},         {"/?+1", "c/d"},         {"/?1+", "a/b"},
        {"/?1+0", "a/b"},        {"/?+10", "text/plain"}, {"/?+-0", "text/plain"}, {"/?1-", NULL},
        {"/?1-0", "text/plain"}, {"/?+00", "a/b"},        {"/?+20", "text/plain"}, {"/?+-", NULL},
    };
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ngx_link_func_mock_request_t *req = ngx_link_func_mock_request(*state, "GET", rows[i][0]);

        assert_response_header(ngx_link_func_mock_call(req, change_content_type), "Content-Type", rows[i][1]);
    }
}

static void redirect_to_a_path(ngx_link_func_ctx_t *ctx) {
    add_out(ctx, "X-A", "1");
    add_out(ctx, "location", "/there?a=1");
    ngx_link_func_write_resp(ctx, 302, NULL, "", NULL, 0);
}

static void redirect_elsewhere(ngx_link_func_ctx_t *ctx) {
    add_out(ctx, "X-A", "1");
    add_out(ctx, "location", "https://example.com/");
    ngx_link_func_write_resp(ctx, 302, NULL, "", NULL, 0);
}

static void location_that_is_a_path_becomes_absolute(void **state) {
    static const char *const rows[][2] = {
        {"localhost", "http://localhost/there?a=1"},
        {"Example.COM:8080", "http://example.com/there?a=1"},
        {"example.com.", "http://example.com/there?a=1"},
        {"[::1]:8080", "http://[::1]/there?a=1"},
    };
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ngx_link_func_mock_request_t *req = request(state);
        ngx_link_func_mock_response_t *resp;

        ngx_link_func_mock_request_header(req, "Host", rows[i][0]);
        resp = ngx_link_func_mock_call(req, redirect_to_a_path);
        assert_response_header(resp, "Location", rows[i][1]);
        assert_string_equal(ngx_link_func_mock_response_header_name(resp, 1), "Location");
        assert_string_equal(ngx_link_func_mock_response_header_name(resp, 2), "X-A");
        assert_int_equal(ngx_link_func_mock_response_header_count(resp), 3);
    }
}

static void redirect_with_another_host(ngx_link_func_ctx_t *ctx) {
    set_in(ctx, "Host", "set.example:1");
    redirect_to_a_path(ctx);
}

static void redirect_without_a_host(ngx_link_func_ctx_t *ctx) {
    set_in(ctx, "Host", "");
    redirect_to_a_path(ctx);
}

static void location_becomes_absolute_with_the_host_that_the_handler_set(void **state) {
    assert_response_header(ngx_link_func_mock_call(request(state), redirect_with_another_host), "Location",
                           "http://set.example/there?a=1");
    assert_response_header(ngx_link_func_mock_call(request(state), redirect_without_a_host), "Location",
                           "http://127.0.0.1/there?a=1");
}

static void location_with_a_scheme_stays_in_its_place(void **state) {
    ngx_link_func_mock_response_t *resp = ngx_link_func_mock_call(request(state), redirect_elsewhere);

    assert_string_equal(ngx_link_func_mock_response_header_name(resp, 2), "location");
    assert_string_equal(ngx_link_func_mock_response_header_value(resp, 2), "https://example.com/");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, counting_setup, ngx_link_func_mock_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(header_is_the_first_of_its_name_in_any_case),
        TEST(header_may_be_empty),
        TEST(header_is_a_copy),
        TEST(host_is_replaced_not_repeated),
        TEST(name_with_an_underscore_is_dropped_as_nginx_drops_it),
        TEST(header_set_by_the_handler_replaces_every_one_of_its_name),
        TEST(next_call_does_not_see_what_the_last_one_set),
        TEST(refused_request_header_changes_nothing),
        TEST(response_headers_are_appended_but_single_ones_replaced),
        TEST(refused_response_header_is_not_sent),
        TEST(response_headers_are_set_and_removed),
        TEST(refused_change_of_a_response_header_changes_nothing),
        TEST(content_type_is_that_of_the_last_call_which_had_one),
        TEST(location_that_is_a_path_becomes_absolute),
        TEST(location_becomes_absolute_with_the_host_that_the_handler_set),
        TEST(location_with_a_scheme_stays_in_its_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
