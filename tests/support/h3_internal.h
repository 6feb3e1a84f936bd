/* What HTTP/3 (h3.c) and the transport below it (h3_quic.c) share. */

#ifndef H3_INTERNAL_H
#define H3_INTERNAL_H

#include <netinet/in.h>

#include <gnutls/gnutls.h>
#include <nghttp3/nghttp3.h>
#include <ngtcp2/ngtcp2.h>
#include <ngtcp2/ngtcp2_crypto.h>

#include "h3.h"

#define H3_STREAMS_MAX 64

struct h3_client_s {
    ngtcp2_crypto_conn_ref ref; /* leads TLS to the connection */
    ngtcp2_conn *quic;
    nghttp3_conn *http; /* NULL before the handshake is done */
    gnutls_session_t tls;
    gnutls_certificate_credentials_t credentials;
    struct sockaddr_in local, remote;
    int fd;
    size_t count;
    h3_stream_t streams[H3_STREAMS_MAX];
};

/* Fail the test. */
void h3_give_up(const char *what);
void h3_check_quic(int result);
void h3_check_http(int result);

/* When waiting that begins now has taken too long. */
ngtcp2_tstamp h3_deadline(void);

/* The handshake is done. */
void h3_open_http(h3_client_t *client);

/* The server may send as much more as was taken. */
void h3_widen(const h3_client_t *client, int64_t id, size_t len);

/* Sends what there is to say, and receives once. */
void h3_exchange(h3_client_t *client, ngtcp2_tstamp until);

#endif
