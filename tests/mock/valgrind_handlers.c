/* Mistakes that valgrind must name the line of: argv[1] says which. */

#include <ngx_link_func_mock.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static volatile char *kept;
static volatile char sink;
static volatile size_t ten = 10;

static void answer(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, "fine", 4);
}

static void pool_overflow(ngx_link_func_ctx_t *ctx) {
    volatile char *block = ngx_link_func_palloc(ctx, ten);

    block[ten] = 'x'; /* here */
    answer(ctx);
}

static void pool_underflow(ngx_link_func_ctx_t *ctx) {
    volatile char *block = ngx_link_func_palloc(ctx, ten);

    *(block - 1) = 'x'; /* here */
    answer(ctx);
}

static void pool_use_after_request(ngx_link_func_ctx_t *ctx) {
    if (kept == NULL) {
        kept = ngx_link_func_pcalloc(ctx, ten);
    } else {
        sink = kept[3]; /* here */
    }
    answer(ctx);
}

static void input_overread(ngx_link_func_ctx_t *ctx) {
    sink = ((volatile char *) ctx->req_body)[ctx->req_body_len + 1]; /* here */
    answer(ctx);
}

static void shm_overflow(ngx_link_func_ctx_t *ctx) {
    volatile char *block = ngx_link_func_shm_alloc(ctx->shared_mem, ten);

    block[ten] = 'x'; /* here */
    ngx_link_func_shm_free(ctx->shared_mem, (void *) block);
    answer(ctx);
}

static void shm_use_after_free(ngx_link_func_ctx_t *ctx) {
    volatile char *block = ngx_link_func_shm_alloc(ctx->shared_mem, ten);

    ngx_link_func_shm_free(ctx->shared_mem, (void *) block);
    sink = block[3]; /* here */
    answer(ctx);
}

static void shm_not_written(ngx_link_func_ctx_t *ctx) {
    volatile char *block = ngx_link_func_shm_alloc(ctx->shared_mem, ten);

    if (block[3] == 'x') { /* here */
        sink = 'x';
    }
    ngx_link_func_shm_free(ctx->shared_mem, (void *) block);
    answer(ctx);
}

static void none(ngx_link_func_ctx_t *ctx) {
    char *block = ngx_link_func_palloc(ctx, ten), *value, line[300];
    ngx_link_func_str_t method;

    memset(line, 'x', 199); /* as long as one that a macro has cut */
    line[199] = '\0';
    ngx_link_func_log_info(ctx, line);
    memset(block, 'x', ten);
    value = ngx_link_func_cache_new(ctx->shared_mem, "key", ten);
    memcpy(value, block, ten);
    (void) ngx_link_func_cache_remove(ctx->shared_mem, "key");
    sink = value[3];
    (void) ngx_link_func_dict_set(ctx->shared_mem, "key", 3, block, ten, 0);
    (void) ngx_link_func_get_method(ctx, &method);
    sink = ((char *) ctx->req_body)[ctx->req_body_len];
    ngx_link_func_shm_free(ctx->shared_mem, ngx_link_func_shm_alloc(ctx->shared_mem, 100));
    answer(ctx);
}

#define ROW(name)                                                                                            \
    { #name, name }

static const struct {
    const char *name;
    ngx_link_func_mock_handler_t handler;
} rows[] = {
    ROW(pool_overflow), ROW(pool_underflow),     ROW(pool_use_after_request), ROW(input_overread),
    ROW(shm_overflow),  ROW(shm_use_after_free), ROW(shm_not_written),        ROW(none),
};

static void call(ngx_link_func_mock_t *mock, ngx_link_func_mock_handler_t handler) {
    ngx_link_func_mock_request_t *req = ngx_link_func_mock_request(mock, "POST", "/?a=1");

    ngx_link_func_mock_request_body(req, "body", 4);
    (void) ngx_link_func_mock_call(req, handler);
    ngx_link_func_mock_request_free(req);
}

int main(int argc, char **argv) {
    ngx_link_func_mock_t *mock = ngx_link_func_mock_new();
    size_t i;

    ngx_link_func_mock_on_finding(mock, NGX_LINK_FUNC_MOCK_COUNT);
    ngx_link_func_mock_shm_size(mock, (size_t) 1 << 20);
    for (i = 0; argc == 2 && i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strcmp(argv[1], rows[i].name) == 0) {
            call(mock, rows[i].handler);
            call(mock, rows[i].handler);
        }
    }
    ngx_link_func_mock_free(mock);
    return 0;
}
