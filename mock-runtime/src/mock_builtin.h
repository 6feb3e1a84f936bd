/* NGINX's own variables, as far as the mock can tell them from the request. */

#ifndef MOCK_BUILTIN_H
#define MOCK_BUILTIN_H

#include "mock_state.h"

/* Whether NGINX's core has a variable of that very name.  None of them can be
 * changed but $args. */
int lfm_builtin_exists(lf_str_t name);

/* Whether its value, be there one or not, comes from the request. */
int lfm_builtin_is_known(lf_str_t name);

/* Lends the value.  OK, NOT_FOUND, NO_MEMORY. */
int lfm_builtin_get(lfm_call_t *call, lf_str_t name, ngx_link_func_str_t *value);

#endif
