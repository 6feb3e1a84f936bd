/*
 * NGINX variables: the application's access to them, and forgetting those that
 * were made from a request header which has changed since.
 */

#include "ngx_http_link_func_module.h"


/* How the context begins that auth_request_set gives its variable. */
typedef struct {
    ngx_uint_t index;
    ngx_str_t  value;
} ngx_http_link_func_assigned_t;


static int        ngx_http_link_func_variable_name(ngx_link_func_ctx_t *ctx,
                                                   ngx_str_t *name, const char *data,
                                                   size_t len, ngx_uint_t *key);
static int        ngx_http_link_func_assign(ngx_http_request_t  *r,
                                            ngx_http_variable_t *v, lf_str_t value);
static ngx_int_t  ngx_http_link_func_keep_value(ngx_http_request_t        *r,
                                                ngx_http_variable_value_t *vv);
static ngx_uint_t ngx_http_link_func_is_kept(ngx_http_request_t        *r,
                                             ngx_http_variable_value_t *vv);
static void       ngx_http_link_func_kept(void *data);
static ngx_uint_t ngx_http_link_func_is_assigned(ngx_http_variable_t *v,
                                                 ngx_uint_t           index,
                                                 ngx_pool_t          *pool);
static ngx_uint_t ngx_http_link_func_is_allocated(ngx_pool_t   *pool,
                                                  const u_char *data);
static ngx_uint_t
ngx_http_link_func_is_made_from(ngx_http_core_main_conf_t *cmcf,
                                ngx_http_variable_t *v, ngx_table_elt_t *h);
static ngx_uint_t ngx_http_link_func_is_set(ngx_http_core_main_conf_t *cmcf,
                                            ngx_http_variable_t       *v);


int
ngx_link_func_get_var(ngx_link_func_ctx_t *ctx, const char *name,
                      size_t name_len, ngx_link_func_str_t *value)
{
    int                        status;
    ngx_str_t                  variable;
    ngx_uint_t                 key;
    ngx_http_request_t        *r;
    ngx_http_link_func_ctx_t  *lctx;
    ngx_http_variable_value_t *v;

    status =
        ngx_http_link_func_variable_name(ctx, &variable, name, name_len, &key);
    if (status != NGX_LINK_FUNC_OK) {
        return status;
    }

    r = ngx_http_link_func_request(ctx);
    lctx = ngx_http_link_func_get_ctx(r);

    v = ngx_http_get_variable(r, &variable, key);

    if (v == NULL || v->not_found) {
        return NGX_LINK_FUNC_NOT_FOUND;
    }

    return ngx_http_link_func_lend(lctx, value,
                                   lf_str((char *) v->data, v->len));
}


int
ngx_link_func_set_var(ngx_link_func_ctx_t *ctx, const char *name,
                      size_t name_len, const char *value, size_t value_len)
{
    int                        status;
    ngx_str_t                  variable;
    ngx_uint_t                 key;
    ngx_http_request_t        *r;
    ngx_http_variable_t       *v;
    ngx_http_core_main_conf_t *cmcf;

    status =
        ngx_http_link_func_variable_name(ctx, &variable, name, name_len, &key);
    if (status != NGX_LINK_FUNC_OK) {
        return status;
    }

    r = ngx_http_link_func_request(ctx);
    cmcf = ngx_http_get_module_main_conf(r, ngx_http_core_module);

    v = ngx_hash_find(&cmcf->variables_hash, key, variable.data, variable.len);

    if (v == NULL) {
        return NGX_LINK_FUNC_NOT_FOUND;
    }

    if (!(v->flags & NGX_HTTP_VAR_CHANGEABLE)
        || (v->set_handler == NULL && !(v->flags & NGX_HTTP_VAR_INDEXED)))
    {
        return NGX_LINK_FUNC_INVALID;
    }

    return ngx_http_link_func_assign(r, v, lf_str(value, value_len));
}


