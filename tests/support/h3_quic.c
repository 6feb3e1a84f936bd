#define _GNU_SOURCE

#include "h3_internal.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <gnutls/crypto.h>
#include <ngtcp2/ngtcp2_crypto_gnutls.h>

#include "nginx_build.h"

#define PIECES_MAX 16
#define PACKET_SIZE 2048
#define WINDOW (16 << 20)
#define DEADLINE_SECONDS 10

#define CIPHERS "NORMAL:-VERS-ALL:+VERS-TLS1.3:%DISABLE_TLS13_COMPAT_MODE"

void h3_give_up(const char *what) {
    print_error("h3: %s\n", what);
    fail();
}

void h3_check_quic(int result) {
    if (result != 0) {
        h3_give_up(ngtcp2_strerror(result));
    }
}

void h3_check_http(int result) {
    if (result != 0) {
        h3_give_up(nghttp3_strerror(result));
    }
}

static ngtcp2_tstamp now(void) {
    struct timespec ts;

    (void) clock_gettime(CLOCK_MONOTONIC, &ts);
    return (ngtcp2_tstamp) ts.tv_sec * NGTCP2_SECONDS + (ngtcp2_tstamp) ts.tv_nsec;
}

ngtcp2_tstamp h3_deadline(void) {
    return now() + (ngtcp2_tstamp) DEADLINE_SECONDS * (unsigned) nginx_build_patience() * NGTCP2_SECONDS;
}

static void check_tls(int result) {
    if (result < 0) {
        h3_give_up(gnutls_strerror(result));
    }
}

void h3_widen(const h3_client_t *client, int64_t id, size_t len) {
    (void) ngtcp2_conn_extend_max_stream_offset(client->quic, id, len);
    ngtcp2_conn_extend_max_offset(client->quic, len);
}

/*
 * What QUIC tells
 */

static int on_handshake(ngtcp2_conn *quic, void *client) {
    (void) quic;
    h3_open_http(client);
    return 0;
}

static int on_stream_data(ngtcp2_conn *quic, uint32_t flags, int64_t id, uint64_t offset,
                          const uint8_t *bytes, size_t len, void *data, void *stream) {
    const h3_client_t *client = data;
    nghttp3_ssize taken =
        nghttp3_conn_read_stream(client->http, id, bytes, len, (flags & NGTCP2_STREAM_DATA_FLAG_FIN) != 0);

    (void) quic;
    (void) offset;
    (void) stream;
    if (taken < 0) {
        h3_check_http((int) taken);
    }
    h3_widen(client, id, (size_t) taken);
    return 0;
}

static int on_confirmed(ngtcp2_conn *quic, int64_t id, uint64_t offset, uint64_t len, void *data,
                        void *stream) {
    const h3_client_t *client = data;

    (void) quic;
    (void) offset;
    (void) stream;
    h3_check_http(nghttp3_conn_add_ack_offset(client->http, id, len));
    return 0;
}

static int on_wider(ngtcp2_conn *quic, int64_t id, uint64_t max, void *data, void *stream) {
    const h3_client_t *client = data;

    (void) quic;
    (void) max;
    (void) stream;
    h3_check_http(nghttp3_conn_unblock_stream(client->http, id));
    return 0;
}

/* Both sides have ended it; those of the server's own have no record. */
static int on_stream_close(ngtcp2_conn *quic, uint32_t flags, int64_t id, uint64_t error, void *data,
                           void *stream_data) {
    const h3_client_t *client = data;
    h3_stream_t *stream = stream_data;
    int is_error = (flags & NGTCP2_STREAM_CLOSE_FLAG_APP_ERROR_CODE_SET) && error != NGHTTP3_H3_NO_ERROR;

    (void) quic;
    (void) nghttp3_conn_close_stream(client->http, id, is_error ? error : NGHTTP3_H3_NO_ERROR);
    if (stream != NULL) {
        stream->error = is_error ? error : 0;
        stream->ended = 1;
    }
    return 0;
}

static int on_reset(ngtcp2_conn *quic, int64_t id, uint64_t size, uint64_t error, void *data, void *stream) {
    const h3_client_t *client = data;

    (void) quic;
    (void) size;
    (void) error;
    (void) stream;
    (void) nghttp3_conn_shutdown_stream_read(client->http, id);
    return 0;
}

static void make_random(uint8_t *bytes, size_t len, const ngtcp2_rand_ctx *context) {
    (void) context;
    check_tls(gnutls_rnd(GNUTLS_RND_NONCE, bytes, len));
}

static void make_id(ngtcp2_cid *id, size_t len) {
    id->datalen = len;
    make_random(id->data, len, NULL);
}

static int on_new_id(ngtcp2_conn *quic, ngtcp2_cid *id, uint8_t *token, size_t len, void *client) {
    (void) quic;
    (void) client;
    make_id(id, len);
    make_random(token, NGTCP2_STATELESS_RESET_TOKENLEN, NULL);
    return 0;
}

