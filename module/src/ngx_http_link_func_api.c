/*
 * The public functions over NGINX: logging, properties, request, memory.
 * Headers, response and shared memory have files of their own.
 */

#include "ngx_http_link_func_module.h"

#include "lf_abi.h"


static ngx_uint_t ngx_http_link_func_is_logged(ngx_log_t *log,
                                               ngx_uint_t level);
static void       ngx_http_link_func_log_text(ngx_uint_t           level,
                                              ngx_link_func_ctx_t *ctx,
                                              const char          *msg);
static void       ngx_http_link_func_cyc_log_text(ngx_uint_t             level,
                                                  ngx_link_func_cycle_t *cycle,
                                                  const char            *msg);
static int ngx_http_link_func_get_arg(ngx_link_func_ctx_t *ctx, lf_str_t query,
                                      lf_str_t             name,
                                      ngx_link_func_str_t *value);
static u_char *ngx_http_link_func_find_prop(ngx_http_link_func_srv_conf_t *lscf,
                                            const char *key, size_t keylen);


/* `line` is escaped already. */

void
ngx_http_link_func_log_line(ngx_uint_t level, ngx_log_t *log, const char *line,
                            size_t len)
{
    ngx_log_error(level, log, 0, "%*s", len, line);
}


/* A line about a call: of a thread's, the event loop writes it. */

void
ngx_http_link_func_log(ngx_http_link_func_ctx_t *lctx, ngx_uint_t level,
                       const char *line, size_t len)
{
    ngx_http_request_t *r;

    if (lctx->task) {
        ngx_http_link_func_task_log(lctx->task, level, line, len);
        return;
    }

    r = ngx_http_link_func_request(&lctx->ctx);
    ngx_http_link_func_log_line(level, r->connection->log, line, len);
}


/* Debug has its own switches, above the levels. */

static ngx_uint_t
ngx_http_link_func_is_logged(ngx_log_t *log, ngx_uint_t level)
{
    return level == NGX_LOG_DEBUG ? log->log_level & NGX_LOG_DEBUG_HTTP
                                  : log->log_level >= level;
}


static void
ngx_http_link_func_log_text(ngx_uint_t level, ngx_link_func_ctx_t *ctx,
                            const char *msg)
{
    char   line[NGX_MAX_ERROR_STR];
    size_t len;

    if (!ngx_http_link_func_is_logged(ctx->__log__, level)) {
        return;
    }

    len = lf_log_escape(line, sizeof(line), lf_cstr(msg));
    ngx_http_link_func_log(ngx_http_link_func_call_ctx(ctx), level, line, len);
}


static void
ngx_http_link_func_cyc_log_text(ngx_uint_t level, ngx_link_func_cycle_t *cycle,
                                const char *msg)
{
    ngx_log_t *log = cycle->__log__;

    char   line[NGX_MAX_ERROR_STR];
    size_t len;

    if (!ngx_http_link_func_is_logged(log, level)) {
        return;
    }

    len = lf_log_escape(line, sizeof(line), lf_cstr(msg));
    ngx_http_link_func_log_line(level, log, line, len);
}


int
ngx_link_func_log_fmt(ngx_link_func_ctx_t *ctx, int level, const char *format,
                      ...)
{
    char    text[NGX_MAX_ERROR_STR];
    va_list args;

    if (level != NGX_LINK_FUNC_LOG_ERR && level != NGX_LINK_FUNC_LOG_WARN
        && level != NGX_LINK_FUNC_LOG_INFO && level != NGX_LINK_FUNC_LOG_DEBUG)
    {
        return NGX_LINK_FUNC_INVALID;
    }

    if (!ngx_http_link_func_is_logged(ctx->__log__, level)) {
        return NGX_LINK_FUNC_OK;
    }

    /* NGINX would cut what does not fit. */

    va_start(args, format);
    (void) vsnprintf(text, sizeof(text), format, args);
    va_end(args);

    ngx_http_link_func_log_text(level, ctx, text);

    return NGX_LINK_FUNC_OK;
}


