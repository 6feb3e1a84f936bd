/* A handler that makes one dict call and answers with all that it gave:
 * call, key, value, ttl, by and init come with the query. */

#include <ngx_link_func_module.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void dict(ngx_link_func_ctx_t *ctx);
void dict_without_zone(ngx_link_func_ctx_t *ctx);

static void answer(ngx_link_func_ctx_t *ctx, int status, const char *more) {
    char text[128];

    (void) snprintf(text, sizeof(text), "%s%s", ngx_link_func_strerror(status), more);
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, text, strlen(text));
}

static ngx_link_func_str_t argument(ngx_link_func_ctx_t *ctx, const char *name) {
    static unsigned char none[] = "";
    ngx_link_func_str_t value = {0, none};

    (void) ngx_link_func_get_query_arg(ctx, name, strlen(name), &value);
    return value;
}

static int64_t number(ngx_link_func_ctx_t *ctx, const char *name) {
    return strtoll((const char *) argument(ctx, name).data, NULL, 10);
}

static void get(ngx_link_func_ctx_t *ctx, const char *key, size_t key_len) {
    char value[32] = "", text[64];
    size_t len = (size_t) number(ctx, "room");
    int status = ngx_link_func_dict_get(ctx->shared_mem, key, key_len, value, &len);

    (void) snprintf(text, sizeof(text), " %zu:%s", len, value);
    answer(ctx, status, text);
}

static void incr(ngx_link_func_ctx_t *ctx, const char *key, size_t key_len) {
    int64_t out = 77;
    char text[64];
    int status = ngx_link_func_dict_incr(ctx->shared_mem, key, key_len, number(ctx, "by"),
                                         number(ctx, "init"), (uint64_t) number(ctx, "ttl"), &out);

    (void) snprintf(text, sizeof(text), " %lld", (long long) out);
    answer(ctx, status, text);
}

static void ttl(ngx_link_func_ctx_t *ctx, const char *key, size_t key_len) {
    int64_t left = 77;
    int status = ngx_link_func_dict_ttl(ctx->shared_mem, key, key_len, &left);

    answer(ctx, status, left == -1 ? " for ever" : left == 77 ? " untouched" : " for a while");
}

void dict(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_str_t call = argument(ctx, "call"), key = argument(ctx, "key"),
                        value = argument(ctx, "value");
    const char *name = (const char *) key.data;
    uint64_t time = (uint64_t) number(ctx, "ttl");
    ngx_link_func_dict_stats_t stats;
    void *mem = ctx->shared_mem;
    char text[64];

    switch (call.data[0]) {
    case 's':
        answer(ctx, ngx_link_func_dict_set(mem, name, key.len, value.data, value.len, time), "");
        break;
    case 'a':
        answer(ctx, ngx_link_func_dict_add(mem, name, key.len, value.data, value.len, time), "");
        break;
    case 'g':
        get(ctx, name, key.len);
        break;
    case 'i':
        incr(ctx, name, key.len);
        break;
    case 'd':
        answer(ctx, ngx_link_func_dict_delete(mem, name, key.len), "");
        break;
    case 't':
        ttl(ctx, name, key.len);
        break;
    case 'e':
        answer(ctx, ngx_link_func_dict_expire(mem, name, key.len, time), "");
        break;
    default:
        (void) ngx_link_func_dict_stats(mem, &stats);
        (void) snprintf(text, sizeof(text), " %llu %llu", (unsigned long long) stats.entries,
                        (unsigned long long) stats.evictions);
        answer(ctx, NGX_LINK_FUNC_OK, text);
    }
}

void dict_without_zone(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_dict_stats_t stats;
    int64_t out;
    size_t len = 0;
    char text[64];

    (void) snprintf(
        text, sizeof(text), " %d %d %d %d %d %d %d %d", ngx_link_func_dict_get(NULL, "k", 1, NULL, &len),
        ngx_link_func_dict_set(NULL, "k", 1, "v", 1, 0), ngx_link_func_dict_add(NULL, "k", 1, "v", 1, 0),
        ngx_link_func_dict_incr(NULL, "k", 1, 1, 0, 0, &out), ngx_link_func_dict_delete(NULL, "k", 1),
        ngx_link_func_dict_ttl(NULL, "k", 1, &out), ngx_link_func_dict_expire(NULL, "k", 1, 1),
        ngx_link_func_dict_stats(NULL, &stats));
    answer(ctx, NGX_LINK_FUNC_OK, text);
}
