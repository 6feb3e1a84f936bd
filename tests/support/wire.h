/* HTTP/1.1 over a raw socket, byte for byte, for tests of framing and header
 * order.  Reads have a deadline of 5 s; any failure fails the running test. */

#ifndef WIRE_H
#define WIRE_H

#include <stddef.h>

typedef struct {
    int status;
    char *status_line; /* behind "HTTP/1.1 " */
    char **names;      /* header_count of each, in the order of the wire */
    char **values;
    size_t header_count;
    char *body; /* as framed by Content-Length, chunked or the end; NUL behind it */
    size_t body_len;
} wire_response_t;

int wire_connect(int port);
void wire_send(int fd, const void *data, size_t len);
void wire_send_text(int fd, const char *text);

/* Reads exactly one response; `method` tells whether a body can follow. */
wire_response_t *wire_read(int fd, const char *method);

/* Reads until the peer closes and returns how many bytes came: 0 proves that
 * nothing stood behind the last response. */
size_t wire_drain(int fd);

/* The first header of that name (case ignored), or NULL. */
const char *wire_header(const wire_response_t *response, const char *name);

void wire_free(wire_response_t *response);

/* One request on a connection of its own: "METHOD TARGET" with Host, the
 * given header lines (each ending in CRLF; may be NULL) and Connection: close. */
wire_response_t *wire_request(int port, const char *method, const char *target, const char *headers,
                              const void *body, size_t body_len);

#endif