static int
ngx_http_link_func_assign(ngx_http_request_t *r, ngx_http_variable_t *v,
                          lf_str_t value)
{
    ngx_link_func_str_t        copy;
    ngx_http_variable_value_t *vv, made;

    if (ngx_http_link_func_lend(ngx_http_link_func_get_ctx(r), &copy, value)
        != NGX_LINK_FUNC_OK)
    {
        return NGX_LINK_FUNC_NO_MEMORY;
    }

    ngx_memzero(&made, sizeof(ngx_http_variable_value_t));
    made.valid = 1;
    made.len = copy.len;
    made.data = copy.data;

    if (v->set_handler) {
        v->set_handler(r, &made, v->data);
        return NGX_LINK_FUNC_OK;
    }

    vv = &r->variables[v->index];

    if (ngx_http_link_func_keep_value(r, vv) != NGX_OK) {
        return NGX_LINK_FUNC_NO_MEMORY;
    }

    *vv = made;

    return NGX_LINK_FUNC_OK;
}


/* What the function has set is not computed again, in whatever request of the
 * same pool a header changes. */

static ngx_int_t
ngx_http_link_func_keep_value(ngx_http_request_t        *r,
                              ngx_http_variable_value_t *vv)
{
    ngx_pool_cleanup_t *cln;

    if (ngx_http_link_func_is_kept(r, vv)) {
        return NGX_OK;
    }

    cln = ngx_pool_cleanup_add(r->pool, 0);
    if (cln == NULL) {
        return NGX_ERROR;
    }

    cln->handler = ngx_http_link_func_kept;
    cln->data = vv;

    return NGX_OK;
}


static ngx_uint_t
ngx_http_link_func_is_kept(ngx_http_request_t *r, ngx_http_variable_value_t *vv)
{
    ngx_pool_cleanup_t *cln;

    for (cln = r->pool->cleanup; cln; cln = cln->next) {
        if (cln->handler == ngx_http_link_func_kept && cln->data == vv) {
            return 1;
        }
    }

    return 0;
}


static void
ngx_http_link_func_kept(void *data)
{
    /* void */
}


/* Variables are looked up by their name in small letters. */

static int
ngx_http_link_func_variable_name(ngx_link_func_ctx_t *ctx, ngx_str_t *name,
                                 const char *data, size_t len, ngx_uint_t *key)
{
    ngx_http_link_func_ctx_t *lctx;

    lctx = ngx_http_link_func_call_ctx(ctx);

    if (lctx->task) {
        return NGX_LINK_FUNC_WRONG_THREAD;
    }

    if (len == 0) {
        return NGX_LINK_FUNC_INVALID;
    }

    name->data = ngx_pnalloc(lctx->pool, len);
    if (name->data == NULL) {
        return NGX_LINK_FUNC_NO_MEMORY;
    }

    name->len = len;
    *key = ngx_hash_strlow(name->data, (u_char *) data, len);

    return NGX_LINK_FUNC_OK;
}


/* From the first change on the worker looks such variables up each time they
 * are used, because a subrequest has headers of its own, but the variables of
 * its parent. */

void
ngx_http_link_func_forget_variables(ngx_http_request_t *r, ngx_table_elt_t *h)
{
    ngx_uint_t                      i, *index;
    ngx_http_variable_t            *v;
    ngx_http_variable_value_t      *vv;
    ngx_http_core_main_conf_t      *cmcf;
    ngx_http_link_func_main_conf_t *lmcf;

    cmcf = ngx_http_get_module_main_conf(r, ngx_http_core_module);
    v = cmcf->variables.elts;

    for (i = 0; i < cmcf->variables.nelts; i++) {
        if (ngx_http_link_func_is_made_from(cmcf, &v[i], h)) {
            v[i].flags |= NGX_HTTP_VAR_NOCACHEABLE;
            r->variables[i].valid = 0;
            r->variables[i].not_found = 0;
        }
    }

    lmcf = ngx_http_get_module_main_conf(r, ngx_http_link_func_module);
    index = lmcf->computed.elts;

    for (i = 0; i < lmcf->computed.nelts; i++) {
        vv = &r->variables[index[i]];

        if ((vv->valid || vv->not_found) && !ngx_http_link_func_is_kept(r, vv))
        {
            vv->valid = 0;
            vv->not_found = 0;
        }
    }
}


