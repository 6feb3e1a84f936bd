/*
 * Request headers, beside which NGINX keeps named fields and variables that
 * its modules read instead of the list.
 */

#include "ngx_http_link_func_module.h"


static int        ngx_http_link_func_change_in(ngx_http_link_func_ctx_t *lctx,
                                               ngx_table_elt_t          *with);
static ngx_uint_t ngx_http_link_func_has_alike(ngx_list_t      *list,
                                               ngx_table_elt_t *like);
static ngx_uint_t ngx_http_link_func_alike(ngx_table_elt_t *a,
                                           ngx_table_elt_t *b);
static ngx_int_t  ngx_http_link_func_find_field(ngx_http_request_t *r,
                                                ngx_table_elt_t    *with,
                                                ngx_http_header_t **hh);
static ngx_int_t  ngx_http_link_func_set_field_in(ngx_http_request_t *r,
                                                  ngx_table_elt_t    *with,
                                                  ngx_table_elt_t    *set);
#if (nginx_version < 1023000)
static ngx_uint_t ngx_http_link_func_is_array(ngx_uint_t offset);
static ngx_int_t  ngx_http_link_func_set_array(ngx_http_request_t *r,
                                               ngx_array_t        *field,
                                               ngx_table_elt_t    *set);
#endif
static ngx_int_t ngx_http_link_func_set_server(ngx_http_request_t *r,
                                               ngx_str_t          *host);


int
ngx_link_func_add_header_in(ngx_link_func_ctx_t *ctx, const char *key,
                            size_t keylen, const char *value, size_t val_len)
{
    lf_str_t                  name, content;
    ngx_table_elt_t           made;
    ngx_http_link_func_ctx_t *lctx;

    lctx = ngx_http_link_func_call_ctx(ctx);
    name = lf_str(key, keylen);
    content = lf_str(value, val_len);

    if (ngx_http_link_func_header_refused(
            lctx, "ngx_link_func_add_header_in", name,
            lf_header_check_request(name, content))
        || ngx_http_link_func_make_header(lctx->pool, &made, name, content)
               != NGX_OK)
    {
        return -1;
    }

    return ngx_http_link_func_change_in(lctx, &made) == NGX_LINK_FUNC_OK ? 0
                                                                         : -1;
}


int
ngx_link_func_del_header_in(ngx_link_func_ctx_t *ctx, const char *name,
                            size_t name_len)
{
    lf_str_t                  key;
    ngx_table_elt_t           made;
    ngx_http_link_func_ctx_t *lctx;

    lctx = ngx_http_link_func_call_ctx(ctx);
    key = lf_str(name, name_len);

    if (ngx_http_link_func_header_refused(lctx, "ngx_link_func_del_header_in",
                                          key, lf_header_check_removal(key)))
    {
        return NGX_LINK_FUNC_INVALID;
    }

    if (ngx_http_link_func_make_header(lctx->pool, &made, key, lf_cstr(""))
        != NGX_OK)
    {
        return NGX_LINK_FUNC_NO_MEMORY;
    }

    if (!ngx_http_link_func_has_alike(lctx->headers_in, &made)) {
        return NGX_LINK_FUNC_NOT_FOUND;
    }

    made.value.data = NULL;

    return ngx_http_link_func_change_in(lctx, &made);
}


static int
ngx_http_link_func_change_in(ngx_http_link_func_ctx_t *lctx,
                             ngx_table_elt_t          *with)
{
    ngx_int_t rc;

    rc = lctx->task ? ngx_http_link_func_task_change_header_in(lctx, with)
                    : ngx_http_link_func_change_headers_in(
                        ngx_http_link_func_request(&lctx->ctx), with);

    return rc == NGX_OK ? NGX_LINK_FUNC_OK : NGX_LINK_FUNC_NO_MEMORY;
}


/* What an auth_request subrequest sets is for the requests above it too. */

