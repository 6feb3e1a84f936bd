/*
 * The request body: whether it can be had, and one piece of memory with all of
 * it.
 */

#include "ngx_http_link_func_module.h"


typedef enum {
    NGX_HTTP_LINK_FUNC_BODY_WHOLE,
    NGX_HTTP_LINK_FUNC_BODY_UNREAD, /* reading it has failed */
    NGX_HTTP_LINK_FUNC_BODY_GONE    /* some of it was given to others */
} ngx_http_link_func_body_e;


/* A copy, and what it was made of. */
typedef struct {
    ngx_chain_t *bufs;
    u_char      *pos; /* where the first of them began */
    u_char      *data;
    size_t       len;
} ngx_http_link_func_body_t;


static ngx_int_t ngx_http_link_func_body_check(ngx_http_request_t *r,
                                               off_t               len);
static ngx_http_link_func_body_e
ngx_http_link_func_body_state(ngx_http_request_t *r, off_t len);
static ngx_uint_t ngx_http_link_func_body_is_saved(ngx_http_request_body_t *rb);
static ngx_uint_t ngx_http_link_func_body_is_shared(ngx_http_request_t *r);
static u_char *ngx_http_link_func_body_find(ngx_http_request_t *r, size_t len);
static ngx_int_t ngx_http_link_func_body_keep(ngx_http_request_t *r,
                                              u_char *data, size_t len);
static void      ngx_http_link_func_body_cleanup(void *data);
static u_char *ngx_http_link_func_body_copy(ngx_http_request_t *r, size_t len);
static ngx_int_t ngx_http_link_func_body_read_file(ngx_http_request_t *r,
                                                   ngx_buf_t *b, u_char *p);


/* From HTTP/2 on a body needs no header that announces it. */

ngx_uint_t
ngx_http_link_func_body_may_come(ngx_http_request_t *r)
{
    return r->headers_in.content_length_n > 0 || r->headers_in.chunked
           || r->http_version >= NGX_HTTP_VERSION_20;
}


/* What a proxy passes on while it arrives nobody keeps, and reading it once
 * more would hand over what happens to be left of it. */

ngx_uint_t
ngx_http_link_func_body_is_passed_on(ngx_http_request_t *r)
{
    if (!r->main->request_body_no_buffering && !r->main->reading_body) {
        return 0;
    }

    ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                  "the function is not called, the request body was passed on "
                  "unbuffered");

    return 1;
}


/* Copied, because what was received has no room for the NUL: behind it may
 * stand the next pipelined request. */

ngx_http_link_func_cold ngx_int_t
ngx_http_link_func_body_get(ngx_http_request_t *r, ngx_link_func_ctx_t *ctx)
{
    off_t        len;
    u_char      *data;
    ngx_int_t    rc;
    ngx_chain_t *cl;

    len = 0;

    for (cl = r->request_body->bufs; cl; cl = cl->next) {
        len += ngx_buf_size(cl->buf);
    }

    rc = ngx_http_link_func_body_check(r, len);

    if (rc != NGX_OK || len == 0) {
        return rc == NGX_ERROR ? NGX_ERROR : NGX_OK;
    }

    data = ngx_http_link_func_body_find(r, (size_t) len);

    if (data == NULL) {
        data = ngx_http_link_func_body_copy(r, (size_t) len);
        if (data == NULL) {
            return NGX_ERROR;
        }
    }

    ctx->req_body = data;
    ctx->req_body_len = (size_t) len;

    return NGX_OK;
}


/* NGX_DECLINED: there is none to be given.  Only error_page leads to a function
 * when reading has failed: what answers an error needs no body, but a gate
 * would let through what it has not seen. */

static ngx_int_t
ngx_http_link_func_body_check(ngx_http_request_t *r, off_t len)
{
    ngx_http_link_func_loc_conf_t *llcf;

    switch (ngx_http_link_func_body_state(r, len)) {
    case NGX_HTTP_LINK_FUNC_BODY_WHOLE:
        return NGX_OK;

    case NGX_HTTP_LINK_FUNC_BODY_UNREAD:
        llcf = ngx_http_get_module_loc_conf(r, ngx_http_link_func_module);

        if (!llcf->gate) {
            return NGX_DECLINED;
        }

        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "the function is not called, the request body could not "
                      "be read");
        return NGX_ERROR;

    default: /* NGX_HTTP_LINK_FUNC_BODY_GONE */
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "the function is not called, only %O of %O bytes of the "
                      "request body are left",
                      len, r->main->headers_in.content_length_n);
        return NGX_ERROR;
    }
}


