m4_include(common.m4)m4_dnl
/* M4_NAME(): GET /api/hello?name=NGINX answers {"message": "Hello, NGINX!"}. */

#include <stdio.h>
#include <string.h>

#include <ngx_link_func_module.h>

#define MAX_NAME 192 /* bytes, once it is escaped */

void ngx_link_func_init_cycle(ngx_link_func_cycle_t *cycle)
{
    ngx_link_func_cyc_log(info, cycle, "%s", "Hello API initialized");
}

void ngx_link_func_exit_cycle(ngx_link_func_cycle_t *cycle)
{
    ngx_link_func_cyc_log(info, cycle, "%s", "Hello API shutting down");
}

static void answer(ngx_link_func_ctx_t *ctx, uintptr_t status, const char *status_line, const char *json)
{
    ngx_link_func_write_resp(ctx, status, status_line, ngx_link_func_content_type_json, json, strlen(json));
}

/* Writes `text` for the inside of a JSON string, with a NUL, into `size` bytes.
 * What is not printable ASCII becomes \u00XX, so that the answer is valid JSON
 * whatever came.  Returns 0, or -1 when it does not fit. */
static int json_escape(char *out, size_t size, const char *text)
{
    const unsigned char *p;
    size_t used = 0;
    int len;

    out[0] = '\0';
    for (p = (const unsigned char *) text; *p != '\0'; p++) {
        if (*p == '"' || *p == '\\') {
            len = snprintf(out + used, size - used, "\\%c", *p);
        } else if (*p < 0x20 || *p > 0x7e) {
            len = snprintf(out + used, size - used, "\\u%04x", (unsigned int) *p);
        } else {
            len = snprintf(out + used, size - used, "%c", *p);
        }
        used += (size_t) len;
        if (used >= size) {
            return -1;
        }
    }
    return 0;
}

/* The name is greeted as it stands in the query string; nothing is
 * percent-decoded.  One that is too long is refused rather than cut. */
void hello_json(ngx_link_func_ctx_t *ctx)
{
    const char *name = ngx_link_func_get_query_param(ctx, "name");
    char escaped[MAX_NAME + 1];
    char json[sizeof("{\"message\": \"Hello, !\"}") + MAX_NAME];

    if (name == NULL) {
        name = "World";
    }
    if (json_escape(escaped, sizeof(escaped), name) != 0) {
        answer(ctx, 400, "400 Bad Request", "{\"error\": \"name is too long\"}");
        return;
    }
    snprintf(json, sizeof(json), "{\"message\": \"Hello, %s!\"}", escaped);
    answer(ctx, 200, "200 OK", json);
}
