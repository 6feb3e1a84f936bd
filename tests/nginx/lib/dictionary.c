/* The functions that use the dict. */

#include <ngx_link_func_module.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

void dict_calls(ngx_link_func_ctx_t *ctx);
void dict_times(ngx_link_func_ctx_t *ctx);
void dict_counts(ngx_link_func_ctx_t *ctx);
void dict_evicts(ngx_link_func_ctx_t *ctx);
void dict_evicts_pages(ngx_link_func_ctx_t *ctx);
void dict_count_up(ngx_link_func_ctx_t *ctx);

#define KEY(text) (text), sizeof(text) - 1

static void answer(ngx_link_func_ctx_t *ctx, const char *text) {
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, text, strlen(text));
}

void ngx_link_func_init_cycle(ngx_link_func_cycle_t *cycle) {
    (void) cycle;
}

void ngx_link_func_exit_cycle(ngx_link_func_cycle_t *cycle) {
    (void) cycle;
}

/* Names the first step that went wrong. */
#define STEP(name, condition)                                                                                \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            answer(ctx, name);                                                                               \
            return;                                                                                          \
        }                                                                                                    \
    } while (0)

void dict_calls(ngx_link_func_ctx_t *ctx) {
    void *mem = ctx->shared_mem;
    char buf[8] = "";
    size_t len = sizeof(buf);

    (void) ngx_link_func_dict_delete(mem, KEY("k"));
    STEP("absent", ngx_link_func_dict_get(mem, KEY("k"), buf, &len) == NGX_LINK_FUNC_NOT_FOUND);
    STEP("set", ngx_link_func_dict_set(mem, KEY("k"), "value", 5, 0) == NGX_LINK_FUNC_OK);
    STEP("get", ngx_link_func_dict_get(mem, KEY("k"), buf, &len) == NGX_LINK_FUNC_OK && len == 5
                    && memcmp(buf, "value", 5) == 0);
    len = 4;
    STEP("small", ngx_link_func_dict_get(mem, KEY("k"), buf, &len) == NGX_LINK_FUNC_INVALID && len == 5);
    STEP("exists", ngx_link_func_dict_add(mem, KEY("k"), "other", 5, 0) == NGX_LINK_FUNC_EXISTS);
    STEP("type", ngx_link_func_dict_incr(mem, KEY("k"), 1, 0, 0, NULL) == NGX_LINK_FUNC_TYPE);
    STEP("cache apart", ngx_link_func_cache_get(mem, "k") == NULL);
    STEP("delete", ngx_link_func_dict_delete(mem, KEY("k")) == NGX_LINK_FUNC_OK);
    STEP("deleted", ngx_link_func_dict_delete(mem, KEY("k")) == NGX_LINK_FUNC_NOT_FOUND);
    STEP("add", ngx_link_func_dict_add(mem, KEY("k"), "other", 5, 0) == NGX_LINK_FUNC_OK);
    STEP("empty key", ngx_link_func_dict_set(mem, NULL, 0, "", 0, 0) == NGX_LINK_FUNC_OK);
    STEP("empty delete", ngx_link_func_dict_delete(mem, "", 0) == NGX_LINK_FUNC_OK);
    answer(ctx, "right");
}

/* Milliseconds since the first call. */
static int64_t elapsed(void) {
    static struct timespec first;
    struct timespec now;

    (void) clock_gettime(CLOCK_MONOTONIC, &now);
    if (first.tv_sec == 0) {
        first = now;
    }
    return (int64_t) (now.tv_sec - first.tv_sec) * 1000 + (now.tv_nsec - first.tv_nsec) / 1000000;
}

/* An entry is there before its time is over, and not for seconds after. */
void dict_times(ngx_link_func_ctx_t *ctx) {
    void *mem = ctx->shared_mem;
    int64_t start, ttl = 0;
    size_t len = 0;

    STEP("set", ngx_link_func_dict_set(mem, KEY("t"), "", 0, 60000) == NGX_LINK_FUNC_OK);
    STEP("ttl",
         ngx_link_func_dict_ttl(mem, KEY("t"), &ttl) == NGX_LINK_FUNC_OK && ttl > 50000 && ttl <= 60000);
    STEP("never", ngx_link_func_dict_expire(mem, KEY("t"), 0) == NGX_LINK_FUNC_OK);
    STEP("no ttl", ngx_link_func_dict_ttl(mem, KEY("t"), &ttl) == NGX_LINK_FUNC_OK && ttl == -1);
    STEP("expire", ngx_link_func_dict_expire(mem, KEY("t"), 20) == NGX_LINK_FUNC_OK);
    start = elapsed();
    while (ngx_link_func_dict_get(mem, KEY("t"), NULL, &len) == NGX_LINK_FUNC_OK) {
        STEP("for ever", elapsed() - start < 5000);
    }
    STEP("early", elapsed() - start >= 19);
    STEP("gone", ngx_link_func_dict_ttl(mem, KEY("t"), &ttl) == NGX_LINK_FUNC_NOT_FOUND
                     && ngx_link_func_dict_expire(mem, KEY("t"), 1) == NGX_LINK_FUNC_NOT_FOUND);
    answer(ctx, "right");
}

