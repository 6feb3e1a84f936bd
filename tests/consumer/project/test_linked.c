/* The handler is linked into the test. */

#include <ngx_link_func_cmocka.h>

void hello(ngx_link_func_ctx_t *ctx);

static void linked_handler_answers(void **state) {
    ngx_link_func_mock_t *mock = *state;
    ngx_link_func_mock_response_t *resp =
        ngx_link_func_mock_call(ngx_link_func_mock_request(mock, "GET", "/"), hello);

    assert_response_status(resp, 200);
    assert_response_header(resp, "Content-Type", "text/plain");
    assert_response_body(resp, "hello");
    assert_log_contains(mock, NGX_LINK_FUNC_MOCK_INFO, "saying hello");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(linked_handler_answers, ngx_link_func_mock_setup,
                                        ngx_link_func_mock_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
