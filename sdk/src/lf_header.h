#ifndef LF_HEADER_H
#define LF_HEADER_H

#include "lf_str.h"

#pragma GCC visibility push(hidden)

typedef enum {
    LF_HEADER_OK,
    LF_HEADER_NAME_NOT_TOKEN, /* RFC 9110 section 5.6.2 */
    LF_HEADER_VALUE_CONTROL,  /* CR, LF or NUL, RFC 9110 section 5.5 */
    LF_HEADER_FRAMES_MESSAGE, /* only the server may set it */
    LF_HEADER_REQUIRED,       /* a request must have it */
    LF_HEADER_NO_HOST,        /* nor would NGINX take it from a client */
} lf_header_verdict_t;

/* Whether two names mean one request header: $http_NAME and CGI take '-' and
 * '_' for the same, so a client could hand in X_User past an X-User that was
 * set. */
int lf_header_alike(lf_str_t a, lf_str_t b);

/* Judges a header that a handler adds to the response. */
lf_header_verdict_t lf_header_check(lf_str_t name, lf_str_t value);

/* Judges a header that a handler adds to the request. */
lf_header_verdict_t lf_header_check_request(lf_str_t name, lf_str_t value);

/* Judges the name of a request header that a handler removes. */
lf_header_verdict_t lf_header_check_removal(lf_str_t name);

/* Free of CR, LF and NUL. */
int lf_header_value_is_clean(lf_str_t value);

/* Whether a response has at most one header of that name, so that adding
 * another replaces it. */
int lf_header_out_is_single(lf_str_t name);

/* Whether it describes the body, so that it goes where the body goes when
 * another handler writes one. */
int lf_header_describes_body(lf_str_t name);

#pragma GCC visibility pop

#endif
