/*
 * The handlers: the call, and what follows from it.
 */

#include "ngx_http_link_func_shm.h"


static void ngx_http_link_func_body_handler(ngx_http_request_t *r);
static ngx_http_link_func_hot ngx_int_t ngx_http_link_func_start(
    ngx_http_request_t *r, ngx_http_link_func_call_t *call);
static void ngx_http_link_func_say_lock_held(ngx_http_link_func_ctx_t *lctx);
static void ngx_http_link_func_go_on(ngx_http_request_t *r, ngx_int_t rc);
static ngx_http_link_func_ctx_t *
ngx_http_link_func_create_ctx(ngx_http_request_t        *r,
                              ngx_http_link_func_call_t *call);


/* The content handler of a location that has no other. */

ngx_int_t
ngx_http_link_func_handler(ngx_http_request_t *r)
{
    ngx_int_t                      rc;
    ngx_http_link_func_loc_conf_t *llcf;

    llcf = ngx_http_get_module_loc_conf(r, ngx_http_link_func_module);

    if (llcf->call->function == NULL) {
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }

    if (ngx_http_link_func_body_is_passed_on(r)) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (ngx_http_link_func_body_may_come(r)) {
        rc = ngx_http_read_client_request_body(r,
                                               ngx_http_link_func_body_handler);

        return rc >= NGX_HTTP_SPECIAL_RESPONSE ? rc : NGX_DONE;
    }

    rc = ngx_http_link_func_start(r, llcf->call);

    if (rc == NGX_DONE) {
        r->main->count++;
    }

    return rc;
}


/* The precontent phase, where a location has another content handler. */

ngx_int_t
ngx_http_link_func_gate_handler(ngx_http_request_t *r)
{
    ngx_int_t                      rc;
    ngx_http_link_func_ctx_t      *lctx;
    ngx_http_link_func_loc_conf_t *llcf;

    llcf = ngx_http_get_module_loc_conf(r, ngx_http_link_func_module);

    if (!llcf->gate) {
        return NGX_DECLINED;
    }

    lctx = ngx_http_link_func_get_ctx(r);

    if (lctx && lctx->passed) {
        return NGX_DECLINED;
    }

    if (llcf->call->function == NULL) {
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }

    if (ngx_http_link_func_body_is_passed_on(r)) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (ngx_http_link_func_body_may_come(r)) {
        rc = ngx_http_read_client_request_body(r,
                                               ngx_http_link_func_body_handler);

        if (rc >= NGX_HTTP_SPECIAL_RESPONSE) {
            return rc;
        }

        ngx_http_finalize_request(r, NGX_DONE);
        return NGX_DONE;
    }

    rc = ngx_http_link_func_start(r, llcf->call);

    if (rc == NGX_DECLINED || rc == NGX_DONE) {
        return rc;
    }

    ngx_http_finalize_request(r, rc);
    return NGX_DONE;
}


static void
ngx_http_link_func_body_handler(ngx_http_request_t *r)
{
    ngx_int_t                      rc;
    ngx_http_link_func_loc_conf_t *llcf;

    llcf = ngx_http_get_module_loc_conf(r, ngx_http_link_func_module);

#if (NGX_HTTP_V2 && nginx_version < 1022000)

    /* HTTP/2 did not run what has been posted, such as subrequests, when it
     * had handed over a body that came later; a write event does. */

    if (r->stream) {
        ngx_post_event(r->connection->write, &ngx_posted_events);
    }

#endif

    rc = ngx_http_link_func_start(r, llcf->call);

    if (rc != NGX_DONE) {
        ngx_http_link_func_go_on(r, rc);
    }
}


/* Calls the function, or has a thread do it: NGX_DONE, and resume() follows.
 * NGX_DECLINED leaves the request to the next handler; NGX_AGAIN is a response
 * that is not sent yet. */

