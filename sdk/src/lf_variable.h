/* NGINX's variables, by the request header that they are made from. */

#ifndef LF_VARIABLE_H
#define LF_VARIABLE_H

#include "lf_str.h"

#pragma GCC visibility push(hidden)

/* Whether $variable is made from the request header of that name, in any of
 * its spellings: $http_NAME, or one that NGINX has beside it. */
int lf_variable_is_made_from(lf_str_t variable, lf_str_t header);

/* Whether a value of the configuration, such as "$http_x_via, edge", names a
 * variable that is made from the header. */
int lf_variable_names_header(lf_str_t text, lf_str_t header);

#pragma GCC visibility pop

#endif
