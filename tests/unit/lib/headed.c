/* A library as an application would build it. */

#include <ngx_link_func_module.h>

void headed(ngx_link_func_ctx_t *ctx);

void headed(ngx_link_func_ctx_t *ctx) {
    (void) ctx;
}
