/*
 * Request and response headers, beside which NGINX keeps named fields that its
 * filters and modules read instead of the list.
 */

#include "ngx_http_link_func_module.h"


typedef struct {
    ngx_str_t  name;
    ngx_uint_t offset; /* of the field in ngx_http_headers_out_t */
} ngx_http_link_func_field_t;


static ngx_int_t  ngx_http_link_func_check_header(ngx_http_request_t *r,
                                                  const char         *function,
                                                  lf_str_t name, lf_str_t value);
static ngx_int_t  ngx_http_link_func_make_header(ngx_http_request_t *r,
                                                 ngx_table_elt_t    *h,
                                                 lf_str_t name, lf_str_t value);
static ngx_uint_t ngx_http_link_func_same_name(ngx_table_elt_t *a,
                                               ngx_table_elt_t *b);

static ngx_table_elt_t             *
ngx_http_link_func_find_header_out(ngx_http_request_t *r,
                                               ngx_table_elt_t    *like);
static void ngx_http_link_func_set_field_out(ngx_http_request_t *r,
                                             ngx_table_elt_t    *h);

static ngx_int_t  ngx_http_link_func_replace_header_in(ngx_http_request_t *r,
                                                       ngx_table_elt_t    *with);
static ngx_uint_t ngx_http_link_func_count_headers(ngx_list_part_t *part);
static ngx_int_t  ngx_http_link_func_set_field_in(ngx_http_request_t *r,
                                                  ngx_table_elt_t    *h);
static ngx_int_t  ngx_http_link_func_set_server(ngx_http_request_t *r,
                                                ngx_str_t          *host);
static void       ngx_http_link_func_forget_variable(ngx_http_request_t *r,
                                                     ngx_table_elt_t    *h);


/* clang-format off */

static ngx_http_link_func_field_t  ngx_http_link_func_fields_out[] = {

    { ngx_string("Server"),
      offsetof(ngx_http_headers_out_t, server) },

    { ngx_string("Date"),
      offsetof(ngx_http_headers_out_t, date) },

    { ngx_string("Content-Encoding"),
      offsetof(ngx_http_headers_out_t, content_encoding) },

    { ngx_string("Location"),
      offsetof(ngx_http_headers_out_t, location) },

    { ngx_string("Last-Modified"),
      offsetof(ngx_http_headers_out_t, last_modified) },

    { ngx_string("ETag"),
      offsetof(ngx_http_headers_out_t, etag) },

    { ngx_string("Expires"),
      offsetof(ngx_http_headers_out_t, expires) },

    { ngx_string("WWW-Authenticate"),
      offsetof(ngx_http_headers_out_t, www_authenticate) },

    { ngx_null_string, 0 }
};

/* clang-format on */


int
ngx_link_func_add_header_out(ngx_link_func_ctx_t *ctx, const char *key,
                             size_t keylen, const char *value, size_t val_len)
{
    lf_str_t                  name, content;
    ngx_table_elt_t          *h, made;
    ngx_http_request_t       *r;
    ngx_http_link_func_ctx_t *lctx;

    r = ngx_http_link_func_request(ctx);
    name = lf_str(key, keylen);
    content = lf_str(value, val_len);

    if (ngx_http_link_func_check_header(r, "ngx_link_func_add_header_out", name,
                                        content)
            != NGX_OK
        || ngx_http_link_func_make_header(r, &made, name, content) != NGX_OK)
    {
        return -1;
    }

    /* The header filter writes it from its own field; write_resp and this
     * function set the same value, the later call wins. */

    if (lf_str_case_equal(name, lf_cstr("Content-Type"))) {
        lctx = ngx_http_link_func_call_ctx(r);
        lctx->content_type = made.value;
        return 0;
    }

    h = NULL;

    if (lf_header_out_is_single(name)) {
        h = ngx_http_link_func_find_header_out(r, &made);
    }

    if (h == NULL) {
        h = ngx_list_push(&r->headers_out.headers);
        if (h == NULL) {
            return -1;
        }
    }

    *h = made;
    ngx_http_link_func_set_field_out(r, h);

    return 0;
}


static ngx_int_t
ngx_http_link_func_check_header(ngx_http_request_t *r, const char *function,
                                lf_str_t name, lf_str_t value)
{
    char                line[NGX_MAX_ERROR_STR];
    size_t              len;
    lf_header_verdict_t verdict;

    verdict = lf_header_check(name, value);

    if (verdict == LF_HEADER_OK) {
        return NGX_OK;
    }

    len =
        lf_message_header_refused(line, sizeof(line), function, name, verdict);
    ngx_http_link_func_log_line(NGX_LOG_ERR, r->connection->log, line, len);

    return NGX_ERROR;
}


