#include "mock_http.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "mock_request.h"
#include "mock_target.h"

/* A body that is announced, and how. */
typedef struct {
    int chunked;
    int has_length;
    size_t length;
    int has_host;
} framing_t;

void lfm_http_init(lfm_http_t *http, const char *name, lf_str_t text) {
    memset(http, 0, sizeof(*http));
    http->name = name;
    http->text = text;
    http->line = 1;
}

/* Returns 0, for what cannot go on. */
static int broken(lfm_http_t *http, const char *format, ...) __attribute__((format(printf, 2, 3)));

static int broken(lfm_http_t *http, const char *format, ...) {
    char what[LFM_WHY_SIZE];
    va_list args;

    va_start(args, format);
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): clang-tidy 14 overlooks va_start */
    (void) vsnprintf(what, sizeof(what), format, args);
    va_end(args);
    free(http->problem);
    if (asprintf(&http->problem, "%s:%u: %s", http->name, http->line, what) == -1) {
        lfm_out_of_memory();
    }
    return 0;
}

/*
 * Lines
 */

static lf_str_t rest(const lfm_http_t *http) {
    return lf_str(http->text.data + http->at, http->text.len - http->at);
}

/* The line that the reader stands on, without its end; it stays there. */
static int peek_line(lfm_http_t *http, lf_str_t *line) {
    lf_str_t left = rest(http);
    const char *newline = left.len == 0 ? NULL : memchr(left.data, '\n', left.len);

    if (newline == NULL) {
        return broken(http, "the text ends within a line");
    }
    *line = lf_str(left.data, (size_t) (newline - left.data));
    if (line->len > 0 && line->data[line->len - 1] == '\r') {
        line->len--;
    }
    if (line->len > 0 && memchr(line->data, '\0', line->len) != NULL) {
        return broken(http, "a NUL byte");
    }
    return 1;
}

static void next_line(lfm_http_t *http) {
    const char *newline = memchr(http->text.data + http->at, '\n', http->text.len - http->at);

    http->at = (size_t) (newline - http->text.data) + 1;
    http->line++;
}

/* NGINX skips empty lines before a request. */
static void skip_empty_lines(lfm_http_t *http) {
    while (http->at < http->text.len
           && (http->text.data[http->at] == '\r' || http->text.data[http->at] == '\n')) {
        http->line += http->text.data[http->at++] == '\n';
    }
}

/*
 * The head
 */

static int check_request_line(lfm_http_t *http, const char *method, const char *target, lf_str_t version) {
    lf_str_t path, args;
    const char *problem;
    char why[LFM_WHY_SIZE];

    if (!lfm_method_is_good(method, why)) {
        return broken(http, "%s", why);
    }
    if (!lf_str_equal(version, lf_cstr("HTTP/1.1"))) {
        return broken(http, "no \"METHOD TARGET HTTP/1.1\"");
    }
    problem = lfm_target_parse(lf_cstr(target), &path, &args);
    if (problem != NULL) {
        return broken(http, "malformed target \"%s\": NGINX answers 400 to %s", target, problem);
    }
    free((char *) path.data);
    return 1;
}

static ngx_link_func_mock_request_t *read_request_line(lfm_http_t *http, ngx_link_func_mock_t *mock) {
    ngx_link_func_mock_request_t *request = NULL;
    lf_str_t line = lf_cstr(NULL), part;
    char *method, *target;

    if (!peek_line(http, &line)) {
        return NULL;
    }
    if (line.len == 0) {
        (void) broken(http, "an empty line where a request was expected");
        return NULL;
    }
    method = lfm_text_dup(lf_str_cut(&line, ' '));
    part = line.len == 0 ? line : lf_str_cut(&line, ' ');
    target = lfm_text_dup(part);
    if (check_request_line(http, method, target, line)) {
        request = ngx_link_func_mock_request(mock, method, target);
        next_line(http);
    }
    free(method);
    free(target);
    return request;
}

/* Digits alone.  Returns 0 when it is no number, or a too large one. */
static int read_number(lf_str_t text, unsigned base, size_t *number) {
    static const char digits[] = "0123456789abcdef";
    size_t i;

    *number = 0;
    for (i = 0; i < text.len; i++) {
        char c = (char) (text.data[i] >= 'A' && text.data[i] <= 'F' ? text.data[i] | 0x20 : text.data[i]);
        const char *digit = c == '\0' ? NULL : strchr(digits, c);

        if (digit == NULL || (unsigned) (digit - digits) >= base || *number > (size_t) -1 / 32) {
            return 0;
        }
        *number = *number * base + (size_t) (digit - digits);
    }
    return text.len > 0;
}

static int read_length(lfm_http_t *http, framing_t *framing, lf_str_t value) {
    if (framing->has_length || framing->chunked) {
        return broken(http, "a second header for the length of the body: NGINX answers 400 to it");
    }
    framing->has_length = 1;
    return read_number(value, 10, &framing->length)
           || broken(http, "Content-Length \"%.*s\": NGINX answers 400 to it", (int) value.len, value.data);
}

static int read_coding(lfm_http_t *http, framing_t *framing, lf_str_t value) {
    if (framing->has_length || framing->chunked) {
        return broken(http, "a second header for the length of the body: NGINX answers 400 to it");
    }
    framing->chunked = 1;
    return lf_str_case_equal(value, lf_cstr("chunked"))
           || broken(http, "Transfer-Encoding \"%.*s\": NGINX answers 501 to it", (int) value.len,
                     value.data);
}

