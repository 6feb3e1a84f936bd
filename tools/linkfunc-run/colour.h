/* The colours of NGINX's log. */

#ifndef COLOUR_H
#define COLOUR_H

#include <stddef.h>

/* What a line begins with on a terminal, by its level; "" for none. */
const char *colour_of(const char *line, size_t len);

#endif
