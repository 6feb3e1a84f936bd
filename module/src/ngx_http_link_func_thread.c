/*
 * Calls in the thread pool.  What a function touches there is the call's own:
 * its pool, copies of both header lists, and its log lines; the event loop
 * takes them over when the function has returned.
 */

#include "ngx_http_link_func_module.h"


/* Kept in the log until the event loop writes them. */
typedef struct {
    ngx_uint_t level;
    ngx_str_t  text;
} ngx_http_link_func_line_t;


struct ngx_http_link_func_task_s {
    ngx_http_link_func_ctx_t *lctx;
    ngx_log_t                 log;  /* without the connection's handler */
    ngx_str_t                 addr; /* realip may change the connection's */
    ngx_list_t                headers_in;
    ngx_list_t                headers_out;
    ngx_array_t               changes; /* of headers_in; ngx_table_elt_t */
    ngx_array_t               lines;
    ngx_uint_t                returned;
};


#if (NGX_THREADS)

#define NGX_HTTP_LINK_FUNC_POOL_SIZE 4096
#define NGX_HTTP_LINK_FUNC_TIMER     (ngx_msec_t) 60000


static ngx_thread_pool_t *
ngx_http_link_func_thread_pool(ngx_http_request_t       *r,
                               ngx_http_core_loc_conf_t *clcf);
static ngx_http_link_func_task_t             *
ngx_http_link_func_thread_init(ngx_http_request_t        *r,
                                           ngx_http_link_func_ctx_t  *lctx,
                                           ngx_http_link_func_task_t *task);
static void ngx_http_link_func_thread_cleanup(void *data);
static void ngx_http_link_func_thread_handler(void *data, ngx_log_t *log);
static void ngx_http_link_func_thread_event_handler(ngx_event_t *ev);
static void ngx_http_link_func_thread_write_handler(ngx_http_request_t *r);
static void ngx_http_link_func_thread_write_lines(ngx_http_request_t *r,
                                                  ngx_array_t        *lines);
static ngx_int_t
            ngx_http_link_func_thread_apply(ngx_http_request_t        *r,
                                            ngx_http_link_func_task_t *task);
static void ngx_http_link_func_thread_hold(ngx_log_t *log);
static void ngx_http_link_func_thread_release(void);
static void ngx_http_link_func_thread_timer_handler(ngx_event_t *ev);


/* A worker that is to exit leaves when no timers remain, so one runs for as
 * long as functions do. */
static ngx_event_t      ngx_http_link_func_timer;
static ngx_connection_t ngx_http_link_func_timer_data;
static ngx_uint_t       ngx_http_link_func_running;


ngx_int_t
ngx_http_link_func_thread_post(ngx_http_request_t       *r,
                               ngx_http_link_func_ctx_t *lctx,
                               ngx_http_core_loc_conf_t *clcf)
{
    ngx_thread_pool_t         *tp;
    ngx_thread_task_t         *thread_task;
    ngx_http_link_func_task_t *task;

    tp = ngx_http_link_func_thread_pool(r, clcf);
    if (tp == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    thread_task =
        ngx_thread_task_alloc(r->pool, sizeof(ngx_http_link_func_task_t));
    if (thread_task == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    task = ngx_http_link_func_thread_init(r, lctx, thread_task->ctx);
    if (task == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    thread_task->handler = ngx_http_link_func_thread_handler;
    thread_task->event.data = task;
    thread_task->event.handler = ngx_http_link_func_thread_event_handler;
    thread_task->event.log = r->connection->log;

    if (ngx_thread_task_post(tp, thread_task) != NGX_OK) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "function \"%V\" was not called, its thread pool is full",
                      &lctx->call->name);
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }

    r->main->blocked++;
    r->aio = 1;
    r->write_event_handler = ngx_http_link_func_thread_write_handler;

    ngx_http_link_func_thread_hold(ngx_cycle->log);

    return NGX_DONE;
}


static ngx_thread_pool_t *
ngx_http_link_func_thread_pool(ngx_http_request_t       *r,
                               ngx_http_core_loc_conf_t *clcf)
{
    ngx_str_t          name;
    ngx_thread_pool_t *tp;

    if (clcf->thread_pool) {
        return clcf->thread_pool;
    }

    if (ngx_http_complex_value(r, clcf->thread_pool_value, &name) != NGX_OK) {
        return NULL;
    }

    tp = ngx_thread_pool_get((ngx_cycle_t *) ngx_cycle, &name);

    if (tp == NULL) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "thread pool \"%V\" not found", &name);
    }

    return tp;
}


