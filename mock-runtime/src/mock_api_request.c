/* The request functions of ngx_link_func_module.h. */

#include "mock_state.h"

#include <stdlib.h>

#include "lf_cookie.h"
#include "lf_query.h"
#include "mock_borrow.h"

int lfm_lend(lfm_call_t *call, ngx_link_func_str_t *out, lf_str_t text) {
    char *copy = lfm_pool_text(&call->pool, text);

    if (copy == NULL) {
        return NGX_LINK_FUNC_NO_MEMORY;
    }
    out->data = (unsigned char *) copy;
    out->len = text.len;
    return NGX_LINK_FUNC_OK;
}

int ngx_link_func_get_method(ngx_link_func_ctx_t *ctx, ngx_link_func_str_t *method) {
    lfm_call_t *call = lfm_enter(ctx);

    return lfm_lend(call, method, lf_cstr(call->request->method));
}

int ngx_link_func_get_remote_addr(ngx_link_func_ctx_t *ctx, ngx_link_func_str_t *addr) {
    lfm_call_t *call = lfm_enter(ctx);

    return lfm_lend(call, addr, lf_cstr(call->request->remote_addr));
}

int ngx_link_func_get_uri(ngx_link_func_ctx_t *ctx, ngx_link_func_str_t *uri) {
    lfm_call_t *call = lfm_enter(ctx);
    lf_str_t path = call->request->path;

    if (call->uri == NULL) {
        call->uri = lfm_pool_input(&call->pool, path, 0, "path", lfm_at);
        if (call->uri == NULL) {
            return -1;
        }
    }
    uri->data = (unsigned char *) call->uri;
    uri->len = path.len;
    return 0;
}

/*
 * Arguments
 */

void *ngx_link_func_get_query_param(ngx_link_func_ctx_t *ctx, const char *key) {
    lfm_call_t *call = lfm_enter(ctx);
    lf_str_t value;

    if (!lf_query_find(call->args, lf_cstr(key), &value)) {
        return NULL;
    }
    return lfm_pool_text(&call->pool, value);
}

/* Decoded first, so that the block lent ends where the value does. */
static int lend_argument(lfm_call_t *call, lf_str_t query, lf_str_t name, ngx_link_func_str_t *out) {
    lf_str_t raw;
    char *decoded;
    int status;

    if (!lf_query_find_decoded(query, name, &raw)) {
        return NGX_LINK_FUNC_NOT_FOUND;
    }
    decoded = lfm_alloc(raw.len);
    status = lfm_lend(call, out, lf_str(decoded, lf_query_decode(decoded, raw)));
    free(decoded);
    return status;
}

int ngx_link_func_get_query_arg(ngx_link_func_ctx_t *ctx, const char *name, size_t name_len,
                                ngx_link_func_str_t *value) {
    lfm_call_t *call = lfm_enter(ctx);

    return lend_argument(call, call->args, lf_str(name, name_len), value);
}

int ngx_link_func_get_form_arg(ngx_link_func_ctx_t *ctx, const char *name, size_t name_len,
                               ngx_link_func_str_t *value) {
    lf_str_t body = lf_str((const char *) ctx->req_body, ctx->req_body_len);

    return lend_argument(lfm_enter(ctx), body, lf_str(name, name_len), value);
}

/*
 * Headers
 */

unsigned char *ngx_link_func_get_header(ngx_link_func_ctx_t *ctx, const char *key, size_t keylen) {
    lfm_call_t *call = lfm_enter(ctx);
    const char *value = lfm_headers_find(lfm_request_headers(call->request), lf_str(key, keylen));

    return value == NULL ? NULL : (unsigned char *) lfm_pool_text(&call->pool, lf_cstr(value));
}

