m4_include(common.m4)m4_include(c.m4)m4_dnl
M4_C_HEAD()m4_dnl
/* Tests of src/M4_NAME().c on the mock runtime: no NGINX is needed. */

#include <stdio.h>

#include <ngx_link_func_cmocka.h>

void contact_form(ngx_link_func_ctx_t *ctx);

#define FORM ngx_link_func_content_type_xformencoded

static ngx_link_func_mock_response_t *send(void **state, const char *method, const char *type, const char *body)
{
    ngx_link_func_mock_request_t *req = ngx_link_func_mock_request(*state, method, "/api/contact");

    if (type != NULL) {
        ngx_link_func_mock_request_header(req, "Content-Type", type);
    }
    ngx_link_func_mock_request_body(req, body, strlen(body));
    return ngx_link_func_mock_call(req, contact_form);
}

static ngx_link_func_mock_response_t *post(void **state, const char *body)
{
    return send(state, "POST", FORM, body);
}

static void good_form_is_answered(void **state)
{
    ngx_link_func_mock_response_t *resp = post(state, "name=Alice+B.&email=alice%40example.org");

    assert_response_status(resp, 200);
    assert_response_header(resp, "Content-Type", "application/json");
    assert_response_body(resp, "{\"name\": \"Alice B.\", \"email\": \"alice@example.org\"}");
}

static void fields_are_escaped_in_the_answer(void **state)
{
    assert_response_body(post(state, "name=%22%5C%c3%bc&email=a@b"),
                         "{\"name\": \"\\\"\\\\\\u00c3\\u00bc\", \"email\": \"a@b\"}");
}

static void parameters_of_the_type_are_accepted(void **state)
{
    const char *body = "name=A&email=a@b";

    assert_response_status(send(state, "POST", FORM "; charset=utf-8", body), 200);
    assert_response_status(send(state, "POST", "Application/X-WWW-Form-Urlencoded ;a=b", body), 200);
}

static void other_types_are_refused(void **state)
{
    const char *body = "name=A&email=a@b";

    assert_response_status(send(state, "POST", NULL, body), 415);
    assert_response_status(send(state, "POST", "application/json", body), 415);
    assert_response_status(send(state, "POST", FORM "ed", body), 415);
}

static void other_methods_are_refused(void **state)
{
    ngx_link_func_mock_response_t *resp = send(state, "PUT", FORM, "name=A&email=a@b");

    assert_response_status(resp, 405);
    assert_response_header(resp, "Allow", "POST");
    assert_response_status(send(state, "GET", NULL, ""), 405);
}

static void long_body_is_refused(void **state)
{
    char body[4096 + 2] = "name=A&email=a@b&more=";

    memset(body + strlen(body), 'x', sizeof(body) - 1 - strlen(body));
    assert_response_status(post(state, body), 413);
    body[4096] = '\0';
    assert_response_status(post(state, body), 200);
}

/* 254 bytes that each become six are the most that an answer has room for. */
static void longest_name_is_answered(void **state)
{
    char body[sizeof("name=&email=a@b") + 255] = "name=";

    memset(body + strlen(body), 0xff, 254);
    memcpy(body + strlen("name=") + 254, "&email=a@b", sizeof("&email=a@b"));
    assert_int_equal(ngx_link_func_mock_response_body_len(post(state, body)),
                     strlen("{\"name\": \"\", \"email\": \"a@b\"}") + 254 * strlen("\\u00ff"));
    memset(body + strlen("name="), 'x', 255);
    memcpy(body + strlen("name=") + 255, "&email=a@b", sizeof("&email=a@b"));
    assert_response_status(post(state, body), 400);
}

static void bad_names_are_refused(void **state)
{
    static const char *const bad[] = {"", "email=a@b", "name&email=a@b", "name=&email=a@b", "name=%00&email=a@b"};
    size_t i;

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        ngx_link_func_mock_response_t *resp = post(state, bad[i]);

        assert_response_status(resp, 400);
        assert_response_body(resp, "{\"error\": \"name must be 1 to 254 bytes of text\"}");
    }
}

static void bad_addresses_are_refused(void **state)
{
    static const char *const bad[] = {"", "a", "@", "a@", "@b", "a@b@c", "a+b@c", "a@b%0d%0aBcc:x@y", "a@b%00"};
    char body[128];
    size_t i;

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        ngx_link_func_mock_response_t *resp;

        snprintf(body, sizeof(body), "name=A&email=%s", bad[i]);
        resp = post(state, body);
        assert_response_status(resp, 400);
        assert_response_body(resp, "{\"error\": \"email must be an e-mail address\"}");
    }
    assert_response_status(post(state, "name=A"), 400);
}

static ngx_link_func_mock_request_t *good_request(ngx_link_func_mock_t *mock)
{
    static const char body[] = "name=Alice&email=alice%40example.org";
    ngx_link_func_mock_request_t *req = ngx_link_func_mock_request(mock, "POST", "/api/contact");

    ngx_link_func_mock_request_header(req, "Content-Type", FORM);
    ngx_link_func_mock_request_body(req, body, sizeof(body) - 1);
    return req;
}

M4_SWEEP_TEST(good_request, contact_form)

M4_LIFE_TEST(Contact form)

M4_MOCK_TEST()

int main(void)
{
    const struct CMUnitTest M4_IDENT()_tests[] = {
        MOCK_TEST(good_form_is_answered),
        MOCK_TEST(fields_are_escaped_in_the_answer),
        MOCK_TEST(parameters_of_the_type_are_accepted),
        MOCK_TEST(other_types_are_refused),
        MOCK_TEST(other_methods_are_refused),
        MOCK_TEST(long_body_is_refused),
        MOCK_TEST(longest_name_is_answered),
        MOCK_TEST(bad_names_are_refused),
        MOCK_TEST(bad_addresses_are_refused),
        MOCK_TEST(failing_allocations_do_no_harm),
        MOCK_TEST(hooks_log_their_life),
    };

    return cmocka_run_group_tests(M4_IDENT()_tests, NULL, NULL);
}
