m4_include(common.m4)m4_include(c.m4)m4_dnl
M4_C_HEAD()m4_dnl
/* M4_NAME(): lets a request through to proxy_pass when its client is on the allow
 * list and within the rate limit, and tells the application how many requests
 * of this minute are left, in the request header X-Remaining.
 *
 * nginx.conf:  ngx_link_func_shm_size 1m;
 *              ngx_link_func_add_prop "gate_allow" "10.0.0.7 ::1";  all without it
 *              ngx_link_func_add_prop "gate_limit" "60";            per minute */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ngx_link_func_module.h>

#define NAME(text) (text), (sizeof(text) - 1)

#define DEFAULT_LIMIT 60
#define MAX_LIMIT 1000000
#define WINDOW_MS 60000

/* Returns the limit, or 0 when the text is no number from 1 to MAX_LIMIT. */
static int64_t read_limit(const unsigned char *text)
{
    char *end;
    long limit;

    if (text == NULL) {
        return DEFAULT_LIMIT;
    }
    if (text[0] < '0' || text[0] > '9') {
        return 0;
    }
    limit = strtol((const char *) text, &end, 10);
    return *end == '\0' && limit <= MAX_LIMIT ? limit : 0;
}

void ngx_link_func_init_cycle(ngx_link_func_cycle_t *cycle)
{
    if (cycle->shared_mem == NULL) {
        ngx_link_func_cyc_log(err, cycle, "%s", "gate: ngx_link_func_shm_size is not set");
        cycle->has_error = 1; /* every request is answered 503 */
    } else if (read_limit(ngx_link_func_cyc_get_prop(cycle, NAME("gate_limit"))) == 0) {
        ngx_link_func_cyc_log(err, cycle, "gate: gate_limit must be from 1 to %d", MAX_LIMIT);
        cycle->has_error = 1;
    }
}

void ngx_link_func_exit_cycle(ngx_link_func_cycle_t *cycle)
{
    (void) cycle;
}

M4_ANSWER()

/* Whether the words of `list`, which spaces divide, have this one.  Addresses
 * are compared as text. */
static int is_listed(const char *list, const ngx_link_func_str_t *address)
{
    size_t len;

    for (list += strspn(list, " "); *list != '\0'; list += strspn(list, " ")) {
        len = strcspn(list, " ");
        if (len == address->len && memcmp(list, address->data, len) == 0) {
            return 1;
        }
        list += len;
    }
    return 0;
}

/* Counts this request of the client's minute, which begins with its first one.
 * Stores how many are left, less than 0 when it is over the limit. */
static int count(void *shared_mem, const ngx_link_func_str_t *client, int64_t limit, int64_t *left)
{
    int64_t used;
    int status = ngx_link_func_dict_incr(shared_mem, (const char *) client->data, client->len, 1, 0, WINDOW_MS, &used);

    *left = status == NGX_LINK_FUNC_OK ? limit - used : -1;
    return status;
}

/* The number as text that lives as long as the request: the original module
 * keeps what is given to it as a header.  NULL when memory is short. */
static char *text_of(ngx_link_func_ctx_t *ctx, int64_t number)
{
    char text[sizeof("-9223372036854775808")];

    snprintf(text, sizeof(text), "%" PRId64, number);
    return ngx_link_func_strdup(ctx, text);
}

static void refuse_for_now(ngx_link_func_ctx_t *ctx, const ngx_link_func_str_t *client)
{
    int64_t left_ms = 0;
    const char *seconds;

    (void) ngx_link_func_dict_ttl(ctx->shared_mem, (const char *) client->data, client->len, &left_ms);
    seconds = text_of(ctx, left_ms > 0 ? (left_ms + 999) / 1000 : 1);
    if (seconds != NULL) {
        (void) ngx_link_func_add_header_out(ctx, NAME("Retry-After"), seconds, strlen(seconds));
    }
    answer(ctx, 429, "429 Too Many Requests", "{\"error\": \"too many requests\"}");
}

static void let_through(ngx_link_func_ctx_t *ctx, int64_t left)
{
    const char *text = text_of(ctx, left);

    if (text == NULL || ngx_link_func_add_header_in(ctx, NAME("X-Remaining"), text, strlen(text)) != 0) {
        answer(ctx, 500, "500 Internal Server Error", "{\"error\": \"out of memory\"}");
        return;
    }
    ngx_link_func_decline(ctx);
}

/* Whatever goes wrong here, the gate stays closed. */
void gate_check(ngx_link_func_ctx_t *ctx)
{
    const char *allow = (const char *) ngx_link_func_get_prop(ctx, NAME("gate_allow"));
    int64_t limit = read_limit(ngx_link_func_get_prop(ctx, NAME("gate_limit")));
    ngx_link_func_str_t client;
    int64_t left;

    if (limit == 0 || ngx_link_func_get_remote_addr(ctx, &client) != NGX_LINK_FUNC_OK) {
        answer(ctx, 500, "500 Internal Server Error", "{\"error\": \"the gate does not work\"}");
        return;
    }
    if (allow != NULL && !is_listed(allow, &client)) {
        answer(ctx, 403, "403 Forbidden", "{\"error\": \"this address may not pass\"}");
        return;
    }
    if (count(ctx->shared_mem, &client, limit, &left) != NGX_LINK_FUNC_OK) {
        ngx_link_func_log_err(ctx, "gate: shared memory is full; raise ngx_link_func_shm_size");
        answer(ctx, 503, "503 Service Unavailable", "{\"error\": \"cannot count requests\"}");
        return;
    }
    if (left < 0) {
        refuse_for_now(ctx, &client);
        return;
    }
    let_through(ctx, left);
}
