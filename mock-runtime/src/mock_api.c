/* The functions of ngx_link_func_module.h but for shared memory. */

#include "mock_state.h"

#include <stdlib.h>

#include "lf_message.h"
#include "lf_query.h"
#include "lf_status.h"

static lfm_call_t *call_of(const ngx_link_func_ctx_t *ctx) {
    return ctx->__pl__;
}

static ngx_link_func_mock_t *mock_of(const ngx_link_func_cycle_t *cycle) {
    return cycle->__pl__;
}

/*
 * Logging
 */

static void log_request(const ngx_link_func_ctx_t *ctx, ngx_link_func_mock_level_t level, const char *msg) {
    lfm_log(&call_of(ctx)->mock->log, level, lf_cstr(msg));
}

static void log_cycle(const ngx_link_func_cycle_t *cycle, ngx_link_func_mock_level_t level, const char *msg) {
    lfm_log(&mock_of(cycle)->log, level, lf_cstr(msg));
}

void ngx_link_func_log_debug(ngx_link_func_ctx_t *ctx, const char *msg) {
    log_request(ctx, NGX_LINK_FUNC_MOCK_DEBUG, msg);
}

void ngx_link_func_log_info(ngx_link_func_ctx_t *ctx, const char *msg) {
    log_request(ctx, NGX_LINK_FUNC_MOCK_INFO, msg);
}

void ngx_link_func_log_warn(ngx_link_func_ctx_t *ctx, const char *msg) {
    log_request(ctx, NGX_LINK_FUNC_MOCK_WARN, msg);
}

void ngx_link_func_log_err(ngx_link_func_ctx_t *ctx, const char *msg) {
    log_request(ctx, NGX_LINK_FUNC_MOCK_ERR, msg);
}

void ngx_link_func_cyc_log_debug(ngx_link_func_cycle_t *cycle, const char *msg) {
    log_cycle(cycle, NGX_LINK_FUNC_MOCK_DEBUG, msg);
}

void ngx_link_func_cyc_log_info(ngx_link_func_cycle_t *cycle, const char *msg) {
    log_cycle(cycle, NGX_LINK_FUNC_MOCK_INFO, msg);
}

void ngx_link_func_cyc_log_warn(ngx_link_func_cycle_t *cycle, const char *msg) {
    log_cycle(cycle, NGX_LINK_FUNC_MOCK_WARN, msg);
}

void ngx_link_func_cyc_log_err(ngx_link_func_cycle_t *cycle, const char *msg) {
    log_cycle(cycle, NGX_LINK_FUNC_MOCK_ERR, msg);
}

/*
 * Properties
 */

static unsigned char *find_prop(const ngx_link_func_mock_t *mock, const char *key, size_t keylen) {
    const lf_prop_t *prop = lf_prop_find(mock->props, mock->prop_count, lf_str(key, keylen));

    return prop == NULL ? NULL : (unsigned char *) prop->value.data;
}

unsigned char *ngx_link_func_get_prop(ngx_link_func_ctx_t *ctx, const char *key, size_t keylen) {
    return find_prop(call_of(ctx)->mock, key, keylen);
}

unsigned char *ngx_link_func_cyc_get_prop(ngx_link_func_cycle_t *cycle, const char *key, size_t keylen) {
    return find_prop(mock_of(cycle), key, keylen);
}

/*
 * Request
 */

int ngx_link_func_get_uri(ngx_link_func_ctx_t *ctx, ngx_link_func_str_t *uri) {
    lfm_call_t *call = call_of(ctx);
    lf_str_t path = call->request->path;

    if (call->uri == NULL) {
        call->uri = lfm_pool_alloc(&call->pool, path.len);
        if (call->uri == NULL) {
            return -1;
        }
        memcpy(call->uri, path.data, path.len);
    }
    uri->data = (unsigned char *) call->uri;
    uri->len = path.len;
    return 0;
}

unsigned char *ngx_link_func_get_header(ngx_link_func_ctx_t *ctx, const char *key, size_t keylen) {
    lfm_call_t *call = call_of(ctx);
    const char *value = lfm_headers_find(lfm_request_headers(call->request), lf_str(key, keylen));

    return value == NULL ? NULL : (unsigned char *) lfm_pool_text(&call->pool, lf_cstr(value));
}

void *ngx_link_func_get_query_param(ngx_link_func_ctx_t *ctx, const char *key) {
    lfm_call_t *call = call_of(ctx);
    lf_str_t value;

    if (!lf_query_find(call->request->args, lf_cstr(key), &value)) {
        return NULL;
    }
    return lfm_pool_text(&call->pool, value);
}

/* From the first change on, the call has a list of its own. */
static lfm_headers_t *changeable_headers(ngx_link_func_mock_request_t *request) {
    if (!request->changed) {
        request->changed = 1;
        lfm_headers_clear(&request->after);
        lfm_headers_copy(&request->after, &request->headers);
    }
    return &request->after;
}

