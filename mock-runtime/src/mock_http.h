/* Requests as HTTP/1.1 writes them. */

#ifndef MOCK_HTTP_H
#define MOCK_HTTP_H

#include "mock_state.h"

/* A text of requests, one behind the other. */
typedef struct {
    const char *name; /* of the file */
    lf_str_t text;
    size_t at;
    unsigned line; /* where the reader stands */
    char *problem; /* "NAME:LINE: ...", NULL as long as all is well */
} lfm_http_t;

void lfm_http_init(lfm_http_t *http, const char *name, lf_str_t text);

/* The next request, which is the mock's; or NULL at the end, and when there is
 * a problem. */
ngx_link_func_mock_request_t *lfm_http_next(lfm_http_t *http, ngx_link_func_mock_t *mock);

#endif
