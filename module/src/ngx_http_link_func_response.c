/*
 * The response: what goes out when the function has returned.
 */

#include "ngx_http_link_func_module.h"


static ngx_int_t  ngx_http_link_func_leave(ngx_http_request_t       *r,
                                           ngx_http_link_func_ctx_t *lctx,
                                           ngx_int_t                 rc);
static ngx_uint_t ngx_http_link_func_opens(ngx_http_link_func_ctx_t *lctx);
static ngx_int_t  ngx_http_link_func_gate_answer(ngx_http_request_t       *r,
                                                 ngx_http_link_func_ctx_t *lctx);
static ngx_http_link_func_hot ngx_int_t
ngx_http_link_func_send(ngx_http_request_t *r, ngx_http_link_func_ctx_t *lctx);
static ngx_inline ngx_uint_t
              ngx_http_link_func_final_status(ngx_http_request_t *r);
static size_t ngx_http_link_func_parse_type(ngx_http_request_t *r,
                                            ngx_str_t          *type);
static void   ngx_http_link_func_set_charset(ngx_http_request_t *r, u_char *p,
                                             const u_char *last);


/* What follows from a call: NGX_DECLINED leaves the request to the next
 * handler, anything else ends it. */

ngx_int_t
ngx_http_link_func_answer(ngx_http_request_t *r, ngx_http_link_func_ctx_t *lctx)
{
    ngx_http_link_func_loc_conf_t *llcf;

    if (lctx->headers_set && ngx_http_link_func_set_fields_out(r) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (lctx->failed || lctx->refused || lctx->declined) {
        return ngx_http_link_func_leave(
            r, lctx,
            lctx->declined ? NGX_DECLINED : NGX_HTTP_INTERNAL_SERVER_ERROR);
    }

    llcf = ngx_http_get_module_loc_conf(r, ngx_http_link_func_module);

    if (llcf->gate) {
        return ngx_http_link_func_gate_answer(r, lctx);
    }

    return ngx_http_link_func_send(r, lctx);
}


/* Somebody else writes the body, and what describes it. */

static ngx_http_link_func_cold ngx_int_t
ngx_http_link_func_leave(ngx_http_request_t *r, ngx_http_link_func_ctx_t *lctx,
                         ngx_int_t rc)
{
    if (!lctx->headers_set) {
        return rc;
    }

    ngx_http_link_func_drop_representation(r);

    return ngx_http_link_func_set_fields_out(r) == NGX_OK
               ? rc
               : NGX_HTTP_INTERNAL_SERVER_ERROR;
}


static ngx_uint_t
ngx_http_link_func_opens(ngx_http_link_func_ctx_t *lctx)
{
    return lctx->declined || (lctx->written && lctx->status < 300);
}


/* A gate is closed unless the function opens it. */

static ngx_http_link_func_cold ngx_int_t
ngx_http_link_func_gate_answer(ngx_http_request_t       *r,
                               ngx_http_link_func_ctx_t *lctx)
{
    char   line[NGX_MAX_ERROR_STR];
    size_t len;

    if (ngx_http_link_func_opens(lctx)) {
        return ngx_http_link_func_leave(r, lctx, NGX_DECLINED);
    }

    if (!lctx->written) {
        len = lf_message_gate_unanswered(
            line, sizeof(line), ngx_http_link_func_lf(lctx->call->name));
        ngx_http_link_func_log(lctx, NGX_LOG_ERR, line, len);

        return ngx_http_link_func_leave(r, lctx,
                                        NGX_HTTP_INTERNAL_SERVER_ERROR);
    }

    return ngx_http_link_func_send(r, lctx);
}


static ngx_http_link_func_hot ngx_int_t
ngx_http_link_func_send(ngx_http_request_t *r, ngx_http_link_func_ctx_t *lctx)
{
    ngx_int_t  rc;
    ngx_buf_t *b;

    r->headers_out.status = lctx->status;
    r->headers_out.status_line = lctx->status_line;

    if (lf_status_has_body(ngx_http_link_func_final_status(r))) {
        r->headers_out.content_length_n = (off_t) lctx->body.len;
        r->headers_out.content_type = lctx->content_type;
        r->headers_out.content_type_len = lctx->content_type.len;
        r->headers_out.content_type_lowcase = NULL;

        if (lctx->media_len != lctx->content_type.len) {
            r->headers_out.content_type_len =
                ngx_http_link_func_parse_type(r, &lctx->content_type);
        }

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

    ngx_memzero(b, sizeof(ngx_buf_t));

    b->pos = lctx->body.data;
    b->last = lctx->body.data + lctx->body.len;
    b->memory = 1;
    b->last_buf = (r == r->main);
    b->last_in_chain = 1;

    lctx->out.buf = b;
    lctx->out.next = NULL;

    return ngx_http_output_filter(r, &lctx->out);
}


/* ngx_http_send_header() puts err_status, the status of the error_page that
 * led here, in the place of the function's. */

static ngx_inline ngx_uint_t
ngx_http_link_func_final_status(ngx_http_request_t *r)
{
    return r->err_status ? r->err_status : r->headers_out.status;
}


/* The filters compare the media type alone, and a charset that is among its
 * parameters must be known to them; the client gets what the function wrote. */

static ngx_http_link_func_cold size_t
ngx_http_link_func_parse_type(ngx_http_request_t *r, ngx_str_t *type)
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

    return p - type->data;
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