static int header_is_refused(lfm_call_t *call, const char *function, lf_str_t name, lf_str_t value) {
    lf_header_verdict_t verdict = lf_header_check(name, value);

    if (verdict == LF_HEADER_OK) {
        return 0;
    }
    lfm_log_header_refused(&call->mock->log, function, name, verdict);
    return 1;
}

int ngx_link_func_add_header_in(ngx_link_func_ctx_t *ctx, const char *key, size_t keylen, const char *value,
                                size_t val_len) {
    lfm_call_t *call = call_of(ctx);
    lf_str_t name = lf_str(key, keylen);
    lf_str_t content = lf_str(value, val_len);

    if (header_is_refused(call, "ngx_link_func_add_header_in", name, content)) {
        return -1;
    }
    lfm_headers_set(changeable_headers(call->request), name, content);
    return 0;
}

/*
 * Memory of the request
 */

void *ngx_link_func_palloc(ngx_link_func_ctx_t *ctx, size_t size) {
    return lfm_pool_alloc(&call_of(ctx)->pool, size);
}

void *ngx_link_func_pcalloc(ngx_link_func_ctx_t *ctx, size_t size) {
    void *block = lfm_pool_alloc(&call_of(ctx)->pool, size);

    return block == NULL ? NULL : memset(block, 0, size);
}

char *ngx_link_func_strdup(ngx_link_func_ctx_t *ctx, const char *str) {
    return lfm_pool_text(&call_of(ctx)->pool, lf_cstr(str));
}

/*
 * Response
 */

static void replace_text(char **place, lf_str_t text) {
    char *copy = lfm_text_dup(text);

    free(*place);
    *place = copy;
}

int ngx_link_func_add_header_out(ngx_link_func_ctx_t *ctx, const char *key, size_t keylen, const char *value,
                                 size_t val_len) {
    lfm_call_t *call = call_of(ctx);
    lf_str_t name = lf_str(key, keylen);
    lf_str_t content = lf_str(value, val_len);

    if (header_is_refused(call, "ngx_link_func_add_header_out", name, content)) {
        return -1;
    }
    if (lf_str_case_equal(name, lf_cstr("Content-Type"))) {
        replace_text(&call->answer.content_type, content);
    } else if (lf_header_out_is_single(name)) {
        lfm_headers_set(&call->answer.headers, name, content);
    } else {
        lfm_headers_add(&call->answer.headers, name, content);
    }
    return 0;
}

static void set_status(lfm_answer_t *answer, uintptr_t status, lf_str_t line) {
    char *text = lfm_alloc(LF_STATUS_LINE_SIZE(line.len) + 1);
    size_t len = lf_status_line(text, status, line);

    free(answer->status_line);
    answer->status = status;
    text[len] = '\0';
    answer->status_line = text;
    if (len == 0) {
        free(text);
        answer->status_line = NULL;
    }
}

static void set_content_type(lfm_call_t *call, lf_str_t type) {
    if (type.data == NULL) {
        type = lf_cstr(ngx_link_func_content_type_plaintext);
    }
    if (!lf_header_value_is_clean(type)) {
        lfm_log(&call->mock->log, NGX_LINK_FUNC_MOCK_ERR, lf_cstr(LF_MESSAGE_CONTENT_TYPE_REFUSED));
        type = lf_cstr(ngx_link_func_content_type_plaintext);
    }
    replace_text(&call->answer.content_type, type);
}

void ngx_link_func_write_resp_l(ngx_link_func_ctx_t *ctx, uintptr_t status_code, const char *status_line,
                                size_t status_line_len, const char *content_type, size_t content_type_len,
                                const char *resp_content, size_t resp_content_len) {
    lfm_call_t *call = call_of(ctx);
    lfm_answer_t *answer = &call->answer;
    size_t line_len = status_line == NULL ? 0 : status_line_len;
    size_t body_len = resp_content == NULL ? 0 : resp_content_len;

    if (!lf_status_is_final(status_code)) {
        lfm_log_status_refused(&call->mock->log, status_code);
    }
    answer->written = 1;
    set_status(answer, status_code, lf_str(status_line, line_len));
    set_content_type(call, lf_str(content_type, content_type_len));
    replace_text(&answer->body, lf_str(resp_content, body_len));
    answer->body_len = body_len;
}

void ngx_link_func_write_resp(ngx_link_func_ctx_t *ctx, uintptr_t status_code, const char *status_line,
                              const char *content_type, const char *resp_content, size_t resp_len) {
    ngx_link_func_write_resp_l(ctx, status_code, status_line, lf_cstr(status_line).len, content_type,
                               lf_cstr(content_type).len, resp_content, resp_len);
}
