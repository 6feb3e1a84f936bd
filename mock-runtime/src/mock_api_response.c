/* The response functions of ngx_link_func_module.h. */

#include "mock_state.h"

#include <stdlib.h>

#include "lf_message.h"
#include "lf_status.h"
#include "mock_borrow.h"
#include "mock_check.h"

static void replace_text(char **place, lf_str_t text) {
    char *copy = lfm_text_dup(text);

    free(*place);
    *place = copy;
}

/*
 * Headers
 */

/* NGINX writes it from a field of its own; write_resp sets the same value, and
 * the later call wins. */
static int is_content_type(lf_str_t name) {
    return lf_str_case_equal(name, lf_cstr("Content-Type"));
}

static int set_header(lfm_call_t *call, const char *function, lf_str_t name, lf_str_t value, int replace) {
    lfm_answer_t *answer = &call->answer;

    if (lfm_refuse_header(call, function, name, lf_header_check(name, value))) {
        return NGX_LINK_FUNC_INVALID;
    }
    if (lfm_fault_fires(NGX_LINK_FUNC_MOCK_ALLOC_POOL, lfm_at)) {
        return NGX_LINK_FUNC_NO_MEMORY;
    }
    (void) (lfm_borrow(call, "the name of the response header", name)
            || lfm_borrow(call, "the value of the response header", value));
    if (replace && lfm_headers_find(&answer->headers, name) != NULL) {
        lfm_portable_replace(call, name);
    }
    if (is_content_type(name)) {
        replace_text(&answer->content_type, value);
        answer->typed = 1;
    } else if (replace) {
        lfm_headers_set(&answer->headers, name, value);
    } else {
        lfm_headers_add(&answer->headers, name, value);
    }
    return NGX_LINK_FUNC_OK;
}

int ngx_link_func_add_header_out(ngx_link_func_ctx_t *ctx, const char *key, size_t keylen, const char *value,
                                 size_t val_len) {
    lf_str_t name = lf_str(key, keylen);

    return set_header(lfm_enter_response(ctx), "ngx_link_func_add_header_out", name, lf_str(value, val_len),
                      lf_header_out_is_single(name))
                   == NGX_LINK_FUNC_OK
               ? 0
               : -1;
}

int ngx_link_func_set_header_out(ngx_link_func_ctx_t *ctx, const char *name, size_t name_len,
                                 const char *value, size_t value_len) {
    return set_header(lfm_enter_response(ctx), "ngx_link_func_set_header_out", lf_str(name, name_len),
                      lf_str(value, value_len), 1);
}

static int delete_content_type(lfm_answer_t *answer) {
    if (answer->content_type == NULL || answer->content_type[0] == '\0') {
        return NGX_LINK_FUNC_NOT_FOUND;
    }
    free(answer->content_type);
    answer->content_type = NULL;
    answer->typed = 0;
    return NGX_LINK_FUNC_OK;
}

int ngx_link_func_del_header_out(ngx_link_func_ctx_t *ctx, const char *name, size_t name_len) {
    lfm_call_t *call = lfm_enter_response(ctx);
    lf_str_t key = lf_str(name, name_len);

    if (lfm_refuse_header(call, "ngx_link_func_del_header_out", key, lf_header_check(key, lf_cstr("")))) {
        return NGX_LINK_FUNC_INVALID;
    }
    if (is_content_type(key)) {
        return delete_content_type(&call->answer);
    }
    if (lfm_headers_find(&call->answer.headers, key) == NULL) {
        return NGX_LINK_FUNC_NOT_FOUND;
    }
    lfm_headers_remove(&call->answer.headers, key);
    return NGX_LINK_FUNC_OK;
}

/*
 * Status, type and body
 */

static void begin(lfm_call_t *call, uintptr_t status, lf_str_t line) {
    lfm_answer_t *answer = &call->answer;
    char *text = lfm_alloc(LF_STATUS_LINE_SIZE(line.len) + 1);
    size_t len = lf_status_line(text, status, line);

    lfm_check_response(call, status, line, len > 0);
    if (!lf_status_is_final(status)) {
        lfm_log_status_refused(&call->mock->log, status);
    }
    answer->written = 1;
    answer->declined = 0;
    answer->failed = 0;
    answer->status = status;
    free(answer->status_line);
    text[len] = '\0';
    answer->status_line = text;
    if (len == 0) {
        free(text);
        answer->status_line = NULL;
    }
}

