/* The functions that the tests call.  What they do comes with the request. */

#include <ngx_link_func_module.h>

#include <stdlib.h>
#include <string.h>

void respond(ngx_link_func_ctx_t *ctx);
void respond_twice(ngx_link_func_ctx_t *ctx);
void respond_from_stack(ngx_link_func_ctx_t *ctx);
void respond_with_lengths(ngx_link_func_ctx_t *ctx);
void silent(ngx_link_func_ctx_t *ctx);
void page_with_include(ngx_link_func_ctx_t *ctx);
void show_request(ngx_link_func_ctx_t *ctx);
void body_sum(ngx_link_func_ctx_t *ctx);
void show_header(ngx_link_func_ctx_t *ctx);
void set_header_in(ngx_link_func_ctx_t *ctx);
void query_param(ngx_link_func_ctx_t *ctx);
void show_uri(ngx_link_func_ctx_t *ctx);
void show_prop(ngx_link_func_ctx_t *ctx);
void use_memory(ngx_link_func_ctx_t *ctx);
void log_levels(ngx_link_func_ctx_t *ctx);
void log_text(ngx_link_func_ctx_t *ctx);
void log_named(ngx_link_func_ctx_t *ctx);
void log_cut(ngx_link_func_ctx_t *ctx);

static void answer(ngx_link_func_ctx_t *ctx, const char *text) {
    ngx_link_func_write_resp(ctx, 200, "200 OK", ngx_link_func_content_type_plaintext, text, strlen(text));
}

void ngx_link_func_init_cycle(ngx_link_func_cycle_t *cycle) {
    const unsigned char *who = ngx_link_func_cyc_get_prop(cycle, "WHO", 3);
    char text[200];
    int i;

    memset(text, 'x', sizeof(text));
    ngx_link_func_cyc_log(info, cycle, "init_cycle of %s, shared %d", who ? (const char *) who : "nobody",
                          cycle->shared_mem != NULL);
    ngx_link_func_cyc_log_debug(cycle, "cycle debug line");
    ngx_link_func_cyc_log_warn(cycle, "cycle warn line");
    ngx_link_func_cyc_log_err(cycle, "cycle err line");
    ngx_link_func_cyc_log_info(cycle, "cycle%s%n\n2026 [error]\033[0m\n");
    for (i = 199; i <= 200; i++) {
        ngx_link_func_cyc_log(info, cycle, "cycle of %d%.*s%c", i, i - 13, text, 'Y' + i - 199);
    }
}

void ngx_link_func_exit_cycle(ngx_link_func_cycle_t *cycle) {
    ngx_link_func_cyc_log_info(cycle, "exit_cycle was called");
}

