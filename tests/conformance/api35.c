/* Handlers that drive version 35 of the API by the request's query: name,
 * value, type, body and h1 to h9 are decoded by get_query_arg. */

#include <ngx_link_func_module.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void query_arg(ngx_link_func_ctx_t *ctx);
void form_arg(ngx_link_func_ctx_t *ctx);
void cookie(ngx_link_func_ctx_t *ctx);
void client(ngx_link_func_ctx_t *ctx);
void each(ngx_link_func_ctx_t *ctx);
void each_changes(ngx_link_func_ctx_t *ctx);
void set_out(ngx_link_func_ctx_t *ctx);
void set_out_after(ngx_link_func_ctx_t *ctx);
void typed(ngx_link_func_ctx_t *ctx);
void delete_in(ngx_link_func_ctx_t *ctx);
void var(ngx_link_func_ctx_t *ctx);
void change_var(ngx_link_func_ctx_t *ctx);
void change_args(ngx_link_func_ctx_t *ctx);
void host_var(ngx_link_func_ctx_t *ctx);
void ref(ngx_link_func_ctx_t *ctx);
void ref_etag(ngx_link_func_ctx_t *ctx);
void ref_null(ngx_link_func_ctx_t *ctx);
void ref_endless(ngx_link_func_ctx_t *ctx);
void copy_endless(ngx_link_func_ctx_t *ctx);
void ref_then_copy(ngx_link_func_ctx_t *ctx);
void copy_then_ref(ngx_link_func_ctx_t *ctx);
void released(ngx_link_func_ctx_t *ctx);
void declined(ngx_link_func_ctx_t *ctx);
void written_then_declined(ngx_link_func_ctx_t *ctx);
void declined_then_written(ngx_link_func_ctx_t *ctx);
void log_formats(ngx_link_func_ctx_t *ctx);
void log_line(ngx_link_func_ctx_t *ctx);
void log_no_level(ngx_link_func_ctx_t *ctx);
void version(ngx_link_func_ctx_t *ctx);

static void answer(ngx_link_func_ctx_t *ctx, const char *text) {
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, text, strlen(text));
}

/* The argument, or a `data` of NULL. */
static ngx_link_func_str_t argument(ngx_link_func_ctx_t *ctx, const char *name) {
    ngx_link_func_str_t value = {0, NULL};

    (void) ngx_link_func_get_query_arg(ctx, name, strlen(name), &value);
    return value;
}

static const char *text_of(ngx_link_func_str_t value) {
    return (const char *) value.data;
}

/* Answers with the status and, behind it, the bytes that were lent; tells when
 * they are not terminated, or when a failure touched the result. */
static void answer_result(ngx_link_func_ctx_t *ctx, int status, ngx_link_func_str_t value) {
    size_t prefix;
    char *text = ngx_link_func_palloc(ctx, value.len + 64);

    if (status != NGX_LINK_FUNC_OK) {
        answer(ctx, value.data == NULL && value.len == 7 ? ngx_link_func_strerror(status) : "touched");
        return;
    }
    if (value.data[value.len] != '\0') {
        answer(ctx, "not terminated");
        return;
    }
    prefix = (size_t) sprintf(text, "%zu:", value.len);
    memcpy(text + prefix, value.data, value.len);
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, text, prefix + value.len);
}

/* What no function leaves behind. */
static const ngx_link_func_str_t untouched = {7, NULL};

typedef int (*getter_t)(ngx_link_func_ctx_t *, const char *, size_t, ngx_link_func_str_t *);

static void answer_named(ngx_link_func_ctx_t *ctx, getter_t get) {
    ngx_link_func_str_t name = argument(ctx, "name"), value = untouched;
    int status = get(ctx, text_of(name), name.len, &value);

    answer_result(ctx, status, value);
}

/*
 * Requests
 */

/* Looks for the argument "a". */
void query_arg(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_str_t value = untouched;
    int status = ngx_link_func_get_query_arg(ctx, "a", 1, &value);

    answer_result(ctx, status, value);
}

void form_arg(ngx_link_func_ctx_t *ctx) {
    answer_named(ctx, ngx_link_func_get_form_arg);
}