/* Without one, what add_header_out set before, else plain text. */
static void choose_type(lfm_call_t *call, lf_str_t type) {
    lfm_answer_t *answer = &call->answer;

    if (type.data == NULL && answer->typed) {
        return;
    }
    if (type.data != NULL && !lf_header_value_is_clean(type)) {
        lfm_find(&call->mock->findings, NGX_LINK_FUNC_MOCK_CODE_HEADER_REFUSED, lfm_at,
                 "the content type contains CR, LF or NUL, text/plain is sent instead");
        lfm_log(&call->mock->log, NGX_LINK_FUNC_MOCK_ERR, lf_cstr(LF_MESSAGE_CONTENT_TYPE_REFUSED));
        type.data = NULL;
    }
    answer->typed = 0;
    replace_text(&answer->content_type,
                 type.data == NULL ? lf_cstr(ngx_link_func_content_type_plaintext) : type);
}

static int refuses_body(lfm_call_t *call, lf_str_t body) {
    if (lf_status_body_is_possible(body.len)) {
        return 0;
    }
    lfm_find(&call->mock->findings, NGX_LINK_FUNC_MOCK_CODE_BODY_LENGTH_MISMATCH, lfm_at,
             "the length is %zu, which no body has", body.len);
    lfm_log_body_refused(&call->mock->log, body.len);
    call->answer.failed = 1;
    return 1;
}

static void write_resp(lfm_call_t *call, uintptr_t status, lf_str_t line, lf_str_t type, lf_str_t body) {
    lfm_answer_t *answer = &call->answer;

    begin(call, status, line);
    choose_type(call, type);
    (void) (lfm_borrow(call, "the status line", line) || lfm_borrow(call, "the content type", type));
    if (refuses_body(call, body)) {
        body = lf_cstr("");
    }
    lfm_check_body(call, body);
    replace_text(&answer->body, body);
    answer->body_len = body.len;
    answer->lent = lf_cstr(NULL);
}

/* What is not there has no length, whatever the handler says. */
static lf_str_t optional(const char *data, size_t len) {
    return lf_str(data, data == NULL ? 0 : len);
}

void ngx_link_func_write_resp_l(ngx_link_func_ctx_t *ctx, uintptr_t status_code, const char *status_line,
                                size_t status_line_len, const char *content_type, size_t content_type_len,
                                const char *resp_content, size_t resp_content_len) {
    write_resp(lfm_enter_response(ctx), status_code, optional(status_line, status_line_len),
               optional(content_type, content_type_len), optional(resp_content, resp_content_len));
}

void ngx_link_func_write_resp(ngx_link_func_ctx_t *ctx, uintptr_t status_code, const char *status_line,
                              const char *content_type, const char *resp_content, size_t resp_len) {
    write_resp(lfm_enter_response(ctx), status_code, lf_cstr(status_line), lf_cstr(content_type),
               optional(resp_content, resp_len));
}

/* Without memory for it the data is released at once. */
static int own(lfm_call_t *call, void (*release)(void *arg), void *arg) {
    lfm_owner_t *owner;

    if (lfm_fault_fires(NGX_LINK_FUNC_MOCK_ALLOC_POOL, lfm_at)) {
        if (release != NULL) {
            release(arg);
        }
        return 0;
    }
    if (release == NULL) {
        return 1;
    }
    owner = lfm_alloc(sizeof(*owner));
    owner->release = release;
    owner->arg = arg;
    owner->next = call->owners;
    call->owners = owner;
    return 1;
}

int ngx_link_func_write_resp_ref(ngx_link_func_ctx_t *ctx, uintptr_t status_code, const char *content_type,
                                 const char *data, size_t len, void (*release)(void *arg), void *arg) {
    lfm_call_t *call = lfm_enter_response(ctx);

    begin(call, status_code, lf_cstr(NULL));
    choose_type(call, lf_cstr(content_type));
    replace_text(&call->answer.body, lf_cstr(""));
    if (!own(call, release, arg)) {
        call->answer.failed = 1;
        call->answer.lent = lf_cstr(NULL);
        call->answer.body_len = 0;
        return NGX_LINK_FUNC_NO_MEMORY;
    }
    call->answer.lent = optional(data, len);
    if (refuses_body(call, call->answer.lent)) {
        call->answer.lent = lf_cstr(NULL);
        call->answer.body_len = 0;
        return NGX_LINK_FUNC_INVALID;
    }
    lfm_check_body(call, call->answer.lent);
    (void) lfm_borrow_lent(call, "the data given to write_resp_ref", call->answer.lent);
    call->answer.body_len = call->answer.lent.len;
    return lf_status_is_final(status_code) ? NGX_LINK_FUNC_OK : NGX_LINK_FUNC_INVALID;
}

int ngx_link_func_decline(ngx_link_func_ctx_t *ctx) {
    lfm_enter_response(ctx)->answer.declined = 1;
    return NGX_LINK_FUNC_OK;
}
