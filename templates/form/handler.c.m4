m4_include(common.m4)m4_include(c.m4)m4_dnl
M4_C_HEAD()m4_dnl
/* M4_NAME(): POST /api/contact with the fields name and email of a form (type
 * application/x-www-form-urlencoded) answers {"name": "...", "email": "..."}. */

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <ngx_link_func_module.h>

#define NAME(text) (text), (sizeof(text) - 1)

#define MAX_BODY 4096
#define MAX_FIELD 254 /* bytes, as of an e-mail address */
#define MAX_ESCAPED (6 * MAX_FIELD)

M4_HOOKS(Contact form)

M4_ANSWER()

M4_JSON_ESCAPE()

static int is_post(ngx_link_func_ctx_t *ctx)
{
    ngx_link_func_str_t method;

    return ngx_link_func_get_method(ctx, &method) == NGX_LINK_FUNC_OK && method.len == 4 &&
           memcmp(method.data, "POST", 4) == 0;
}

/* Whether the media type is that of a form; parameters, such as a charset, may
 * follow it (RFC 9110 section 8.3.1). */
static int is_form(ngx_link_func_ctx_t *ctx)
{
    static const char form[] = ngx_link_func_content_type_xformencoded;
    const char *type = (const char *) ngx_link_func_get_header(ctx, NAME("Content-Type"));

    if (type == NULL || strncasecmp(type, form, sizeof(form) - 1) != 0) {
        return 0;
    }
    type += sizeof(form) - 1;
    type += strspn(type, " \t");
    return *type == '\0' || *type == ';';
}

/* Refuses what no form can be, before anything of the body is looked at. */
static int refuse_request(ngx_link_func_ctx_t *ctx)
{
    if (!is_post(ctx)) {
        (void) ngx_link_func_add_header_out(ctx, NAME("Allow"), NAME("POST"));
        answer(ctx, 405, "405 Method Not Allowed", "{\"error\": \"use POST\"}");
        return 1;
    }
    if (!is_form(ctx)) {
        answer(ctx, 415, "415 Unsupported Media Type", "{\"error\": \"send a form\"}");
        return 1;
    }
    if (ctx->req_body_len > MAX_BODY) {
        answer(ctx, 413, "413 Content Too Large", "{\"error\": \"the form is too long\"}");
        return 1;
    }
    return 0;
}

static int is_filled(const ngx_link_func_str_t *value)
{
    size_t i;

    for (i = 0; i < value->len; i++) {
        if (value->data[i] < 0x20 || value->data[i] == 0x7f) {
            return 0;
        }
    }
    return value->len > 0 && value->len <= MAX_FIELD;
}

/* Something before, and something behind, the only '@'; no spaces.  Whether the
 * address exists only a mail to it can tell. */
static int is_email(const ngx_link_func_str_t *value)
{
    const unsigned char *at = memchr(value->data, '@', value->len);
    const unsigned char *end = value->data + value->len;

    return at != NULL && at != value->data && at + 1 != end && memchr(at + 1, '@', (size_t) (end - at - 1)) == NULL &&
           memchr(value->data, ' ', value->len) == NULL;
}

void contact_form(ngx_link_func_ctx_t *ctx)
{
    ngx_link_func_str_t name, email;
    char escaped_name[MAX_ESCAPED + 1], escaped_email[MAX_ESCAPED + 1];
    char json[sizeof("{\"name\": \"\", \"email\": \"\"}") + 2 * MAX_ESCAPED];

    if (refuse_request(ctx)) {
        return;
    }
    if (ngx_link_func_get_form_arg(ctx, NAME("name"), &name) != NGX_LINK_FUNC_OK || !is_filled(&name)) {
        answer(ctx, 400, "400 Bad Request", "{\"error\": \"name must be 1 to 254 bytes of text\"}");
        return;
    }
    if (ngx_link_func_get_form_arg(ctx, NAME("email"), &email) != NGX_LINK_FUNC_OK || !is_filled(&email) ||
        !is_email(&email)) {
        answer(ctx, 400, "400 Bad Request", "{\"error\": \"email must be an e-mail address\"}");
        return;
    }
    /* MAX_ESCAPED has room for every field that is_filled() lets through. */
    (void) json_escape(escaped_name, sizeof(escaped_name), name.data, name.len);
    (void) json_escape(escaped_email, sizeof(escaped_email), email.data, email.len);
    snprintf(json, sizeof(json), "{\"name\": \"%s\", \"email\": \"%s\"}", escaped_name, escaped_email);
    answer(ctx, 200, "200 OK", json);
}