static int hex_digit(char c) {
    return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

/* A decoded parameter; NULL when absent. */
static char *param(ngx_link_func_ctx_t *ctx, const char *key, size_t *len) {
    char *value = ngx_link_func_get_query_param(ctx, key);
    char *to = value;
    const char *from = value;

    if (value == NULL) {
        return NULL;
    }
    while (*from != '\0') {
        if (*from == '%') {
            *to++ = (char) (hex_digit(from[1]) * 16 + hex_digit(from[2]));
            from += 3;
        } else {
            *to++ = *from++;
        }
    }
    *to = '\0';
    if (len != NULL) {
        *len = (size_t) (to - value);
    }
    return value;
}

/* KEY1, KEY2, ...: "Name:value" each. */
static int add_headers(ngx_link_func_ctx_t *ctx, char key) {
    char name[3] = {key, '1', '\0'};
    int result = 0;
    char *header;
    size_t len;

    for (; (header = param(ctx, name, &len)) != NULL; name[1]++) {
        size_t colon = strcspn(header, ":");

        result |= ngx_link_func_add_header_out(ctx, header, colon, header + colon + 1, len - colon - 1);
    }
    return result;
}

/* ?status=&line=&type=&body= with headers b1.. before and a1.. behind. */
void respond(ngx_link_func_ctx_t *ctx) {
    const char *status = param(ctx, "status", NULL);
    const char *body = param(ctx, "body", NULL);
    int result = add_headers(ctx, 'b');

    ngx_link_func_write_resp(ctx, status == NULL ? 200 : strtoul(status, NULL, 10), param(ctx, "line", NULL),
                             param(ctx, "type", NULL), body, body == NULL ? 0 : strlen(body));
    result |= add_headers(ctx, 'a');
    if (result != 0) {
        ngx_link_func_write_resp(ctx, 200, NULL, NULL, "refused", 7);
    }
}

void respond_twice(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_write_resp(ctx, 404, "404 First", "text/html", "first", 5);
    ngx_link_func_write_resp(ctx, 201, "201 Second", "application/json", "second", 6);
}

void respond_from_stack(ngx_link_func_ctx_t *ctx) {
    char line[] = "200 Copied", type[] = "text/copied", body[] = "copied", name[] = "X-Copied",
         value[] = "yes";

    ngx_link_func_write_resp(ctx, 200, line, type, body, 6);
    (void) ngx_link_func_add_header_out(ctx, name, 8, value, 3);
    memset(line, 'x', sizeof(line));
    memset(type, 'x', sizeof(type));
    memset(body, 'x', sizeof(body));
    memset(name, 'x', sizeof(name));
    memset(value, 'x', sizeof(value));
}

void respond_with_lengths(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_write_resp_l(ctx, 202, "202 Here and no further", 8, "text/xyz", 8, "a\0b and no further",
                               3);
}

void silent(ngx_link_func_ctx_t *ctx) {
    (void) ctx;
}

void page_with_include(ngx_link_func_ctx_t *ctx) {
    static const char page[] =
        "[<!--#include virtual=\"/part?one\" -->|<!--#include virtual=\"/nothing\" -->]";

    ngx_link_func_write_resp(ctx, 200, NULL, ngx_link_func_content_type_html, page, sizeof(page) - 1);
}

/* args|length|body|what stands behind the body */
void show_request(ngx_link_func_ctx_t *ctx) {
    const char *args = ctx->req_args == NULL ? "NULL" : ctx->req_args;
    const char *body = ctx->req_body == NULL ? "NULL" : (const char *) ctx->req_body;
    size_t size = strlen(args) + ctx->req_body_len + 64;
    char *text = ngx_link_func_palloc(ctx, size);
    int len = snprintf(text, size, "%s|%zu|%s|%d", args, ctx->req_body_len, body,
                       ctx->req_body == NULL ? 0 : ctx->req_body[ctx->req_body_len]);

    ngx_link_func_write_resp(ctx, 200, NULL, NULL, text, (size_t) len);
}

/* Length, sum of bytes times position, and what stands behind. */
void body_sum(ngx_link_func_ctx_t *ctx) {
    unsigned long long sum = 0;
    char text[64];
    size_t i;

    for (i = 0; i < ctx->req_body_len; i++) {
        sum += (i + 1) * ctx->req_body[i];
    }
    (void) snprintf(text, sizeof(text), "%zu %llu %d", ctx->req_body_len, sum,
                    ctx->req_body == NULL ? -1 : ctx->req_body[ctx->req_body_len]);
    answer(ctx, text);
}

void show_header(ngx_link_func_ctx_t *ctx) {
    const char *name = ngx_link_func_get_query_param(ctx, "name");
    const unsigned char *value = ngx_link_func_get_header(ctx, name, strlen(name));

    answer(ctx, value == NULL ? "NULL" : (const char *) value);
}

/* ?name=&value=, for what runs behind; answers what get_header sees now. */
void set_header_in(ngx_link_func_ctx_t *ctx) {
    size_t name_len = 0, len = 0;
    const char *name = param(ctx, "name", &name_len);
    const char *value = param(ctx, "value", &len);
    const unsigned char *seen;

    if (name == NULL || value == NULL) {
        name = "X-User";
        name_len = 6;
        value = "alice";
        len = 5;
    }
    if (ngx_link_func_add_header_in(ctx, name, name_len, value, len) != 0) {
        answer(ctx, "refused");
        return;
    }
    seen = ngx_link_func_get_header(ctx, name, name_len);
    answer(ctx, seen == NULL ? "NULL" : (const char *) seen);
}

void query_param(ngx_link_func_ctx_t *ctx) {
    const char *value = ngx_link_func_get_query_param(ctx, "q");

    answer(ctx, value == NULL ? "NULL" : value);
}

void show_uri(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_str_t uri = {0, NULL};
    int result = ngx_link_func_get_uri(ctx, &uri);

    ngx_link_func_write_resp(ctx, result == 0 ? 200 : 500, NULL, NULL, (const char *) uri.data, uri.len);
}

void show_prop(ngx_link_func_ctx_t *ctx) {
    const char *key = ngx_link_func_get_query_param(ctx, "key");
    const unsigned char *value = ngx_link_func_get_prop(ctx, key, strlen(key));

    answer(ctx, value == NULL ? "NULL" : (const char *) value);
}

void use_memory(ngx_link_func_ctx_t *ctx) {
    char *small = ngx_link_func_palloc(ctx, 3), *large = ngx_link_func_palloc(ctx, 1 << 20);
    const char *zeroed = ngx_link_func_pcalloc(ctx, 4097);
    char *copy = ngx_link_func_strdup(ctx, "copy");
    size_t i, dirty = 0;

    memset(small, 1, 3);
    memset(large, 1, 1 << 20);
    for (i = 0; i < 4097; i++) {
        dirty += zeroed[i] != 0;
    }
    answer(ctx, dirty == 0 && (uintptr_t) large % 8 == 0 && (uintptr_t) small % 8 == 0 ? copy : "wrong");
}

void log_levels(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_log_debug(ctx, "request debug line");
    ngx_link_func_log_info(ctx, "request info line");
    ngx_link_func_log_warn(ctx, "request warn line");
    ngx_link_func_log_err(ctx, "request err line");
    ngx_link_func_log(err, ctx, "formatted %d %s", 42, "%s");
}

void log_text(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_log_err(ctx, param(ctx, "text", NULL));
}

void log_named(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_log_debug(ctx, "named debug");
    ngx_link_func_log(info, ctx, "named %s", "info");
    ngx_link_func_log_warn(ctx, "named warn");
    ngx_link_func_log(err, ctx, "named %s", "err");
}

/* Lines of 600, 198, 199 and 200 characters. */
void log_cut(ngx_link_func_ctx_t *ctx) {
    static const int lengths[] = {600, 198, 199, 200};
    char text[600];
    size_t i;

    memset(text, 'x', sizeof(text));
    for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        ngx_link_func_log(info, ctx, "%.*s%c", lengths[i] - 1, text, (int) ('A' + i));
    }
    ngx_link_func_log_info(ctx, "end of the lines");
}
