#define _GNU_SOURCE

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exchange.h"
#include "runtimes.h"

ngx_link_func_mock_t *conformance_mock_new(void) {
    ngx_link_func_mock_t *mock = ngx_link_func_mock_new();
    size_t i;

    ngx_link_func_mock_on_finding(mock, NGX_LINK_FUNC_MOCK_COUNT); /* of cases that are wrong on purpose */
    ngx_link_func_mock_shm_size(mock, CONFORMANCE_SHM_SIZE);
    for (i = 0; i < conformance_prop_count; i++) {
        ngx_link_func_mock_add_prop(mock, conformance_props[i].key, conformance_props[i].value);
    }
    if (ngx_link_func_mock_load(mock, CONFORMANCE_LIBRARY) != 0 || ngx_link_func_mock_start(mock) != 0) {
        (void) fprintf(stderr, "%s\n", ngx_link_func_mock_error(mock));
        abort();
    }
    return mock;
}

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

static void declare_variables(ngx_link_func_mock_request_t *req) {
    size_t i;

    for (i = 0; i < conformance_variable_count; i++) {
        ngx_link_func_mock_request_variable(req, conformance_variables[i].key,
                                            conformance_variables[i].value);
    }
}

static char *tell(ngx_link_func_mock_t *mock, const ngx_link_func_mock_response_t *resp) {
    exchange_t *exchange = exchange_new(ngx_link_func_mock_response_status_line(resp));
    size_t i;

    for (i = 0; i < ngx_link_func_mock_response_header_count(resp); i++) {
        exchange_header(exchange, ngx_link_func_mock_response_header_name(resp, i),
                        ngx_link_func_mock_response_header_value(resp, i));
    }
    exchange_body(exchange, ngx_link_func_mock_response_body(resp),
                  ngx_link_func_mock_response_body_len(resp));
    for (i = 0; i < ngx_link_func_mock_log_count(mock); i++) {
        const char *text = ngx_link_func_mock_log_text(mock, i);

        exchange_log(exchange, ngx_link_func_mock_level_name(ngx_link_func_mock_log_level(mock, i)), text,
                     strlen(text));
    }
    return exchange_finish(exchange);
}

char *conformance_run_mock(ngx_link_func_mock_t *mock, const conformance_case_t *c) {
    ngx_link_func_mock_request_t *req = ngx_link_func_mock_request(mock, c->method, c->target);
    char *function = conformance_function_dup(c);
    char *text;

    ngx_link_func_mock_log_clear(mock);
    declare_variables(req);
    if (c->headers != NULL) {
        add_headers(req, c->headers);
    }
    if (c->body != NULL) {
        ngx_link_func_mock_request_body(req, c->body, strlen(c->body));
    }
    text = tell(mock, ngx_link_func_mock_call_name(req, function));
    ngx_link_func_mock_request_free(req);
    free(function);
    return text;
}