/* A copy of name and value, each NUL-terminated, as the parser leaves them. */

static ngx_int_t
ngx_http_link_func_make_header(ngx_http_request_t *r, ngx_table_elt_t *h,
                               lf_str_t name, lf_str_t value)
{
    u_char *p;

    p = ngx_pnalloc(r->pool, 2 * name.len + value.len + 2);
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


static ngx_uint_t
ngx_http_link_func_same_name(ngx_table_elt_t *a, ngx_table_elt_t *b)
{
    return a->key.len == b->key.len
           && ngx_strncasecmp(a->key.data, b->key.data, a->key.len) == 0;
}


static ngx_table_elt_t *
ngx_http_link_func_find_header_out(ngx_http_request_t *r, ngx_table_elt_t *like)
{
    ngx_uint_t       i;
    ngx_list_part_t *part;
    ngx_table_elt_t *h;

    for (part = &r->headers_out.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (h[i].hash && ngx_http_link_func_same_name(&h[i], like)) {
                return &h[i];
            }
        }
    }

    return NULL;
}


static void
ngx_http_link_func_set_field_out(ngx_http_request_t *r, ngx_table_elt_t *h)
{
    ngx_table_elt_t           **field;
    ngx_http_link_func_field_t *f;

    /* The response filters want any hash but 0, which means deleted. */

    h->hash = 1;

    for (f = ngx_http_link_func_fields_out; f->name.len; f++) {
        if (!lf_str_case_equal(ngx_http_link_func_lf(f->name),
                               ngx_http_link_func_lf(h->key)))
        {
            continue;
        }

        field = (ngx_table_elt_t **) ((char *) &r->headers_out + f->offset);

#if (nginx_version >= 1023000)

        /* A repeated header is a chain; one that was replaced is in it. */

        while (*field && *field != h) {
            field = &(*field)->next;
        }

#endif

        *field = h;
        break;
    }

    if (r->headers_out.last_modified == h) {
        r->headers_out.last_modified_time =
            ngx_parse_http_time(h->value.data, h->value.len);
    }
}


int
ngx_link_func_add_header_in(ngx_link_func_ctx_t *ctx, const char *key,
                            size_t keylen, const char *value, size_t val_len)
{
    lf_str_t            name, content;
    ngx_table_elt_t     made;
    ngx_http_request_t *r;

    r = ngx_http_link_func_request(ctx);
    name = lf_str(key, keylen);
    content = lf_str(value, val_len);

    if (ngx_http_link_func_check_header(r, "ngx_link_func_add_header_in", name,
                                        content)
            != NGX_OK
        || ngx_http_link_func_make_header(r, &made, name, content) != NGX_OK)
    {
        return -1;
    }

    /* What an auth_request subrequest sets is for the requests above it. */

    for (/* void */; r; r = r->parent) {
        if (ngx_http_link_func_replace_header_in(r, &made) != NGX_OK) {
            return -1;
        }
    }

    return 0;
}


/* A subrequest starts with a copy of its parent's list that shares the
 * elements, so the list is made anew instead of being changed. */

static ngx_int_t
ngx_http_link_func_replace_header_in(ngx_http_request_t *r,
                                     ngx_table_elt_t    *with)
{
    ngx_uint_t       i, n, done;
    ngx_list_t       old;
    ngx_list_part_t *part;
    ngx_table_elt_t *h, *set;

    old = r->headers_in.headers;
    n = ngx_http_link_func_count_headers(&old.part) + 1;

    if (ngx_list_init(&r->headers_in.headers, r->pool, n,
                      sizeof(ngx_table_elt_t))
        != NGX_OK)
    {
        r->headers_in.headers = old;
        return NGX_ERROR;
    }

    /* There is room for all, pushing cannot fail from here. */

    set = NULL;
    done = 0;

    for (part = &old.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (!ngx_http_link_func_same_name(&h[i], with)) {
                *(ngx_table_elt_t *) ngx_list_push(&r->headers_in.headers) =
                    h[i];
                continue;
            }

            if (!done) {
                set = ngx_list_push(&r->headers_in.headers);
                done = 1;
            }
        }
    }

    if (!done) {
        set = ngx_list_push(&r->headers_in.headers);
    }

    *set = *with;

    ngx_http_link_func_forget_variable(r, set);

    return ngx_http_link_func_set_field_in(r, set);
}


