#define _GNU_SOURCE

#include "h2.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

#include <cmocka.h>
#include <nghttp2/nghttp2.h>

#include "wire.h"

#define STREAMS_MAX 64

struct h2_client_s {
    nghttp2_session *session;
    int fd;
    size_t count;
    h2_stream_t streams[STREAMS_MAX];
};

static void give_up(const char *what) {
    print_error("h2: %s\n", what);
    fail();
}

/* Appends, and keeps a NUL behind. */
static void append(char **text, size_t *text_len, const void *data, size_t len) {
    char *bigger = realloc(*text, *text_len + len + 1);

    if (bigger == NULL) {
        give_up("out of memory");
        return;
    }
    memcpy(bigger + *text_len, data, len);
    *text = bigger;
    *text_len += len;
    bigger[*text_len] = '\0';
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
                     size_t name_len, const uint8_t *value, size_t value_len, uint8_t flags, void *data) {
    h2_stream_t *stream = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);

    (void) flags;
    (void) data;
    if (stream == NULL) {
        return 0;
    }
    if (name_len == 7 && memcmp(name, ":status", 7) == 0) {
        stream->status = (int) strtol((const char *) value, NULL, 10);
        return 0;
    }
    append(&stream->headers, &stream->headers_len, name, name_len);
    append(&stream->headers, &stream->headers_len, ": ", 2);
    append(&stream->headers, &stream->headers_len, value, value_len);
    append(&stream->headers, &stream->headers_len, "\n", 1);
    return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *bytes, size_t len,
                   void *data) {
    h2_stream_t *stream = nghttp2_session_get_stream_user_data(session, id);

    (void) flags;
    (void) data;
    if (stream != NULL) {
        append(&stream->body, &stream->body_len, bytes, len);
    }
    return 0;
}

static int on_close(nghttp2_session *session, int32_t id, uint32_t error, void *data) {
    h2_stream_t *stream = nghttp2_session_get_stream_user_data(session, id);

    (void) data;
    if (stream != NULL) {
        stream->error = error;
        stream->ended = 1;
    }
    return 0;
}

static ssize_t read_body(nghttp2_session *session, int32_t id, uint8_t *to, size_t size, uint32_t *flags,
                         nghttp2_data_source *source, void *data) {
    h2_stream_t *stream = source->ptr;
    size_t len = stream->left < size ? stream->left : size;

    (void) session;
    (void) id;
    (void) data;
    memcpy(to, stream->sent, len);
    stream->sent += len;
    stream->left -= len;
    if (stream->left == 0) {
        *flags |= NGHTTP2_DATA_FLAG_EOF;
    }
    return (ssize_t) len;
}

static nghttp2_session *session_new(h2_client_t *client) {
    nghttp2_session_callbacks *callbacks;
    nghttp2_session *session;

    if (nghttp2_session_callbacks_new(&callbacks) != 0) {
        give_up("out of memory");
    }
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
    if (nghttp2_session_client_new(&session, callbacks, client) != 0
        || nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, NULL, 0) != 0) {
        give_up("no session");
    }
    nghttp2_session_callbacks_del(callbacks);
    return session;
}

h2_client_t *h2_connect(int port) {
    h2_client_t *client = calloc(1, sizeof(*client));

    if (client == NULL) {
        give_up("out of memory");
        return NULL;
    }
    client->fd = wire_connect(port);
    client->session = session_new(client);
    return client;
}

static nghttp2_nv pair(const char *name, const char *value) {
    return (nghttp2_nv){(uint8_t *) name, (uint8_t *) value, strlen(name), strlen(value),
                        NGHTTP2_NV_FLAG_NONE};
}

h2_stream_t *h2_request(h2_client_t *client, const char *method, const char *target, const char *body,
                        size_t len, int with_length) {
    h2_stream_t *stream = &client->streams[client->count++];
    nghttp2_data_provider provider = {{.ptr = stream}, read_body};
    char length[32] = "";
    nghttp2_nv headers[] = {pair(":method", method), pair(":scheme", "http"), pair(":authority", "localhost"),
                            pair(":path", target), pair("content-length", length)};

    assert_true(client->count <= STREAMS_MAX);
    headers[4].valuelen = (size_t) snprintf(length, sizeof(length), "%zu", len);
    stream->sent = body;
    stream->left = len;
    append(&stream->headers, &stream->headers_len, "", 0);
    append(&stream->body, &stream->body_len, "", 0);
    stream->id = nghttp2_submit_request(client->session, NULL, headers, body != NULL && with_length ? 5 : 4,
                                        body == NULL ? NULL : &provider, stream);
    if (stream->id < 0) {
        give_up("request refused by the client");
    }
    return stream;
}

static int has_open_stream(const h2_client_t *client) {
    size_t i;

    for (i = 0; i < client->count; i++) {
        if (!client->streams[i].ended) {
            return 1;
        }
    }
    return 0;
}

/* What the session has to say; reading between the blocks keeps both sides from
 * waiting for each other. */
static int send_some(h2_client_t *client) {
    const uint8_t *data;
    ssize_t len = nghttp2_session_mem_send(client->session, &data);

    if (len < 0) {
        give_up(nghttp2_strerror((int) len));
    }
    wire_send(client->fd, data, (size_t) len);
    return len > 0;
}

static void receive_some(h2_client_t *client, int flags) {
    uint8_t data[16384];
    ssize_t len = recv(client->fd, data, sizeof(data), flags);

    if (len == -1 && flags == MSG_DONTWAIT) {
        return;
    }
    if (len <= 0) {
        give_up("the connection broke or was silent for too long");
    }
    len = nghttp2_session_mem_recv(client->session, data, (size_t) len);
    if (len < 0) {
        give_up(nghttp2_strerror((int) len));
    }
}

void h2_run(h2_client_t *client) {
    while (has_open_stream(client)) {
        while (send_some(client)) {
            receive_some(client, MSG_DONTWAIT);
        }
        if (has_open_stream(client)) {
            receive_some(client, 0);
        }
    }
}

void h2_send(h2_client_t *client) {
    while (send_some(client)) {
    }
}

void h2_reset(h2_client_t *client, h2_stream_t *stream) {
    if (nghttp2_submit_rst_stream(client->session, NGHTTP2_FLAG_NONE, stream->id, NGHTTP2_CANCEL) != 0) {
        give_up("reset refused by the client");
    }
    h2_send(client);
}

void h2_shut_down(h2_client_t *client) {
    if (shutdown(client->fd, SHUT_WR) == -1) {
        give_up("no end of the connection");
    }
}

void h2_close(h2_client_t *client) {
    size_t i;

    nghttp2_session_del(client->session);
    (void) close(client->fd);
    for (i = 0; i < client->count; i++) {
        free(client->streams[i].headers);
        free(client->streams[i].body);
    }
    free(client);
}
