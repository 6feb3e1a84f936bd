#include <stddef.h>

#include <ngx_link_func_module.h>

void hello(ngx_link_func_ctx_t *ctx);

static int started;

void ngx_link_func_init_cycle(ngx_link_func_cycle_t *cycle) {
    (void) cycle;
    started = 1;
}

void ngx_link_func_exit_cycle(ngx_link_func_cycle_t *cycle) {
    (void) cycle;
    started = 0;
}

void hello(ngx_link_func_ctx_t *ctx) {
    const char *text = started ? "hello" : "not started";

    ngx_link_func_log(info, ctx, "saying %s", text);
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, text, 5);
}
