/* Handlers that drive the API by the request's query: each of h1 to h9, name,
 * value, status, line, type and body is percent- and '+'-decoded here. */

#include <ngx_link_func_module.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void respond(ngx_link_func_ctx_t *ctx);
void respond_l(ngx_link_func_ctx_t *ctx);
void respond_twice(ngx_link_func_ctx_t *ctx);
void refused_then_accepted(ngx_link_func_ctx_t *ctx);
void silent(ngx_link_func_ctx_t *ctx);
void headers_out(ngx_link_func_ctx_t *ctx);
void headers_after(ngx_link_func_ctx_t *ctx);
void headers_only(ngx_link_func_ctx_t *ctx);
void headers_in(ngx_link_func_ctx_t *ctx);
void header(ngx_link_func_ctx_t *ctx);
void args(ngx_link_func_ctx_t *ctx);
void param(ngx_link_func_ctx_t *ctx);
void body(ngx_link_func_ctx_t *ctx);
void uri(ngx_link_func_ctx_t *ctx);
void prop(ngx_link_func_ctx_t *ctx);
void log_levels(ngx_link_func_ctx_t *ctx);
void log_text(ngx_link_func_ctx_t *ctx);
void log_long(ngx_link_func_ctx_t *ctx);
void pool(ngx_link_func_ctx_t *ctx);
void cache(ngx_link_func_ctx_t *ctx);
void shm(ngx_link_func_ctx_t *ctx);
void lock_nested(ngx_link_func_ctx_t *ctx);
void lock_kept(ngx_link_func_ctx_t *ctx);
void unlock_free(ngx_link_func_ctx_t *ctx);
void no_shm(ngx_link_func_ctx_t *ctx);

/* A decoded query argument with its length, which may hold any byte. */
typedef struct {
    char *data; /* NULL when absent; NUL-terminated */
    size_t len;
} argument_t;

static int hex(char c) {
    return c >= 'A' ? (c | 0x20) - 'a' + 10 : c - '0';
}

static char without_plus(char c) {
    if (c == '+') {
        return ' ';
    }
    return c;
}

static argument_t argument(ngx_link_func_ctx_t *ctx, const char *key) {
    argument_t arg = {ngx_link_func_get_query_param(ctx, key), 0};
    const char *src = arg.data;

    while (src != NULL && *src != '\0') {
        if (*src == '%') {
            arg.data[arg.len++] = (char) (hex(src[1]) << 4 | hex(src[2]));
            src += 3;
        } else {
            arg.data[arg.len++] = without_plus(*src++);
        }
    }
    if (arg.data != NULL) {
        arg.data[arg.len] = '\0';
    }
    return arg;
}

static void answer(ngx_link_func_ctx_t *ctx, const char *text) {
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, text, strlen(text));
}

static void answer_or_null(ngx_link_func_ctx_t *ctx, const void *text) {
    answer(ctx, text == NULL ? "NULL" : text);
}

static uintptr_t status_argument(ngx_link_func_ctx_t *ctx) {
    argument_t status = argument(ctx, "status");

    return status.data == NULL ? 200 : strtoul(status.data, NULL, 10);
}

void respond(ngx_link_func_ctx_t *ctx) {
    argument_t text = argument(ctx, "body");

    ngx_link_func_write_resp(ctx, status_argument(ctx), argument(ctx, "line").data,
                             argument(ctx, "type").data, text.data, text.len);
}

void respond_l(ngx_link_func_ctx_t *ctx) {
    argument_t line = argument(ctx, "line"), type = argument(ctx, "type"), text = argument(ctx, "body");

    ngx_link_func_write_resp_l(ctx, status_argument(ctx), line.data, line.len, type.data, type.len, text.data,
                               text.len);
}

void respond_twice(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_write_resp(ctx, 404, "404 First", "text/html", "first", 5);
    answer(ctx, "second");
}

void refused_then_accepted(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_write_resp(ctx, 99, NULL, NULL, "first", 5);
    answer(ctx, "second");
}

void silent(ngx_link_func_ctx_t *ctx) {
    (void) ctx;
}

/* Passes each hN=Name:value to `add`; returns the results as characters: '0'
 * for 0, '-' for -1. */
