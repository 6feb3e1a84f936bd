/*
 * The content handler: the body, the call.
 */

#include "ngx_http_link_func_module.h"


static void      ngx_http_link_func_body_handler(ngx_http_request_t *r);
static ngx_int_t ngx_http_link_func_run(ngx_http_request_t *r);
static ngx_int_t ngx_http_link_func_get_body(ngx_http_request_t  *r,
                                             ngx_link_func_ctx_t *ctx);
static ngx_int_t ngx_http_link_func_read_file(ngx_http_request_t *r,
                                              ngx_buf_t *b, u_char *p);


ngx_int_t
ngx_http_link_func_handler(ngx_http_request_t *r)
{
    ngx_int_t                      rc;
    ngx_http_link_func_loc_conf_t *llcf;

    llcf = ngx_http_get_module_loc_conf(r, ngx_http_link_func_module);

    if (llcf->call->function == NULL) {
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }

    /* From HTTP/2 on a body needs no header that announces it. */

    if (r->headers_in.content_length_n <= 0 && !r->headers_in.chunked
        && r->http_version < NGX_HTTP_VERSION_20)
    {
        return ngx_http_link_func_run(r);
    }

    rc = ngx_http_read_client_request_body(r, ngx_http_link_func_body_handler);

    if (rc >= NGX_HTTP_SPECIAL_RESPONSE) {
        return rc;
    }

    return NGX_DONE;
}


static void
ngx_http_link_func_body_handler(ngx_http_request_t *r)
{
    ngx_http_finalize_request(r, ngx_http_link_func_run(r));
}


static ngx_int_t
ngx_http_link_func_run(ngx_http_request_t *r)
{
    u_char                         *args;
    ngx_http_link_func_ctx_t       *lctx;
    ngx_http_link_func_call_t      *call;
    ngx_http_link_func_loc_conf_t  *llcf;
    ngx_http_link_func_main_conf_t *lmcf;

    llcf = ngx_http_get_module_loc_conf(r, ngx_http_link_func_module);
    lmcf = ngx_http_get_module_main_conf(r, ngx_http_link_func_module);
    call = llcf->call;

    lctx =
        ngx_palloc(r->pool, sizeof(ngx_http_link_func_ctx_t) + r->args.len + 1);
    if (lctx == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_memzero(lctx, sizeof(ngx_http_link_func_ctx_t));

    lctx->ctx.__r__ = r;
    lctx->ctx.__pl__ = r->pool;
    lctx->ctx.__log__ = r->connection->log;
    lctx->ctx.shared_mem = lmcf->shm;

    if (r->args.len) {
        args = (u_char *) lctx + sizeof(ngx_http_link_func_ctx_t);
        *ngx_cpymem(args, r->args.data, r->args.len) = '\0';
        lctx->ctx.req_args = (char *) args;
    }

    if (r->request_body && ngx_http_link_func_get_body(r, &lctx->ctx) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_http_set_ctx(r, lctx, ngx_http_link_func_module);

    call->function(&lctx->ctx);

    if (ngx_http_link_func_shm_release()) {
        char   line[NGX_MAX_ERROR_STR];
        size_t len;

        len = lf_message_lock_held(line, sizeof(line),
                                   ngx_http_link_func_lf(call->name));
        ngx_http_link_func_log_line(NGX_LOG_ALERT, r->connection->log, line,
                                    len);
    }

    return ngx_http_link_func_send(r, lctx);
}


/* Copied once, because what was received has no room for the NUL: behind it
 * may stand the next pipelined request. */

static ngx_int_t
ngx_http_link_func_get_body(ngx_http_request_t *r, ngx_link_func_ctx_t *ctx)
{
    off_t        len;
    u_char      *p;
    ngx_chain_t *cl;

    len = 0;

    for (cl = r->request_body->bufs; cl; cl = cl->next) {
        len += ngx_buf_size(cl->buf);
    }

    if (len == 0) {
        return NGX_OK;
    }

    p = ngx_palloc(r->pool, (size_t) len + 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ctx->req_body = p;
    ctx->req_body_len = (size_t) len;

    for (cl = r->request_body->bufs; cl; cl = cl->next) {
        if (!ngx_buf_in_memory(cl->buf)
            && ngx_http_link_func_read_file(r, cl->buf, p) != NGX_OK)
        {
            return NGX_ERROR;
        }

        if (ngx_buf_in_memory(cl->buf)) {
            ngx_memcpy(p, cl->buf->pos, cl->buf->last - cl->buf->pos);
        }

        p += ngx_buf_size(cl->buf);
    }

    *p = '\0';

    return NGX_OK;
}


static ngx_int_t
ngx_http_link_func_read_file(ngx_http_request_t *r, ngx_buf_t *b, u_char *p)
{
    off_t   offset;
    ssize_t n;

    for (offset = b->file_pos; offset < b->file_last; offset += n) {
        n = ngx_read_file(b->file, p, (size_t) (b->file_last - offset), offset);

        if (n == NGX_ERROR) {
            return NGX_ERROR;
        }

        if (n == 0) {
            ngx_log_error(NGX_LOG_CRIT, r->connection->log, 0,
                          "the request body in \"%V\" is shorter than it was",
                          &b->file->name);
            return NGX_ERROR;
        }

        p += n;
    }

    return NGX_OK;
}
