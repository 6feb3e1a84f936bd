/*
 * The public functions over NGINX: logging, properties, request, memory.
 * Headers, response and shared memory have files of their own.
 */

#include "ngx_http_link_func_module.h"

#include "lf_abi.h"


static void    ngx_http_link_func_log_text(ngx_uint_t level, void *data,
                                           const char *msg);
static u_char *ngx_http_link_func_find_prop(ngx_http_link_func_srv_conf_t *lscf,
                                            const char *key, size_t keylen);


/* `line` is escaped already. */

void
ngx_http_link_func_log_line(ngx_uint_t level, ngx_log_t *log, const char *line,
                            size_t len)
{
    ngx_log_error(level, log, 0, "%*s", len, line);
}


static void
ngx_http_link_func_log_text(ngx_uint_t level, void *data, const char *msg)
{
    ngx_log_t *log = data;

    char   line[NGX_MAX_ERROR_STR];
    size_t len;

    /* Debug has its own switches, above the levels. */

    if (level == NGX_LOG_DEBUG ? !(log->log_level & NGX_LOG_DEBUG_HTTP)
                               : log->log_level < level)
    {
        return;
    }

    len = lf_log_escape(line, sizeof(line), lf_cstr(msg));
    ngx_http_link_func_log_line(level, log, line, len);
}


void
ngx_link_func_log_debug(ngx_link_func_ctx_t *ctx, const char *msg)
{
    ngx_http_link_func_log_text(NGX_LOG_DEBUG, ctx->__log__, msg);
}


void
ngx_link_func_log_info(ngx_link_func_ctx_t *ctx, const char *msg)
{
    ngx_http_link_func_log_text(NGX_LOG_INFO, ctx->__log__, msg);
}


void
ngx_link_func_log_warn(ngx_link_func_ctx_t *ctx, const char *msg)
{
    ngx_http_link_func_log_text(NGX_LOG_WARN, ctx->__log__, msg);
}


void
ngx_link_func_log_err(ngx_link_func_ctx_t *ctx, const char *msg)
{
    ngx_http_link_func_log_text(NGX_LOG_ERR, ctx->__log__, msg);
}


void
ngx_link_func_cyc_log_debug(ngx_link_func_cycle_t *cycle, const char *msg)
{
    ngx_http_link_func_log_text(NGX_LOG_DEBUG, cycle->__log__, msg);
}


void
ngx_link_func_cyc_log_info(ngx_link_func_cycle_t *cycle, const char *msg)
{
    ngx_http_link_func_log_text(NGX_LOG_INFO, cycle->__log__, msg);
}


void
ngx_link_func_cyc_log_warn(ngx_link_func_cycle_t *cycle, const char *msg)
{
    ngx_http_link_func_log_text(NGX_LOG_WARN, cycle->__log__, msg);
}


void
ngx_link_func_cyc_log_err(ngx_link_func_cycle_t *cycle, const char *msg)
{
    ngx_http_link_func_log_text(NGX_LOG_ERR, cycle->__log__, msg);
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


void *
ngx_link_func_get_query_param(ngx_link_func_ctx_t *ctx, const char *key)
{
    u_char             *p;
    lf_str_t            value;
    ngx_http_request_t *r;

    r = ngx_http_link_func_request(ctx);

    if (!lf_query_find(ngx_http_link_func_lf(r->args), lf_cstr(key), &value)) {
        return NULL;
    }

    p = ngx_pnalloc(r->pool, value.len + 1);
    if (p == NULL) {
        return NULL;
    }

    *ngx_cpymem(p, value.data, value.len) = '\0';

    return p;
}


void *
ngx_link_func_palloc(ngx_link_func_ctx_t *ctx, size_t size)
{
    return ngx_palloc(ngx_http_link_func_request(ctx)->pool, size);
}


void *
ngx_link_func_pcalloc(ngx_link_func_ctx_t *ctx, size_t size)
{
    return ngx_pcalloc(ngx_http_link_func_request(ctx)->pool, size);
}


char *
ngx_link_func_strdup(ngx_link_func_ctx_t *ctx, const char *str)
{
    char  *copy;
    size_t size;

    size = ngx_strlen(str) + 1;

    copy = ngx_pnalloc(ngx_http_link_func_request(ctx)->pool, size);
    if (copy == NULL) {
        return NULL;
    }

    ngx_memcpy(copy, str, size);

    return copy;
}