void cookie(ngx_link_func_ctx_t *ctx) {
    answer_named(ctx, ngx_link_func_get_cookie);
}

void client(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_str_t method, addr;
    char line[64];

    if (ngx_link_func_get_method(ctx, &method) != NGX_LINK_FUNC_OK
        || ngx_link_func_get_remote_addr(ctx, &addr) != NGX_LINK_FUNC_OK) {
        return;
    }
    (void) snprintf(line, sizeof(line), "%s %zu from %s %zu", text_of(method), method.len, text_of(addr),
                    addr.len);
    answer(ctx, line);
}

typedef struct {
    char text[1024];
    size_t stop_at; /* so many visits in all; 0 is no limit */
    size_t visits;
} listing_t;

/* Of the headers that begin with "X-". */
static int list_header(void *data, const ngx_link_func_str_t *name, const ngx_link_func_str_t *value) {
    listing_t *listing = data;
    size_t len = strlen(listing->text);

    if (name->len < 2 || memcmp(name->data, "X-", 2) != 0) {
        return 0;
    }
    (void) snprintf(listing->text + len, sizeof(listing->text) - len, "%s=%s%zu;", text_of(*name),
                    text_of(*value), value->len);
    return ++listing->visits == listing->stop_at ? -1 : 0;
}

void each(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_str_t stop = argument(ctx, "stop");
    listing_t listing = {"", stop.data == NULL ? 0 : strtoul(text_of(stop), NULL, 10), 0};
    int status = ngx_link_func_each_header(ctx, list_header, &listing);

    answer(ctx, status == NGX_LINK_FUNC_OK ? listing.text : ngx_link_func_strerror(status));
}

static int no_visit(void *data, const ngx_link_func_str_t *name, const ngx_link_func_str_t *value) {
    (void) name;
    (void) value;
    (*(size_t *) data)++;
    return 0;
}

/* Passes each hN=Name:value to `set`; returns a character for each status: '0'
 * for OK, '2' for NOT_FOUND (-2), '4' for INVALID (-4)... */
static void for_each_argument(ngx_link_func_ctx_t *ctx, char results[10],
                              int (*set)(ngx_link_func_ctx_t *, const char *, size_t, const char *, size_t)) {
    char key[] = "h1";
    size_t count = 0;

    for (; key[1] <= '9'; key[1]++) {
        ngx_link_func_str_t h = argument(ctx, key);
        const char *colon = h.data == NULL ? NULL : memchr(h.data, ':', h.len);

        if (colon != NULL) {
            size_t name_len = (size_t) (colon - text_of(h));
            int status = set(ctx, text_of(h), name_len, colon + 1, h.len - name_len - 1);

            results[count++] = (char) ('0' - status);
        }
    }
    results[count] = '\0';
}

/* Removes a header and sets another, then lists what is there. */
void each_changes(ngx_link_func_ctx_t *ctx) {
    listing_t listing = {"", 0, 0};
    size_t all = 0, left = 0;

    (void) ngx_link_func_each_header(ctx, no_visit, &all);
    (void) ngx_link_func_del_header_in(ctx, "x-b", 3);
    (void) ngx_link_func_add_header_in(ctx, "X-A", 3, "new", 3);
    (void) ngx_link_func_each_header(ctx, no_visit, &left);
    (void) ngx_link_func_each_header(ctx, list_header, &listing);
    answer(ctx, all - left == 1 ? listing.text : "wrong count");
}

static int delete_one(ngx_link_func_ctx_t *ctx, const char *name, size_t name_len, const char *value,
                      size_t value_len) {
    (void) value;
    (void) value_len;
    return ngx_link_func_del_header_in(ctx, name, name_len);
}

/* Answers with the results and what `name` reads behind them. */
void delete_in(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_str_t name = argument(ctx, "name");
    char results[10], line[256];
    const char *seen;

    for_each_argument(ctx, results, delete_one);
    seen = (const char *) ngx_link_func_get_header(ctx, text_of(name), name.len);
    (void) snprintf(line, sizeof(line), "%s %s", results, seen == NULL ? "NULL" : seen);
    answer(ctx, line);
}

/*
 * Variables
 */

void var(ngx_link_func_ctx_t *ctx) {
    answer_named(ctx, ngx_link_func_get_var);
}