static int add_header(lfm_http_t *http, ngx_link_func_mock_request_t *request, framing_t *framing,
                      lf_str_t name, lf_str_t value) {
    char *key, *content, why[LFM_WHY_SIZE];
    int good;

    if (lf_str_case_equal(name, lf_cstr("Content-Length"))) {
        return read_length(http, framing, value);
    }
    if (lf_str_case_equal(name, lf_cstr("Transfer-Encoding"))) {
        return read_coding(http, framing, value);
    }
    key = lfm_text_dup(name);
    content = lfm_text_dup(value);
    good = lfm_header_is_good(request, key, content, why);
    if (good) {
        framing->has_host |= lf_str_case_equal(name, lf_cstr("Host"));
        ngx_link_func_mock_request_header(request, key, content);
    }
    free(key);
    free(content);
    return good || broken(http, "%s", why);
}

static lf_str_t trim(lf_str_t text) {
    while (text.len > 0 && (text.data[0] == ' ' || text.data[0] == '\t')) {
        text.data++;
        text.len--;
    }
    while (text.len > 0 && (text.data[text.len - 1] == ' ' || text.data[text.len - 1] == '\t')) {
        text.len--;
    }
    return text;
}

static int read_header(lfm_http_t *http, ngx_link_func_mock_request_t *request, framing_t *framing,
                       lf_str_t line) {
    const char *colon = memchr(line.data, ':', line.len);
    lf_str_t name;

    if (colon == NULL) {
        return broken(http, "a header line without ':'");
    }
    name = lf_str(line.data, (size_t) (colon - line.data));
    return add_header(http, request, framing, name, trim(lf_str(colon + 1, line.len - name.len - 1)));
}

static int read_headers(lfm_http_t *http, ngx_link_func_mock_request_t *request, framing_t *framing) {
    lf_str_t line = lf_cstr(NULL);

    while (peek_line(http, &line)) {
        if (line.len == 0) {
            break;
        }
        if (!read_header(http, request, framing, line)) {
            return 0;
        }
        next_line(http);
    }
    if (http->problem != NULL) {
        return 0;
    }
    if (!framing->has_host) {
        return broken(http, "no Host: NGINX answers 400 to it");
    }
    next_line(http);
    return 1;
}

/*
 * The body
 */

static int take_bytes(lfm_http_t *http, size_t len, lf_str_t *bytes) {
    size_t i;

    if (len > http->text.len - http->at) {
        return broken(http, "the text ends %zu bytes before the body does", len - rest(http).len);
    }
    *bytes = lf_str(http->text.data + http->at, len);
    for (i = 0; i < len; i++) {
        http->line += bytes->data[i] == '\n';
    }
    http->at += len;
    return 1;
}

/* The bytes of one chunk, none of the last one. */
static int take_chunk(lfm_http_t *http, lf_str_t *bytes) {
    lf_str_t line = lf_cstr(NULL), end = line;
    size_t size;

    if (!peek_line(http, &line)) {
        return 0;
    }
    if (line.len == 0 || !read_number(trim(lf_str_cut(&line, ';')), 16, &size)) {
        return broken(http, "a chunk without its size: NGINX answers 400 to it");
    }
    next_line(http);
    if (size == 0) {
        *bytes = lf_cstr(NULL);
        return 1;
    }
    return take_bytes(http, size, bytes) && peek_line(http, &end)
           && (end.len == 0 || broken(http, "a chunk that is longer than its size"));
}

static int skip_trailers(lfm_http_t *http) {
    lf_str_t line = lf_cstr(NULL);

    while (peek_line(http, &line)) {
        next_line(http);
        if (line.len == 0) {
            return 1;
        }
    }
    return 0;
}

static int collect_chunks(lfm_http_t *http, FILE *out) {
    lf_str_t bytes = lf_cstr(NULL);

    while (take_chunk(http, &bytes)) {
        if (bytes.len == 0) {
            return skip_trailers(http);
        }
        (void) fwrite(bytes.data, 1, bytes.len, out);
        next_line(http);
    }
    return 0;
}

static int read_chunks(lfm_http_t *http, ngx_link_func_mock_request_t *request) {
    char *body = NULL;
    size_t len;
    FILE *out = open_memstream(&body, &len);
    int good;

    if (out == NULL) {
        lfm_out_of_memory();
    }
    good = collect_chunks(http, out);
    if (fclose(out) != 0) {
        lfm_out_of_memory();
    }
    if (good) {
        ngx_link_func_mock_request_body(request, body, len);
    }
    free(body);
    return good;
}

static int read_body(lfm_http_t *http, ngx_link_func_mock_request_t *request, const framing_t *framing) {
    lf_str_t bytes = lf_cstr(NULL);

    if (framing->chunked) {
        return read_chunks(http, request);
    }
    if (!framing->has_length) {
        return 1;
    }
    if (!take_bytes(http, framing->length, &bytes)) {
        return 0;
    }
    ngx_link_func_mock_request_body(request, bytes.data, bytes.len);
    return 1;
}

ngx_link_func_mock_request_t *lfm_http_next(lfm_http_t *http, ngx_link_func_mock_t *mock) {
    ngx_link_func_mock_request_t *request;
    framing_t framing = {0};

    skip_empty_lines(http);
    if (http->problem != NULL || http->at == http->text.len) {
        return NULL;
    }
    request = read_request_line(http, mock);
    if (request == NULL) {
        return NULL;
    }
    if (read_headers(http, request, &framing) && read_body(http, request, &framing)) {
        return request;
    }
    ngx_link_func_mock_request_free(request);
    return NULL;
}
