/* A libFuzzer target with a bug that takes a header and a body. */

#include <ngx_link_func_mock.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void planted_bug(ngx_link_func_ctx_t *ctx) {
    const char *kind = (const char *) ngx_link_func_get_header(ctx, "X-Kind", 6);

    if (kind != NULL && kind[0] == 'b' && ctx->req_body_len > 2) {
        abort();
    }
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, NULL, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    ngx_link_func_mock_fuzz_one(data, size, planted_bug);
    return 0;
}