static ngx_uint_t
ngx_http_link_func_count_headers(ngx_list_part_t *part)
{
    ngx_uint_t n;

    for (n = 0; part; part = part->next) {
        n += part->nelts;
    }

    return n;
}


static ngx_int_t
ngx_http_link_func_set_field_in(ngx_http_request_t *r, ngx_table_elt_t *h)
{
    void                      *field;
    ngx_http_header_t         *hh;
    ngx_http_core_main_conf_t *cmcf;

    cmcf = ngx_http_get_module_main_conf(r, ngx_http_core_module);

    hh = ngx_hash_find(&cmcf->headers_in_hash, h->hash, h->lowcase_key,
                       h->key.len);
    if (hh == NULL) {
        return NGX_OK;
    }

    field = (char *) &r->headers_in + hh->offset;

#if (nginx_version < 1023000)

    /* These two were arrays of pointers before headers became chains. */

    if (hh->offset == offsetof(ngx_http_headers_in_t, cookies)
#if (NGX_HTTP_X_FORWARDED_FOR)
        || hh->offset == offsetof(ngx_http_headers_in_t, x_forwarded_for)
#endif
    )
    {
        ngx_table_elt_t **elt;

        if (ngx_array_init(field, r->pool, 1, sizeof(void *)) != NGX_OK) {
            return NGX_ERROR;
        }

        elt = ngx_array_push(field);
        *elt = h;

        return NGX_OK;
    }

#endif

    *(ngx_table_elt_t **) field = h;

    if (r->headers_in.host == h) {
        return ngx_http_link_func_set_server(r, &h->value);
    }

    /* What was parsed from the old value is parsed again when it is needed. */

    if (r->headers_in.authorization == h) {
        ngx_str_null(&r->headers_in.user);
        ngx_str_null(&r->headers_in.passwd);
    }

    return NGX_OK;
}


/* $host: the name in small letters, without port and trailing dot. */

static ngx_int_t
ngx_http_link_func_set_server(ngx_http_request_t *r, ngx_str_t *host)
{
    u_char *p, *last;
    size_t  len;

    last = host->data + host->len;
    p = host->data;

    if (host->len && *p == '[') {
        p = ngx_strlchr(p, last, ']');
        p = p ? p : host->data;
    }

    p = ngx_strlchr(p, last, ':');
    len = p ? (size_t) (p - host->data) : host->len;

    if (len && host->data[len - 1] == '.') {
        len--;
    }

    p = ngx_pnalloc(r->pool, len + 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_strlow(p, host->data, len);
    r->headers_in.server.data = p;
    r->headers_in.server.len = len;

    return NGX_OK;
}


/* $http_NAME may have been used, and kept, before the function ran. */

static void
ngx_http_link_func_forget_variable(ngx_http_request_t *r, ngx_table_elt_t *h)
{
    size_t                     j;
    ngx_uint_t                 i;
    ngx_http_variable_t       *v;
    ngx_http_core_main_conf_t *cmcf;

    static const size_t len = sizeof("http_") - 1;

    cmcf = ngx_http_get_module_main_conf(r, ngx_http_core_module);
    v = cmcf->variables.elts;

    for (i = 0; i < cmcf->variables.nelts; i++) {
        if (v[i].name.len != len + h->key.len
            || ngx_strncmp(v[i].name.data, "http_", len) != 0)
        {
            continue;
        }

        for (j = 0; j < h->key.len; j++) {
            if (v[i].name.data[len + j]
                != (h->lowcase_key[j] == '-' ? '_' : h->lowcase_key[j]))
            {
                break;
            }
        }

        if (j == h->key.len) {
            r->variables[i].valid = 0;
            r->variables[i].not_found = 0;
        }
    }
}


u_char *
ngx_link_func_get_header(ngx_link_func_ctx_t *ctx, const char *key,
                         size_t keylen)
{
    u_char             *p;
    lf_str_t            name;
    ngx_uint_t          i;
    ngx_list_part_t    *part;
    ngx_table_elt_t    *h;
    ngx_http_request_t *r;

    r = ngx_http_link_func_request(ctx);
    name = lf_str(key, keylen);

    for (part = &r->headers_in.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (!lf_str_case_equal(ngx_http_link_func_lf(h[i].key), name)) {
                continue;
            }

            p = ngx_pnalloc(r->pool, h[i].value.len + 1);
            if (p == NULL) {
                return NULL;
            }

            *ngx_cpymem(p, h[i].value.data, h[i].value.len) = '\0';

            return p;
        }
    }

    return NULL;
}
