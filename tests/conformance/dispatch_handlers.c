/* Functions that tell which of them was called, and with what. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ngx_link_func_module.h>

#define TOLD_SIZE 512

static const char *or_dash(const void *text) {
    return text == NULL ? "-" : text;
}

static void tell(ngx_link_func_ctx_t *ctx, const char *function, uintptr_t status) {
    ngx_link_func_str_t uri = {0, NULL}, variable = {1, (unsigned char *) "-"}, where = variable;
    char told[TOLD_SIZE];

    (void) ngx_link_func_get_uri(ctx, &uri);
    (void) ngx_link_func_get_var(ctx, "chosen", 6, &variable);
    (void) ngx_link_func_get_var(ctx, "http_x_where", 12, &where);
    (void) snprintf(told, sizeof(told),
                    "%s uri=%.*s args=%s where=%s+%.*s under=%s prop=%s chosen=%.*s body=%zu", function,
                    (int) uri.len, (const char *) uri.data, or_dash(ctx->req_args),
                    or_dash(ngx_link_func_get_header(ctx, "X-Where", 7)), (int) where.len,
                    (const char *) where.data, or_dash(ngx_link_func_get_header(ctx, "X_Under", 7)),
                    or_dash(ngx_link_func_get_prop(ctx, "where", 5)), (int) variable.len,
                    (const char *) variable.data, ctx->req_body_len);
    ngx_link_func_write_resp(ctx, status, NULL, NULL, told, strlen(told));
}

#define TELLS(name)                                                                                          \
    void name(ngx_link_func_ctx_t *ctx);                                                                     \
    void name(ngx_link_func_ctx_t *ctx) {                                                                    \
        tell(ctx, #name, 200);                                                                               \
    }

TELLS(exact)
TELLS(prefix)
TELLS(final)
TELLS(regex)
TELLS(caseless)
TELLS(nested)
TELLS(inner)
TELLS(condition)
TELLS(other)

void closed(ngx_link_func_ctx_t *ctx);
void closed(ngx_link_func_ctx_t *ctx) {
    tell(ctx, "closed", 403);
}

void declines(ngx_link_func_ctx_t *ctx);
void declines(ngx_link_func_ctx_t *ctx) {
    (void) ngx_link_func_decline(ctx);
}

void moved(ngx_link_func_ctx_t *ctx);
void moved(ngx_link_func_ctx_t *ctx) {
    tell(ctx, "moved", 302);
}

void silent(ngx_link_func_ctx_t *ctx);
void silent(ngx_link_func_ctx_t *ctx) {
    (void) ctx;
}

void ngx_link_func_init_cycle(ngx_link_func_cycle_t *cycle) {
    (void) cycle;
}

void ngx_link_func_exit_cycle(ngx_link_func_cycle_t *cycle) {
    (void) cycle;
}
