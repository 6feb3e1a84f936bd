/*
 * The response: what write_resp keeps, and what goes out when the function
 * has returned.
 */

#include "ngx_http_link_func_module.h"


/* Who owns a body that is not copied. */
typedef struct {
    void (*release)(void *arg);
    void *arg;
} ngx_http_link_func_release_t;


static void       ngx_http_link_func_begin(ngx_http_link_func_ctx_t *lctx,
                                           uintptr_t                 status);
static lf_str_t   ngx_http_link_func_choose_type(ngx_http_link_func_ctx_t *lctx,
                                                 lf_str_t                  type);
static ngx_int_t  ngx_http_link_func_keep(ngx_http_link_func_ctx_t *lctx,
                                          lf_str_t line, lf_str_t type,
                                          lf_str_t body);
static void       ngx_http_link_func_release(void *data);
static ngx_uint_t ngx_http_link_func_opens(ngx_http_link_func_ctx_t *lctx);
static ngx_int_t  ngx_http_link_func_gate_answer(ngx_http_request_t       *r,
                                                 ngx_http_link_func_ctx_t *lctx);
static ngx_int_t  ngx_http_link_func_send(ngx_http_request_t       *r,
                                          ngx_http_link_func_ctx_t *lctx);
static ngx_uint_t ngx_http_link_func_final_status(ngx_http_request_t *r);
static void       ngx_http_link_func_set_content_type(ngx_http_request_t *r,
                                                      ngx_str_t          *type);
static void ngx_http_link_func_set_charset(ngx_http_request_t *r, u_char *p,
                                           const u_char *last);


void
ngx_link_func_write_resp(ngx_link_func_ctx_t *ctx, uintptr_t status_code,
                         const char *status_line, const char *content_type,
                         const char *resp_content, size_t resp_len)
{
    ngx_link_func_write_resp_l(
        ctx, status_code, status_line, lf_cstr(status_line).len, content_type,
        lf_cstr(content_type).len, resp_content, resp_len);
}


void
ngx_link_func_write_resp_l(ngx_link_func_ctx_t *ctx, uintptr_t status_code,
                           const char *status_line, size_t status_line_len,
                           const char *content_type, size_t content_type_len,
                           const char *resp_content, size_t resp_content_len)
{
    lf_str_t                  line, type, body;
    ngx_http_link_func_ctx_t *lctx;

    lctx = ngx_http_link_func_call_ctx(ctx);

    line = lf_str(status_line, status_line ? status_line_len : 0);
    type = lf_str(content_type, content_type_len);
    body = lf_str(resp_content, resp_content ? resp_content_len : 0);

    ngx_http_link_func_begin(lctx, status_code);
    type = ngx_http_link_func_choose_type(lctx, type);

    lctx->failed = ngx_http_link_func_keep(lctx, line, type, body) != NGX_OK;
}


int
ngx_link_func_write_resp_ref(ngx_link_func_ctx_t *ctx, uintptr_t status_code,
                             const char *content_type, const char *data,
                             size_t len, void (*release)(void *arg), void *arg)
{
    lf_str_t                      type;
    ngx_pool_cleanup_t           *cln;
    ngx_http_link_func_ctx_t     *lctx;
    ngx_http_link_func_release_t *owner;

    lctx = ngx_http_link_func_call_ctx(ctx);

    ngx_http_link_func_begin(lctx, status_code);
    type = ngx_http_link_func_choose_type(
        lctx, lf_str(content_type, lf_cstr(content_type).len));

    cln =
        ngx_pool_cleanup_add(lctx->pool, sizeof(ngx_http_link_func_release_t));
    if (cln == NULL) {
        lctx->failed = 1;

        if (release) {
            release(arg);
        }

        return NGX_LINK_FUNC_NO_MEMORY;
    }

    owner = cln->data;
    owner->release = release;
    owner->arg = arg;
    cln->handler = ngx_http_link_func_release;

    lctx->failed =
        ngx_http_link_func_keep(lctx, lf_cstr(NULL), type, lf_cstr(NULL))
        != NGX_OK;

    lctx->body.data = (u_char *) data;
    lctx->body.len = data ? len : 0;

    if (lctx->failed) {
        return NGX_LINK_FUNC_NO_MEMORY;
    }

    return lf_status_is_final(status_code) ? NGX_LINK_FUNC_OK
                                           : NGX_LINK_FUNC_INVALID;
}


