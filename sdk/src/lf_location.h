#ifndef LF_LOCATION_H
#define LF_LOCATION_H

#include "lf_str.h"

#pragma GCC visibility push(hidden)

typedef enum {
    LF_LOCATION_PREFIX,
    LF_LOCATION_PREFIX_FINAL, /* ^~: where it is the longest, no regular expression is tried */
    LF_LOCATION_EXACT,
    LF_LOCATION_REGEX,
    LF_LOCATION_REGEX_CASELESS,
    LF_LOCATION_NAMED, /* no request matches it */
} lf_location_kind_t;

typedef struct {
    lf_str_t name; /* of a regular expression its pattern */
    lf_location_kind_t kind;
    int redirects; /* a request without the '/' that the name ends with is sent there */
} lf_location_t;

/* What stands behind "location": one word, or two with the modifier first
 * (`modifier.data` is NULL for one).  Returns 0 when that is no modifier. */
int lf_location_parse(lf_str_t modifier, lf_str_t name, lf_location_t *location);

typedef enum {
    LF_LOCATION_NONE,
    LF_LOCATION_FINAL,    /* an exact one */
    LF_LOCATION_LONGEST,  /* its nested ones and regular expressions may still win */
    LF_LOCATION_REDIRECT, /* NGINX answers 301 to its name */
} lf_location_match_t;

/* Of the locations of one level, not looking at regular expressions, the one
 * that NGINX takes for a decoded path; *index is it. */
lf_location_match_t lf_location_find(const lf_location_t *locations, size_t count, lf_str_t path,
                                     size_t *index);

/* How well a name of "server_name" fits a host: 0 is not at all, and of two
 * the greater wins.  A regular expression ('~') fits none here. */
size_t lf_server_name_match(lf_str_t name, lf_str_t host);

#pragma GCC visibility pop

#endif