static void add_headers(ngx_link_func_ctx_t *ctx, char results[10],
                        int (*add)(ngx_link_func_ctx_t *, const char *, size_t, const char *, size_t)) {
    char key[] = "h1";
    size_t count = 0;

    for (; key[1] <= '9'; key[1]++) {
        argument_t h = argument(ctx, key);
        char *colon = h.data == NULL ? NULL : memchr(h.data, ':', h.len);

        if (colon != NULL) {
            size_t name_len = (size_t) (colon - h.data);

            results[count++] = add(ctx, h.data, name_len, colon + 1, h.len - name_len - 1) == 0 ? '0' : '-';
        }
    }
    results[count] = '\0';
}

void headers_out(ngx_link_func_ctx_t *ctx) {
    char results[10];

    add_headers(ctx, results, ngx_link_func_add_header_out);
    answer(ctx, results);
}

void headers_after(ngx_link_func_ctx_t *ctx) {
    char results[10];

    answer(ctx, "before");
    add_headers(ctx, results, ngx_link_func_add_header_out);
}

void headers_only(ngx_link_func_ctx_t *ctx) {
    char results[10];

    add_headers(ctx, results, ngx_link_func_add_header_out);
}

/* Sets request headers and answers with the results and what `name` reads. */
void headers_in(ngx_link_func_ctx_t *ctx) {
    argument_t name = argument(ctx, "name");
    char results[10], line[256];
    const char *seen;

    add_headers(ctx, results, ngx_link_func_add_header_in);
    seen = (const char *) ngx_link_func_get_header(ctx, name.data, name.len);
    snprintf(line, sizeof(line), "%s %s", results, seen == NULL ? "NULL" : seen);
    answer(ctx, line);
}

void header(ngx_link_func_ctx_t *ctx) {
    argument_t name = argument(ctx, "name");

    answer_or_null(ctx, ngx_link_func_get_header(ctx, name.data, name.len));
}

void args(ngx_link_func_ctx_t *ctx) {
    answer_or_null(ctx, ctx->req_args);
}

void param(ngx_link_func_ctx_t *ctx) {
    answer_or_null(ctx, ngx_link_func_get_query_param(ctx, "a"));
}

void body(ngx_link_func_ctx_t *ctx) {
    char line[128];

    snprintf(line, sizeof(line), "%zu %s %d", ctx->req_body_len,
             ctx->req_body == NULL ? "NULL" : (const char *) ctx->req_body,
             ctx->req_body == NULL ? -1 : ctx->req_body[ctx->req_body_len]);
    answer(ctx, line);
}

void uri(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_str_t path;

    if (ngx_link_func_get_uri(ctx, &path) == 0) {
        ngx_link_func_write_resp(ctx, 200, NULL, NULL, (const char *) path.data, path.len);
    }
}

void prop(ngx_link_func_ctx_t *ctx) {
    argument_t name = argument(ctx, "name");

    answer_or_null(ctx, ngx_link_func_get_prop(ctx, name.data, name.len));
}

void log_levels(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_log_debug(ctx, "conformance: debug");
    ngx_link_func_log_info(ctx, "info");
    ngx_link_func_log_warn(ctx, "warn");
    ngx_link_func_log_err(ctx, "err");
    ngx_link_func_log(debug, ctx, "conformance: %s", "debug");
    ngx_link_func_log(warn, ctx, "%d", 7);
}

void log_text(ngx_link_func_ctx_t *ctx) {
    argument_t text = argument(ctx, "value");

    ngx_link_func_log_info(ctx, text.data);
}

void log_long(ngx_link_func_ctx_t *ctx) {
    char *text = ngx_link_func_palloc(ctx, 301);

    memset(text, 'x', 300);
    text[300] = '\0';
    ngx_link_func_log_info(ctx, text);
    ngx_link_func_log(info, ctx, "%s", text);
}

