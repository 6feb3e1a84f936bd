/* HTTP/2 over one connection, by prior knowledge, with as many streams as the
 * test opens.  Reads have the deadline of wire.h; any failure fails the test. */

#ifndef H2_H
#define H2_H

#include <stddef.h>
#include <stdint.h>

typedef struct h2_client_s h2_client_t;

/* One request and what came back; the client owns it. */
typedef struct {
    int status;
    char *headers; /* "name: value\n" each, without the status */
    size_t headers_len;
    char *body; /* NUL-terminated behind body_len */
    size_t body_len;
    uint32_t error; /* with which the server closed the stream; 0 is none */
    int ended;
    int32_t id;
    const char *sent; /* what is left to be sent */
    size_t left;
} h2_stream_t;

h2_client_t *h2_connect(int port);

/* Opens a stream; nothing is sent before h2_run().  `body`, which may be NULL,
 * must stay until then; with_length tells its length beforehand. */
h2_stream_t *h2_request(h2_client_t *client, const char *method, const char *target, const char *body,
                        size_t len, int with_length);

/* Sends and receives until every stream has ended. */
void h2_run(h2_client_t *client);

/* Sends what there is to say, without waiting for anything. */
void h2_send(h2_client_t *client);

/* Cancels a stream that is open, and sends that. */
void h2_reset(h2_client_t *client, h2_stream_t *stream);

/* Tells the server that nothing more will come. */
void h2_shut_down(h2_client_t *client);

/* Also with streams that are open; the connection is reset when the server has
 * said something that was not read. */
void h2_close(h2_client_t *client);

#endif
