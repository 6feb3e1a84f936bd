#ifndef MOCK_CONDITION_H
#define MOCK_CONDITION_H

#include "mock_headers.h"

typedef enum { LFM_SEND, LFM_NOT_MODIFIED, LFM_PRECONDITION_FAILED } lfm_condition_t;

/* What NGINX's not-modified filter makes of a 200, by the request's conditional
 * headers and the ETag and Last-Modified of the response. */
lfm_condition_t lfm_condition(const lfm_headers_t *request, const lfm_headers_t *response);

#endif
