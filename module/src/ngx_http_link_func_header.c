/*
 * What request and response headers have in common.
 */

#include "ngx_http_link_func_module.h"


/* A copy of name and value, each NUL-terminated, as the parser leaves them. */

ngx_int_t
ngx_http_link_func_make_header(ngx_pool_t *pool, ngx_table_elt_t *h,
                               lf_str_t name, lf_str_t value)
{
    u_char *p;

    p = ngx_pnalloc(pool, 2 * name.len + value.len + 2);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(h, sizeof(ngx_table_elt_t));

    h->key.data = p;
    h->key.len = name.len;
    p = ngx_cpymem(p, name.data, name.len);
    *p++ = '\0';

    h->value.data = p;
    h->value.len = value.len;

    if (value.len) {
        p = ngx_cpymem(p, value.data, value.len);
    }

    *p++ = '\0';

    h->lowcase_key = p;
    h->hash = ngx_hash_strlow(p, h->key.data, name.len);

    return NGX_OK;
}


ngx_uint_t
ngx_http_link_func_same_name(ngx_table_elt_t *a, ngx_table_elt_t *b)
{
    return a->key.len == b->key.len
           && ngx_strncasecmp(a->key.data, b->key.data, a->key.len) == 0;
}


/* Says why not, unless the verdict is good. */

ngx_uint_t
ngx_http_link_func_header_refused(ngx_http_link_func_ctx_t *lctx,
                                  const char *function, lf_str_t name,
                                  lf_header_verdict_t verdict)
{
    char   line[NGX_MAX_ERROR_STR];
    size_t len;

    if (verdict == LF_HEADER_OK) {
        return 0;
    }

    len =
        lf_message_header_refused(line, sizeof(line), function, name, verdict);
    ngx_http_link_func_log(lctx, NGX_LOG_ERR, line, len);

    return 1;
}


/* A list with the same headers, and room for some more in its first part. */

ngx_int_t
ngx_http_link_func_copy_headers(ngx_pool_t *pool, ngx_list_t *to,
                                ngx_list_t *from, ngx_uint_t room)
{
    ngx_uint_t             n;
    const ngx_list_part_t *part;

    n = room;

    for (part = &from->part; part; part = part->next) {
        n += part->nelts;
    }

    if (ngx_list_init(to, pool, n ? n : 1, sizeof(ngx_table_elt_t)) != NGX_OK) {
        return NGX_ERROR;
    }

    for (part = &from->part; part; part = part->next) {
        ngx_memcpy((ngx_table_elt_t *) to->part.elts + to->part.nelts,
                   part->elts, part->nelts * sizeof(ngx_table_elt_t));
        to->part.nelts += part->nelts;
    }

    return NGX_OK;
}


/* A list points into itself as long as it has one part. */

void
ngx_http_link_func_move_headers(ngx_list_t *to, ngx_list_t *from)
{
    *to = *from;

    if (from->last == &from->part) {
        to->last = &to->part;
    }
}
