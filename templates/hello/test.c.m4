m4_include(common.m4)m4_include(c.m4)m4_dnl
M4_C_HEAD()m4_dnl
/* Tests of src/M4_NAME().c on the mock runtime: no NGINX is needed. */

#include <ngx_link_func_cmocka.h>

void hello_json(ngx_link_func_ctx_t *ctx);

static ngx_link_func_mock_response_t *get(void **state, const char *target)
{
    return ngx_link_func_mock_call(ngx_link_func_mock_request(*state, "GET", target), hello_json);
}

static void hello_greets_by_name(void **state)
{
    ngx_link_func_mock_response_t *resp = get(state, "/api/hello?name=NGINX");

    assert_response_status(resp, 200);
    assert_response_header(resp, "Content-Type", "application/json");
    assert_response_body(resp, "{\"message\": \"Hello, NGINX!\"}");
}

static void hello_greets_the_world_without_a_name(void **state)
{
    ngx_link_func_mock_response_t *resp = get(state, "/api/hello");

    assert_response_status(resp, 200);
    assert_response_body(resp, "{\"message\": \"Hello, World!\"}");
}

static void hello_accepts_an_empty_name(void **state)
{
    assert_response_body(get(state, "/api/hello?name="), "{\"message\": \"Hello, !\"}");
}

static void hello_escapes_quotes_and_backslashes(void **state)
{
    assert_response_body(get(state, "/api/hello?name=\"\\"), "{\"message\": \"Hello, \\\"\\\\!\"}");
}

static void hello_escapes_bytes_that_are_not_ascii(void **state)
{
    assert_response_body(get(state, "/api/hello?name=\xc3\xbc"), "{\"message\": \"Hello, \\u00c3\\u00bc!\"}");
}

/* 32 bytes that each become six are 192, the most that is accepted. */
static void hello_answers_the_longest_name(void **state)
{
    char target[sizeof("/api/hello?name=") + 32] = "/api/hello?name=";
    ngx_link_func_mock_response_t *resp;

    memset(target + strlen(target), 0xff, 32);
    resp = get(state, target);
    assert_response_status(resp, 200);
    assert_int_equal(ngx_link_func_mock_response_body_len(resp), strlen("{\"message\": \"Hello, !\"}") + 192);
}

static void hello_refuses_a_longer_name(void **state)
{
    char target[sizeof("/api/hello?name=") + 193] = "/api/hello?name=";
    ngx_link_func_mock_response_t *resp;

    memset(target + strlen(target), 'a', 193);
    resp = get(state, target);
    assert_response_status(resp, 400);
    assert_response_header(resp, "Content-Type", "application/json");
    assert_response_body(resp, "{\"error\": \"name is too long\"}");
}

static ngx_link_func_mock_request_t *good_request(ngx_link_func_mock_t *mock)
{
    return ngx_link_func_mock_request(mock, "GET", "/api/hello?name=NGINX");
}

M4_SWEEP_TEST(good_request, hello_json)

M4_LIFE_TEST(Hello API)

M4_MOCK_TEST()

int main(void)
{
    const struct CMUnitTest M4_IDENT()_tests[] = {
        MOCK_TEST(hello_greets_by_name),
        MOCK_TEST(hello_greets_the_world_without_a_name),
        MOCK_TEST(hello_accepts_an_empty_name),
        MOCK_TEST(hello_escapes_quotes_and_backslashes),
        MOCK_TEST(hello_escapes_bytes_that_are_not_ascii),
        MOCK_TEST(hello_answers_the_longest_name),
        MOCK_TEST(hello_refuses_a_longer_name),
        MOCK_TEST(failing_allocations_do_no_harm),
        MOCK_TEST(hooks_log_their_life),
    };

    return cmocka_run_group_tests(M4_IDENT()_tests, NULL, NULL);
}
