#ifndef LF_URL_H
#define LF_URL_H

#include "lf_str.h"

#pragma GCC visibility push(hidden)

/* The parts of "https://user:password@host:port/path?query#fragment". */
typedef struct {
    int secure;           /* https, not http */
    lf_str_t credentials; /* "user:password" as it stands; data NULL when there is no "@" */
    lf_str_t authority;   /* "host:port" */
    lf_str_t path;        /* from "/" to before "?" or "#", may be empty */
    lf_str_t query;       /* with its "?", may be empty */
    lf_str_t fragment;    /* without its "#"; data NULL when there is none */
} lf_url_t;

/* Everything in the result lies in `text`.  0 when it is not an http or https
 * URL, or holds a space, a backslash or a control character. */
int lf_url_parse(lf_str_t text, lf_url_t *url);

/* What may be shown of a text that is no such URL: nothing that may be a login
 * or in a query, and no control character. */
lf_str_t lf_url_harmless(lf_str_t text);

/* Scheme, host and port are the same. */
int lf_url_same_origin(const lf_url_t *a, const lf_url_t *b);

#pragma GCC visibility pop

#endif