static void
ngx_http_link_func_release(void *data)
{
    ngx_http_link_func_release_t *owner = data;

    if (owner->release) {
        owner->release(owner->arg);
    }
}


int
ngx_link_func_decline(ngx_link_func_ctx_t *ctx)
{
    ngx_http_link_func_ctx_t *lctx;

    lctx = ngx_http_link_func_call_ctx(ctx);
    lctx->declined = 1;

    return NGX_LINK_FUNC_OK;
}


static void
ngx_http_link_func_begin(ngx_http_link_func_ctx_t *lctx, uintptr_t status)
{
    char   line[NGX_MAX_ERROR_STR];
    size_t len;

    lctx->written = 1;
    lctx->declined = 0;
    lctx->status = status;

    if (!lf_status_is_final(status)) {
        len = lf_message_status_refused(line, sizeof(line), status);
        ngx_http_link_func_log(lctx, NGX_LOG_ERR, line, len);
    }
}


/* Without one, what add_header_out set before, else plain text. */

static lf_str_t
ngx_http_link_func_choose_type(ngx_http_link_func_ctx_t *lctx, lf_str_t type)
{
    if (type.data && !lf_header_value_is_clean(type)) {
        ngx_http_link_func_log(lctx, NGX_LOG_ERR,
                               LF_MESSAGE_CONTENT_TYPE_REFUSED,
                               sizeof(LF_MESSAGE_CONTENT_TYPE_REFUSED) - 1);
        type.data = NULL;

    } else if (type.data == NULL && lctx->typed) {
        return ngx_http_link_func_lf(lctx->content_type);
    }

    lctx->typed = 0;

    return type.data ? type : lf_cstr(ngx_link_func_content_type_plaintext);
}


/* One allocation for the three texts. */