void dict_counts(ngx_link_func_ctx_t *ctx) {
    void *mem = ctx->shared_mem;
    int64_t number = 0;
    size_t len = sizeof(number);

    STEP("start",
         ngx_link_func_dict_incr(mem, KEY("i"), 2, 40, 0, &number) == NGX_LINK_FUNC_OK && number == 42);
    STEP("read", ngx_link_func_dict_get(mem, KEY("i"), &number, &len) == NGX_LINK_FUNC_OK && number == 42);
    number = INT64_MAX;
    STEP("set", ngx_link_func_dict_set(mem, KEY("i"), &number, sizeof(number), 0) == NGX_LINK_FUNC_OK);
    STEP("overflow", ngx_link_func_dict_incr(mem, KEY("i"), 1, 0, 0, &number) == NGX_LINK_FUNC_INVALID);
    STEP("down", ngx_link_func_dict_incr(mem, KEY("i"), -1, 0, 0, &number) == NGX_LINK_FUNC_OK
                     && number == INT64_MAX - 1);
    STEP("delete", ngx_link_func_dict_delete(mem, KEY("i")) == NGX_LINK_FUNC_OK);
    answer(ctx, "right");
}

/* Fills the zone until the dict gives way; a cache entry does not. */
void dict_evicts(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_dict_stats_t stats;
    void *mem = ctx->shared_mem, *cached = ngx_link_func_cache_new(mem, "cached", 100);
    char value[1000] = "";
    size_t len = sizeof(value);
    uint64_t i;

    STEP("cache", cached != NULL && ngx_link_func_dict_stats(mem, &stats) == NGX_LINK_FUNC_OK);
    STEP("capacity", stats.capacity > 200000 && stats.capacity < 262144 && stats.free < stats.capacity);
    for (i = 0; stats.evictions == 0; i++) {
        STEP("set", ngx_link_func_dict_set(mem, (char *) &i, sizeof(i), value, sizeof(value), 0)
                        == NGX_LINK_FUNC_OK);
        STEP("used", ngx_link_func_dict_get(mem, (char *) &(uint64_t){0}, sizeof(i), value, &len)
                         == NGX_LINK_FUNC_OK);
        (void) ngx_link_func_dict_stats(mem, &stats);
    }
    STEP("entries", stats.entries > 50 && stats.entries < i);
    STEP("least recently",
         ngx_link_func_dict_delete(mem, (char *) &(uint64_t){1}, sizeof(i)) == NGX_LINK_FUNC_NOT_FOUND);
    STEP("room for the cache", ngx_link_func_cache_new(mem, "large", 50000) != NULL);
    STEP("cache stays", ngx_link_func_cache_get(mem, "cached") == cached);
    STEP("too large", ngx_link_func_shm_alloc(mem, 262144) == NULL);
    answer(ctx, "right");
}

/* Fills the zone with small entries, uses them in an order that has nothing to
 * do with where they are, and goes on with larger ones. */
void dict_evicts_pages(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_dict_stats_t stats, before;
    char value[150] = "", small[8];
    void *mem = ctx->shared_mem;
    size_t len;
    uint64_t i, count, key;

    (void) ngx_link_func_dict_stats(mem, &stats);
    for (i = 0; stats.evictions == 0; i++) {
        STEP("small", ngx_link_func_dict_set(mem, (char *) &i, sizeof(i), value, 8, 0) == NGX_LINK_FUNC_OK);
        (void) ngx_link_func_dict_stats(mem, &stats);
    }
    count = i;
    for (i = 0; i < count; i++) {
        key = i * 7919 % count;
        len = sizeof(small);
        (void) ngx_link_func_dict_get(mem, (char *) &key, sizeof(key), small, &len);
    }
    (void) ngx_link_func_dict_stats(mem, &before);
    for (i = 0; i < 64; i++) {
        key = count + i;
        STEP("large", ngx_link_func_dict_set(mem, (char *) &key, sizeof(key), value, sizeof(value), 0)
                          == NGX_LINK_FUNC_OK);
    }
    (void) ngx_link_func_dict_stats(mem, &stats);
    STEP("many", count > 1000 && stats.evictions > before.evictions);
    STEP("few", stats.evictions - before.evictions <= count / 8);
    answer(ctx, "right");
}

/* ?n= increments, with no lock; answers the process id. */
void dict_count_up(ngx_link_func_ctx_t *ctx) {
    unsigned long n = strtoul(ngx_link_func_get_query_param(ctx, "n"), NULL, 10);
    int64_t number = 0;
    char text[64];

    while (n-- > 0) {
        (void) ngx_link_func_dict_incr(ctx->shared_mem, KEY("counter"), 1, 0, 0, &number);
    }
    (void) snprintf(text, sizeof(text), "%d %lld", (int) getpid(), (long long) number);
    answer(ctx, text);
}
