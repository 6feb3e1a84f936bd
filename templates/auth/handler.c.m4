m4_include(common.m4)m4_include(c.m4)m4_dnl
M4_C_HEAD()m4_dnl
/* M4_NAME(): lets requests with the right bearer token (RFC 6750) pass, and tells
 * what stands behind it who called, in the request header X-User.
 *
 * nginx.conf:  ngx_link_func_add_prop "auth_token" "...";   the secret
 *              ngx_link_func_add_prop "auth_user" "...";    whose it is */

#include <string.h>
#include <strings.h>

#include <ngx_link_func_module.h>

/* The name of a header or property, and its length without the NUL. */
#define NAME(text) (text), (sizeof(text) - 1)

void ngx_link_func_init_cycle(ngx_link_func_cycle_t *cycle)
{
    if (ngx_link_func_cyc_get_prop(cycle, NAME("auth_token")) == NULL) {
        ngx_link_func_cyc_log(err, cycle, "%s", "auth: there is no property auth_token, so nobody passes");
    }
}

void ngx_link_func_exit_cycle(ngx_link_func_cycle_t *cycle)
{
    (void) cycle;
}

M4_ANSWER()

/* Reads every byte of `given` whatever the result, so that the time it takes
 * does not tell how much of a guess was right. */
static int is_equal(const char *given, const char *secret)
{
    size_t given_len = strlen(given);
    size_t secret_len = strlen(secret);
    volatile unsigned char difference = given_len != secret_len;
    size_t i;

    for (i = 0; i < given_len; i++) {
        difference |= (unsigned char) (given[i] ^ secret[i % (secret_len + 1)]);
    }
    return difference == 0;
}

/* When there is no memory for the header, the answer still is a refusal. */
static void refuse(ngx_link_func_ctx_t *ctx, const char *challenge)
{
    (void) ngx_link_func_add_header_out(ctx, NAME("WWW-Authenticate"), challenge, strlen(challenge));
    answer(ctx, 401, "401 Unauthorized", "{\"error\": \"a valid bearer token is needed\"}");
}

/* Returns the token of "Bearer TOKEN", or NULL.  The case of "Bearer" does not
 * count (RFC 9110 section 11.1). */
static const char *bearer_token(ngx_link_func_ctx_t *ctx)
{
    static const char scheme[] = "Bearer ";
    const char *value = (const char *) ngx_link_func_get_header(ctx, NAME("Authorization"));

    if (value == NULL || strncasecmp(value, scheme, sizeof(scheme) - 1) != 0) {
        return NULL;
    }
    value += sizeof(scheme) - 1;
    return value + strspn(value, " ");
}

/* Replaces an X-User that the client sent, and keeps the secret here. */
static int hand_down(ngx_link_func_ctx_t *ctx, const char *user)
{
    if (ngx_link_func_add_header_in(ctx, NAME("X-User"), user, strlen(user)) != 0) {
        return -1;
    }
    return ngx_link_func_del_header_in(ctx, NAME("Authorization")) == NGX_LINK_FUNC_OK ? 0 : -1;
}

void auth_check(ngx_link_func_ctx_t *ctx)
{
    const char *secret = (const char *) ngx_link_func_get_prop(ctx, NAME("auth_token"));
    const char *user = (const char *) ngx_link_func_get_prop(ctx, NAME("auth_user"));
    const char *token = bearer_token(ctx);

    if (secret == NULL || secret[0] == '\0') {
        ngx_link_func_log_err(ctx, "auth: the property auth_token is not set for this server");
        token = NULL;
    }
    if (token == NULL) {
        refuse(ctx, "Bearer realm=\"M4_NAME()\"");
        return;
    }
    if (!is_equal(token, secret)) {
        refuse(ctx, "Bearer realm=\"M4_NAME()\", error=\"invalid_token\"");
        return;
    }
    if (hand_down(ctx, user == NULL ? "unknown" : user) != 0) {
        answer(ctx, 500, "500 Internal Server Error", "{\"error\": \"cannot hand the user down\"}");
        return;
    }
    ngx_link_func_decline(ctx);
}
