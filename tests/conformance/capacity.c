/* Handlers that fill the zone, in one of the ways that there are, and tell how
 * much went in.  "way", "size", "from" and "step" come with the query. */

#include <ngx_link_func_module.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VALUE_MAX 65536

/* Of shm_alloc. */
#define BLOCKS_MAX ((size_t) 1 << 20)

static void *blocks[BLOCKS_MAX];

static size_t number(ngx_link_func_ctx_t *ctx, const char *name) {
    const char *text = ngx_link_func_get_query_param(ctx, name);

    return text == NULL ? 0 : strtoul(text, NULL, 10);
}

static int is_way(ngx_link_func_ctx_t *ctx, const char *way) {
    const char *text = ngx_link_func_get_query_param(ctx, "way");

    return text != NULL && strcmp(text, way) == 0;
}

static void tell(ngx_link_func_ctx_t *ctx, size_t count) {
    ngx_link_func_dict_stats_t stats = {0, 0, 0, 0, 0};
    char text[128];
    int len;

    (void) ngx_link_func_dict_stats(ctx->shared_mem, &stats);
    len = snprintf(text, sizeof(text), "%zu of %zu bytes, %llu of %llu left", count, number(ctx, "size"),
                   (unsigned long long) stats.free, (unsigned long long) stats.capacity);
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, text, (size_t) len);
}

static int add_block(ngx_link_func_ctx_t *ctx, size_t i, size_t size) {
    if (i >= BLOCKS_MAX) {
        return 0;
    }
    blocks[i] = ngx_link_func_shm_alloc(ctx->shared_mem, size);
    return blocks[i] != NULL;
}

static int add_value(ngx_link_func_ctx_t *ctx, size_t i, size_t size) {
    char key[32];

    (void) snprintf(key, sizeof(key), "%zu", i);
    return ngx_link_func_cache_new(ctx->shared_mem, key, size) != NULL;
}

/* The dict is full when it has to give something up. */
static int add_item(ngx_link_func_ctx_t *ctx, size_t i, size_t size) {
    static const char value[VALUE_MAX];
    ngx_link_func_dict_stats_t before, after;
    char key[32];
    int len = snprintf(key, sizeof(key), "%zu", i);

    (void) ngx_link_func_dict_stats(ctx->shared_mem, &before);
    if (ngx_link_func_dict_set(ctx->shared_mem, key, (size_t) len, value, size, 0) != NGX_LINK_FUNC_OK) {
        return 0;
    }
    (void) ngx_link_func_dict_stats(ctx->shared_mem, &after);
    return after.evictions == before.evictions;
}

void fill(ngx_link_func_ctx_t *ctx);
void fill(ngx_link_func_ctx_t *ctx) {
    int (*add)(ngx_link_func_ctx_t * ctx, size_t i, size_t size) = add_value;
    size_t from = number(ctx, "from"), size = number(ctx, "size"), i = from;

    if (is_way(ctx, "alloc")) {
        add = add_block;
    } else if (is_way(ctx, "dict")) {
        add = add_item;
    }
    while (add(ctx, i, size)) {
        i++;
    }
    tell(ctx, i - from);
}

static void take_out(ngx_link_func_ctx_t *ctx, size_t i) {
    char key[32];
    int len = snprintf(key, sizeof(key), "%zu", i);

    if (is_way(ctx, "alloc")) {
        ngx_link_func_shm_free(ctx->shared_mem, blocks[i]);
        blocks[i] = NULL;
    } else if (is_way(ctx, "dict")) {
        (void) ngx_link_func_dict_delete(ctx->shared_mem, key, (size_t) len);
    } else {
        (void) ngx_link_func_cache_remove(ctx->shared_mem, key);
    }
}

/* Takes each step-th of those below "to" out. */
void thin(ngx_link_func_ctx_t *ctx);
void thin(ngx_link_func_ctx_t *ctx) {
    size_t step = number(ctx, "step"), to = number(ctx, "to"), i;

    for (i = 0; i < to; i += step) {
        take_out(ctx, i);
    }
    tell(ctx, to);
}

void left(ngx_link_func_ctx_t *ctx);
void left(ngx_link_func_ctx_t *ctx) {
    tell(ctx, 0);
}
