/* What version 35 reads from a request: each result's status, its length and
 * its NUL, and that a failure leaves the result alone. */

#include "counting.h"

static const ngx_link_func_str_t untouched = {7, (unsigned char *) "before"};

static void assert_lent(int status, ngx_link_func_str_t got, const char *expected, size_t len) {
    assert_int_equal(status, NGX_LINK_FUNC_OK);
    assert_int_equal(got.len, len);
    assert_memory_equal(got.data, expected, len);
    assert_int_equal(got.data[len], '\0');
}

static void assert_failed(int status, int expected, ngx_link_func_str_t got) {
    assert_int_equal(status, expected);
    assert_ptr_equal(got.data, untouched.data);
    assert_int_equal(got.len, untouched.len);
}

#define TEXT(text) (text), sizeof(text) - 1

static void read_method_and_address(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_str_t method = untouched, addr = untouched;

    assert_lent(ngx_link_func_get_method(ctx, &method), method, TEXT("PROPFIND"));
    assert_lent(ngx_link_func_get_remote_addr(ctx, &addr), addr, TEXT("127.0.0.1"));
}

static void method_and_address_are_told(void **state) {
    (void) ngx_link_func_mock_call(ngx_link_func_mock_request(*state, "PROPFIND", "/"),
                                   read_method_and_address);
}

static void read_another_address(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_str_t addr = untouched;

    assert_lent(ngx_link_func_get_remote_addr(ctx, &addr), addr, TEXT("2001:db8::1"));
}

static void address_is_the_last_that_the_test_set(void **state) {
    ngx_link_func_mock_request_t *req = ngx_link_func_mock_request(*state, "GET", "/");

    ngx_link_func_mock_request_remote_addr(req, "unix:");
    ngx_link_func_mock_request_remote_addr(req, "2001:db8::1");
    (void) ngx_link_func_mock_call(req, read_another_address);
}

static void read_query_arguments(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_str_t value = untouched;

    assert_failed(ngx_link_func_get_query_arg(ctx, TEXT("absent"), &value), NGX_LINK_FUNC_NOT_FOUND, value);
    assert_failed(ngx_link_func_get_query_arg(ctx, TEXT("bare"), &value), NGX_LINK_FUNC_NOT_FOUND, value);
    assert_failed(ngx_link_func_get_query_arg(ctx, TEXT(""), &value), NGX_LINK_FUNC_NOT_FOUND, value);
    assert_failed(ngx_link_func_get_query_arg(ctx, TEXT("A"), &value), NGX_LINK_FUNC_NOT_FOUND, value);
    assert_lent(ngx_link_func_get_query_arg(ctx, TEXT("empty"), &value), value, TEXT(""));
    assert_lent(ngx_link_func_get_query_arg(ctx, "a...", 1, &value), value, TEXT("x y\0z%4%"));
    assert_lent(ngx_link_func_get_query_arg(ctx, TEXT("n\0m"), &value), value, TEXT("1"));
}

static void query_arguments_are_decoded(void **state) {
    (void) ngx_link_func_mock_call(
        ngx_link_func_mock_request(*state, "GET", "/?bare&empty=&%61=x+y%00z%4%&a=second&n%00m=1"),
        read_query_arguments);
}

static void read_no_arguments(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_str_t value = untouched;

    assert_failed(ngx_link_func_get_query_arg(ctx, TEXT("a"), &value), NGX_LINK_FUNC_NOT_FOUND, value);
    assert_failed(ngx_link_func_get_form_arg(ctx, TEXT("a"), &value), NGX_LINK_FUNC_NOT_FOUND, value);
}

static void without_query_and_body_there_is_no_argument(void **state) {
    (void) ngx_link_func_mock_call(ngx_link_func_mock_request(*state, "GET", "/"), read_no_arguments);
    (void) ngx_link_func_mock_call(ngx_link_func_mock_request(*state, "GET", "/?"), read_no_arguments);
}

static void read_form_arguments(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_str_t value = untouched;

    assert_failed(ngx_link_func_get_form_arg(ctx, TEXT("q"), &value), NGX_LINK_FUNC_NOT_FOUND, value);
    assert_lent(ngx_link_func_get_form_arg(ctx, TEXT("a"), &value), value, TEXT("1\0"));
    assert_lent(ngx_link_func_get_form_arg(ctx, TEXT("b c"), &value), value, TEXT("\0&"));
}

