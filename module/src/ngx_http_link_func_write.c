/*
 * What a function answers: kept until it has returned.
 */

#include "ngx_http_link_func_module.h"


/* Who owns a body that is not copied. */
typedef struct {
    void (*release)(void *arg);
    void *arg;
} ngx_http_link_func_release_t;


static ngx_http_link_func_hot void
ngx_http_link_func_write(ngx_http_link_func_ctx_t *lctx, uintptr_t status,
                         lf_str_t line, lf_str_t type, lf_str_t body);
static void ngx_http_link_func_say_status(ngx_http_link_func_ctx_t *lctx);
static void ngx_http_link_func_say_body(ngx_http_link_func_ctx_t *lctx,
                                        size_t                    len);
static ngx_http_link_func_hot ngx_uint_t
ngx_http_link_func_known_type(ngx_http_link_func_ctx_t *lctx, lf_str_t type);
static lf_str_t ngx_http_link_func_choose_type(ngx_http_link_func_ctx_t *lctx,
                                               lf_str_t                  type);
static ngx_http_link_func_hot ngx_int_t
ngx_http_link_func_keep(ngx_http_link_func_ctx_t *lctx, lf_str_t line,
                        lf_str_t type, lf_str_t body);
static void ngx_http_link_func_release(void *data);


/* Byte by byte, because nothing behind the NUL may be read. */
#define ngx_http_link_func_is_ok(p)                                            \
    ((p)[0] == '2' && (p)[1] == '0' && (p)[2] == '0' && (p)[3] == ' '          \
     && (p)[4] == 'O' && (p)[5] == 'K' && (p)[6] == '\0')

/* A content type of the public header needs neither a copy nor a look at its
 * parameters; `media` is the type without them. */
#define ngx_http_link_func_known(text, media)                                  \
    case sizeof(text) - 1:                                                     \
        if (ngx_memcmp(type.data, text, sizeof(text) - 1) != 0) {              \
            return 0;                                                          \
        }                                                                      \
                                                                               \
        ngx_str_set(&lctx->content_type, text);                                \
        lctx->media_len = sizeof(media) - 1;                                   \
        break


void
ngx_link_func_write_resp(ngx_link_func_ctx_t *ctx, uintptr_t status_code,
                         const char *status_line, const char *content_type,
                         const char *resp_content, size_t resp_len)
{
    /* The commonest line is what NGINX writes by itself. */

    if (status_line && status_code == NGX_HTTP_OK
        && ngx_http_link_func_is_ok(status_line))
    {
        status_line = NULL;
    }

    ngx_http_link_func_write(ngx_http_link_func_call_ctx(ctx), status_code,
                             lf_cstr(status_line), lf_cstr(content_type),
                             lf_str(resp_content, resp_content ? resp_len : 0));
}


void
ngx_link_func_write_resp_l(ngx_link_func_ctx_t *ctx, uintptr_t status_code,
                           const char *status_line, size_t status_line_len,
                           const char *content_type, size_t content_type_len,
                           const char *resp_content, size_t resp_content_len)
{
    ngx_http_link_func_write(
        ngx_http_link_func_call_ctx(ctx), status_code,
        lf_str(status_line, status_line ? status_line_len : 0),
        lf_str(content_type, content_type ? content_type_len : 0),
        lf_str(resp_content, resp_content ? resp_content_len : 0));
}


static ngx_http_link_func_hot void
ngx_http_link_func_write(ngx_http_link_func_ctx_t *lctx, uintptr_t status,
                         lf_str_t line, lf_str_t type, lf_str_t body)
{
    lctx->written = 1;
    lctx->declined = 0;
    lctx->refused = 0;
    lctx->status = status;

    if (!lf_status_is_final(status)) {
        lctx->refused = 1;
        ngx_http_link_func_say_status(lctx);
    }

    if (ngx_http_link_func_known_type(lctx, type)) {
        type.len = 0;

    } else {
        type = ngx_http_link_func_choose_type(lctx, type);
    }

    lctx->failed = ngx_http_link_func_keep(lctx, line, type, body) != NGX_OK;
}


int
ngx_link_func_write_resp_ref(ngx_link_func_ctx_t *ctx, uintptr_t status_code,
                             const char *content_type, const char *data,
                             size_t len, void (*release)(void *arg), void *arg)
{
    ngx_pool_cleanup_t           *cln;
    ngx_http_link_func_ctx_t     *lctx;
    ngx_http_link_func_release_t *owner;

    lctx = ngx_http_link_func_call_ctx(ctx);

    ngx_http_link_func_write(lctx, status_code, lf_cstr(NULL),
                             lf_cstr(content_type), lf_cstr(NULL));

    cln =
        ngx_pool_cleanup_add(lctx->pool, sizeof(ngx_http_link_func_release_t));
    if (cln == NULL) {
        lctx->failed = 1;

        if (release) {
            release(arg);
        }

        return NGX_LINK_FUNC_NO_MEMORY;
    }

    owner = cln->data;
    owner->release = release;
    owner->arg = arg;
    cln->handler = ngx_http_link_func_release;

    lctx->body.data = (u_char *) data;
    lctx->body.len = data ? len : 0;

    if (!lf_status_body_is_possible(lctx->body.len)) {
        lctx->failed = 1;
        ngx_http_link_func_say_body(lctx, len);
        return NGX_LINK_FUNC_INVALID;
    }

    if (lctx->failed) {
        return NGX_LINK_FUNC_NO_MEMORY;
    }

    return lf_status_is_final(status_code) ? NGX_LINK_FUNC_OK
                                           : NGX_LINK_FUNC_INVALID;
}


