#ifndef LF_HOST_H
#define LF_HOST_H

#include "lf_str.h"

#pragma GCC visibility push(hidden)

/* The name within the value of a Host header, as NGINX's $host has it but for
 * small letters: without port and without a trailing dot.  An IPv6 address
 * keeps its brackets. */
lf_str_t lf_host_name(lf_str_t host);

/* Whether NGINX would take it from a client, who could else choose folders by
 * $host.  An empty one is as good as none. */
int lf_host_is_valid(lf_str_t host);

#pragma GCC visibility pop

#endif
