/* One request to the server, which must answer it with 2xx. */

#ifndef PROBE_H
#define PROBE_H

#include <stdbool.h>

/* Only these URLs are probed: whole ones, of http or https. */
bool probe_is_url(const char *text);

/* Waits for a server that refuses the connection, and for nothing else.  The
 * status of the answer, or -1: no 2xx, which was reported, or we were asked to
 * end. */
long probe_url(const char *url, int timeout_ms);

#endif