static ngx_http_link_func_task_t *
ngx_http_link_func_thread_init(ngx_http_request_t        *r,
                               ngx_http_link_func_ctx_t  *lctx,
                               ngx_http_link_func_task_t *task)
{
    ngx_pool_t         *pool;
    ngx_pool_cleanup_t *cln;

    task->lctx = lctx;

    task->log = *r->connection->log;
    task->log.handler = NULL;
    task->log.data = NULL;
    task->log.action = NULL;

    task->addr = r->connection->addr_text;

    cln = ngx_pool_cleanup_add(r->pool, 0);
    if (cln == NULL) {
        return NULL;
    }

    pool = ngx_create_pool(NGX_HTTP_LINK_FUNC_POOL_SIZE, &task->log);
    if (pool == NULL) {
        return NULL;
    }

    cln->handler = ngx_http_link_func_thread_cleanup;
    cln->data = pool;

    if (ngx_http_link_func_copy_headers(pool, &task->headers_in,
                                        lctx->headers_in, 0)
            != NGX_OK
        || ngx_http_link_func_copy_headers(pool, &task->headers_out,
                                           lctx->headers_out, 4)
               != NGX_OK)
    {
        return NULL;
    }

    lctx->task = task;
    lctx->pool = pool;
    lctx->headers_in = &task->headers_in;
    lctx->headers_out = &task->headers_out;
    lctx->ctx.__pl__ = pool;
    lctx->ctx.__log__ = &task->log;

    return task;
}


static void
ngx_http_link_func_thread_cleanup(void *data)
{
    ngx_destroy_pool(data);
}


/* In the pool thread. */

static void
ngx_http_link_func_thread_handler(void *data, ngx_log_t *log)
{
    ngx_http_link_func_task_t *task = data;

    ngx_http_link_func_run(task->lctx);

    /* NGINX's queue orders memory by a barrier that is not seen by all tools.
     */

    __atomic_store_n(&task->returned, 1, __ATOMIC_RELEASE);
}


/* On the event loop again. */

static void
ngx_http_link_func_thread_event_handler(ngx_event_t *ev)
{
    ngx_http_link_func_task_t *task = ev->data;

    ngx_connection_t   *c;
    ngx_http_request_t *r;

    (void) __atomic_load_n(&task->returned, __ATOMIC_ACQUIRE);

    r = ngx_http_link_func_request(&task->lctx->ctx);
    c = r->connection;

    ngx_http_set_log_request(c->log, r);

    ngx_http_link_func_thread_write_lines(r, &task->lines);
    ngx_http_link_func_thread_release();

    r->main->blocked--;
    r->aio = 0;

    /* The handler is another one when the request was terminated. */

    r->write_event_handler(r);
    ngx_http_run_posted_requests(c);
}