static ngx_http_link_func_hot ngx_int_t
ngx_http_link_func_start(ngx_http_request_t *r, ngx_http_link_func_call_t *call)
{
    ngx_http_link_func_ctx_t *lctx;

#if (NGX_THREADS)
    ngx_http_core_loc_conf_t *clcf;
#endif

    lctx = ngx_http_link_func_create_ctx(r, call);
    if (lctx == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

#if (NGX_THREADS)

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    if (clcf->aio == NGX_HTTP_AIO_THREADS) {
        return ngx_http_link_func_thread_post(r, lctx, clcf);
    }

#endif

    ngx_http_link_func_run(lctx);

    return ngx_http_link_func_answer(r, lctx);
}


/* On whatever thread the call is for. */

void
ngx_http_link_func_run(ngx_http_link_func_ctx_t *lctx)
{
    ngx_http_link_func_shm_enter();
    lctx->call->function(&lctx->ctx);

    if (ngx_http_link_func_shm_leave()) {
        ngx_http_link_func_say_lock_held(lctx);
    }
}


static ngx_http_link_func_cold void
ngx_http_link_func_say_lock_held(ngx_http_link_func_ctx_t *lctx)
{
    char   line[NGX_MAX_ERROR_STR];
    size_t len;

    len = lf_message_lock_held(line, sizeof(line),
                               ngx_http_link_func_lf(lctx->call->name));
    ngx_http_link_func_log(lctx, NGX_LOG_ALERT, line, len);
}


/* A thread has run the function. */

void
ngx_http_link_func_resume(ngx_http_request_t *r, ngx_http_link_func_ctx_t *lctx)
{
    ngx_http_link_func_go_on(r, ngx_http_link_func_answer(r, lctx));
}


static void
ngx_http_link_func_go_on(ngx_http_request_t *r, ngx_int_t rc)
{
    ngx_http_link_func_ctx_t      *lctx;
    ngx_http_link_func_loc_conf_t *llcf;

    llcf = ngx_http_get_module_loc_conf(r, ngx_http_link_func_module);

    if (rc != NGX_DECLINED || !llcf->gate) {
        ngx_http_finalize_request(r, rc);
        return;
    }

    lctx = ngx_http_link_func_get_ctx(r);
    lctx->passed = 1;

    r->preserve_body = 1;
    r->write_event_handler = ngx_http_core_run_phases;
    ngx_http_core_run_phases(r);
}


static ngx_http_link_func_hot ngx_http_link_func_ctx_t *
ngx_http_link_func_create_ctx(ngx_http_request_t        *r,
                              ngx_http_link_func_call_t *call)
{
    u_char                         *args;
    ngx_http_link_func_ctx_t       *lctx;
    ngx_http_link_func_main_conf_t *lmcf;

    lmcf = ngx_http_get_module_main_conf(r, ngx_http_link_func_module);

    lctx =
        ngx_palloc(r->pool, sizeof(ngx_http_link_func_ctx_t) + r->args.len + 1);
    if (lctx == NULL) {
        return NULL;
    }

    /* Member by member, because much of it is only set when it is needed. */

    lctx->ctx.req_args = NULL;
    lctx->ctx.req_body = NULL;
    lctx->ctx.req_body_len = 0;
    lctx->ctx.__r__ = r;
    lctx->ctx.__pl__ = r->pool;
    lctx->ctx.__log__ = r->connection->log;
    lctx->ctx.shared_mem = lmcf->shm;

    lctx->call = call;
    lctx->task = NULL;
    lctx->pool = r->pool;
    lctx->headers_in = &r->headers_in.headers;
    lctx->headers_out = &r->headers_out.headers;

    lctx->status = NGX_HTTP_OK;
    ngx_str_null(&lctx->status_line);
    ngx_str_null(&lctx->content_type);
    lctx->media_len = 0;
    ngx_str_null(&lctx->body);

    lctx->written = 0;
    lctx->declined = 0;
    lctx->failed = 0;
    lctx->refused = 0;
    lctx->typed = 0;
    lctx->headers_set = 0;
    lctx->passed = 0;

    if (r->args.len) {
        args = (u_char *) lctx + sizeof(ngx_http_link_func_ctx_t);
        *ngx_cpymem(args, r->args.data, r->args.len) = '\0';
        lctx->ctx.req_args = (char *) args;
    }

    if (r->request_body && ngx_http_link_func_body_get(r, &lctx->ctx) != NGX_OK)
    {
        return NULL;
    }

    ngx_http_set_ctx(r, lctx, ngx_http_link_func_module);

    return lctx;
}