void pool(ngx_link_func_ctx_t *ctx) {
    size_t sizes[] = {0, 1, 8, 100, 4096, 100000}, i;
    unsigned long misaligned = 0;

    for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        unsigned char *block = ngx_link_func_palloc(ctx, sizes[i]);
        const unsigned char *zeroed = ngx_link_func_pcalloc(ctx, sizes[i]);

        memset(block, 0xff, sizes[i]);
        misaligned |= (sizes[i] >= 8 && ((uintptr_t) block | (uintptr_t) zeroed) % 8 != 0);
        misaligned |= (sizes[i] > 0 && (zeroed[0] | zeroed[sizes[i] - 1]) != 0);
    }
    answer(ctx, misaligned ? "wrong" : "fine");
}

/* A script over the cache, in order; the answer counts the promises kept. */
void cache(ngx_link_func_ctx_t *ctx) {
    void *mem = ctx->shared_mem;
    const char *first = ngx_link_func_cache_new(mem, "k", 8);
    char *second = ngx_link_func_cache_new(mem, "k", 8);
    char *put = ngx_link_func_shm_alloc(mem, 8);
    int kept = first != second && second[0] == 0 && second[7] == 0;
    char line[16];

    kept += ngx_link_func_cache_get(mem, "k") == second;
    kept += ngx_link_func_cache_put(mem, "p", put) == NULL;
    kept += ngx_link_func_cache_put(mem, "p", second) == put;
    kept += ngx_link_func_cache_remove(mem, "p") == second;
    kept += ngx_link_func_cache_get(mem, "p") == NULL;
    kept += ngx_link_func_cache_remove(mem, "k") == second;
    kept += ngx_link_func_cache_remove(mem, "k") == NULL;
    ngx_link_func_shm_free(mem, put);
    ngx_link_func_shm_free(mem, second);
    snprintf(line, sizeof(line), "%d kept", kept);
    answer(ctx, line);
}

/* Blocks can be had, used and given back, also under the caller's lock. */
void shm(ngx_link_func_ctx_t *ctx) {
    void *mem = ctx->shared_mem;
    char *a = ngx_link_func_shm_alloc(mem, 100);
    char *b;
    void *huge = ngx_link_func_shm_alloc(mem, (size_t) 1 << 30);

    ngx_link_func_shmtx_lock(mem);
    b = ngx_link_func_shm_alloc_locked(mem, 5000);
    memset(a, 1, 100);
    memset(b, 2, 5000);
    ngx_link_func_shm_free_locked(mem, a);
    ngx_link_func_shm_free(mem, b);
    ngx_link_func_shm_free(mem, NULL);
    ngx_link_func_shmtx_unlock(mem);
    answer(ctx, a != b && huge == NULL ? "fine" : "wrong");
}

void lock_nested(ngx_link_func_ctx_t *ctx) {
    void *mem = ctx->shared_mem;
    uintptr_t taken;

    ngx_link_func_shmtx_lock(mem);
    ngx_link_func_shmtx_lock(mem);
    taken = ngx_link_func_shmtx_trylock(mem);
    ngx_link_func_shmtx_unlock(mem);
    ngx_link_func_shmtx_unlock(mem);
    ngx_link_func_shmtx_unlock(mem);
    answer(ctx, taken == 1 ? "taken" : "refused");
}

void lock_kept(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_shmtx_lock(ctx->shared_mem);
    ngx_link_func_shmtx_lock(ctx->shared_mem);
    answer(ctx, "kept");
}

void unlock_free(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_shmtx_unlock(ctx->shared_mem);
    answer(ctx, "done");
}

void no_shm(ngx_link_func_ctx_t *ctx) {
    char line[16];
    int refused;

    ngx_link_func_shmtx_lock(NULL);
    ngx_link_func_shmtx_unlock(NULL);
    ngx_link_func_shm_free(NULL, NULL);
    ngx_link_func_shm_free_locked(NULL, NULL);
    refused = ngx_link_func_shmtx_trylock(NULL) == 0;
    refused += ngx_link_func_shm_alloc(NULL, 8) == NULL;
    refused += ngx_link_func_shm_alloc_locked(NULL, 8) == NULL;
    refused += ngx_link_func_cache_get(NULL, "k") == NULL;
    refused += ngx_link_func_cache_put(NULL, "k", line) == NULL;
    refused += ngx_link_func_cache_new(NULL, "k", 8) == NULL;
    refused += ngx_link_func_cache_remove(NULL, "k") == NULL;
    snprintf(line, sizeof(line), "%d refused", refused);
    answer(ctx, line);
}