/* Both texts are gone when `visit` has returned: that is all it is promised. */
static int visit_header(const lfm_header_t *header,
                        int (*visit)(void *data, const ngx_link_func_str_t *name,
                                     const ngx_link_func_str_t *value),
                        void *data) {
    char *name_text = lfm_text_dup(lf_cstr(header->name));
    char *value_text = lfm_text_dup(lf_cstr(header->value));
    ngx_link_func_str_t name = {strlen(name_text), (unsigned char *) name_text};
    ngx_link_func_str_t value = {strlen(value_text), (unsigned char *) value_text};
    int stop = visit(data, &name, &value);

    free(name_text);
    free(value_text);
    return stop;
}

/* Over a copy: what `visit` changes is not visited, as in the module. */
int ngx_link_func_each_header(ngx_link_func_ctx_t *ctx,
                              int (*visit)(void *data, const ngx_link_func_str_t *name,
                                           const ngx_link_func_str_t *value),
                              void *data) {
    lfm_headers_t headers = {NULL, 0, 0};
    size_t i;

    lfm_headers_copy(&headers, lfm_request_headers(lfm_enter(ctx)->request));
    for (i = 0; i < headers.count && !visit_header(&headers.items[i], visit, data); i++) {
    }
    lfm_headers_clear(&headers);
    return NGX_LINK_FUNC_OK;
}

int ngx_link_func_get_cookie(ngx_link_func_ctx_t *ctx, const char *name, size_t name_len,
                             ngx_link_func_str_t *value) {
    lfm_call_t *call = lfm_enter(ctx);
    const lfm_headers_t *headers = lfm_request_headers(call->request);
    lf_str_t found;
    size_t i;

    for (i = 0; i < headers->count; i++) {
        const lfm_header_t *header = &headers->items[i];

        if (lf_str_case_equal(lf_cstr(header->name), lf_cstr("Cookie"))
            && lf_cookie_find(lf_cstr(header->value), lf_str(name, name_len), &found)) {
            return lfm_lend(call, value, found);
        }
    }
    return NGX_LINK_FUNC_NOT_FOUND;
}

/* From the first change on, the call has a list of its own. */
lfm_headers_t *lfm_request_headers_to_change(ngx_link_func_mock_request_t *request) {
    if (!request->changed) {
        request->changed = 1;
        lfm_headers_clear(&request->after);
        lfm_headers_copy(&request->after, &request->headers);
    }
    return &request->after;
}

int ngx_link_func_add_header_in(ngx_link_func_ctx_t *ctx, const char *key, size_t keylen, const char *value,
                                size_t val_len) {
    lfm_call_t *call = lfm_enter(ctx);
    lf_str_t name = lf_str(key, keylen);
    lf_str_t content = lf_str(value, val_len);

    if (lfm_refuse_header(call, "ngx_link_func_add_header_in", name,
                          lf_header_check_request(name, content))) {
        return -1;
    }
    if (lfm_fault_fires(NGX_LINK_FUNC_MOCK_ALLOC_POOL, lfm_at)) {
        return -1;
    }
    if (lfm_headers_find(lfm_request_headers(call->request), name) != NULL) {
        lfm_portable_replace(call, name);
    }
    (void) (lfm_borrow(call, "the name given to add_header_in", name)
            || lfm_borrow(call, "the value given to add_header_in", content));
    lfm_headers_set(lfm_request_headers_to_change(call->request), name, content);
    return 0;
}

int ngx_link_func_del_header_in(ngx_link_func_ctx_t *ctx, const char *name, size_t name_len) {
    lfm_call_t *call = lfm_enter(ctx);
    lf_str_t key = lf_str(name, name_len);

    if (lfm_refuse_header(call, "ngx_link_func_del_header_in", key, lf_header_check_removal(key))) {
        return NGX_LINK_FUNC_INVALID;
    }
    if (lfm_headers_find(lfm_request_headers(call->request), key) == NULL) {
        return NGX_LINK_FUNC_NOT_FOUND;
    }
    lfm_headers_remove(lfm_request_headers_to_change(call->request), key);
    return NGX_LINK_FUNC_OK;
}
