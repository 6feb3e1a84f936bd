/* The samples of the article that this project implements, as they stand
 * there, mistakes included: auth_check and health_check send one byte less
 * than their text.  What the article leaves open (validate_token, user_id, the
 * functions around its snippets) is filled in below. */

#include <ngx_link_func_module.h>
#include <stdio.h>
#include <string.h>

#include "program_run.h"

void hello_json(ngx_link_func_ctx_t *ctx);
void auth_check(ngx_link_func_ctx_t *ctx);
void health_check(ngx_link_func_ctx_t *ctx);
void header_calls(ngx_link_func_ctx_t *ctx);
void memory_calls(ngx_link_func_ctx_t *ctx);
void logging_calls(ngx_link_func_ctx_t *ctx);
void cache_calls(ngx_link_func_ctx_t *ctx);
void mutex_calls(ngx_link_func_ctx_t *ctx);
void route_handler(ngx_link_func_ctx_t *ctx);

static const char *const user_id = "42";

static int validate_token(const char *token) {
    return strcmp(token, "Bearer valid") == 0;
}

void ngx_link_func_init_cycle(ngx_link_func_cycle_t *cycle) {
    ngx_link_func_cyc_log(info, cycle, "%s", "Hello API initialized");
    program_forget();
}

void ngx_link_func_exit_cycle(ngx_link_func_cycle_t *cycle) {
    ngx_link_func_cyc_log(info, cycle, "%s", "Hello API shutting down");
}

void hello_json(ngx_link_func_ctx_t *ctx) {
    char *name = (char *) ngx_link_func_get_query_param(ctx, "name");
    char buf[256];
    int len;
    if (name) {
        len = snprintf(buf, sizeof(buf), "{\"message\": \"Hello, %s!\"}", name);
    } else {
        len = snprintf(buf, sizeof(buf), "{\"message\": \"Hello, World!\"}");
    }
    ngx_link_func_write_resp(ctx, 200, "200 OK", ngx_link_func_content_type_json, buf, len);
}

void auth_check(ngx_link_func_ctx_t *ctx) {
    char *token = (char *) ngx_link_func_get_header(ctx, "Authorization", sizeof("Authorization") - 1);
    if (!token || !validate_token(token)) {
        ngx_link_func_write_resp(ctx, 401, "401 Unauthorized", ngx_link_func_content_type_json,
                                 "{\"error\": \"invalid token\"}", 25);
        return;
    }
    ngx_link_func_add_header_in(ctx, "X-User-ID", 9, user_id, strlen(user_id));
    ngx_link_func_write_resp(ctx, 200, "200 OK", ngx_link_func_content_type_plaintext, "OK", 2);
}

void health_check(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_write_resp(ctx, 200, "200 OK", ngx_link_func_content_type_json, "{\"status\": \"healthy\"}",
                             20);
}

/* Answers with what the header it has just set reads back as. */
void header_calls(ngx_link_func_ctx_t *ctx) {
    const char *seen;

    ngx_link_func_add_header_out(ctx, "X-Custom", 8, "value", 5);
    ngx_link_func_add_header_in(ctx, "X-User-ID", 9, user_id, strlen(user_id));
    seen = (const char *) ngx_link_func_get_header(ctx, "X-User-ID", 9);
    ngx_link_func_write_resp(ctx, 200, "200 OK", ngx_link_func_content_type_plaintext, seen, strlen(seen));
}

void memory_calls(ngx_link_func_ctx_t *ctx) {
    char *buf = ngx_link_func_palloc(ctx, 1024);
    char *zeroed = ngx_link_func_pcalloc(ctx, 1024);
    char *copy = ngx_link_func_strdup(ctx, "text");
    int len;

    memset(buf, 'x', 1024);
    len = snprintf(buf, 1024, "%s, %d", copy, zeroed[0] | zeroed[1023]);
    ngx_link_func_write_resp(ctx, 200, "200 OK", ngx_link_func_content_type_plaintext, buf, len);
}

void logging_calls(ngx_link_func_ctx_t *ctx) {
    const char *user = "ada", *path = "/engine";

    ngx_link_func_log_info(ctx, "Processing request");
    ngx_link_func_log_err(ctx, "Something went wrong");
    ngx_link_func_log(info, ctx, "User %s requested %s", user, path);
}

/* Answers with what the cache holds before the removal, and whether the entry
 * is gone behind it. */
void cache_calls(ngx_link_func_ctx_t *ctx) {
    char line[64] = "";
    char *data;
    char *cached = ngx_link_func_cache_new(ctx->shared_mem, "session:abc", 256);
    if (cached) {
        strcpy(cached, "user_data_here"); /* NOLINT: as the article has it */
    }
    data = ngx_link_func_cache_get(ctx->shared_mem, "session:abc");
    if (data) {
        snprintf(line, sizeof(line), "%s", data);
    }
    ngx_link_func_cache_remove(ctx->shared_mem, "session:abc");
    if (!ngx_link_func_cache_get(ctx->shared_mem, "session:abc")) {
        ngx_link_func_add_header_out(ctx, "X-Removed", 9, "yes", 3);
    }
    ngx_link_func_write_resp(ctx, 200, "200 OK", ngx_link_func_content_type_plaintext, line, strlen(line));
}

void mutex_calls(ngx_link_func_ctx_t *ctx) {
    char *counter;

    ngx_link_func_shmtx_lock(ctx->shared_mem);
    counter = ngx_link_func_cache_get(ctx->shared_mem, "counter");
    if (!counter) {
        counter = ngx_link_func_cache_new(ctx->shared_mem, "counter", 2);
        counter[0] = '0';
    }
    counter[0]++;
    ngx_link_func_write_resp(ctx, 200, "200 OK", ngx_link_func_content_type_plaintext, counter, 1);
    ngx_link_func_shmtx_unlock(ctx->shared_mem);
}

void route_handler(ngx_link_func_ctx_t *ctx) {
    const char *backend = (const char *) ngx_link_func_get_prop(ctx, "backend_v1", 10);

    ngx_link_func_write_resp(ctx, 200, "200 OK", ngx_link_func_content_type_plaintext, backend,
                             strlen(backend));
}
