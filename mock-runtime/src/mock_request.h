/* What a request may be made of: what NGINX would not refuse. */

#ifndef MOCK_REQUEST_H
#define MOCK_REQUEST_H

#include "mock_state.h"

/* For the reason why not. */
#define LFM_WHY_SIZE 1024

/* These return 0 and leave the reason in `why` when it is not. */
int lfm_method_is_good(const char *method, char *why);
int lfm_header_is_good(const ngx_link_func_mock_request_t *request, const char *name, const char *value,
                       char *why);

#endif
