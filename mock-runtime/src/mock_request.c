#include "mock_request.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "lf_host.h"
#include "mock_builtin.h"
#include "mock_failure.h"
#include "mock_target.h"

/* NGINX answers 400 to a second one. */
static const char *const unique_headers[] = {
    "Authorization",     "Content-Range", "Expect",        "If-Match",
    "If-Modified-Since", "If-Range",      "If-None-Match", "If-Unmodified-Since",
};

static int refuse(char *why, const char *format, ...) __attribute__((format(printf, 2, 3)));

static int refuse(char *why, const char *format, ...) {
    va_list args;

    va_start(args, format);
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): clang-tidy 14 overlooks va_start */
    (void) vsnprintf(why, LFM_WHY_SIZE, format, args);
    va_end(args);
    return 0;
}

int lfm_method_is_good(const char *method, char *why) {
    if (method[0] == '\0' || method[strspn(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_-")] != '\0') {
        return refuse(why, "method \"%s\": NGINX answers 400 to it", method);
    }
    if (strcmp(method, "CONNECT") == 0 || strcmp(method, "TRACE") == 0) {
        return refuse(why, "method \"%s\": NGINX answers 405 itself", method);
    }
    return 1;
}

ngx_link_func_mock_request_t *ngx_link_func_mock_request(ngx_link_func_mock_t *mock, const char *method,
                                                         const char *target) {
    ngx_link_func_mock_request_t *request;
    lf_str_t path, args;
    const char *problem;
    char why[LFM_WHY_SIZE];

    if (!lfm_method_is_good(method, why)) {
        lfm_misuse("%s", why);
    }
    problem = lfm_target_parse(lf_cstr(target), &path, &args);
    if (problem != NULL) {
        lfm_misuse("malformed target \"%s\": NGINX answers 400 to %s", target, problem);
    }
    request = lfm_zalloc(sizeof(*request));
    request->mock = mock;
    request->in_thread = mock->is_thread;
    request->method = lfm_text_dup(lf_cstr(method));
    request->target = lfm_text_dup(lf_cstr(target));
    request->remote_addr = lfm_text_dup(lf_cstr("127.0.0.1"));
    request->path = path;
    request->args = args.len == 0 ? lf_cstr(NULL) : lf_str(request->target + (args.data - target), args.len);
    lfm_headers_add(&request->headers, lf_cstr("Host"), lf_cstr("localhost"));
    request->next = mock->requests;
    mock->requests = request;
    return request;
}

static void unlink_request(const ngx_link_func_mock_request_t *request) {
    ngx_link_func_mock_request_t **place = &request->mock->requests;

    while (*place != request) {
        place = &(*place)->next;
    }
    *place = request->next;
}

void ngx_link_func_mock_request_free(ngx_link_func_mock_request_t *request) {
    if (request == NULL) {
        return;
    }
    lfm_calls_forget(request->mock, request);
    unlink_request(request);
    while (request->responses != NULL) {
        ngx_link_func_mock_response_t *response = request->responses;

        request->responses = response->next;
        lfm_response_free(response);
    }
    lfm_headers_clear(&request->headers);
    lfm_headers_clear(&request->ignored);
    lfm_headers_clear(&request->after);
    lfm_variables_clear(&request->variables);
    lfm_variables_clear(&request->variables_after);
    free(request->method);
    free(request->target);
    free(request->remote_addr);
    free((char *) request->path.data);
    free(request->body);
    free(request);
}

/* The exchanges of earlier calls show the request as it was sent then. */
static void before_change(const ngx_link_func_mock_request_t *request) {
    ngx_link_func_mock_response_t *response;

    for (response = request->responses; response != NULL; response = response->next) {
        (void) ngx_link_func_mock_response_exchange(response);
    }
}

/* Spaces around a value are no part of it. */
static lf_str_t trim(const char *text) {
    lf_str_t value = lf_cstr(text + strspn(text, " "));

    while (value.len > 0 && value.data[value.len - 1] == ' ') {
        value.len--;
    }
    return value;
}

/* With ignore_invalid_headers on and underscores_in_headers off. */
static int name_is_ignored(const char *name) {
    return name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-")] != '\0';
}

static int host_is_good(lf_str_t host, char *why) {
    if (host.len == 0 || !lf_host_is_valid(host)) {
        return refuse(why, "Host \"%.*s\": NGINX answers 400 to it", (int) host.len, host.data);
    }
    return 1;
}

static int is_first(const ngx_link_func_mock_request_t *request, lf_str_t name, char *why) {
    size_t i;

    for (i = 0; i < sizeof(unique_headers) / sizeof(unique_headers[0]); i++) {
        if (lf_str_case_equal(lf_cstr(unique_headers[i]), name)
            && lfm_headers_find(&request->headers, name) != NULL) {
            return refuse(why, "a second header \"%s\": NGINX answers 400 to it", unique_headers[i]);
        }
    }
    return 1;
}

int lfm_header_is_good(const ngx_link_func_mock_request_t *request, const char *name, const char *value,
                       char *why) {
    size_t i;

    for (i = 0; (unsigned char) name[i] > 0x20 && name[i] != 0x7f && name[i] != ':'; i++) {
    }
    if (i == 0 || name[i] != '\0') {
        return refuse(why, "header name \"%s\": NGINX answers 400 to it", name);
    }
    if (!lf_header_value_is_clean(lf_cstr(value))) {
        return refuse(why, "header \"%s\": its value contains CR or LF", name);
    }
    if (lf_str_case_equal(lf_cstr(name), lf_cstr("Content-Length"))
        || lf_str_case_equal(lf_cstr(name), lf_cstr("Transfer-Encoding"))) {
        return refuse(why, "header \"%s\" comes from ngx_link_func_mock_request_body()", name);
    }
    if (lf_str_case_equal(lf_cstr(name), lf_cstr("Host"))) {
        return host_is_good(trim(value), why);
    }
    return is_first(request, lf_cstr(name), why);
}

void ngx_link_func_mock_request_header(ngx_link_func_mock_request_t *request, const char *name,
                                       const char *value) {
    lf_str_t key = lf_cstr(name);
    lf_str_t content = trim(value);
    char why[LFM_WHY_SIZE];

    if (!lfm_header_is_good(request, name, value, why)) {
        lfm_misuse("%s", why);
    }
    if (lf_str_case_equal(key, lf_cstr("Host"))) {
        before_change(request);
        lfm_headers_set(&request->headers, key, content);
        return;
    }
    before_change(request);
    lfm_headers_add(name_is_ignored(name) ? &request->ignored : &request->headers, key, content);
}

void ngx_link_func_mock_request_body(ngx_link_func_mock_request_t *request, const void *data, size_t len) {
    char length[24];

    before_change(request);
    free(request->body);
    request->body = lfm_text_dup(lf_str(data, len));
    request->body_len = len;
    (void) snprintf(length, sizeof(length), "%zu", len);
    lfm_headers_set(&request->headers, lf_cstr("Content-Length"), lf_cstr(length));
}

void ngx_link_func_mock_request_remote_addr(ngx_link_func_mock_request_t *request, const char *text) {
    free(request->remote_addr);
    request->remote_addr = lfm_text_dup(lf_cstr(text));
}

void ngx_link_func_mock_request_in_thread(ngx_link_func_mock_request_t *request) {
    request->in_thread = 1;
}

void ngx_link_func_mock_request_variable(ngx_link_func_mock_request_t *request, const char *name,
                                         const char *value) {
    lf_str_t key = lf_cstr(name);

    if (key.len == 0) {
        lfm_misuse("ngx_link_func_mock_request_variable(): a variable without a name");
    }
    if (lfm_builtin_is_known(key)) {
        lfm_misuse("variable \"%s\" comes from the request itself", name);
    }
    lfm_variables_set(&request->variables, key, lf_cstr(value));
    lfm_variables_set(&request->variables_after, key, lf_cstr(value));
}

const char *ngx_link_func_mock_request_variable_after(const ngx_link_func_mock_request_t *request,
                                                      const char *name) {
    const lfm_variable_t *variable = lfm_variables_find(&request->variables_after, lf_cstr(name));

    return variable == NULL ? NULL : variable->value.data;
}

const lfm_headers_t *lfm_request_headers(const ngx_link_func_mock_request_t *request) {
    return request->changed ? &request->after : &request->headers;
}

const char *ngx_link_func_mock_request_header_after(const ngx_link_func_mock_request_t *request,
                                                    const char *name) {
    return lfm_headers_find(lfm_request_headers(request), lf_cstr(name));
}
