/* Requests from files, and into them. */

#include "mock_state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "mock_file.h"
#include "mock_http.h"

static int set_file_error(ngx_link_func_mock_t *mock, const char *path) {
    int reason = errno;
    char *text;

    if (asprintf(&text, "open() \"%s\" failed (%d: %s)", path, reason, strerror(reason)) == -1) {
        lfm_out_of_memory();
    }
    free(mock->error);
    mock->error = text;
    return -1;
}

/* Visits each request, or only reads it.  Returns how many there were, or -1. */
static int each_request(ngx_link_func_mock_t *mock, const char *path, lf_str_t text,
                        int (*visit)(ngx_link_func_mock_request_t *request, void *data), void *data) {
    ngx_link_func_mock_request_t *request;
    lfm_http_t http;
    int count = 0, stop = 0;

    lfm_http_init(&http, path, text);
    while (!stop && (request = lfm_http_next(&http, mock)) != NULL) {
        count++;
        stop = visit != NULL && visit(request, data) != 0;
        ngx_link_func_mock_request_free(request);
    }
    if (http.problem == NULL) {
        return count;
    }
    free(mock->error);
    mock->error = http.problem;
    return -1;
}

int ngx_link_func_mock_replay_http(ngx_link_func_mock_t *mock, const char *path,
                                   int (*visit)(ngx_link_func_mock_request_t *req, void *data), void *data) {
    size_t len;
    char *text = lfm_file_dup(path, &len);
    int count;

    if (text == NULL) {
        return set_file_error(mock, path);
    }
    count = each_request(mock, path, lf_str(text, len), NULL, NULL);
    if (count > 0) {
        count = each_request(mock, path, lf_str(text, len), visit, data);
    }
    free(text);
    return count;
}

static void print_headers(FILE *out, const lfm_headers_t *headers) {
    size_t i;

    for (i = 0; i < headers->count; i++) {
        (void) fprintf(out, "%s: %s\r\n", headers->items[i].name, headers->items[i].value);
    }
}

int ngx_link_func_mock_request_write(const ngx_link_func_mock_request_t *request, const char *path) {
    FILE *out = fopen(path, "we");
    int failed;

    if (out == NULL) {
        return set_file_error(request->mock, path);
    }
    (void) fprintf(out, "%s %s HTTP/1.1\r\n", request->method, request->target);
    print_headers(out, &request->headers);
    print_headers(out, &request->ignored);
    (void) fputs("\r\n", out);
    if (request->body_len > 0) {
        (void) fwrite(request->body, 1, request->body_len, out);
    }
    failed = ferror(out);
    return fclose(out) != 0 || failed ? set_file_error(request->mock, path) : 0;
}