static void form_arguments_come_from_the_body(void **state) {
    ngx_link_func_mock_request_t *req = ngx_link_func_mock_request(*state, "POST", "/?q=1&a=2");

    ngx_link_func_mock_request_body(req, TEXT("a=1\0&b+c=%00%26"));
    (void) ngx_link_func_mock_call(req, read_form_arguments);
}

static void read_cookies(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_str_t value = untouched;

    assert_failed(ngx_link_func_get_cookie(ctx, TEXT("A"), &value), NGX_LINK_FUNC_NOT_FOUND, value);
    assert_failed(ngx_link_func_get_cookie(ctx, TEXT("bare"), &value), NGX_LINK_FUNC_NOT_FOUND, value);
    assert_lent(ngx_link_func_get_cookie(ctx, "a...", 1, &value), value, TEXT("\"1 %41\""));
    assert_lent(ngx_link_func_get_cookie(ctx, TEXT("empty"), &value), value, TEXT(""));
    assert_lent(ngx_link_func_get_cookie(ctx, TEXT("b"), &value), value, TEXT("2"));
}

static void cookies_are_raw_and_found_in_every_header(void **state) {
    ngx_link_func_mock_request_t *req = ngx_link_func_mock_request(*state, "GET", "/");

    ngx_link_func_mock_request_header(req, "Cookie", "bare; empty=; a=\"1 %41\"");
    ngx_link_func_mock_request_header(req, "X-Cookie", "b=1");
    ngx_link_func_mock_request_header(req, "cookie", "a=3; b=2");
    (void) ngx_link_func_mock_call(req, read_cookies);
}

static void read_changed_cookie(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_str_t value = untouched;

    assert_int_equal(ngx_link_func_add_header_in(ctx, TEXT("Cookie"), TEXT("a=new")), 0);
    assert_lent(ngx_link_func_get_cookie(ctx, TEXT("a"), &value), value, TEXT("new"));
    value = untouched;
    assert_failed(ngx_link_func_get_cookie(ctx, TEXT("b"), &value), NGX_LINK_FUNC_NOT_FOUND, value);
}

static void cookies_are_those_of_the_changed_request(void **state) {
    ngx_link_func_mock_request_t *req = ngx_link_func_mock_request(*state, "GET", "/");

    ngx_link_func_mock_request_header(req, "Cookie", "a=1");
    ngx_link_func_mock_request_header(req, "Cookie", "b=2");
    (void) ngx_link_func_mock_call(req, read_changed_cookie);
}

typedef struct {
    ngx_link_func_ctx_t *ctx;
    char text[256];
    int left; /* visits until it stops */
} walk_t;

static int write_header(void *data, const ngx_link_func_str_t *name, const ngx_link_func_str_t *value) {
    walk_t *walk = data;
    size_t len = strlen(walk->text);

    assert_int_equal(name->data[name->len], '\0');
    assert_int_equal(value->data[value->len], '\0');
    (void) snprintf(walk->text + len, sizeof(walk->text) - len, "%s=%s;", (const char *) name->data,
                    (const char *) value->data);
    return --walk->left == 0 ? 5 : 0;
}

static void visit_headers(ngx_link_func_ctx_t *ctx) {
    walk_t all = {ctx, "", -1}, two = {ctx, "", 2};

    assert_int_equal(ngx_link_func_each_header(ctx, write_header, &all), NGX_LINK_FUNC_OK);
    assert_string_equal(all.text, "Host=localhost;x-A=1;X-B=;X-a=2;");
    assert_int_equal(ngx_link_func_each_header(ctx, write_header, &two), NGX_LINK_FUNC_OK);
    assert_string_equal(two.text, "Host=localhost;x-A=1;");
}

static ngx_link_func_mock_request_t *request_with_headers(void **state) {
    ngx_link_func_mock_request_t *req = ngx_link_func_mock_request(*state, "GET", "/");

    ngx_link_func_mock_request_header(req, "x-A", "1");
    ngx_link_func_mock_request_header(req, "X-B", "");
    ngx_link_func_mock_request_header(req, "X-a", "2");
    return req;
}

static void headers_are_visited_in_order_until_a_visit_stops(void **state) {
    (void) ngx_link_func_mock_call(request_with_headers(state), visit_headers);
}

