/* An application of the days of version 34: it uses every function and every
 * member that there were.  Valid C and C++, so that it is built as both. */

#include <link_func_34.h>

#include <layout.h>

#include <stdint.h>
#include <string.h>

/* What an ngx_http_request_t begins with: "HTTP" as a little-endian number. */
#define REQUEST_SIGNATURE 0x50545448u

#define ROOM 512

#ifdef __cplusplus
extern "C" {
#endif

void members(ngx_link_func_ctx_t *ctx);
void request(ngx_link_func_ctx_t *ctx);
void memory(ngx_link_func_ctx_t *ctx);
void headers(ngx_link_func_ctx_t *ctx);
void lengths(ngx_link_func_ctx_t *ctx);
void types(ngx_link_func_ctx_t *ctx);
void shared(ngx_link_func_ctx_t *ctx);
void cache(ngx_link_func_ctx_t *ctx);
void lines(ngx_link_func_ctx_t *ctx);

static void answer(ngx_link_func_ctx_t *ctx, const char *text) {
    ngx_link_func_write_resp(ctx, 200, "200 OK", ngx_link_func_content_type_plaintext, text, strlen(text));
}

static const char *shown(const void *text) {
    return text == NULL ? "NULL" : (const char *) text;
}

void ngx_link_func_init_cycle(ngx_link_func_cycle_t *cycle) {
    char line[ROOM];

    (void) snprintf(line, sizeof(line), "34 init %s %d%d%d%d%d %d",
                    shown(ngx_link_func_cyc_get_prop(cycle, "who", 3)), cycle->shared_mem != NULL,
                    cycle->__cycle__ != NULL, cycle->__srv_cf__ != NULL, cycle->__pl__ != NULL,
                    cycle->__log__ != NULL, cycle->has_error);
    ngx_link_func_cyc_log_info(cycle, line);
    ngx_link_func_cyc_log_debug(cycle, "34 cycle debug");
    ngx_link_func_cyc_log_warn(cycle, "34 cycle warn");
    ngx_link_func_cyc_log_err(cycle, "34 cycle err");
    if (ngx_link_func_cyc_get_prop(cycle, "broken", 6) != NULL) {
        cycle->has_error = 1;
    }
}

void ngx_link_func_exit_cycle(ngx_link_func_cycle_t *cycle) {
    ngx_link_func_cyc_log_info(cycle, "34 exit");
}

void members(ngx_link_func_ctx_t *ctx) {
    char text[ROOM];
    uint32_t signature;

    memcpy(&signature, ctx->__r__, sizeof(signature));
    (void) snprintf(text, sizeof(text), "%s|%s|%u|%d|%d%d%d", shown(ctx->req_args), shown(ctx->req_body),
                    (unsigned) ctx->req_body_len, ctx->shared_mem != NULL, signature == REQUEST_SIGNATURE,
                    ctx->__pl__ != NULL, ctx->__log__ != NULL);
    answer(ctx, text);
}

void request(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_str_t uri = {0, NULL};
    int result = ngx_link_func_get_uri(ctx, &uri);
    char text[ROOM];

    (void) snprintf(
        text, sizeof(text), "%d|%.*s|%s|%s|%s|%s|%s", result, (int) uri.len, (const char *) uri.data,
        shown(ngx_link_func_get_header(ctx, "X-OLD", 5)), shown(ngx_link_func_get_header(ctx, "X-None", 6)),
        shown(ngx_link_func_get_prop(ctx, "who", 3)), shown(ngx_link_func_get_query_param(ctx, "a")),
        shown(ngx_link_func_get_query_param(ctx, "none")));
    answer(ctx, text);
}

void memory(ngx_link_func_ctx_t *ctx) {
    char *room = (char *) ngx_link_func_palloc(ctx, 100000);
    const char *zeroed = (const char *) ngx_link_func_pcalloc(ctx, 100000);
    char *copy = ngx_link_func_strdup(ctx, "a copy");
    size_t i, dirty = 0;

    memset(room, 'x', 100000);
    for (i = 0; i < 100000; i++) {
        dirty += zeroed[i] != '\0';
    }
    answer(ctx, dirty == 0 && room[99999] == 'x' ? copy : "wrong");
}

void headers(ngx_link_func_ctx_t *ctx) {
    int in = ngx_link_func_add_header_in(ctx, "X-Inward", 8, "in and on", 2);
    int out = ngx_link_func_add_header_out(ctx, "X-Outward", 9, "out and on", 3);
    int refused = ngx_link_func_add_header_out(ctx, "X-Evil", 6, "a\r\nb", 4);
    char text[ROOM];

    (void) snprintf(text, sizeof(text), "%d|%d|%d|%s", in, out, refused,
                    shown(ngx_link_func_get_header(ctx, "x-inward", 8)));
    ngx_link_func_write_resp(ctx, 201, "201 Made by 34", ngx_link_func_content_type_json, text, strlen(text));
}

void lengths(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_write_resp_l(ctx, 202, "202 Taken and on", 9, "text/x34 and on", 8, "a\0b and on", 3);
}

void types(ngx_link_func_ctx_t *ctx) {
    answer(ctx, ngx_link_func_content_type_plaintext
           "|" ngx_link_func_content_type_html "|" ngx_link_func_content_type_json
           "|" ngx_link_func_content_type_jsonp "|" ngx_link_func_content_type_xformencoded);
}

void shared(ngx_link_func_ctx_t *ctx) {
    uintptr_t taken = ngx_link_func_shmtx_trylock(ctx->shared_mem);
    char *first, *second;
    char text[ROOM];

    second = (char *) ngx_link_func_shm_alloc_locked(ctx->shared_mem, 64);
    ngx_link_func_shmtx_unlock(ctx->shared_mem);
    ngx_link_func_shmtx_lock(ctx->shared_mem);
    ngx_link_func_shm_free_locked(ctx->shared_mem, second);
    ngx_link_func_shmtx_unlock(ctx->shared_mem);
    first = (char *) ngx_link_func_shm_alloc(ctx->shared_mem, 64);
    (void) snprintf(text, sizeof(text), "%u|%d|%d|%d", (unsigned) taken, first != NULL, second != NULL,
                    ngx_link_func_shm_alloc(ctx->shared_mem, (size_t) 1 << 30) == NULL);
    ngx_link_func_shm_free(ctx->shared_mem, first);
    answer(ctx, text);
}

void cache(ngx_link_func_ctx_t *ctx) {
    char *own = (char *) ngx_link_func_shm_alloc(ctx->shared_mem, 8);
    char *made = (char *) ngx_link_func_cache_new(ctx->shared_mem, "made", 16);
    const void *seen[6];
    char text[ROOM];
    int zeroed;

    zeroed = made[0] == '\0' && made[15] == '\0';
    memcpy(made, "made", 5);
    memcpy(own, "own", 4);
    seen[0] = ngx_link_func_cache_get(ctx->shared_mem, "made");
    seen[1] = ngx_link_func_cache_put(ctx->shared_mem, "own", own);
    seen[2] = ngx_link_func_cache_put(ctx->shared_mem, "own", own);
    seen[3] = ngx_link_func_cache_remove(ctx->shared_mem, "own");
    seen[4] = ngx_link_func_cache_get(ctx->shared_mem, "own");
    seen[5] = ngx_link_func_cache_remove(ctx->shared_mem, "made");
    (void) snprintf(text, sizeof(text), "%d|%s|%s|%s|%s|%s|%s", zeroed, shown(seen[0]), shown(seen[1]),
                    shown(seen[2]), shown(seen[3]), shown(seen[4]), shown(seen[5]));
    ngx_link_func_shm_free(ctx->shared_mem, own);
    answer(ctx, text);
}

void lines(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_log_debug(ctx, "34 debug %s");
    ngx_link_func_log_info(ctx, "34 info %s");
    ngx_link_func_log_warn(ctx, "34 warn %s");
    ngx_link_func_log_err(ctx, "34 err %s");
}

#ifdef __cplusplus
}
#endif