/*
 * Connecting
 */

static ngtcp2_conn *connection_of(ngtcp2_crypto_conn_ref *ref) {
    return ((const h3_client_t *) ref->user_data)->quic;
}

static void open_socket(h3_client_t *client, int port) {
    socklen_t len = sizeof(client->local);

    client->remote = (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons((uint16_t) port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    client->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (client->fd == -1
        || connect(client->fd, (struct sockaddr *) &client->remote, sizeof(client->remote)) == -1
        || getsockname(client->fd, (struct sockaddr *) &client->local, &len) == -1) {
        h3_give_up(strerror(errno));
    }
}

static ngtcp2_path path_of(h3_client_t *client) {
    return (ngtcp2_path){.local = {(struct sockaddr *) &client->local, sizeof(client->local)},
                         .remote = {(struct sockaddr *) &client->remote, sizeof(client->remote)}};
}

static void open_quic(h3_client_t *client) {
    static const ngtcp2_callbacks callbacks = {
        .client_initial = ngtcp2_crypto_client_initial_cb,
        .recv_crypto_data = ngtcp2_crypto_recv_crypto_data_cb,
        .encrypt = ngtcp2_crypto_encrypt_cb,
        .decrypt = ngtcp2_crypto_decrypt_cb,
        .hp_mask = ngtcp2_crypto_hp_mask_cb,
        .recv_retry = ngtcp2_crypto_recv_retry_cb,
        .update_key = ngtcp2_crypto_update_key_cb,
        .delete_crypto_aead_ctx = ngtcp2_crypto_delete_crypto_aead_ctx_cb,
        .delete_crypto_cipher_ctx = ngtcp2_crypto_delete_crypto_cipher_ctx_cb,
        .get_path_challenge_data = ngtcp2_crypto_get_path_challenge_data_cb,
        .version_negotiation = ngtcp2_crypto_version_negotiation_cb,
        .rand = make_random,
        .get_new_connection_id = on_new_id,
        .handshake_completed = on_handshake,
        .recv_stream_data = on_stream_data,
        .acked_stream_data_offset = on_confirmed,
        .extend_max_stream_data = on_wider,
        .stream_close = on_stream_close,
        .stream_reset = on_reset,
    };
    ngtcp2_transport_params params;
    ngtcp2_settings settings;
    ngtcp2_cid to, from;
    ngtcp2_path path = path_of(client);

    make_id(&to, NGTCP2_MIN_INITIAL_DCIDLEN);
    make_id(&from, NGTCP2_MIN_INITIAL_DCIDLEN);
    ngtcp2_settings_default(&settings);
    settings.initial_ts = now();
    settings.no_pmtud = 1;
    ngtcp2_transport_params_default(&params);
    params.initial_max_stream_data_bidi_local = WINDOW;
    params.initial_max_stream_data_uni = WINDOW;
    params.initial_max_data = WINDOW;
    params.initial_max_streams_uni = 3;
    h3_check_quic(ngtcp2_conn_client_new(&client->quic, &to, &from, &path, NGTCP2_PROTO_VER_V1, &callbacks,
                                         &settings, &params, NULL, client));
}

static void open_tls(h3_client_t *client) {
    const gnutls_datum_t protocol = {(unsigned char *) "h3", 2};

    client->ref = (ngtcp2_crypto_conn_ref){connection_of, client};
    check_tls(gnutls_certificate_allocate_credentials(&client->credentials));
    check_tls(gnutls_init(&client->tls, GNUTLS_CLIENT));
    check_tls(ngtcp2_crypto_gnutls_configure_client_session(client->tls));
    check_tls(gnutls_priority_set_direct(client->tls, CIPHERS, NULL));
    check_tls(gnutls_credentials_set(client->tls, GNUTLS_CRD_CERTIFICATE, client->credentials));
    check_tls(gnutls_alpn_set_protocols(client->tls, &protocol, 1, GNUTLS_ALPN_MANDATORY));
    check_tls(gnutls_server_name_set(client->tls, GNUTLS_NAME_DNS, "localhost", strlen("localhost")));
    gnutls_session_set_ptr(client->tls, &client->ref);
    ngtcp2_conn_set_tls_native_handle(client->quic, client->tls);
}

/*
 * Packets
 */

/* One that the full buffer of the socket drops is sent again later. */
static void send_packet(const h3_client_t *client, const uint8_t *packet, size_t len) {
    if (send(client->fd, packet, len, 0) == -1 && errno != EAGAIN) {
        h3_give_up(strerror(errno));
    }
}

/* What the transport said to the data of a stream. */
static void account(const h3_client_t *client, int64_t id, ngtcp2_ssize result, ngtcp2_ssize taken) {
    if (result == NGTCP2_ERR_STREAM_DATA_BLOCKED) {
        nghttp3_conn_block_stream(client->http, id);
    } else if (result == NGTCP2_ERR_STREAM_SHUT_WR || result == NGTCP2_ERR_STREAM_NOT_FOUND) {
        nghttp3_conn_shutdown_stream_write(client->http, id);
    } else if (result < 0) {
        h3_check_quic((int) result);
    } else if (taken >= 0) {
        h3_check_http(nghttp3_conn_add_write_offset(client->http, id, (size_t) taken));
    }
}

/* Sends a packet, if there is something to be said and the network takes it;
 * 0 when there is no more. */
static int send_some(h3_client_t *client) {
    nghttp3_vec data[PIECES_MAX];
    ngtcp2_vec pieces[PIECES_MAX];
    uint8_t packet[PACKET_SIZE];
    nghttp3_ssize i, count = 0;
    ngtcp2_ssize len, taken = -1;
    int64_t id = -1;
    int last = 0;

    if (client->http != NULL) {
        count = nghttp3_conn_writev_stream(client->http, &id, &last, data, PIECES_MAX);
        h3_check_http(count < 0 ? (int) count : 0);
    }
    for (i = 0; i < count; i++) {
        pieces[i] = (ngtcp2_vec){data[i].base, data[i].len};
    }
    len = ngtcp2_conn_writev_stream(client->quic, NULL, NULL, packet, sizeof(packet), &taken,
                                    last ? NGTCP2_WRITE_STREAM_FLAG_FIN : NGTCP2_WRITE_STREAM_FLAG_NONE, id,
                                    pieces, (size_t) count, now());
    account(client, id, len, taken);
    if (len > 0) {
        send_packet(client, packet, (size_t) len);
    }
    return len != 0;
}

/* The library is not told when, so that it does not space the packets in time:
 * a test that sends waits for nothing. */
void h3_send(h3_client_t *client) {
    while (send_some(client)) {
    }
}

static int receive_some(h3_client_t *client) {
    static const ngtcp2_pkt_info info = {0};
    ngtcp2_path path = path_of(client);
    uint8_t packet[65536];
    ssize_t len = recv(client->fd, packet, sizeof(packet), 0);

    if (len == -1 && errno == EAGAIN) {
        return 0;
    }
    if (len == -1) {
        h3_give_up(strerror(errno));
    }
    h3_check_quic(ngtcp2_conn_read_pkt(client->quic, &path, &info, packet, (size_t) len, now()));
    return 1;
}

/* Until a packet comes, or the transport has to say something again. */
static void wait_for_packet(const h3_client_t *client, ngtcp2_tstamp until) {
    ngtcp2_tstamp expiry = ngtcp2_conn_get_expiry(client->quic), at = now();
    struct pollfd waiting = {client->fd, POLLIN, 0};

    if (at > until) {
        h3_give_up("the server was silent for too long");
    }
    if (expiry > until) {
        expiry = until;
    }
    if (expiry > at) {
        (void) poll(&waiting, 1, (int) ((expiry - at) / NGTCP2_MILLISECONDS) + 1);
    }
    if (ngtcp2_conn_get_expiry(client->quic) <= now()) {
        h3_check_quic(ngtcp2_conn_handle_expiry(client->quic, now()));
    }
}

void h3_exchange(h3_client_t *client, ngtcp2_tstamp until) {
    h3_send(client);
    wait_for_packet(client, until);
    while (receive_some(client)) {
    }
}

h3_client_t *h3_connect(int port) {
    h3_client_t *client = calloc(1, sizeof(*client));
    ngtcp2_tstamp until = h3_deadline();

    if (client == NULL) {
        h3_give_up("out of memory");
        return NULL;
    }
    open_socket(client, port);
    open_quic(client);
    open_tls(client);
    while (!ngtcp2_conn_get_handshake_completed(client->quic)) {
        h3_exchange(client, until);
    }
    return client;
}

void h3_reset(h3_client_t *client, h3_stream_t *stream) {
    h3_check_quic(ngtcp2_conn_shutdown_stream(client->quic, stream->id, NGHTTP3_H3_REQUEST_CANCELLED));
    h3_send(client);
}

static void say_goodbye(const h3_client_t *client) {
    ngtcp2_connection_close_error reason;
    uint8_t packet[PACKET_SIZE];
    ngtcp2_ssize len;

    ngtcp2_connection_close_error_default(&reason);
    ngtcp2_connection_close_error_set_application_error(&reason, NGHTTP3_H3_NO_ERROR, NULL, 0);
    len =
        ngtcp2_conn_write_connection_close(client->quic, NULL, NULL, packet, sizeof(packet), &reason, now());
    if (len > 0) {
        send_packet(client, packet, (size_t) len);
    }
}

void h3_close(h3_client_t *client) {
    size_t i;

    say_goodbye(client);
    nghttp3_conn_del(client->http);
    ngtcp2_conn_del(client->quic);
    gnutls_deinit(client->tls);
    gnutls_certificate_free_credentials(client->credentials);
    (void) close(client->fd);
    for (i = 0; i < client->count; i++) {
        free(client->streams[i].headers);
        free(client->streams[i].body);
    }
    free(client);
}