static void
ngx_http_link_func_release(void *data)
{
    ngx_http_link_func_release_t *owner = data;

    if (owner->release) {
        owner->release(owner->arg);
    }
}


int
ngx_link_func_decline(ngx_link_func_ctx_t *ctx)
{
    ngx_http_link_func_ctx_t *lctx;

    lctx = ngx_http_link_func_call_ctx(ctx);
    lctx->declined = 1;

    return NGX_LINK_FUNC_OK;
}


static ngx_http_link_func_cold void
ngx_http_link_func_say_status(ngx_http_link_func_ctx_t *lctx)
{
    char   line[NGX_MAX_ERROR_STR];
    size_t len;

    len = lf_message_status_refused(line, sizeof(line), lctx->status);
    ngx_http_link_func_log(lctx, NGX_LOG_ERR, line, len);
}


static ngx_http_link_func_cold void
ngx_http_link_func_say_body(ngx_http_link_func_ctx_t *lctx, size_t len)
{
    char line[NGX_MAX_ERROR_STR];

    len = lf_message_body_refused(line, sizeof(line), len);
    ngx_http_link_func_log(lctx, NGX_LOG_ERR, line, len);
}


static ngx_http_link_func_hot ngx_uint_t
ngx_http_link_func_known_type(ngx_http_link_func_ctx_t *lctx, lf_str_t type)
{
    if (type.data == NULL) {
        if (lctx->typed) {
            return 0;
        }

        type = lf_str(ngx_link_func_content_type_plaintext,
                      sizeof(ngx_link_func_content_type_plaintext) - 1);
    }

    switch (type.len) {
        ngx_http_link_func_known(ngx_link_func_content_type_plaintext,
                                 "text/plain");
        ngx_http_link_func_known(ngx_link_func_content_type_json,
                                 "application/json");
        ngx_http_link_func_known(ngx_link_func_content_type_html, "text/html");
        ngx_http_link_func_known(ngx_link_func_content_type_jsonp,
                                 "application/javascript");
        ngx_http_link_func_known(ngx_link_func_content_type_xformencoded,
                                 "application/x-www-form-urlencoded");
    default:
        return 0;
    }

    lctx->typed = 0;

    return 1;
}


/* Any other: without one, what add_header_out has set before. */

static ngx_http_link_func_cold lf_str_t
ngx_http_link_func_choose_type(ngx_http_link_func_ctx_t *lctx, lf_str_t type)
{
    lctx->media_len = 0;

    if (type.data == NULL) {
        return lf_str(NULL, 0);
    }

    lctx->typed = 0;
    ngx_str_null(&lctx->content_type);

    if (lf_header_value_is_clean(type)) {
        return type;
    }

    ngx_http_link_func_log(lctx, NGX_LOG_ERR, LF_MESSAGE_CONTENT_TYPE_REFUSED,
                           sizeof(LF_MESSAGE_CONTENT_TYPE_REFUSED) - 1);

    (void) ngx_http_link_func_known_type(lctx, lf_cstr(NULL));

    return lf_str(NULL, 0);
}


/* The three texts, in the memory behind the context when they are short; an
 * empty type is kept already. */

static ngx_http_link_func_hot ngx_int_t
ngx_http_link_func_keep(ngx_http_link_func_ctx_t *lctx, lf_str_t line,
                        lf_str_t type, lf_str_t body)
{
    size_t  room;
    u_char *p;

    lctx->body.len = body.len;
    lctx->status_line.len = 0;

    room = type.len + (line.len ? LF_STATUS_LINE_SIZE(line.len) : 0);

    if (!lf_status_body_is_possible(body.len)) {
        ngx_http_link_func_say_body(lctx, body.len);
        return NGX_ERROR;
    }

    p = lctx->rest;

    if (room + body.len > NGX_HTTP_LINK_FUNC_REST) {
        p = ngx_pnalloc(lctx->pool, room + body.len);
        if (p == NULL) {
            return NGX_ERROR;
        }
    }

    lctx->body.data = p;

    if (body.len) {
        p = ngx_cpymem(p, body.data, body.len);
    }

    if (type.len) {
        lctx->content_type.data = p;
        lctx->content_type.len = type.len;
        p = ngx_cpymem(p, type.data, type.len);
    }

    if (line.len) {
        lctx->status_line.data = p;
        lctx->status_line.len = lf_status_line((char *) p, lctx->status, line);
    }

    return NGX_OK;
}