void
ngx_link_func_log_debug(ngx_link_func_ctx_t *ctx, const char *msg)
{
    ngx_http_link_func_log_text(NGX_LOG_DEBUG, ctx, msg);
}


void
ngx_link_func_log_info(ngx_link_func_ctx_t *ctx, const char *msg)
{
    ngx_http_link_func_log_text(NGX_LOG_INFO, ctx, msg);
}


void
ngx_link_func_log_warn(ngx_link_func_ctx_t *ctx, const char *msg)
{
    ngx_http_link_func_log_text(NGX_LOG_WARN, ctx, msg);
}


void
ngx_link_func_log_err(ngx_link_func_ctx_t *ctx, const char *msg)
{
    ngx_http_link_func_log_text(NGX_LOG_ERR, ctx, msg);
}


void
ngx_link_func_cyc_log_debug(ngx_link_func_cycle_t *cycle, const char *msg)
{
    ngx_http_link_func_cyc_log_text(NGX_LOG_DEBUG, cycle, msg);
}


void
ngx_link_func_cyc_log_info(ngx_link_func_cycle_t *cycle, const char *msg)
{
    ngx_http_link_func_cyc_log_text(NGX_LOG_INFO, cycle, msg);
}


void
ngx_link_func_cyc_log_warn(ngx_link_func_cycle_t *cycle, const char *msg)
{
    ngx_http_link_func_cyc_log_text(NGX_LOG_WARN, cycle, msg);
}


void
ngx_link_func_cyc_log_err(ngx_link_func_cycle_t *cycle, const char *msg)
{
    ngx_http_link_func_cyc_log_text(NGX_LOG_ERR, cycle, msg);
}


static u_char *
ngx_http_link_func_find_prop(ngx_http_link_func_srv_conf_t *lscf,
                             const char *key, size_t keylen)
{
    const lf_prop_t *prop;

    if (lscf->props == NULL) {
        return NULL;
    }

    prop = lf_prop_find(lscf->props->elts, lscf->props->nelts,
                        lf_str(key, keylen));

    return prop ? (u_char *) prop->value.data : NULL;
}


u_char *
ngx_link_func_get_prop(ngx_link_func_ctx_t *ctx, const char *key, size_t keylen)
{
    ngx_http_request_t            *r;
    ngx_http_link_func_srv_conf_t *lscf;

    r = ngx_http_link_func_request(ctx);
    lscf = ngx_http_get_module_srv_conf(r, ngx_http_link_func_module);

    return ngx_http_link_func_find_prop(lscf, key, keylen);
}


u_char *
ngx_link_func_cyc_get_prop(ngx_link_func_cycle_t *cycle, const char *key,
                           size_t keylen)
{
    u_char                         *value;
    ngx_uint_t                      i;
    ngx_http_link_func_library_t   *library;
    ngx_http_link_func_srv_conf_t **server;

    library = cycle->__srv_cf__;
    server = library->servers.elts;
    value = NULL;

    for (i = 0; i < library->servers.nelts && value == NULL; i++) {
        value = ngx_http_link_func_find_prop(server[i], key, keylen);
    }

    return value;
}


int
ngx_link_func_get_uri(ngx_link_func_ctx_t *ctx, ngx_link_func_str_t *uri)
{
    ngx_http_request_t *r;

    r = ngx_http_link_func_request(ctx);

    uri->len = r->uri.len;
    uri->data = r->uri.data;

    return r->uri.len ? 0 : -1;
}


/* A copy that lives as long as the request, with a NUL behind it. */

int
ngx_http_link_func_lend(ngx_http_link_func_ctx_t *lctx,
                        ngx_link_func_str_t *out, lf_str_t text)
{
    u_char *p;

    p = ngx_pnalloc(lctx->pool, text.len + 1);
    if (p == NULL) {
        return NGX_LINK_FUNC_NO_MEMORY;
    }

    out->data = p;
    out->len = text.len;

    if (text.len) {
        p = ngx_cpymem(p, text.data, text.len);
    }

    *p = '\0';

    return NGX_LINK_FUNC_OK;
}