static void
ngx_http_link_func_thread_write_handler(ngx_http_request_t *r)
{
    ngx_http_link_func_ctx_t *lctx;

    /* A write event while the function runs. */

    if (r->aio) {
        return;
    }

    r->write_event_handler = ngx_http_request_empty_handler;

    if (r->connection->error) {
        ngx_http_finalize_request(r, NGX_ERROR);
        return;
    }

    lctx = ngx_http_link_func_get_ctx(r);

    if (ngx_http_link_func_thread_apply(r, lctx->task) != NGX_OK) {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    ngx_http_link_func_resume(r, lctx);
}


static void
ngx_http_link_func_thread_write_lines(ngx_http_request_t *r, ngx_array_t *lines)
{
    ngx_uint_t                 i;
    ngx_http_link_func_line_t *line;

    line = lines->elts;

    for (i = 0; i < lines->nelts; i++) {
        ngx_http_link_func_log_line(line[i].level, r->connection->log,
                                    (char *) line[i].text.data,
                                    line[i].text.len);
    }
}


/* Makes the call's doings the request's. */

static ngx_int_t
ngx_http_link_func_thread_apply(ngx_http_request_t        *r,
                                ngx_http_link_func_task_t *task)
{
    ngx_uint_t       i;
    ngx_table_elt_t *change;

    if (task->lctx->headers_set) {
        ngx_http_link_func_move_headers(&r->headers_out.headers,
                                        &task->headers_out);
    }

    change = task->changes.elts;

    for (i = 0; i < task->changes.nelts; i++) {
        if (ngx_http_link_func_change_headers_in(r, &change[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static void
ngx_http_link_func_thread_hold(ngx_log_t *log)
{
    ngx_event_t *ev;

    if (ngx_http_link_func_running++) {
        return;
    }

    ev = &ngx_http_link_func_timer;

    ngx_http_link_func_timer_data.fd = (ngx_socket_t) -1;
    ev->handler = ngx_http_link_func_thread_timer_handler;
    ev->data = &ngx_http_link_func_timer_data;
    ev->log = log;

    ngx_add_timer(ev, NGX_HTTP_LINK_FUNC_TIMER);
}


static void
ngx_http_link_func_thread_release(void)
{
    if (--ngx_http_link_func_running == 0) {
        ngx_del_timer(&ngx_http_link_func_timer);
    }
}


static void
ngx_http_link_func_thread_timer_handler(ngx_event_t *ev)
{
    ngx_add_timer(ev, NGX_HTTP_LINK_FUNC_TIMER);
}

#endif


/* In the pool thread, from here on.  A line that there is no memory for is
 * lost, as one for which the disk has no room is. */

void
ngx_http_link_func_task_log(ngx_http_link_func_task_t *task, ngx_uint_t level,
                            const char *text, size_t len)
{
    u_char                    *p;
    ngx_pool_t                *pool;
    ngx_http_link_func_line_t *line;

    pool = task->lctx->pool;

    if (task->lines.elts == NULL
        && ngx_array_init(&task->lines, pool, 4,
                          sizeof(ngx_http_link_func_line_t))
               != NGX_OK)
    {
        return;
    }

    p = ngx_pnalloc(pool, len);
    if (p == NULL) {
        return;
    }

    line = ngx_array_push(&task->lines);
    if (line == NULL) {
        return;
    }

    line->level = level;
    line->text.len = len;
    line->text.data = p;
    ngx_memcpy(p, text, len);
}


ngx_str_t
ngx_http_link_func_task_addr(ngx_http_link_func_task_t *task)
{
    return task->addr;
}


/* What the function sees changes at once, the request later. */

ngx_int_t
ngx_http_link_func_task_change_header_in(ngx_http_link_func_ctx_t *lctx,
                                         ngx_table_elt_t          *with)
{
    ngx_array_t     *changes;
    ngx_table_elt_t *change, *set;

    changes = &lctx->task->changes;

    if (changes->elts == NULL
        && ngx_array_init(changes, lctx->pool, 4, sizeof(ngx_table_elt_t))
               != NGX_OK)
    {
        return NGX_ERROR;
    }

    change = ngx_array_push(changes);
    if (change == NULL) {
        return NGX_ERROR;
    }

    *change = *with;

    if (ngx_http_link_func_change_list(lctx->pool, lctx->headers_in, with, &set)
        != NGX_OK)
    {
        changes->nelts--;
        return NGX_ERROR;
    }

    return NGX_OK;
}