/* What ngx_link_func_add_req_header sets is known before.  When the
 * configuration is complete. */

void
ngx_http_link_func_uncache_variables(ngx_http_core_main_conf_t *cmcf,
                                     ngx_array_t               *headers)
{
    ngx_uint_t           i, n;
    ngx_table_elt_t     *h;
    ngx_http_variable_t *v;

    h = headers->elts;
    v = cmcf->variables.elts;

    for (n = 0; n < headers->nelts; n++) {
        for (i = 0; i < cmcf->variables.nelts; i++) {
            if (ngx_http_link_func_is_made_from(cmcf, &v[i], &h[n])) {
                v[i].flags |= NGX_HTTP_VAR_NOCACHEABLE;
            }
        }
    }
}


/* "map" and its like have a context in the memory of the configuration, and
 * may depend on any header.  What is set has at most its own index instead,
 * and could not be computed again. */

ngx_int_t
ngx_http_link_func_find_computed(ngx_http_core_main_conf_t *cmcf,
                                 ngx_pool_t *pool, ngx_array_t *computed)
{
    ngx_uint_t           i, *index;
    ngx_http_variable_t *v;

    v = cmcf->variables.elts;

    for (i = 0; i < cmcf->variables.nelts; i++) {
        if (!(v[i].flags & NGX_HTTP_VAR_CHANGEABLE)
            || !ngx_http_link_func_is_allocated(pool, (u_char *) v[i].data)
            || ngx_http_link_func_is_assigned(&v[i], i, pool))
        {
            continue;
        }

        index = ngx_array_push(computed);
        if (index == NULL) {
            return NGX_ERROR;
        }

        *index = i;
    }

    return NGX_OK;
}


/* auth_request_set gives its variable a context too, but the value comes from
 * another request.  Others begin theirs with an address, or with a text whose
 * address comes second; this one with the variable's index and the length of
 * an argument, and no address is as small as that. */

static ngx_uint_t
ngx_http_link_func_is_assigned(ngx_http_variable_t *v, ngx_uint_t index,
                               ngx_pool_t *pool)
{
    ngx_http_link_func_assigned_t *assigned;

    assigned = (ngx_http_link_func_assigned_t *) v->data;

    return assigned->index == index && assigned->value.len
           && assigned->value.len < ngx_pagesize
           && ngx_http_link_func_is_allocated(pool, assigned->value.data);
}


static ngx_uint_t
ngx_http_link_func_is_allocated(ngx_pool_t *pool, const u_char *data)
{
    ngx_pool_t       *p;
    ngx_pool_large_t *large;

    p = pool;

    do {
        if (data >= (u_char *) p && data < p->d.end) {
            return 1;
        }

        p = p->d.next;
    } while (p);

    for (large = pool->large; large; large = large->next) {
        if (large->alloc && large->alloc == data) {
            return 1;
        }
    }

    return 0;
}


static ngx_uint_t
ngx_http_link_func_is_made_from(ngx_http_core_main_conf_t *cmcf,
                                ngx_http_variable_t *v, ngx_table_elt_t *h)
{
    return lf_variable_is_made_from(ngx_http_link_func_lf(v->name),
                                    ngx_http_link_func_lf(h->key))
           && !ngx_http_link_func_is_set(cmcf, v);
}


/* The configuration may have a variable of its own by such a name; the flags
 * of the indexed one are then still those of the prefix. */

static ngx_uint_t
ngx_http_link_func_is_set(ngx_http_core_main_conf_t *cmcf,
                          ngx_http_variable_t       *v)
{
    ngx_uint_t           key;
    ngx_http_variable_t *own;

    key = ngx_hash_key(v->name.data, v->name.len);
    own = ngx_hash_find(&cmcf->variables_hash, key, v->name.data, v->name.len);

    return own && (own->flags & NGX_HTTP_VAR_CHANGEABLE);
}
