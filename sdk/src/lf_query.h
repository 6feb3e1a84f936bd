#ifndef LF_QUERY_H
#define LF_QUERY_H

#include "lf_str.h"

#pragma GCC visibility push(hidden)

/* Finds the first `key=` among the '&'-separated parts of a query string and
 * points *value at what follows it, raw.  A part without '=' is no match.
 * Returns 1 when found, else 0 and *value is untouched. */
int lf_query_find(lf_str_t query, lf_str_t key, lf_str_t *value);

/* The same for a key as the application means it: the names in the query are
 * decoded for the comparison.  *value stays raw. */
int lf_query_find_decoded(lf_str_t query, lf_str_t key, lf_str_t *value);

/* Decodes %XX and '+' into `dst`, which has room for raw.len bytes, and returns
 * the length written.  A '%' without two hex digits is copied as it is. */
size_t lf_query_decode(char *dst, lf_str_t raw);

#pragma GCC visibility pop

#endif
