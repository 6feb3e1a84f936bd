/*
 * Response headers, beside which NGINX keeps named fields that its filters
 * read instead of the list.
 */

#include "ngx_http_link_func_module.h"


typedef struct {
    ngx_str_t  name;
    ngx_uint_t offset; /* of the field in ngx_http_headers_out_t */
    ngx_uint_t many;   /* an array of pointers before 1.23 */
} ngx_http_link_func_field_t;


static int        ngx_http_link_func_set_out(ngx_http_link_func_ctx_t *lctx,
                                             const char *function, lf_str_t name,
                                             lf_str_t value, ngx_uint_t replace);
static ngx_uint_t ngx_http_link_func_remove_out(ngx_http_link_func_ctx_t *lctx,
                                                ngx_table_elt_t          *like,
                                                ngx_table_elt_t          *keep);
static ngx_table_elt_t *
ngx_http_link_func_find_out(ngx_http_link_func_ctx_t *lctx,
                            ngx_table_elt_t          *like);
static ngx_http_link_func_field_t                  *
ngx_http_link_func_find_field(ngx_table_elt_t *h);
static ngx_int_t ngx_http_link_func_set_field_out(ngx_http_request_t *r,
                                                  ngx_table_elt_t    *h);
static void      ngx_http_link_func_clear_field_out(ngx_http_request_t         *r,
                                                    ngx_http_link_func_field_t *f);
#if (nginx_version < 1023000)
static ngx_int_t ngx_http_link_func_push_field(ngx_http_request_t *r,
                                               ngx_array_t        *field,
                                               ngx_table_elt_t    *h);
#endif


/* clang-format off */

static ngx_http_link_func_field_t  ngx_http_link_func_fields_out[] = {

    { ngx_string("Server"),
      offsetof(ngx_http_headers_out_t, server),
      0 },

    { ngx_string("Date"),
      offsetof(ngx_http_headers_out_t, date),
      0 },

    { ngx_string("Content-Encoding"),
      offsetof(ngx_http_headers_out_t, content_encoding),
      0 },

    { ngx_string("Location"),
      offsetof(ngx_http_headers_out_t, location),
      0 },

    { ngx_string("Last-Modified"),
      offsetof(ngx_http_headers_out_t, last_modified),
      0 },

    { ngx_string("ETag"),
      offsetof(ngx_http_headers_out_t, etag),
      0 },

    { ngx_string("Expires"),
      offsetof(ngx_http_headers_out_t, expires),
      0 },

    { ngx_string("WWW-Authenticate"),
      offsetof(ngx_http_headers_out_t, www_authenticate),
      0 },

    { ngx_string("Cache-Control"),
      offsetof(ngx_http_headers_out_t, cache_control),
      1 },

    { ngx_string("Link"),
      offsetof(ngx_http_headers_out_t, link),
      1 },

    { ngx_null_string, 0, 0 }
};

/* clang-format on */


int
ngx_link_func_add_header_out(ngx_link_func_ctx_t *ctx, const char *key,
                             size_t keylen, const char *value, size_t val_len)
{
    lf_str_t name;

    name = lf_str(key, keylen);

    return ngx_http_link_func_set_out(
               ngx_http_link_func_call_ctx(ctx), "ngx_link_func_add_header_out",
               name, lf_str(value, val_len), lf_header_out_is_single(name))
                   == NGX_LINK_FUNC_OK
               ? 0
               : -1;
}


int
ngx_link_func_set_header_out(ngx_link_func_ctx_t *ctx, const char *name,
                             size_t name_len, const char *value,
                             size_t value_len)
{
    return ngx_http_link_func_set_out(
        ngx_http_link_func_call_ctx(ctx), "ngx_link_func_set_header_out",
        lf_str(name, name_len), lf_str(value, value_len), 1);
}


static int
ngx_http_link_func_set_out(ngx_http_link_func_ctx_t *lctx, const char *function,
                           lf_str_t name, lf_str_t value, ngx_uint_t replace)
{
    ngx_table_elt_t *h, made;

    if (ngx_http_link_func_header_refused(lctx, function, name,
                                          lf_header_check(name, value)))
    {
        return NGX_LINK_FUNC_INVALID;
    }

    if (ngx_http_link_func_make_header(lctx->pool, &made, name, value)
        != NGX_OK) {
        return NGX_LINK_FUNC_NO_MEMORY;
    }

    /* The header filter writes it from its own field; write_resp sets the same
     * value, the later call wins. */

    if (lf_str_case_equal(name, lf_cstr("Content-Type"))) {
        lctx->content_type = made.value;
        lctx->media_len = 0;
        lctx->typed = 1;
        return NGX_LINK_FUNC_OK;
    }

    /* The response filters want any hash but 0, which means removed. */

    made.hash = 1;

    h = replace ? ngx_http_link_func_find_out(lctx, &made) : NULL;

    if (h == NULL) {
        h = ngx_list_push(lctx->headers_out);
        if (h == NULL) {
            return NGX_LINK_FUNC_NO_MEMORY;
        }

    } else {
        (void) ngx_http_link_func_remove_out(lctx, &made, h);
    }

    *h = made;
    lctx->headers_set = 1;

    return NGX_LINK_FUNC_OK;
}


