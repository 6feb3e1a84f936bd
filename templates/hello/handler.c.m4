m4_include(common.m4)m4_include(c.m4)m4_dnl
M4_C_HEAD()m4_dnl
/* M4_NAME(): GET /api/hello?name=NGINX answers {"message": "Hello, NGINX!"}. */

#include <stdio.h>
#include <string.h>

#include <ngx_link_func_module.h>

#define MAX_NAME 192 /* bytes, once it is escaped */

M4_HOOKS(Hello API)

M4_ANSWER()

M4_JSON_ESCAPE()

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
    if (json_escape(escaped, sizeof(escaped), name, strlen(name)) != 0) {
        answer(ctx, 400, "400 Bad Request", "{\"error\": \"name is too long\"}");
        return;
    }
    snprintf(json, sizeof(json), "{\"message\": \"Hello, %s!\"}", escaped);
    answer(ctx, 200, "200 OK", json);
}