static int change_headers(void *data, const ngx_link_func_str_t *name, const ngx_link_func_str_t *value) {
    walk_t *walk = data;

    (void) ngx_link_func_del_header_in(walk->ctx, TEXT("X-B"));
    (void) ngx_link_func_add_header_in(walk->ctx, TEXT("X-New"), TEXT("3"));
    return write_header(data, name, value);
}

static void visit_and_change_headers(ngx_link_func_ctx_t *ctx) {
    walk_t walk = {ctx, "", -1}, after = {ctx, "", -1};

    (void) ngx_link_func_each_header(ctx, change_headers, &walk);
    assert_string_equal(walk.text, "Host=localhost;x-A=1;X-B=;X-a=2;");
    (void) ngx_link_func_each_header(ctx, write_header, &after);
    assert_string_equal(after.text, "Host=localhost;x-A=1;X-a=2;X-New=3;");
}

static void what_a_visit_changes_is_not_visited(void **state) {
    (void) ngx_link_func_mock_call(request_with_headers(state), visit_and_change_headers);
}

static void remove_request_headers(ngx_link_func_ctx_t *ctx) {
    assert_int_equal(ngx_link_func_del_header_in(ctx, "X-A...", 3), NGX_LINK_FUNC_OK);
    assert_int_equal(ngx_link_func_del_header_in(ctx, TEXT("X-A")), NGX_LINK_FUNC_NOT_FOUND);
    assert_int_equal(ngx_link_func_del_header_in(ctx, TEXT("host")), NGX_LINK_FUNC_INVALID);
    assert_int_equal(ngx_link_func_del_header_in(ctx, TEXT("Connection")), NGX_LINK_FUNC_INVALID);
    assert_int_equal(ngx_link_func_del_header_in(ctx, TEXT("X A")), NGX_LINK_FUNC_INVALID);
    assert_int_equal(ngx_link_func_del_header_in(ctx, TEXT("")), NGX_LINK_FUNC_INVALID);
    assert_null(ngx_link_func_get_header(ctx, TEXT("x-a")));
}

static void removed_headers_are_gone_for_what_follows(void **state) {
    ngx_link_func_mock_request_t *req = request_with_headers(state);

    (void) ngx_link_func_mock_call(req, remove_request_headers);
    assert_null(ngx_link_func_mock_request_header_after(req, "X-A"));
    assert_string_equal(ngx_link_func_mock_request_header_after(req, "Host"), "localhost");
    assert_int_equal(ngx_link_func_mock_log_count(*state), 4);
    assert_log_contains(*state, NGX_LINK_FUNC_MOCK_ERR,
                        "ngx_link_func_del_header_in() refused header \"host\": a request must have it");
}

static void each_call_starts_with_the_headers_of_the_test(void **state) {
    ngx_link_func_mock_request_t *req = request_with_headers(state);

    (void) ngx_link_func_mock_call(req, remove_request_headers);
    (void) ngx_link_func_mock_call(req, visit_headers);
}

static void read_version(ngx_link_func_ctx_t *ctx) {
    (void) ctx;
    assert_int_equal(ngx_link_func_abi_version(), NGX_LINK_FUNC_ABI_VERSION);
    assert_string_equal(ngx_link_func_strerror(NGX_LINK_FUNC_WRONG_THREAD), "not possible in a pool thread");
    assert_string_equal(ngx_link_func_strerror(1), "unknown status");
}

static void version_and_statuses_are_those_of_the_header(void **state) {
    (void) ngx_link_func_mock_call(ngx_link_func_mock_request(*state, "GET", "/"), read_version);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, counting_setup, ngx_link_func_mock_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(method_and_address_are_told),
        TEST(address_is_the_last_that_the_test_set),
        TEST(query_arguments_are_decoded),
        TEST(without_query_and_body_there_is_no_argument),
        TEST(form_arguments_come_from_the_body),
        TEST(cookies_are_raw_and_found_in_every_header),
        TEST(cookies_are_those_of_the_changed_request),
        TEST(headers_are_visited_in_order_until_a_visit_stops),
        TEST(what_a_visit_changes_is_not_visited),
        TEST(removed_headers_are_gone_for_what_follows),
        TEST(each_call_starts_with_the_headers_of_the_test),
        TEST(version_and_statuses_are_those_of_the_header),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