int
ngx_link_func_del_header_out(ngx_link_func_ctx_t *ctx, const char *name,
                             size_t name_len)
{
    lf_str_t                  key;
    ngx_table_elt_t           like;
    ngx_http_link_func_ctx_t *lctx;

    lctx = ngx_http_link_func_call_ctx(ctx);
    key = lf_str(name, name_len);

    if (ngx_http_link_func_header_refused(lctx, "ngx_link_func_del_header_out",
                                          key,
                                          lf_header_check(key, lf_cstr(""))))
    {
        return NGX_LINK_FUNC_INVALID;
    }

    if (lf_str_case_equal(key, lf_cstr("Content-Type"))) {
        if (lctx->content_type.len == 0) {
            return NGX_LINK_FUNC_NOT_FOUND;
        }

        ngx_str_null(&lctx->content_type);
        lctx->media_len = 0;
        lctx->typed = 0;

        return NGX_LINK_FUNC_OK;
    }

    like.key.data = (u_char *) name;
    like.key.len = name_len;

    if (!ngx_http_link_func_remove_out(lctx, &like, NULL)) {
        return NGX_LINK_FUNC_NOT_FOUND;
    }

    lctx->headers_set = 1;

    return NGX_LINK_FUNC_OK;
}


/* Removes every header of that name but one, and tells whether there was any.
 */

static ngx_uint_t
ngx_http_link_func_remove_out(ngx_http_link_func_ctx_t *lctx,
                              ngx_table_elt_t *like, ngx_table_elt_t *keep)
{
    ngx_uint_t       i, removed;
    ngx_list_part_t *part;
    ngx_table_elt_t *h;

    removed = 0;

    for (part = &lctx->headers_out->part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (h[i].hash && &h[i] != keep
                && ngx_http_link_func_same_name(&h[i], like)) {
                h[i].hash = 0;
                removed = 1;
            }
        }
    }

    return removed;
}


static ngx_table_elt_t *
ngx_http_link_func_find_out(ngx_http_link_func_ctx_t *lctx,
                            ngx_table_elt_t          *like)
{
    ngx_uint_t       i;
    ngx_list_part_t *part;
    ngx_table_elt_t *h;

    for (part = &lctx->headers_out->part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (h[i].hash && ngx_http_link_func_same_name(&h[i], like)) {
                return &h[i];
            }
        }
    }

    return NULL;
}


/* After a call that changed the list: the fields are made anew from it. */

ngx_int_t
ngx_http_link_func_set_fields_out(ngx_http_request_t *r)
{
    ngx_uint_t                  i;
    ngx_list_part_t            *part;
    ngx_table_elt_t            *h;
    ngx_http_link_func_field_t *f;

    r->headers_out.last_modified_time = -1;

    for (f = ngx_http_link_func_fields_out; f->name.len; f++) {
        ngx_http_link_func_clear_field_out(r, f);
    }

    for (part = &r->headers_out.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (h[i].hash
                && ngx_http_link_func_set_field_out(r, &h[i]) != NGX_OK) {
                return NGX_ERROR;
            }
        }
    }

    h = r->headers_out.last_modified;

    if (h) {
        r->headers_out.last_modified_time =
            ngx_parse_http_time(h->value.data, h->value.len);
    }

    return NGX_OK;
}


static void
ngx_http_link_func_clear_field_out(ngx_http_request_t         *r,
                                   ngx_http_link_func_field_t *f)
{
    void *field;

    field = (char *) &r->headers_out + f->offset;

#if (nginx_version < 1023000)

    /* Where there is an array, "expires" takes its first element. */

    if (f->many) {
        ngx_memzero(field, sizeof(ngx_array_t));
        return;
    }

#endif

    *(ngx_table_elt_t **) field = NULL;
}


static ngx_http_link_func_field_t *
ngx_http_link_func_find_field(ngx_table_elt_t *h)
{
    ngx_http_link_func_field_t *f;

    for (f = ngx_http_link_func_fields_out; f->name.len; f++) {
        if (lf_str_case_equal(ngx_http_link_func_lf(f->name),
                              ngx_http_link_func_lf(h->key)))
        {
            return f;
        }
    }

    return NULL;
}


static ngx_int_t
ngx_http_link_func_set_field_out(ngx_http_request_t *r, ngx_table_elt_t *h)
{
    ngx_table_elt_t           **field;
    ngx_http_link_func_field_t *f;

    f = ngx_http_link_func_find_field(h);

    if (f == NULL) {
        return NGX_OK;
    }

    field = (ngx_table_elt_t **) ((char *) &r->headers_out + f->offset);

#if (nginx_version >= 1023000)

    /* A repeated header is a chain. */

    while (*field) {
        field = &(*field)->next;
    }

    h->next = NULL;

#else

    if (f->many) {
        return ngx_http_link_func_push_field(r, (ngx_array_t *) field, h);
    }

#endif

    *field = h;

    return NGX_OK;
}


#if (nginx_version < 1023000)

static ngx_int_t
ngx_http_link_func_push_field(ngx_http_request_t *r, ngx_array_t *field,
                              ngx_table_elt_t *h)
{
    ngx_table_elt_t **elt;

    if (field->elts == NULL
        && ngx_array_init(field, r->pool, 1, sizeof(void *)) != NGX_OK)
    {
        return NGX_ERROR;
    }

    elt = ngx_array_push(field);
    if (elt == NULL) {
        return NGX_ERROR;
    }

    *elt = h;

    return NGX_OK;
}

#endif


/* Another handler or NGINX's own page takes the place of the response.  The
 * fields are to be made anew. */

void
ngx_http_link_func_drop_representation(ngx_http_request_t *r)
{
    ngx_uint_t       i;
    ngx_list_part_t *part;
    ngx_table_elt_t *h;

    for (part = &r->headers_out.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (lf_header_describes_body(ngx_http_link_func_lf(h[i].key))) {
                h[i].hash = 0;
            }
        }
    }
}