/* Sets `name` to `value` and answers with what it reads, or why it failed. */
void change_var(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_str_t name = argument(ctx, "name"), value = argument(ctx, "value"), seen = untouched;
    int status = ngx_link_func_set_var(ctx, text_of(name), name.len, text_of(value), value.len);

    if (status == NGX_LINK_FUNC_OK) {
        status = ngx_link_func_get_var(ctx, text_of(name), name.len, &seen);
    }
    answer_result(ctx, status, seen);
}

/* $args is what get_query_arg and get_query_param read, req_args is not. */
void change_args(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_str_t value = argument(ctx, "value"), new_value = {0, NULL};
    int status = ngx_link_func_set_var(ctx, "Args", 4, text_of(value), value.len);
    const char *param = ngx_link_func_get_query_param(ctx, "b");
    char line[256];

    (void) ngx_link_func_get_var(ctx, "arg_b", 5, &new_value);
    (void) snprintf(line, sizeof(line), "%d %s %s %s %s", status, param == NULL ? "NULL" : param,
                    new_value.data == NULL ? "NULL" : text_of(new_value),
                    argument(ctx, "value").data == NULL ? "gone" : "there", ctx->req_args);
    answer(ctx, line);
}

/* Sets the Host header and reads $host and $http_host. */
void host_var(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_str_t value = argument(ctx, "value"), host = {0, NULL}, header = {0, NULL};
    char line[256];

    (void) ngx_link_func_add_header_in(ctx, "Host", 4, text_of(value), value.len);
    (void) ngx_link_func_get_var(ctx, "host", 4, &host);
    (void) ngx_link_func_get_var(ctx, "http_host", 9, &header);
    (void) snprintf(line, sizeof(line), "%s %s", text_of(host), text_of(header));
    answer(ctx, line);
}

/*
 * Response headers
 */

/* "+Name" adds, "-Name" removes, and "Name" alone sets. */
static int change_out(ngx_link_func_ctx_t *ctx, const char *name, size_t name_len, const char *value,
                      size_t value_len) {
    if (name_len > 0 && name[0] == '+') {
        return ngx_link_func_add_header_out(ctx, name + 1, name_len - 1, value, value_len);
    }
    if (name_len > 0 && name[0] == '-') {
        return ngx_link_func_del_header_out(ctx, name + 1, name_len - 1);
    }
    return ngx_link_func_set_header_out(ctx, name, name_len, value, value_len);
}

/* A response without a content type of its own. */
void set_out(ngx_link_func_ctx_t *ctx) {
    char results[10];

    for_each_argument(ctx, results, change_out);
    answer(ctx, results);
}

void set_out_after(ngx_link_func_ctx_t *ctx) {
    char results[10];

    ngx_link_func_write_resp(ctx, 200, NULL, "text/css", "before", 6);
    for_each_argument(ctx, results, change_out);
}

/* Writes twice: with `type`, and without one behind the headers. */
void typed(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_str_t type = argument(ctx, "type");
    char results[10];

    ngx_link_func_write_resp(ctx, 200, NULL, text_of(type), "", 0);
    for_each_argument(ctx, results, change_out);
    answer(ctx, results);
}

/*
 * Bodies that are not copied
 */

static unsigned releases;
static char lent[] = "lent";

static void count_release(void *count) {
    (*(unsigned *) count)++;
}

/* What releases there were since the last call of this. */
void released(ngx_link_func_ctx_t *ctx) {
    char line[16];

    (void) snprintf(line, sizeof(line), "%u", releases);
    releases = 0;
    answer(ctx, line);
}

/* The status is the argument's; the result is in a header. */
void ref(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_str_t status = argument(ctx, "status"), type = argument(ctx, "type"),
                        text = argument(ctx, "body");
    uintptr_t code = status.data == NULL ? 200 : strtoul(text_of(status), NULL, 10);
    int result = ngx_link_func_write_resp_ref(ctx, code, text_of(type), text_of(text), text.len,
                                              count_release, &releases);
    const char *name = ngx_link_func_strerror(result);

    (void) ngx_link_func_set_header_out(ctx, "X-Result", 8, name, strlen(name));
}

