/* One failing assertion per test: test_cmocka runs each and reads what it
 * prints.  The argument is the name of the test to run. */

#include <ngx_link_func_cmocka.h>

static void say_hello(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_log_warn(ctx, "said hello");
    ngx_link_func_add_header_out(ctx, "X-A", 3, "1", 1);
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, "hello", 5);
}

static void answers_nothing(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_log_warn(ctx, "said nothing");
}

static ngx_link_func_mock_response_t *call(void **state) {
    return ngx_link_func_mock_call(ngx_link_func_mock_request(*state, "GET", "/hello"), say_hello);
}

static void passing(void **state) {
    ngx_link_func_mock_response_t *resp = call(state);

    assert_response_status(resp, 200);
    assert_response_header(resp, "x-a", "1");
    assert_response_no_header(resp, "X-B");
    assert_response_body(resp, "hello");
    assert_response_body_bytes(resp, "hello", 5);
    assert_log_contains(*state, NGX_LINK_FUNC_MOCK_WARN, "hello");
}

static void wrong_status(void **state) {
    assert_response_status(call(state), 201);
}

static void wrong_header(void **state) {
    assert_response_header(call(state), "X-A", "2");
}

static void missing_header(void **state) {
    assert_response_header(call(state), "X-B", "2");
}

static void unwanted_header(void **state) {
    assert_response_no_header(call(state), "X-A");
}

static void wrong_body(void **state) {
    assert_response_body(call(state), "hella");
}

static void short_body(void **state) {
    assert_response_body(call(state), "hell");
}

static void wrong_bytes(void **state) {
    assert_response_body_bytes(call(state), "hell\0", 5);
}

/* Of each part more than a test framework prints at a time. */
static void answers_much(ngx_link_func_ctx_t *ctx) {
    char *value = ngx_link_func_pcalloc(ctx, 1501);
    int i;

    memset(value, 'v', 1500);
    for (i = 0; i < 100; i++) {
        ngx_link_func_log(warn, ctx, "line %d of the log %60s", i, ".");
    }
    (void) ngx_link_func_add_header_out(ctx, "X-Long", 6, value, 1500);
    (void) ngx_link_func_add_header_out(ctx, "X-Last", 6, "last", 4);
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, (char *) ctx->req_body, ctx->req_body_len);
}

static void wrong_status_of_much(void **state) {
    ngx_link_func_mock_request_t *req = ngx_link_func_mock_request(*state, "POST", "/much");
    char body[3000];

    memset(body, 'b', sizeof(body));
    body[sizeof(body) - 2] = 'e';
    body[sizeof(body) - 1] = 'n';
    ngx_link_func_mock_request_body(req, body, sizeof(body));
    assert_response_status(ngx_link_func_mock_call(req, answers_much), 201);
}

static void finds_much(void **state) {
    ngx_link_func_mock_request_t *req = ngx_link_func_mock_request(*state, "GET", "/much");
    char value[3000];

    memset(value, 'v', sizeof(value));
    value[sizeof(value) - 1] = '\0';
    ngx_link_func_mock_request_header(req, "X-Long", value);
    (void) ngx_link_func_mock_call(req, answers_nothing);
}

static void wrong_log_text(void **state) {
    (void) call(state);
    assert_log_contains(*state, NGX_LINK_FUNC_MOCK_WARN, "goodbye");
}

static void wrong_log_level(void **state) {
    (void) call(state);
    assert_log_contains(*state, NGX_LINK_FUNC_MOCK_ERR, "hello");
}

static void misuse(void **state) {
    (void) ngx_link_func_mock_request(*state, "GET", "no slash");
}

#define TEST(name)                                                                                           \
    cmocka_unit_test_setup_teardown(name, ngx_link_func_mock_setup, ngx_link_func_mock_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(passing),         TEST(wrong_status),    TEST(wrong_header), TEST(missing_header),
        TEST(unwanted_header), TEST(wrong_body),      TEST(short_body),   TEST(wrong_bytes),
        TEST(wrong_log_text),  TEST(wrong_log_level), TEST(misuse),       TEST(wrong_status_of_much),
        TEST(finds_much),
    };

    if (argc != 2) {
        return 2;
    }
    cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
