/* The server behind a proxy, played by the test itself over raw sockets, so
 * that it sees every byte.  Deadlines are those of wire.h; any failure fails
 * the running test. */

#ifndef UPSTREAM_H
#define UPSTREAM_H

#include <stddef.h>

/* Listens on a loopback port that the kernel chose. */
int upstream_listen(int *port);

/* The next connection; it is the caller's to close. */
int upstream_accept(int listener);

/* Whether no connection waits to be accepted. */
int upstream_is_untouched(int listener);

/* One HTTP request: its head as it came, up to the empty line, and its body as
 * Content-Length frames it.  Both have a NUL behind them; the caller frees
 * them. */
typedef struct {
    char *head;
    char *body;
    size_t body_len;
} upstream_request_t;

upstream_request_t upstream_read(int fd);
void upstream_free(upstream_request_t *request);

/* The value of the first header of that name, to be freed by the caller, or
 * NULL; and how many there are (case ignored). */
char *upstream_header_dup(const upstream_request_t *request, const char *name);
size_t upstream_header_count(const upstream_request_t *request, const char *name);

#endif