/* Only what NGINX read from the client is counted: a module that makes a
 * subrequest may give it another body. */

static ngx_http_link_func_body_e
ngx_http_link_func_body_state(ngx_http_request_t *r, off_t len)
{
    ngx_http_request_body_t *rb;

    rb = r->request_body;

    if (rb != r->main->request_body || rb->rest < 0) {
        return NGX_HTTP_LINK_FUNC_BODY_WHOLE;
    }

    if (rb->rest == 0 && len == r->main->headers_in.content_length_n) {
        return NGX_HTTP_LINK_FUNC_BODY_WHOLE;
    }

    return ngx_http_link_func_body_is_saved(rb)
               ? NGX_HTTP_LINK_FUNC_BODY_GONE
               : NGX_HTTP_LINK_FUNC_BODY_UNREAD;
}


/* All of it came, and went through the filters. */

static ngx_uint_t
ngx_http_link_func_body_is_saved(ngx_http_request_body_t *rb)
{
#if (nginx_version >= 1021002)
    return rb->rest == 0 && rb->last_saved;
#else
    return rb->rest == 0;
#endif
}


/* What a pool thread sees is its call's own. */

static ngx_uint_t
ngx_http_link_func_body_is_shared(ngx_http_request_t *r)
{
#if (NGX_THREADS)
    ngx_http_core_loc_conf_t *clcf;

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    return clcf->aio != NGX_HTTP_AIO_THREADS;
#else
    return 1;
#endif
}


static u_char *
ngx_http_link_func_body_find(ngx_http_request_t *r, size_t len)
{
    ngx_chain_t               *bufs;
    ngx_pool_cleanup_t        *cln;
    ngx_http_link_func_body_t *body;

    if (!ngx_http_link_func_body_is_shared(r)) {
        return NULL;
    }

    bufs = r->request_body->bufs;

    for (cln = r->pool->cleanup; cln; cln = cln->next) {
        if (cln->handler != ngx_http_link_func_body_cleanup) {
            continue;
        }

        body = cln->data;

        if (body->bufs == bufs && body->pos == bufs->buf->pos
            && body->len == len) {
            return body->data;
        }
    }

    return NULL;
}


/* Subrequests have contexts of their own, but the pool is the same, so a
 * cleanup is where the other calls find it. */

static ngx_int_t
ngx_http_link_func_body_keep(ngx_http_request_t *r, u_char *data, size_t len)
{
    ngx_pool_cleanup_t        *cln;
    ngx_http_link_func_body_t *body;

    cln = ngx_pool_cleanup_add(r->pool, sizeof(ngx_http_link_func_body_t));
    if (cln == NULL) {
        return NGX_ERROR;
    }

    cln->handler = ngx_http_link_func_body_cleanup;

    body = cln->data;
    body->bufs = r->request_body->bufs;
    body->pos = body->bufs->buf->pos;
    body->data = data;
    body->len = len;

    return NGX_OK;
}


static void
ngx_http_link_func_body_cleanup(void *data)
{
    /* void */
}


static u_char *
ngx_http_link_func_body_copy(ngx_http_request_t *r, size_t len)
{
    u_char      *data, *p;
    ngx_chain_t *cl;

    data = ngx_palloc(r->pool, len + 1);
    if (data == NULL) {
        return NULL;
    }

    p = data;

    for (cl = r->request_body->bufs; cl; cl = cl->next) {
        if (!ngx_buf_in_memory(cl->buf)
            && ngx_http_link_func_body_read_file(r, cl->buf, p) != NGX_OK)
        {
            return NULL;
        }

        if (ngx_buf_in_memory(cl->buf)) {
            ngx_memcpy(p, cl->buf->pos, cl->buf->last - cl->buf->pos);
        }

        p += ngx_buf_size(cl->buf);
    }

    *p = '\0';

    if (ngx_http_link_func_body_is_shared(r)
        && ngx_http_link_func_body_keep(r, data, len) != NGX_OK)
    {
        return NULL;
    }

    return data;
}


static ngx_int_t
ngx_http_link_func_body_read_file(ngx_http_request_t *r, ngx_buf_t *b,
                                  u_char *p)
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
