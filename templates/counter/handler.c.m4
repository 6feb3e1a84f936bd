m4_include(common.m4)m4_include(c.m4)m4_dnl
M4_C_HEAD()m4_dnl
/* M4_NAME(): counters in shared memory.
 *
 *   POST /api/visits?page=home   counts, and answers {"page": "home", "visits": 3}
 *   GET  /api/visits?page=home   answers the same without counting
 *   any  /api/requests           answers {"requests": 5, "longest_query": 9}
 *
 * nginx.conf:  ngx_link_func_shm_size 1m; */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <ngx_link_func_module.h>

#define NAME(text) (text), (sizeof(text) - 1)

#define MAX_PAGE 32

void ngx_link_func_init_cycle(ngx_link_func_cycle_t *cycle)
{
    if (cycle->shared_mem == NULL) {
        ngx_link_func_cyc_log(err, cycle, "%s", "counter: ngx_link_func_shm_size is not set");
        cycle->has_error = 1; /* every request is answered 503 */
    }
}

void ngx_link_func_exit_cycle(ngx_link_func_cycle_t *cycle)
{
    (void) cycle;
}

M4_ANSWER()

static void answer_full(ngx_link_func_ctx_t *ctx)
{
    ngx_link_func_log_err(ctx, "counter: shared memory is full; raise ngx_link_func_shm_size");
    answer(ctx, 503, "503 Service Unavailable", "{\"error\": \"no room for another counter\"}");
}

static int is_method(const ngx_link_func_str_t *method, const char *name)
{
    return method->len == strlen(name) && memcmp(method->data, name, method->len) == 0;
}

/*
 * One number for each page: a call of the dict is atomic by itself, and needs
 * no lock.  Under pressure the dict drops the pages that were used least.
 */

/* A page is 1 to 32 of a-z, 0-9 and '-': it needs no escaping, and strangers
 * cannot fill the zone with long keys. */
static int is_page(const ngx_link_func_str_t *page)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
    size_t i;

    for (i = 0; i < page->len; i++) {
        if (page->data[i] == '\0' || strchr(allowed, page->data[i]) == NULL) {
            return 0;
        }
    }
    return page->len > 0 && page->len <= MAX_PAGE;
}

/* Stores the count in *visits.  Returns a status of the dict. */
static int read_visits(void *shared_mem, const ngx_link_func_str_t *page, int64_t *visits)
{
    size_t len = sizeof(*visits);
    int status;

    *visits = 0;
    status = ngx_link_func_dict_get(shared_mem, (const char *) page->data, page->len, visits, &len);
    return status == NGX_LINK_FUNC_NOT_FOUND ? NGX_LINK_FUNC_OK : status;
}

static void answer_visits(ngx_link_func_ctx_t *ctx, const ngx_link_func_str_t *page, int64_t visits)
{
    char json[sizeof("{\"page\": \"\", \"visits\": -9223372036854775808}") + MAX_PAGE];

    snprintf(json, sizeof(json), "{\"page\": \"%.*s\", \"visits\": %" PRId64 "}", (int) page->len,
             (const char *) page->data, visits);
    answer(ctx, 200, "200 OK", json);
}

void count_visits(ngx_link_func_ctx_t *ctx)
{
    ngx_link_func_str_t method, page;
    int64_t visits;
    int status;

    if (ngx_link_func_get_method(ctx, &method) != NGX_LINK_FUNC_OK) {
        answer(ctx, 500, "500 Internal Server Error", "{\"error\": \"out of memory\"}");
        return;
    }
    if (ngx_link_func_get_query_arg(ctx, NAME("page"), &page) != NGX_LINK_FUNC_OK || !is_page(&page)) {
        answer(ctx, 400, "400 Bad Request", "{\"error\": \"page must be 1 to 32 of a-z, 0-9 and -\"}");
        return;
    }
    if (is_method(&method, "POST")) {
        status = ngx_link_func_dict_incr(ctx->shared_mem, (const char *) page.data, page.len, 1, 0, 0, &visits);
    } else if (is_method(&method, "GET") || is_method(&method, "HEAD")) {
        status = read_visits(ctx->shared_mem, &page, &visits);
    } else {
        (void) ngx_link_func_add_header_out(ctx, NAME("Allow"), NAME("GET, HEAD, POST"));
        answer(ctx, 405, "405 Method Not Allowed", "{\"error\": \"use GET or POST\"}");
        return;
    }
    if (status != NGX_LINK_FUNC_OK) {
        answer_full(ctx);
        return;
    }
    answer_visits(ctx, &page, visits);
}

/*
 * Two numbers that must fit together: they are one record in the cache, and
 * are read and written under the lock.
 */

typedef struct {
    uint64_t requests;
    uint64_t longest_query; /* bytes */
} record_t;

/* Returns 0 and a copy of the new record, or -1 when there is no room for it.
 * The one way out of the lock is its last line. */
static int count_request(void *shared_mem, size_t query_len, record_t *copy)
{
    record_t *record;

    ngx_link_func_shmtx_lock(shared_mem);
    record = ngx_link_func_cache_get(shared_mem, "record");
    if (record == NULL) {
        record = ngx_link_func_cache_new(shared_mem, "record", sizeof(*record)); /* zeroed */
    }
    if (record != NULL) {
        record->requests++;
        if (record->longest_query < query_len) {
            record->longest_query = query_len;
        }
        *copy = *record;
    }
    ngx_link_func_shmtx_unlock(shared_mem);
    return record == NULL ? -1 : 0;
}

void count_requests(ngx_link_func_ctx_t *ctx)
{
    size_t query_len = ctx->req_args == NULL ? 0 : strlen(ctx->req_args);
    char json[sizeof("{\"requests\": , \"longest_query\": }") + 2 * sizeof("18446744073709551615")];
    record_t record;

    if (count_request(ctx->shared_mem, query_len, &record) != 0) {
        answer_full(ctx);
        return;
    }
    snprintf(json, sizeof(json), "{\"requests\": %" PRIu64 ", \"longest_query\": %" PRIu64 "}", record.requests,
             record.longest_query);
    answer(ctx, 200, "200 OK", json);
}
