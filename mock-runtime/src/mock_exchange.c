/* The exchange as text: made when somebody asks, which is when a test fails. */

#include "mock_state.h"

#include <stdio.h>
#include <stdlib.h>

#include "lf_log.h"

/* Bytes of a body that are shown. */
#define SHOWN 4096

/* Appends text with its control characters escaped, so that a terminal shows
 * what is there. */
static void print_escaped(FILE *out, lf_str_t text) {
    char *escaped = lfm_alloc(LF_LOG_ESCAPED_SIZE(text.len));
    size_t len = lf_log_escape_controls(escaped, LF_LOG_ESCAPED_SIZE(text.len), text);

    (void) fwrite(escaped, 1, len, out);
    free(escaped);
}

/* Line by line: a newline at the end of a line is one. */
static void print_body(FILE *out, char direction, lf_str_t body) {
    lf_str_t rest = lf_str(body.data, body.len < SHOWN ? body.len : SHOWN);

    (void) fprintf(out, "%c\n", direction);
    while (rest.len > 0) {
        const char *newline = memchr(rest.data, '\n', rest.len);
        size_t len = newline == NULL ? rest.len : (size_t) (newline - rest.data);

        (void) fprintf(out, "%c ", direction);
        print_escaped(out, lf_str(rest.data, len));
        (void) fputc('\n', out);
        len += newline != NULL;
        rest = lf_str(rest.data + len, rest.len - len);
    }
    if (body.len > SHOWN) {
        (void) fprintf(out, "%c ... %zu bytes in all\n", direction, body.len);
    }
}

static void print_headers(FILE *out, char direction, const lfm_headers_t *headers) {
    size_t i;

    for (i = 0; i < headers->count; i++) {
        (void) fprintf(out, "%c %s: ", direction, headers->items[i].name);
        print_escaped(out, lf_cstr(headers->items[i].value));
        (void) fputc('\n', out);
    }
}

static void print_request(FILE *out, const ngx_link_func_mock_request_t *request) {
    (void) fprintf(out, "> %s %s HTTP/1.1\n", request->method, request->target);
    print_headers(out, '>', &request->headers);
    print_headers(out, '>', &request->ignored);
    print_body(out, '>', lf_str(request->body, request->body_len));
}

static void print_response(FILE *out, const ngx_link_func_mock_response_t *response) {
    (void) fprintf(out, "< HTTP/1.1 %s\n", response->status_line);
    print_headers(out, '<', &response->headers);
    print_body(out, '<', lf_str(response->body, response->body_len));
    if (response->outcome == NGX_LINK_FUNC_MOCK_NO_RESPONSE) {
        (void) fputs("the handler wrote no response\n", out);
    }
    if (response->outcome == NGX_LINK_FUNC_MOCK_PASSED) {
        (void) fputs("the gate is open, the next handler answers\n", out);
    }
    if (response->outcome == NGX_LINK_FUNC_MOCK_DECLINED) {
        (void) fputs("the handler declined the request\n", out);
    }
}

static void print_log(FILE *out, const ngx_link_func_mock_response_t *response) {
    size_t i;

    for (i = response->log_begin; i < response->log_end; i++) {
        const lfm_log_record_t *record = lfm_log_by_number(&response->request->mock->log, i);

        if (record != NULL) {
            (void) fprintf(out, "[%s] %s\n", ngx_link_func_mock_level_name(record->level), record->text);
        }
    }
}

/* The text is a cache: the response stays what it is. */
const char *ngx_link_func_mock_response_exchange(const ngx_link_func_mock_response_t *response) {
    ngx_link_func_mock_response_t *owner = (ngx_link_func_mock_response_t *) response;
    size_t size;
    FILE *out;

    if (response->exchange != NULL) {
        return response->exchange;
    }
    out = open_memstream(&owner->exchange, &size);
    if (out == NULL) {
        lfm_out_of_memory();
    }
    print_request(out, response->request);
    print_response(out, response);
    print_log(out, response);
    if (fclose(out) != 0) {
        lfm_out_of_memory();
    }
    return response->exchange;
}
