/* The project's nginx.conf, adapted to one development run. */

#ifndef CONF_H
#define CONF_H

#include <stdbool.h>
#include <stddef.h>

typedef struct {
    int port;
    bool single; /* one process does all */
    bool live;   /* libraries are opened where they lie, not taken into memory */
} conf_wishes_t;

/* Returns the text of a configuration that listens on 127.0.0.1:port alone,
 * logs errors to standard error and keeps its files in the prefix; the rest is
 * untouched and lines keep their numbers.  The caller frees it.
 * NULL when it cannot be done; *why (at least 160 bytes) then says so. */
char *conf_adapt(const char *text, size_t len, const conf_wishes_t *wishes, char *why, size_t why_size);

#endif
