#include "mock_builtin.h"

#include <stdio.h>
#include <stdlib.h>

#include "lf_host.h"

/* Lends the value for what stands behind a prefix, or for the whole name. */
typedef int (*getter_t)(lfm_call_t *call, lf_str_t rest, ngx_link_func_str_t *value);

typedef struct {
    const char *name;
    getter_t get; /* NULL: the mock does not know it */
} builtin_t;

static char lower(char c) {
    return (char) (c >= 'A' && c <= 'Z' ? c | 0x20 : c);
}

static lf_str_t rest_of(lf_str_t text, size_t from) {
    return lf_str(text.data + from, text.len - from);
}

static int starts_with(lf_str_t text, lf_str_t prefix) {
    return text.len >= prefix.len && lf_str_case_equal(lf_str(text.data, prefix.len), prefix);
}

/*
 * The request line
 */

/* NGINX has no $args where there are none. */
static int get_args(lfm_call_t *call, lf_str_t rest, ngx_link_func_str_t *value) {
    (void) rest;
    return call->args.data == NULL ? NGX_LINK_FUNC_NOT_FOUND : lfm_lend(call, value, call->args);
}

static int get_is_args(lfm_call_t *call, lf_str_t rest, ngx_link_func_str_t *value) {
    (void) rest;
    return lfm_lend(call, value, lf_cstr(call->args.len == 0 ? "" : "?"));
}

static int get_uri(lfm_call_t *call, lf_str_t rest, ngx_link_func_str_t *value) {
    (void) rest;
    return lfm_lend(call, value, call->request->path);
}

static int get_request_uri(lfm_call_t *call, lf_str_t rest, ngx_link_func_str_t *value) {
    (void) rest;
    return lfm_lend(call, value, lf_cstr(call->request->target));
}

static int get_request_method(lfm_call_t *call, lf_str_t rest, ngx_link_func_str_t *value) {
    (void) rest;
    return lfm_lend(call, value, lf_cstr(call->request->method));
}

static int get_request(lfm_call_t *call, lf_str_t rest, ngx_link_func_str_t *value) {
    const ngx_link_func_mock_request_t *request = call->request;
    size_t size = strlen(request->method) + strlen(request->target) + sizeof("  HTTP/1.1");
    char *line = lfm_alloc(size);
    int status;

    (void) rest;
    (void) snprintf(line, size, "%s %s HTTP/1.1", request->method, request->target);
    status = lfm_lend(call, value, lf_cstr(line));
    free(line);
    return status;
}

static int get_scheme(lfm_call_t *call, lf_str_t rest, ngx_link_func_str_t *value) {
    (void) rest;
    return lfm_lend(call, value, lf_cstr(call->tls ? "https" : "http"));
}

static int get_server_protocol(lfm_call_t *call, lf_str_t rest, ngx_link_func_str_t *value) {
    (void) rest;
    return lfm_lend(call, value, lf_cstr("HTTP/1.1"));
}

static int get_remote_addr(lfm_call_t *call, lf_str_t rest, ngx_link_func_str_t *value) {
    (void) rest;
    return lfm_lend(call, value, lf_cstr(call->request->remote_addr));
}

/* The first of that name, whose case does not count. */
static int get_arg(lfm_call_t *call, lf_str_t name, ngx_link_func_str_t *value) {
    lf_str_t args = call->args;

    while (name.len > 0 && args.len > 0) {
        lf_str_t part = lf_str_cut(&args, '&');

        if (part.len > name.len && part.data[name.len] == '=' && starts_with(part, name)) {
            return lfm_lend(call, value, rest_of(part, name.len + 1));
        }
    }
    return NGX_LINK_FUNC_NOT_FOUND;
}

/*
 * Headers
 */

static int lend_header(lfm_call_t *call, const char *name, ngx_link_func_str_t *value) {
    const char *found = lfm_headers_find(lfm_request_headers(call->request), lf_cstr(name));

    return found == NULL ? NGX_LINK_FUNC_NOT_FOUND : lfm_lend(call, value, lf_cstr(found));
}

static int get_content_length(lfm_call_t *call, lf_str_t rest, ngx_link_func_str_t *value) {
    (void) rest;
    return lend_header(call, "Content-Length", value);
}