ngx_int_t
ngx_http_link_func_change_headers_in(ngx_http_request_t *r,
                                     ngx_table_elt_t    *with)
{
    for (/* void */; r; r = r->parent) {
        if (ngx_http_link_func_change_header_in(r, with) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_link_func_change_header_in(ngx_http_request_t *r,
                                    ngx_table_elt_t    *with)
{
    ngx_table_elt_t *set;

    if (ngx_http_link_func_change_list(r->pool, &r->headers_in.headers, with,
                                       &set)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_http_link_func_forget_variables(r, with);

    return ngx_http_link_func_set_field_in(r, with, set);
}


/*
 * Replaces every header of that name by one, or removes them.  A subrequest
 * starts with a copy of its parent's list that shares the elements, so the
 * list is made anew instead of being changed.
 */

ngx_int_t
ngx_http_link_func_change_list(ngx_pool_t *pool, ngx_list_t *list,
                               ngx_table_elt_t *with, ngx_table_elt_t **set)
{
    ngx_uint_t       i, n, left;
    ngx_list_t       made;
    ngx_table_elt_t *h;

    if (ngx_http_link_func_copy_headers(pool, &made, list, 1) != NGX_OK) {
        return NGX_ERROR;
    }

    *set = NULL;
    left = with->value.data ? 1 : 0;
    h = made.part.elts;
    n = 0;

    for (i = 0; i < made.part.nelts; i++) {
        if (!ngx_http_link_func_alike(&h[i], with)) {
            h[n++] = h[i];

        } else if (left) {
            left = 0;
            *set = &h[n];
            h[n++] = *with;
        }
    }

    if (left) {
        *set = &h[n];
        h[n++] = *with;
    }

    made.part.nelts = n;
    ngx_http_link_func_move_headers(list, &made);

    return NGX_OK;
}


static ngx_uint_t
ngx_http_link_func_has_alike(ngx_list_t *list, ngx_table_elt_t *like)
{
    ngx_uint_t       i;
    ngx_list_part_t *part;
    ngx_table_elt_t *h;

    for (part = &list->part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (ngx_http_link_func_alike(&h[i], like)) {
                return 1;
            }
        }
    }

    return 0;
}


static ngx_uint_t
ngx_http_link_func_alike(ngx_table_elt_t *a, ngx_table_elt_t *b)
{
    return lf_header_alike(ngx_http_link_func_lf(a->key),
                           ngx_http_link_func_lf(b->key));
}


/* The field of the header that is spelt with '-', if NGINX has one. */

static ngx_int_t
ngx_http_link_func_find_field(ngx_http_request_t *r, ngx_table_elt_t *with,
                              ngx_http_header_t **hh)
{
    size_t                     i;
    u_char                    *name;
    ngx_uint_t                 hash;
    ngx_http_core_main_conf_t *cmcf;

    name = ngx_pnalloc(r->pool, with->key.len);
    if (name == NULL) {
        return NGX_ERROR;
    }

    hash = 0;

    for (i = 0; i < with->key.len; i++) {
        name[i] = with->lowcase_key[i] == '_' ? '-' : with->lowcase_key[i];
        hash = ngx_hash(hash, name[i]);
    }

    cmcf = ngx_http_get_module_main_conf(r, ngx_http_core_module);
    *hh = ngx_hash_find(&cmcf->headers_in_hash, hash, name, with->key.len);

    return NGX_OK;
}


static ngx_int_t
ngx_http_link_func_set_field_in(ngx_http_request_t *r, ngx_table_elt_t *with,
                                ngx_table_elt_t *set)
{
    void              *field;
    ngx_http_header_t *hh;

    if (ngx_http_link_func_find_field(r, with, &hh) != NGX_OK) {
        return NGX_ERROR;
    }

    if (hh == NULL) {
        return NGX_OK;
    }

    /* NGINX takes only the exact name from a client, too. */

    if (ngx_strlchr(with->key.data, with->key.data + with->key.len, '_')) {
        set = NULL;
    }

    field = (char *) &r->headers_in + hh->offset;

#if (nginx_version < 1023000)

    if (ngx_http_link_func_is_array(hh->offset)) {
        return ngx_http_link_func_set_array(r, field, set);
    }

#endif

    *(ngx_table_elt_t **) field = set;

    /* What was parsed from the old value is parsed again when it is needed. */

    if (hh->offset == offsetof(ngx_http_headers_in_t, authorization)) {
        ngx_str_null(&r->headers_in.user);
        ngx_str_null(&r->headers_in.passwd);
    }

    if (hh->offset == offsetof(ngx_http_headers_in_t, host)) {
        ngx_str_null(&r->headers_in.server);

        return set ? ngx_http_link_func_set_server(r, &set->value) : NGX_OK;
    }

    return NGX_OK;
}


#if (nginx_version < 1023000)

/* These two were arrays of pointers before headers became chains. */

static ngx_uint_t
ngx_http_link_func_is_array(ngx_uint_t offset)
{
#if (NGX_HTTP_X_FORWARDED_FOR)
    if (offset == offsetof(ngx_http_headers_in_t, x_forwarded_for)) {
        return 1;
    }
#endif

    return offset == offsetof(ngx_http_headers_in_t, cookies);
}


static ngx_int_t
ngx_http_link_func_set_array(ngx_http_request_t *r, ngx_array_t *field,
                             ngx_table_elt_t *set)
{
    ngx_table_elt_t **elt;

    if (ngx_array_init(field, r->pool, 1, sizeof(void *)) != NGX_OK) {
        return NGX_ERROR;
    }

    if (set) {
        elt = ngx_array_push(field);
        *elt = set;
    }

    return NGX_OK;
}

#endif


/* $host: the name in small letters, without port and trailing dot. */

static ngx_int_t
ngx_http_link_func_set_server(ngx_http_request_t *r, ngx_str_t *host)
{
    u_char  *p;
    lf_str_t name;

    name = lf_host_name(ngx_http_link_func_lf(*host));

    p = ngx_pnalloc(r->pool, name.len + 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_strlow(p, (u_char *) name.data, name.len);
    r->headers_in.server.data = p;
    r->headers_in.server.len = name.len;

    return NGX_OK;
}


ngx_table_elt_t *
ngx_http_link_func_find_in(ngx_list_t *list, lf_str_t name)
{
    ngx_uint_t       i;
    ngx_list_part_t *part;
    ngx_table_elt_t *h;

    for (part = &list->part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (lf_str_case_equal(ngx_http_link_func_lf(h[i].key), name)) {
                return &h[i];
            }
        }
    }

    return NULL;
}


u_char *
ngx_link_func_get_header(ngx_link_func_ctx_t *ctx, const char *key,
                         size_t keylen)
{
    ngx_table_elt_t          *h;
    ngx_link_func_str_t       value;
    ngx_http_link_func_ctx_t *lctx;

    lctx = ngx_http_link_func_call_ctx(ctx);

    h = ngx_http_link_func_find_in(lctx->headers_in, lf_str(key, keylen));

    if (h == NULL
        || ngx_http_link_func_lend(lctx, &value,
                                   ngx_http_link_func_lf(h->value))
               != NGX_LINK_FUNC_OK)
    {
        return NULL;
    }

    return value.data;
}


int
ngx_link_func_each_header(ngx_link_func_ctx_t *ctx,
                          int (*visit)(void                      *data,
                                       const ngx_link_func_str_t *name,
                                       const ngx_link_func_str_t *value),
                          void *data)
{
    ngx_uint_t                i;
    ngx_list_t                list;
    ngx_list_part_t          *part;
    ngx_table_elt_t          *h;
    ngx_link_func_str_t       name, value;
    ngx_http_link_func_ctx_t *lctx;

    lctx = ngx_http_link_func_call_ctx(ctx);

    /* What `visit` changes is a list made anew. */

    list = *lctx->headers_in;

    for (part = &list.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (ngx_http_link_func_lend(lctx, &name,
                                        ngx_http_link_func_lf(h[i].key))
                    != NGX_LINK_FUNC_OK
                || ngx_http_link_func_lend(lctx, &value,
                                           ngx_http_link_func_lf(h[i].value))
                       != NGX_LINK_FUNC_OK)
            {
                return NGX_LINK_FUNC_NO_MEMORY;
            }

            if (visit(data, &name, &value)) {
                return NGX_LINK_FUNC_OK;
            }
        }
    }

    return NGX_LINK_FUNC_OK;
}


int
ngx_link_func_get_cookie(ngx_link_func_ctx_t *ctx, const char *name,
                         size_t name_len, ngx_link_func_str_t *value)
{
    lf_str_t                  key, found, header;
    ngx_uint_t                i;
    ngx_list_part_t          *part;
    ngx_table_elt_t          *h;
    ngx_http_link_func_ctx_t *lctx;

    lctx = ngx_http_link_func_call_ctx(ctx);
    key = lf_str(name, name_len);

    for (part = &lctx->headers_in->part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (!lf_str_case_equal(ngx_http_link_func_lf(h[i].key),
                                   lf_cstr("Cookie"))) {
                continue;
            }

            header = ngx_http_link_func_lf(h[i].value);

            if (lf_cookie_find(header, key, &found)) {
                return ngx_http_link_func_lend(lctx, value, found);
            }
        }
    }

    return NGX_LINK_FUNC_NOT_FOUND;
}
