m4_include(common.m4)m4_dnl
M4_C_HEAD()m4_dnl
/* Calls a handler of M4_NAME() with requests made of any bytes. */

#include <ngx_link_func_mock.h>

M4_EXTERN_C()void M4_FUZZED()(ngx_link_func_ctx_t *ctx);
M4_EXTERN_C()int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ngx_link_func_mock_fuzz_one(data, size, M4_FUZZED());
    return 0;
}