/* "" stands for the server_name of a configuration without one. */
static int get_host(lfm_call_t *call, lf_str_t rest, ngx_link_func_str_t *value) {
    const char *host = lfm_headers_find(lfm_request_headers(call->request), lf_cstr("Host"));
    int status = lfm_lend(call, value, lf_host_name(lf_cstr(host)));
    size_t i;

    (void) rest;
    for (i = 0; status == NGX_LINK_FUNC_OK && i < value->len; i++) {
        value->data[i] = (unsigned char) lower((char) value->data[i]);
    }
    return status;
}

/* In a variable's name '-' is '_'. */
static int names_header(lf_str_t variable, const lfm_header_t *header) {
    size_t i;

    for (i = 0; i < variable.len && i < header->name_len; i++) {
        char c = lower(header->name[i]);

        if (lower(variable.data[i]) != (c == '-' ? '_' : c)) {
            return 0;
        }
    }
    return variable.len == header->name_len;
}

/* From this release on all headers of a name are told. */
#define JOINING_VERSION 1023000

/* These two always were lists; NULL: the first header is told. */
static const char *separator_of(const lfm_call_t *call, lf_str_t variable) {
    if (lf_str_case_equal(variable, lf_cstr("cookie"))) {
        return "; ";
    }
    return call->mock->nginx_version >= JOINING_VERSION
                   || lf_str_case_equal(variable, lf_cstr("x_forwarded_for"))
               ? ", "
               : NULL;
}

static void print_headers(FILE *out, const lfm_headers_t *headers, lf_str_t variable, const char *separator) {
    const char *before = "";
    size_t i;

    for (i = 0; i < headers->count; i++) {
        if (names_header(variable, &headers->items[i])) {
            (void) fprintf(out, "%s%s", before, headers->items[i].value);
            before = separator;
        }
    }
}

static int lend_joined(lfm_call_t *call, lf_str_t variable, const char *separator,
                       ngx_link_func_str_t *value) {
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    int status;

    if (out == NULL) {
        lfm_out_of_memory();
    }
    print_headers(out, lfm_request_headers(call->request), variable, separator);
    if (fclose(out) != 0) {
        lfm_out_of_memory();
    }
    status = lfm_lend(call, value, lf_str(text, size));
    free(text);
    return status;
}

static int get_http(lfm_call_t *call, lf_str_t variable, ngx_link_func_str_t *value) {
    const lfm_headers_t *headers = lfm_request_headers(call->request);
    const char *separator = separator_of(call, variable);
    size_t i;

    for (i = 0; i < headers->count && !names_header(variable, &headers->items[i]); i++) {
    }
    if (i == headers->count) {
        return NGX_LINK_FUNC_NOT_FOUND;
    }
    return separator == NULL ? lfm_lend(call, value, lf_cstr(headers->items[i].value))
                             : lend_joined(call, variable, separator, value);
}

static int get_content_type(lfm_call_t *call, lf_str_t rest, ngx_link_func_str_t *value) {
    (void) rest;
    return get_http(call, lf_cstr("content_type"), value);
}

static lf_str_t skip_spaces(lf_str_t text) {
    while (text.len > 0 && text.data[0] == ' ') {
        text = rest_of(text, 1);
    }
    return text;
}

/* Behind the next ';' or ','. */
static lf_str_t next_cookie(lf_str_t text) {
    while (text.len > 0 && text.data[0] != ';' && text.data[0] != ',') {
        text = rest_of(text, 1);
    }
    return skip_spaces(text.len > 0 ? rest_of(text, 1) : text);
}

/* NGINX's reading of a Cookie header, which is not that of get_cookie: names
 * compare without regard to case, ',' separates too, and a cookie without '='
 * hides the one behind it. */
static int find_cookie(lf_str_t text, lf_str_t name, lf_str_t *found) {
    while (text.len > 0) {
        if (starts_with(text, name)) {
            text = skip_spaces(rest_of(text, name.len));
            if (text.len > 0 && text.data[0] == '=') {
                text = skip_spaces(rest_of(text, 1));
                *found = text.len > 0 ? lf_str_cut(&text, ';') : text;
                return 1;
            }
            text = text.len > 0 ? rest_of(text, 1) : text;
        }
        text = next_cookie(text);
    }
    return 0;
}

static int get_cookie(lfm_call_t *call, lf_str_t name, ngx_link_func_str_t *value) {
    const lfm_headers_t *headers = lfm_request_headers(call->request);
    lf_str_t found;
    size_t i;

    for (i = 0; i < headers->count; i++) {
        if (names_header(lf_cstr("cookie"), &headers->items[i])
            && find_cookie(lf_cstr(headers->items[i].value), name, &found)) {
            return lfm_lend(call, value, found);
        }
    }
    return NGX_LINK_FUNC_NOT_FOUND;
}