int
ngx_link_func_get_method(ngx_link_func_ctx_t *ctx, ngx_link_func_str_t *method)
{
    ngx_http_request_t *r;

    r = ngx_http_link_func_request(ctx);

    return ngx_http_link_func_lend(ngx_http_link_func_get_ctx(r), method,
                                   ngx_http_link_func_lf(r->method_name));
}


int
ngx_link_func_get_remote_addr(ngx_link_func_ctx_t *ctx,
                              ngx_link_func_str_t *addr)
{
    ngx_str_t                 text;
    ngx_http_request_t       *r;
    ngx_http_link_func_ctx_t *lctx;

    r = ngx_http_link_func_request(ctx);
    lctx = ngx_http_link_func_get_ctx(r);

    text = lctx->task ? ngx_http_link_func_task_addr(lctx->task)
                      : r->connection->addr_text;

    return ngx_http_link_func_lend(lctx, addr, ngx_http_link_func_lf(text));
}


void *
ngx_link_func_get_query_param(ngx_link_func_ctx_t *ctx, const char *key)
{
    lf_str_t            value;
    ngx_link_func_str_t copy;
    ngx_http_request_t *r;

    r = ngx_http_link_func_request(ctx);

    if (!lf_query_find(ngx_http_link_func_lf(r->args), lf_cstr(key), &value)
        || ngx_http_link_func_lend(ngx_http_link_func_get_ctx(r), &copy, value)
               != NGX_LINK_FUNC_OK)
    {
        return NULL;
    }

    return copy.data;
}


static int
ngx_http_link_func_get_arg(ngx_link_func_ctx_t *ctx, lf_str_t query,
                           lf_str_t name, ngx_link_func_str_t *value)
{
    int                 status;
    lf_str_t            raw;
    ngx_link_func_str_t copy;

    if (!lf_query_find_decoded(query, name, &raw)) {
        return NGX_LINK_FUNC_NOT_FOUND;
    }

    status =
        ngx_http_link_func_lend(ngx_http_link_func_call_ctx(ctx), &copy, raw);

    if (status != NGX_LINK_FUNC_OK) {
        return status;
    }

    /* It only becomes shorter. */

    value->data = copy.data;
    value->len = lf_query_decode((char *) copy.data, raw);
    value->data[value->len] = '\0';

    return NGX_LINK_FUNC_OK;
}


int
ngx_link_func_get_query_arg(ngx_link_func_ctx_t *ctx, const char *name,
                            size_t name_len, ngx_link_func_str_t *value)
{
    return ngx_http_link_func_get_arg(
        ctx, ngx_http_link_func_lf(ngx_http_link_func_request(ctx)->args),
        lf_str(name, name_len), value);
}


int
ngx_link_func_get_form_arg(ngx_link_func_ctx_t *ctx, const char *name,
                           size_t name_len, ngx_link_func_str_t *value)
{
    return ngx_http_link_func_get_arg(
        ctx, lf_str((const char *) ctx->req_body, ctx->req_body_len),
        lf_str(name, name_len), value);
}


void *
ngx_link_func_palloc(ngx_link_func_ctx_t *ctx, size_t size)
{
    return ngx_palloc(ngx_http_link_func_call_ctx(ctx)->pool, size);
}


void *
ngx_link_func_pcalloc(ngx_link_func_ctx_t *ctx, size_t size)
{
    return ngx_pcalloc(ngx_http_link_func_call_ctx(ctx)->pool, size);
}


char *
ngx_link_func_strdup(ngx_link_func_ctx_t *ctx, const char *str)
{
    ngx_link_func_str_t copy;

    if (ngx_http_link_func_lend(ngx_http_link_func_call_ctx(ctx), &copy,
                                lf_cstr(str))
        != NGX_LINK_FUNC_OK)
    {
        return NULL;
    }

    return (char *) copy.data;
}
