#define _GNU_SOURCE

#include <stdlib.h>
#include <string.h>

#include "runtimes.h"

/* Adds "Name: value" for each line that ends in CRLF. */
static void add_headers(ngx_link_func_mock_request_t *req, const char *lines) {
    char *copy = strdup(lines), *save = NULL, *line;

    for (line = strtok_r(copy, "\r\n", &save); line != NULL; line = strtok_r(NULL, "\r\n", &save)) {
        char *colon = strchr(line, ':');

        *colon = '\0';
        ngx_link_func_mock_request_header(req, line, colon + 1 + strspn(colon + 1, " "));
    }
    free(copy);
}

char *conformance_run_mock(ngx_link_func_mock_t *mock, const conformance_case_t *c) {
    ngx_link_func_mock_request_t *req = ngx_link_func_mock_request(mock, c->method, c->target);
    char *function = conformance_function_dup(c);
    char *text;

    ngx_link_func_mock_log_clear(mock);
    conformance_declare_variables(req);
    if (c->headers != NULL) {
        add_headers(req, c->headers);
    }
    if (c->body != NULL) {
        ngx_link_func_mock_request_body(req, c->body, strlen(c->body));
    }
    text = conformance_tell_mock(mock, ngx_link_func_mock_call_name(req, function));
    ngx_link_func_mock_request_free(req);
    free(function);
    return text;
}