/*
 * Names
 */

static const builtin_t builtins[] = {
    {"args", get_args},
    {"binary_remote_addr", NULL},
    {"body_bytes_sent", NULL},
    {"bytes_sent", NULL},
    {"connection", NULL},
    {"connection_requests", NULL},
    {"connection_time", NULL},
    {"content_length", get_content_length},
    {"content_type", get_content_type},
    {"document_root", NULL},
    {"document_uri", get_uri},
    {"host", get_host},
    {"hostname", NULL},
    {"https", NULL},
    {"is_args", get_is_args},
    {"msec", NULL},
    {"nginx_version", NULL},
    {"pid", NULL},
    {"pipe", NULL},
    {"proxy_protocol_addr", NULL},
    {"proxy_protocol_port", NULL},
    {"proxy_protocol_server_addr", NULL},
    {"proxy_protocol_server_port", NULL},
    {"query_string", get_args},
    {"realpath_root", NULL},
    {"remote_addr", get_remote_addr},
    {"remote_port", NULL},
    {"remote_user", NULL},
    {"request", get_request},
    {"request_body", NULL},
    {"request_body_file", NULL},
    {"request_completion", NULL},
    {"request_filename", NULL},
    {"request_id", NULL},
    {"request_length", NULL},
    {"request_method", get_request_method},
    {"request_time", NULL},
    {"request_uri", get_request_uri},
    {"scheme", get_scheme},
    {"sent_http_cache_control", NULL},
    {"sent_http_connection", NULL},
    {"sent_http_content_length", NULL},
    {"sent_http_content_type", NULL},
    {"sent_http_keep_alive", NULL},
    {"sent_http_last_modified", NULL},
    {"sent_http_link", NULL},
    {"sent_http_location", NULL},
    {"sent_http_transfer_encoding", NULL},
    {"server_addr", NULL},
    {"server_name", NULL},
    {"server_port", NULL},
    {"server_protocol", get_server_protocol},
    {"status", NULL},
    {"tcpinfo_rcv_space", NULL},
    {"tcpinfo_rtt", NULL},
    {"tcpinfo_rttvar", NULL},
    {"tcpinfo_snd_cwnd", NULL},
    {"time_iso8601", NULL},
    {"time_local", NULL},
    {"uri", get_uri},
};

/* Members of the families below that have an entry of their own in NGINX. */
static const char *const own_entries[] = {
    "http_cookie", "http_host", "http_referer", "http_user_agent", "http_via", "http_x_forwarded_for",
};

static const builtin_t families[] = {
    {"arg_", get_arg},
    {"cookie_", get_cookie},
    {"http_", get_http},
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const builtin_t *find_builtin(lf_str_t name) {
    size_t i;

    for (i = 0; i < COUNT(builtins); i++) {
        if (lf_str_case_equal(lf_cstr(builtins[i].name), name)) {
            return &builtins[i];
        }
    }
    return NULL;
}

static const builtin_t *find_family(lf_str_t name) {
    size_t i;

    for (i = 0; i < COUNT(families); i++) {
        if (starts_with(name, lf_cstr(families[i].name))) {
            return &families[i];
        }
    }
    return NULL;
}

int lfm_builtin_exists(lf_str_t name) {
    size_t i;

    for (i = 0; i < COUNT(own_entries); i++) {
        if (lf_str_case_equal(lf_cstr(own_entries[i]), name)) {
            return 1;
        }
    }
    return find_builtin(name) != NULL;
}

int lfm_builtin_is_known(lf_str_t name) {
    const builtin_t *builtin = find_builtin(name);

    return (builtin != NULL && builtin->get != NULL) || find_family(name) != NULL;
}

int lfm_builtin_get(lfm_call_t *call, lf_str_t name, ngx_link_func_str_t *value) {
    const builtin_t *builtin = find_builtin(name);
    const builtin_t *family = find_family(name);

    if (builtin != NULL) {
        return builtin->get == NULL ? NGX_LINK_FUNC_NOT_FOUND : builtin->get(call, name, value);
    }
    if (family != NULL) {
        return family->get(call, rest_of(name, strlen(family->name)), value);
    }
    return NGX_LINK_FUNC_NOT_FOUND;
}
