/* The functions that tests/bench/run measures; all answer the same bytes. */

#include <ngx_link_func_module.h>

void hello(ngx_link_func_ctx_t *ctx);
void hello_defaults(ngx_link_func_ctx_t *ctx);
void count_in_cache(ngx_link_func_ctx_t *ctx);
void count_in_dict(ngx_link_func_ctx_t *ctx);

static const char text[] = "Hello, World!";

void ngx_link_func_init_cycle(ngx_link_func_cycle_t *cycle) {
    (void) cycle;
}

void ngx_link_func_exit_cycle(ngx_link_func_cycle_t *cycle) {
    (void) cycle;
}

void hello(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_write_resp(ctx, 200, "200 OK", "text/plain", text, sizeof(text) - 1);
}

void hello_defaults(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, text, sizeof(text) - 1);
}

void count_in_cache(ngx_link_func_ctx_t *ctx) {
    long *count;

    ngx_link_func_shmtx_lock(ctx->shared_mem);
    count = ngx_link_func_cache_get(ctx->shared_mem, "hits");
    if (count == NULL) {
        count = ngx_link_func_cache_new(ctx->shared_mem, "hits", sizeof(*count));
    }
    if (count != NULL) {
        ++*count;
    }
    ngx_link_func_shmtx_unlock(ctx->shared_mem);

    if (count != NULL) {
        hello(ctx);
    }
}

void count_in_dict(ngx_link_func_ctx_t *ctx) {
    int64_t count;

    if (ngx_link_func_dict_incr(ctx->shared_mem, "hits", 4, 1, 0, 0, &count) == NGX_LINK_FUNC_OK) {
        hello(ctx);
    }
}
