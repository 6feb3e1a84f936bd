/* HTTP/3 over one QUIC connection, with as many streams as the test opens.  The
 * server's certificate is not looked at.  Waiting has a deadline of 10 s; any
 * failure fails the test. */

#ifndef H3_H
#define H3_H

#include <stddef.h>
#include <stdint.h>

typedef struct h3_client_s h3_client_t;

typedef struct {
    const char *method;
    const char *target;
    const char *headers; /* "name: value\n" each, in lower case; may be NULL */
    const char *body;    /* which stays until the stream has ended; NULL is none */
    size_t len;
    int with_length; /* tells it beforehand */
    int unfinished;  /* h3_continue() brings the rest of the body */
} h3_request_t;

/* One request and what came back; the client owns it. */
typedef struct {
    int status;
    char *headers; /* "name: value\n" each, without the status */
    size_t headers_len;
    char *body; /* NUL-terminated behind body_len */
    size_t body_len;
    uint64_t error; /* with which either side closed the stream; 0 is none */
    int ended;
    int64_t id;
    const char *sent; /* what is left to be sent */
    size_t left;
    size_t unconfirmed; /* of what was ever given, what the server has not acknowledged */
    int unfinished;
} h3_stream_t;

/* Returns when the handshake is done. */
h3_client_t *h3_connect(int port);

/* Opens a stream; nothing is sent before one of the functions that follow. */
h3_stream_t *h3_request(h3_client_t *client, const h3_request_t *request);

/* More of the body of an unfinished request, in DATA frames of its own. */
void h3_continue(h3_client_t *client, h3_stream_t *stream, const char *body, size_t len, int unfinished);

/* Sends and receives until every stream has ended. */
void h3_run(h3_client_t *client);

/* Sends and receives until the server has acknowledged all bodies so far. */
void h3_deliver(h3_client_t *client);

/* Sends what there is to say, without waiting for anything. */
void h3_send(h3_client_t *client);

/* Cancels a stream in both directions, and sends that. */
void h3_reset(h3_client_t *client, h3_stream_t *stream);

/* Also with streams that are open; the server is told. */
void h3_close(h3_client_t *client);

#endif
