#ifndef LF_QUERY_H
#define LF_QUERY_H

#include "lf_str.h"

#pragma GCC visibility push(hidden)

/* Finds the first `key=` among the '&'-separated parts of a query string and
 * points *value at what follows it, raw.  A part without '=' is no match.
 * Returns 1 when found, else 0 and *value is untouched. */
int lf_query_find(lf_str_t query, lf_str_t key, lf_str_t *value);

#pragma GCC visibility pop

#endif
