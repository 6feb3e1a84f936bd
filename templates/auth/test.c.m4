m4_include(common.m4)m4_include(c.m4)m4_dnl
M4_C_HEAD()m4_dnl
/* Tests of src/M4_NAME().c on the mock runtime: no NGINX is needed. */

#include <ngx_link_func_cmocka.h>

void auth_check(ngx_link_func_ctx_t *ctx);

static int setup(void **state)
{
    ngx_link_func_mock_setup(state);
    ngx_link_func_mock_add_prop(*state, "auth_token", "s3cret");
    ngx_link_func_mock_add_prop(*state, "auth_user", "alice");
    return 0;
}

static ngx_link_func_mock_request_t *request(void **state, const char *authorization)
{
    ngx_link_func_mock_request_t *req = ngx_link_func_mock_request(*state, "GET", "/private/");

    if (authorization != NULL) {
        ngx_link_func_mock_request_header(req, "Authorization", authorization);
    }
    return req;
}

static void assert_passed(ngx_link_func_mock_request_t *req)
{
    ngx_link_func_mock_response_t *resp = ngx_link_func_mock_call(req, auth_check);

    assert_int_equal(ngx_link_func_mock_response_outcome(resp), NGX_LINK_FUNC_MOCK_DECLINED);
}

static void assert_refused(ngx_link_func_mock_request_t *req, const char *challenge)
{
    ngx_link_func_mock_response_t *resp = ngx_link_func_mock_call(req, auth_check);

    assert_response_status(resp, 401);
    assert_response_header(resp, "WWW-Authenticate", challenge);
    assert_response_header(resp, "Content-Type", "application/json");
    assert_response_body(resp, "{\"error\": \"a valid bearer token is needed\"}");
    assert_null(ngx_link_func_mock_request_header_after(req, "X-User"));
}

static void right_token_passes_with_the_user(void **state)
{
    ngx_link_func_mock_request_t *req = request(state, "Bearer s3cret");

    assert_passed(req);
    assert_string_equal(ngx_link_func_mock_request_header_after(req, "X-User"), "alice");
}

static void token_is_not_handed_down(void **state)
{
    ngx_link_func_mock_request_t *req = request(state, "Bearer s3cret");

    assert_passed(req);
    assert_null(ngx_link_func_mock_request_header_after(req, "Authorization"));
}

static void user_that_the_client_sent_is_replaced(void **state)
{
    ngx_link_func_mock_request_t *req = request(state, "Bearer s3cret");

    ngx_link_func_mock_request_header(req, "X-User", "root");
    assert_passed(req);
    assert_string_equal(ngx_link_func_mock_request_header_after(req, "X-User"), "alice");
}

static void scheme_is_read_in_any_case(void **state)
{
    assert_passed(request(state, "bEARER   s3cret"));
}

static void request_without_a_token_is_refused(void **state)
{
    assert_refused(request(state, NULL), "Bearer realm=\"M4_NAME()\"");
    assert_refused(request(state, "Basic czNjcmV0"), "Bearer realm=\"M4_NAME()\"");
    assert_refused(request(state, "Bearer"), "Bearer realm=\"M4_NAME()\"");
    assert_refused(request(state, "s3cret"), "Bearer realm=\"M4_NAME()\"");
}

static void wrong_token_is_refused(void **state)
{
    static const char *const wrong[] = {
        "Bearer x", "Bearer s3cre", "Bearer s3creT", "Bearer s3cret ecret", "Bearer s3crets3cret", "Bearer S3CRET",
    };
    size_t i;

    for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_refused(request(state, wrong[i]), "Bearer realm=\"M4_NAME()\", error=\"invalid_token\"");
    }
}

static void token_without_a_user_passes_as_unknown(void **state)
{
    ngx_link_func_mock_t *mock = ngx_link_func_mock_new();
    ngx_link_func_mock_request_t *req;

    (void) state;
    ngx_link_func_mock_add_prop(mock, "auth_token", "s3cret");
    req = ngx_link_func_mock_request(mock, "GET", "/");
    ngx_link_func_mock_request_header(req, "Authorization", "Bearer s3cret");
    assert_passed(req);
    assert_string_equal(ngx_link_func_mock_request_header_after(req, "X-User"), "unknown");
    ngx_link_func_mock_free(mock);
}

static void user_that_cannot_be_a_header_value_closes_the_gate(void **state)
{
    ngx_link_func_mock_response_t *resp;

    ngx_link_func_mock_add_prop(*state, "auth_user", "alice\r\nX-Admin: 1");
    ngx_link_func_mock_allow(*state, NGX_LINK_FUNC_MOCK_CODE_HEADER_REFUSED);
    resp = ngx_link_func_mock_call(request(state, "Bearer s3cret"), auth_check);
    assert_response_status(resp, 500);
}

static void empty_secret_lets_nobody_pass(void **state)
{
    ngx_link_func_mock_add_prop(*state, "auth_token", "");
    assert_refused(request(state, "Bearer "), "Bearer realm=\"M4_NAME()\"");
    assert_log_contains(*state, NGX_LINK_FUNC_MOCK_ERR, "auth_token");
}

static void missing_secret_lets_nobody_pass(void **state)
{
    void *mock = ngx_link_func_mock_new();

    (void) state;
    assert_refused(request(&mock, "Bearer s3cret"), "Bearer realm=\"M4_NAME()\"");
    assert_log_contains(mock, NGX_LINK_FUNC_MOCK_ERR, "there is no property auth_token");
    ngx_link_func_mock_free(mock);
}

static ngx_link_func_mock_request_t *good_request(ngx_link_func_mock_t *mock)
{
    ngx_link_func_mock_request_t *req = ngx_link_func_mock_request(mock, "GET", "/private/");

    ngx_link_func_mock_request_header(req, "Authorization", "Bearer s3cret");
    return req;
}

M4_SWEEP_TEST(good_request, auth_check)

#define MOCK_TEST(test) cmocka_unit_test_setup_teardown(test, setup, ngx_link_func_mock_teardown)

int main(void)
{
    const struct CMUnitTest M4_IDENT()_tests[] = {
        MOCK_TEST(right_token_passes_with_the_user),
        MOCK_TEST(token_is_not_handed_down),
        MOCK_TEST(user_that_the_client_sent_is_replaced),
        MOCK_TEST(scheme_is_read_in_any_case),
        MOCK_TEST(request_without_a_token_is_refused),
        MOCK_TEST(wrong_token_is_refused),
        MOCK_TEST(token_without_a_user_passes_as_unknown),
        MOCK_TEST(user_that_cannot_be_a_header_value_closes_the_gate),
        MOCK_TEST(empty_secret_lets_nobody_pass),
        MOCK_TEST(failing_allocations_do_no_harm),
        MOCK_TEST(missing_secret_lets_nobody_pass),
    };

    return cmocka_run_group_tests(M4_IDENT()_tests, NULL, NULL);
}
