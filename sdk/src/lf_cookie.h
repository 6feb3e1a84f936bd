#ifndef LF_COOKIE_H
#define LF_COOKIE_H

#include "lf_str.h"

#pragma GCC visibility push(hidden)

/* Finds the first cookie of that name in the value of one Cookie header, which
 * reads `name=value; name=value` (RFC 6265 section 4.2.1), and points *value at
 * its raw value, without the blanks around it.  The name compares exactly.
 * Returns 1 when found, else 0 and *value is untouched. */
int lf_cookie_find(lf_str_t header, lf_str_t name, lf_str_t *value);

#pragma GCC visibility pop

#endif
