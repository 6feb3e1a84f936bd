/* Bytes of a fuzzer as requests: whatever they are, NGINX would have let the
 * request through to a handler. */

#include "mock_state.h"

#include <stdio.h>
#include <stdlib.h>

#include "mock_failure.h"
#include "mock_request.h"
#include "mock_target.h"

#define ZONE_SIZE ((size_t) 1 << 20)

static lf_str_t cut_line(lf_str_t *rest) {
    lf_str_t line = rest->len == 0 ? lf_cstr("") : lf_str_cut(rest, '\n');

    if (line.len > 0 && line.data[line.len - 1] == '\r') {
        line.len--;
    }
    return line;
}

static lf_str_t cut_word(lf_str_t *line) {
    return line->len == 0 ? lf_cstr("") : lf_str_cut(line, ' ');
}

/*
 * The request line
 */

static char *method_dup(lf_str_t word) {
    char *method = lfm_text_dup(word), why[LFM_WHY_SIZE];

    if (strlen(method) == word.len && lfm_method_is_good(method, why)) {
        return method;
    }
    free(method);
    return lfm_text_dup(lf_cstr("GET"));
}

static int is_hex(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Whether a '%' stands for a byte that a path may hold. */
static int is_escape(lf_str_t text, size_t at) {
    return at + 2 < text.len && is_hex(text.data[at + 1]) && is_hex(text.data[at + 2])
           && (text.data[at + 1] != '0' || text.data[at + 2] != '0');
}

static int is_sendable(lf_str_t text, size_t at) {
    unsigned char c = (unsigned char) text.data[at];

    return c == '%' ? is_escape(text, at) : c > 0x20 && c != 0x7f;
}

/* Begins with '/'; what cannot be sent is percent-encoded. */
static char *encoded_dup(lf_str_t text) {
    char *target = lfm_alloc(3 * text.len + 2);
    size_t i, len = 0;

    if (text.len == 0 || text.data[0] != '/') {
        target[len++] = '/';
    }
    for (i = 0; i < text.len; i++) {
        if (is_sendable(text, i)) {
            target[len++] = text.data[i];
        } else {
            (void) snprintf(target + len, 4, "%%%02X", (unsigned char) text.data[i]);
            len += 3;
        }
    }
    target[len] = '\0';
    return target;
}

/* NUL bytes, too, are encoded so that they mean no NUL. */
static char *target_dup(lf_str_t word) {
    char *once = encoded_dup(word), *target = encoded_dup(lf_cstr(once));
    lf_str_t path, args;

    free(once);
    if (lfm_target_parse(lf_cstr(target), &path, &args) == NULL) {
        free((char *) path.data);
        return target;
    }
    free(target);
    return lfm_text_dup(lf_cstr("/"));
}

/*
 * Headers
 */

/* A line without ':' is no header: a fuzzer finds the value more easily behind
 * the ':' than both together. */
static void add_header(ngx_link_func_mock_request_t *request, lf_str_t line) {
    const char *colon = memchr(line.data, ':', line.len);
    size_t name_len = colon == NULL ? 0 : (size_t) (colon - line.data);
    size_t value_len = colon == NULL ? 0 : line.len - name_len - 1;
    char *name = lfm_text_dup(lf_str(line.data, name_len));
    char *value = lfm_text_dup(lf_str(line.data + line.len - value_len, value_len));
    char why[LFM_WHY_SIZE];

    if (strlen(name) == name_len && strlen(value) == value_len
        && lfm_header_is_good(request, name, value, why)) {
        ngx_link_func_mock_request_header(request, name, value);
    }
    free(name);
    free(value);
}

ngx_link_func_mock_request_t *ngx_link_func_mock_fuzz_request(ngx_link_func_mock_t *mock, const uint8_t *data,
                                                              size_t size) {
    lf_str_t rest = lf_str((const char *) data, size);
    lf_str_t line = cut_line(&rest);
    char *method = method_dup(cut_word(&line));
    char *target = target_dup(cut_word(&line));
    ngx_link_func_mock_request_t *request = ngx_link_func_mock_request(mock, method, target);

    free(method);
    free(target);
    while ((line = cut_line(&rest)).len > 0) {
        add_header(request, line);
    }
    if (rest.len > 0) {
        ngx_link_func_mock_request_body(request, rest.data, rest.len);
    }
    return request;
}

/*
 * One input
 */

static void write_when_asked(const ngx_link_func_mock_request_t *request) {
    const char *path = getenv("LINKFUNC_FUZZ_HTTP");

    if (path != NULL && ngx_link_func_mock_request_write(request, path) != 0) {
        lfm_misuse("LINKFUNC_FUZZ_HTTP: %s", request->mock->error);
    }
}

void ngx_link_func_mock_fuzz_one(const uint8_t *data, size_t size, ngx_link_func_mock_handler_t handler) {
    ngx_link_func_mock_t *mock = ngx_link_func_mock_new();
    ngx_link_func_mock_request_t *request;

    ngx_link_func_mock_shm_size(mock, ZONE_SIZE);
    lfm_zone_comes_again(mock->zone);
    request = ngx_link_func_mock_fuzz_request(mock, data, size);
    write_when_asked(request);
    (void) ngx_link_func_mock_call(request, handler);
    ngx_link_func_mock_free(mock);
}