static ngx_int_t
ngx_http_link_func_keep(ngx_http_link_func_ctx_t *lctx, lf_str_t line,
                        lf_str_t type, lf_str_t body)
{
    size_t  room;
    u_char *p;

    room = LF_STATUS_LINE_SIZE(line.len) + type.len;

    if (body.len > NGX_MAX_SIZE_T_VALUE - room) {
        return NGX_ERROR;
    }

    p = ngx_pnalloc(lctx->pool, room + body.len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    lctx->body.data = p;
    lctx->body.len = body.len;

    if (body.len) {
        p = ngx_cpymem(p, body.data, body.len);
    }

    lctx->content_type.data = p;
    lctx->content_type.len = type.len;

    if (type.len) {
        p = ngx_cpymem(p, type.data, type.len);
    }

    lctx->status_line.data = p;
    lctx->status_line.len = lf_status_line((char *) p, lctx->status, line);

    return NGX_OK;
}


/* What follows from a call: NGX_DECLINED leaves the request to the next
 * handler, anything else ends it. */

ngx_int_t
ngx_http_link_func_answer(ngx_http_request_t *r, ngx_http_link_func_ctx_t *lctx)
{
    ngx_http_link_func_loc_conf_t *llcf;

    if (lctx->headers_set) {
        ngx_http_link_func_set_fields_out(r);
    }

    if (lctx->failed
        || (lctx->written && !lctx->declined
            && !lf_status_is_final(lctx->status)))
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    llcf = ngx_http_get_module_loc_conf(r, ngx_http_link_func_module);

    if (llcf->gate) {
        return ngx_http_link_func_gate_answer(r, lctx);
    }

    return lctx->declined ? NGX_DECLINED : ngx_http_link_func_send(r, lctx);
}


static ngx_uint_t
ngx_http_link_func_opens(ngx_http_link_func_ctx_t *lctx)
{
    return lctx->declined || (lctx->status >= 200 && lctx->status < 300);
}


/* A gate is closed unless the function opens it. */

static ngx_int_t
ngx_http_link_func_gate_answer(ngx_http_request_t       *r,
                               ngx_http_link_func_ctx_t *lctx)
{
    char   line[NGX_MAX_ERROR_STR];
    size_t len;

    if (ngx_http_link_func_opens(lctx)) {
        if (lctx->headers_set) {
            ngx_http_link_func_drop_representation(r);
        }

        return NGX_DECLINED;
    }

    if (!lctx->written) {
        len = lf_message_gate_unanswered(
            line, sizeof(line), ngx_http_link_func_lf(lctx->call->name));
        ngx_http_link_func_log(lctx, NGX_LOG_ERR, line, len);

        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_link_func_send(r, lctx);
}


static ngx_int_t
ngx_http_link_func_send(ngx_http_request_t *r, ngx_http_link_func_ctx_t *lctx)
{
    ngx_int_t  rc;
    ngx_buf_t *b;

    r->headers_out.status = lctx->written ? lctx->status : NGX_HTTP_OK;
    r->headers_out.status_line = lctx->status_line;

    if (lf_status_has_body(ngx_http_link_func_final_status(r))) {
        r->headers_out.content_length_n = (off_t) lctx->body.len;
        ngx_http_link_func_set_content_type(r, &lctx->content_type);

    } else {
        /* The header filter sees to 204 and 304 by itself, but not when there
         * is a status line. */

        r->header_only = 1;
    }

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    if (lctx->body.len == 0) {
        return ngx_http_send_special(r, NGX_HTTP_LAST);
    }

    b = &lctx->buf;
    b->pos = lctx->body.data;
    b->last = lctx->body.data + lctx->body.len;
    b->memory = 1;
    b->last_buf = (r == r->main);
    b->last_in_chain = 1;

    lctx->out.buf = b;

    return ngx_http_output_filter(r, &lctx->out);
}


/* ngx_http_send_header() puts err_status, the status of the error_page that
 * led here, in the place of the function's. */

static ngx_uint_t
ngx_http_link_func_final_status(ngx_http_request_t *r)
{
    return r->err_status ? r->err_status : r->headers_out.status;
}


/* The filters compare the media type alone, and a charset that is among its
 * parameters must be known to them; the client gets what the function wrote. */

static void
ngx_http_link_func_set_content_type(ngx_http_request_t *r, ngx_str_t *type)
{
    u_char *p, *last;

    p = type->data;
    last = type->data + type->len;

    while (p < last && *p != ';') {
        p++;
    }

    if (p < last) {
        ngx_http_link_func_set_charset(r, p, last);
    }

    while (p > type->data && p[-1] == ' ') {
        p--;
    }

    r->headers_out.content_type = *type;
    r->headers_out.content_type_len = p - type->data;
    r->headers_out.content_type_lowcase = NULL;
}


static void
ngx_http_link_func_set_charset(ngx_http_request_t *r, u_char *p,
                               const u_char *last)
{
    static const size_t len = sizeof("charset=") - 1;

    while (p < last) {
        while (p < last && (*p == ';' || *p == ' ' || *p == '\t')) {
            p++;
        }

        if ((size_t) (last - p) > len
            && ngx_strncasecmp(p, (u_char *) "charset=", len) == 0)
        {
            break;
        }

        while (p < last && *p != ';') {
            p++;
        }
    }

    if (p == last) {
        return;
    }

    p += len;

    if (*p == '"') {
        p++;
    }

    r->headers_out.charset.data = p;

    while (p < last && *p != ';' && *p != ' ' && *p != '"') {
        p++;
    }

    r->headers_out.charset.len = p - r->headers_out.charset.data;
}
