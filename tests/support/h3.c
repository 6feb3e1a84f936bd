#define _GNU_SOURCE

#include "h3_internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HEADERS_MAX 16
#define FRAME_MAX 16384 /* bytes of a body in one DATA frame */

/* Appends, and keeps a NUL behind. */
static void append(char **text, size_t *text_len, const void *data, size_t len) {
    char *bigger = realloc(*text, *text_len + len + 1);

    if (bigger == NULL) {
        h3_give_up("out of memory");
        return;
    }
    memcpy(bigger + *text_len, data, len);
    *text = bigger;
    *text_len += len;
    bigger[*text_len] = '\0';
}

/*
 * What HTTP/3 tells
 */

static int on_header(nghttp3_conn *http, int64_t id, int32_t token, nghttp3_rcbuf *name_buf,
                     nghttp3_rcbuf *value_buf, uint8_t flags, void *client, void *data) {
    nghttp3_vec name = nghttp3_rcbuf_get_buf(name_buf), value = nghttp3_rcbuf_get_buf(value_buf);
    h3_stream_t *stream = data;

    (void) http;
    (void) id;
    (void) flags;
    (void) client;
    if (token == NGHTTP3_QPACK_TOKEN__STATUS) {
        stream->status = (int) strtol((const char *) value.base, NULL, 10);
        return 0;
    }
    append(&stream->headers, &stream->headers_len, name.base, name.len);
    append(&stream->headers, &stream->headers_len, ": ", 2);
    append(&stream->headers, &stream->headers_len, value.base, value.len);
    append(&stream->headers, &stream->headers_len, "\n", 1);
    return 0;
}

static int on_body(nghttp3_conn *http, int64_t id, const uint8_t *bytes, size_t len, void *client,
                   void *data) {
    h3_stream_t *stream = data;

    (void) http;
    append(&stream->body, &stream->body_len, bytes, len);
    h3_widen(client, id, len);
    return 0;
}

static int on_body_confirmed(nghttp3_conn *http, int64_t id, uint64_t len, void *client, void *data) {
    h3_stream_t *stream = data;

    (void) http;
    (void) id;
    (void) client;
    stream->unconfirmed -= len;
    return 0;
}

static int on_deferred(nghttp3_conn *http, int64_t id, size_t len, void *client, void *data) {
    (void) http;
    (void) data;
    h3_widen(client, id, len);
    return 0;
}

static nghttp3_ssize read_body(nghttp3_conn *http, int64_t id, nghttp3_vec *pieces, size_t pieces_max,
                               uint32_t *flags, void *client, void *data) {
    h3_stream_t *stream = data;
    size_t len;

    (void) http;
    (void) id;
    (void) pieces_max;
    (void) client;
    if (stream->left == 0 && stream->unfinished) {
        return NGHTTP3_ERR_WOULDBLOCK;
    }
    len = stream->left < FRAME_MAX ? stream->left : FRAME_MAX;
    pieces[0] = (nghttp3_vec){(uint8_t *) stream->sent, len};
    stream->sent += len;
    stream->left -= len;
    if (stream->left == 0 && !stream->unfinished) {
        *flags |= NGHTTP3_DATA_FLAG_EOF;
    }
    return len > 0;
}

void h3_open_http(h3_client_t *client) {
    static const nghttp3_callbacks callbacks = {.recv_header = on_header,
                                                .recv_data = on_body,
                                                .acked_stream_data = on_body_confirmed,
                                                .deferred_consume = on_deferred};
    nghttp3_settings settings;
    int64_t ids[3];
    size_t i;

    nghttp3_settings_default(&settings);
    h3_check_http(nghttp3_conn_client_new(&client->http, &callbacks, &settings, NULL, client));
    for (i = 0; i < 3; i++) {
        h3_check_quic(ngtcp2_conn_open_uni_stream(client->quic, &ids[i], NULL));
    }
    h3_check_http(nghttp3_conn_bind_control_stream(client->http, ids[0]));
    h3_check_http(nghttp3_conn_bind_qpack_streams(client->http, ids[1], ids[2]));
}

/*
 * Requests
 */

static nghttp3_nv pair(const char *name, size_t name_len, const char *value, size_t value_len) {
    return (nghttp3_nv){(uint8_t *) name, (uint8_t *) value, name_len, value_len, NGHTTP3_NV_FLAG_NONE};
}

/* Adds those of the text; returns how many there are then. */
static size_t add_headers(nghttp3_nv *headers, size_t count, const char *text) {
    while (text != NULL && *text != '\0') {
        size_t name_len = strcspn(text, ":"), len = strcspn(text, "\n");

        assert_true(count < HEADERS_MAX && text[len] == '\n' && name_len + 2 <= len);
        headers[count++] = pair(text, name_len, text + name_len + 2, len - name_len - 2);
        text += len + 1;
    }
    return count;
}

static void submit(const h3_client_t *client, h3_stream_t *stream, const h3_request_t *request) {
    static const nghttp3_data_reader reader = {read_body};
    char length[32];
    size_t length_len = (size_t) snprintf(length, sizeof(length), "%zu", request->len), count = 4;
    nghttp3_nv headers[HEADERS_MAX] = {pair(":method", 7, request->method, strlen(request->method)),
                                       pair(":scheme", 7, "https", 5), pair(":authority", 10, "localhost", 9),
                                       pair(":path", 5, request->target, strlen(request->target))};

    if (request->with_length) {
        headers[count++] = pair("content-length", 14, length, length_len);
    }
    count = add_headers(headers, count, request->headers);
    h3_check_http(nghttp3_conn_submit_request(client->http, stream->id, headers, count,
                                              request->body == NULL && !request->unfinished ? NULL : &reader,
                                              stream));
}

h3_stream_t *h3_request(h3_client_t *client, const h3_request_t *request) {
    h3_stream_t *stream = &client->streams[client->count++];

    assert_true(client->count <= H3_STREAMS_MAX);
    stream->sent = request->body;
    stream->left = request->len;
    stream->unconfirmed = request->len;
    stream->unfinished = request->unfinished;
    append(&stream->headers, &stream->headers_len, "", 0);
    append(&stream->body, &stream->body_len, "", 0);
    h3_check_quic(ngtcp2_conn_open_bidi_stream(client->quic, &stream->id, stream));
    submit(client, stream, request);
    return stream;
}

void h3_continue(h3_client_t *client, h3_stream_t *stream, const char *body, size_t len, int unfinished) {
    assert_true(stream->unfinished && stream->left == 0);
    stream->sent = body;
    stream->left = len;
    stream->unconfirmed += len;
    stream->unfinished = unfinished;
    h3_check_http(nghttp3_conn_resume_stream(client->http, stream->id));
}

static int has_open_stream(const h3_client_t *client) {
    size_t i;

    for (i = 0; i < client->count; i++) {
        if (!client->streams[i].ended) {
            return 1;
        }
    }
    return 0;
}

void h3_run(h3_client_t *client) {
    ngtcp2_tstamp until = h3_deadline();

    while (has_open_stream(client)) {
        h3_exchange(client, until);
    }
}

static int has_unconfirmed_body(const h3_client_t *client) {
    size_t i;

    for (i = 0; i < client->count; i++) {
        if (!client->streams[i].ended && client->streams[i].unconfirmed > 0) {
            return 1;
        }
    }
    return 0;
}

void h3_deliver(h3_client_t *client) {
    ngtcp2_tstamp until = h3_deadline();

    h3_send(client);
    while (has_unconfirmed_body(client)) {
        h3_exchange(client, until);
    }
}
