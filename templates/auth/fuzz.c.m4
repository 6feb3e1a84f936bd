m4_include(common.m4)m4_dnl
M4_C_HEAD()m4_dnl
/* Calls the gate of M4_NAME() with requests made of any bytes. */

#include <ngx_link_func_mock.h>

void auth_check(ngx_link_func_ctx_t *ctx);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A mock of its own for each input, as it needs a secret to compare with. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ngx_link_func_mock_t *mock = ngx_link_func_mock_new();

    ngx_link_func_mock_add_prop(mock, "auth_token", "change-me");
    ngx_link_func_mock_call(ngx_link_func_mock_fuzz_request(mock, data, size), auth_check);
    ngx_link_func_mock_free(mock);
    return 0;
}
