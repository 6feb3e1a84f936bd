/*
 * The response: what write_resp keeps, and what goes out when the function
 * has returned.
 */

#include "ngx_http_link_func_module.h"


static ngx_int_t  ngx_http_link_func_keep(ngx_http_request_t       *r,
                                          ngx_http_link_func_ctx_t *lctx,
                                          lf_str_t line, lf_str_t type,
                                          lf_str_t body);
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
    ngx_http_request_t       *r;
    ngx_http_link_func_ctx_t *lctx;

    r = ngx_http_link_func_request(ctx);
    lctx = ngx_http_link_func_call_ctx(r);

    line = lf_str(status_line, status_line ? status_line_len : 0);
    type = lf_str(content_type, content_type_len);
    body = lf_str(resp_content, resp_content ? resp_content_len : 0);

    if (!lf_status_is_final(status_code)) {
        char   text[NGX_MAX_ERROR_STR];
        size_t len;

        len = lf_message_status_refused(text, sizeof(text), status_code);
        ngx_http_link_func_log_line(NGX_LOG_ERR, r->connection->log, text, len);
    }

    if (type.data && !lf_header_value_is_clean(type)) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      LF_MESSAGE_CONTENT_TYPE_REFUSED);
        type.data = NULL;
    }

    if (type.data == NULL) {
        type = lf_cstr(ngx_link_func_content_type_plaintext);
    }

    lctx->written = 1;
    lctx->status = status_code;
    lctx->failed = ngx_http_link_func_keep(r, lctx, line, type, body) != NGX_OK;
}


/* One allocation for the three texts. */

static ngx_int_t
ngx_http_link_func_keep(ngx_http_request_t *r, ngx_http_link_func_ctx_t *lctx,
                        lf_str_t line, lf_str_t type, lf_str_t body)
{
    size_t  room;
    u_char *p;

    room = LF_STATUS_LINE_SIZE(line.len) + type.len;

    if (body.len > NGX_MAX_SIZE_T_VALUE - room) {
        return NGX_ERROR;
    }

    p = ngx_pnalloc(r->pool, room + body.len);
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
    p = ngx_cpymem(p, type.data, type.len);

    lctx->status_line.data = p;
    lctx->status_line.len = lf_status_line((char *) p, lctx->status, line);

    return NGX_OK;
}


ngx_int_t
ngx_http_link_func_send(ngx_http_request_t *r, ngx_http_link_func_ctx_t *lctx)
{
    ngx_int_t  rc;
    ngx_buf_t *b;

    if (lctx->failed || (lctx->written && !lf_status_is_final(lctx->status))) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

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