void ref_etag(ngx_link_func_ctx_t *ctx) {
    (void) ngx_link_func_set_header_out(ctx, "ETag", 4, "\"a\"", 3);
    (void) ngx_link_func_write_resp_ref(ctx, 200, NULL, lent, 4, count_release, &releases);
}

/* Static data has no owner, and no data has no length. */
void ref_null(ngx_link_func_ctx_t *ctx) {
    (void) ngx_link_func_write_resp_ref(ctx, 200, NULL, argument(ctx, "body").data == NULL ? NULL : lent, 4,
                                        NULL, NULL);
}

/* As long as snprintf says of what it cannot write. */
void ref_endless(ngx_link_func_ctx_t *ctx) {
    int result = ngx_link_func_write_resp_ref(ctx, 200, NULL, lent, (size_t) -1, count_release, &releases);
    const char *name = ngx_link_func_strerror(result);

    (void) ngx_link_func_set_header_out(ctx, "X-Result", 8, name, strlen(name));
}

void copy_endless(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, lent, (size_t) -1);
}

void ref_then_copy(ngx_link_func_ctx_t *ctx) {
    (void) ngx_link_func_write_resp_ref(ctx, 404, "text/css", lent, 4, count_release, &releases);
    answer(ctx, "copied");
}

void copy_then_ref(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_write_resp(ctx, 404, "404 Lost", "text/css", "copied", 6);
    (void) ngx_link_func_write_resp_ref(ctx, 404, NULL, lent, 4, count_release, &releases);
}

/*
 * Declining
 */

void declined(ngx_link_func_ctx_t *ctx) {
    char results[10];

    for_each_argument(ctx, results, change_out);
    (void) ngx_link_func_decline(ctx);
}

void written_then_declined(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_write_resp(ctx, 99, NULL, NULL, "refused", 7);
    (void) ngx_link_func_decline(ctx);
}

void declined_then_written(ngx_link_func_ctx_t *ctx) {
    (void) ngx_link_func_decline(ctx);
    answer(ctx, "written");
}

/*
 * Logging and version
 */

void log_formats(ngx_link_func_ctx_t *ctx) {
    int sum = ngx_link_func_log_fmt(ctx, NGX_LINK_FUNC_LOG_DEBUG, "conformance: %s", "debug");

    sum += ngx_link_func_log_fmt(ctx, NGX_LINK_FUNC_LOG_INFO, "%05d|%-4s|%x", 42, "ab", 255U);
    sum += ngx_link_func_log_fmt(ctx, NGX_LINK_FUNC_LOG_WARN, "%.3f %zu %c", 1.5, sizeof(char), 'c');
    sum += ngx_link_func_log_fmt(ctx, NGX_LINK_FUNC_LOG_ERR, "100%%");
    sum += ngx_link_func_log_fmt(ctx, NGX_LINK_FUNC_LOG_INFO, "%s", "");
    answer(ctx, sum == 0 ? "logged" : "refused");
}

/* `value` as it is, `times` times. */
void log_line(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_str_t value = argument(ctx, "value"), times = argument(ctx, "times");
    size_t n = times.data == NULL ? 1 : strtoul(text_of(times), NULL, 10), i;
    char *text = ngx_link_func_palloc(ctx, n * value.len + 1);

    for (i = 0; i < n; i++) {
        memcpy(text + i * value.len, value.data, value.len);
    }
    text[n * value.len] = '\0';
    (void) ngx_link_func_log_fmt(ctx, NGX_LINK_FUNC_LOG_INFO, "%s", text);
}

void log_no_level(ngx_link_func_ctx_t *ctx) {
    static const int levels[] = {-1, 0, 3, 6, 9, 100};
    size_t i, refused = 0;
    char line[16];

    for (i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
        refused += ngx_link_func_log_fmt(ctx, levels[i], "%d", levels[i]) == NGX_LINK_FUNC_INVALID;
    }
    (void) snprintf(line, sizeof(line), "%zu refused", refused);
    answer(ctx, line);
}

void version(ngx_link_func_ctx_t *ctx) {
    char line[64];

    (void) snprintf(line, sizeof(line), "%u %s", (unsigned) ngx_link_func_abi_version(),
                    ngx_link_func_strerror(-8));
    answer(ctx, line);
}
