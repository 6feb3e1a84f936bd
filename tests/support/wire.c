#define _GNU_SOURCE

#include "wire.h"
#include "nginx_build.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cmocka.h>

#define DEADLINE_SECONDS 15
#define LINE_SIZE 65536

static void give_up(const char *what) {
    print_error("wire: %s\n", what);
    fail();
}

static void *grow(void *data, size_t size) {
    void *bigger = realloc(data, size);

    if (bigger == NULL) {
        give_up("out of memory");
    }
    return bigger;
}

int wire_connect(int port) {
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const struct timeval deadline = {(time_t) DEADLINE_SECONDS * nginx_build_patience(), 0};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    addr.sin_port = htons((uint16_t) port);
    if (fd == -1 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof(deadline)) == -1
        || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &deadline, sizeof(deadline)) == -1
        || connect(fd, (struct sockaddr *) &addr, sizeof(addr)) == -1) {
        give_up(strerror(errno));
    }
    return fd;
}

void wire_send(int fd, const void *data, size_t len) {
    const char *at = data;

    while (len > 0) {
        ssize_t sent = send(fd, at, len, MSG_NOSIGNAL);

        if (sent <= 0) {
            give_up(strerror(errno));
            return;
        }
        at += sent;
        len -= (size_t) sent;
    }
}

void wire_send_text(int fd, const char *text) {
    wire_send(fd, text, strlen(text));
}

/* Returns the bytes read: less than `len` when the peer closed. */
static size_t receive(int fd, char *data, size_t len) {
    size_t have = 0;

    while (have < len) {
        ssize_t got = recv(fd, data + have, len - have, 0);

        if (got == -1) {
            give_up(strerror(errno));
        }
        if (got <= 0) {
            break;
        }
        have += (size_t) got;
    }
    return have;
}

/* A line without its CRLF.  Read byte by byte, because what stands behind the
 * response must stay in the socket. */
static void read_line(int fd, char *line) {
    size_t len = 0;

    while (len < LINE_SIZE) {
        if (receive(fd, line + len, 1) == 0) {
            give_up("the connection ended inside a line");
        }
        if (line[len] == '\n') {
            break;
        }
        len++;
    }
    if (len == 0 || len == LINE_SIZE || line[len - 1] != '\r') {
        give_up("a line without CRLF");
    }
    line[len - 1] = '\0';
}

static void read_status(int fd, wire_response_t *response, char *line) {
    read_line(fd, line);
    if (strncmp(line, "HTTP/1.1 ", 9) != 0 || strlen(line) < 12) {
        print_error("wire: not a status line: %s\n", line);
        fail();
    }
    response->status_line = strdup(line + 9);
    response->status = (int) strtol(line + 9, NULL, 10);
}

static void add_header(wire_response_t *response, char *line) {
    char *colon = strchr(line, ':');
    size_t n = response->header_count;

    if (colon == NULL) {
        print_error("wire: not a header line: %s\n", line);
        fail();
        return;
    }
    *colon = '\0';
    response->names = grow(response->names, (n + 1) * sizeof(char *));
    response->values = grow(response->values, (n + 1) * sizeof(char *));
    response->names[n] = strdup(line);
    response->values[n] = strdup(colon + 1 + strspn(colon + 1, " \t"));
    response->header_count++;
}

static void append_body(int fd, wire_response_t *response, size_t len) {
    response->body = grow(response->body, response->body_len + len + 1);
    if (receive(fd, response->body + response->body_len, len) != len) {
        give_up("the connection ended inside the body");
    }
    response->body_len += len;
    response->body[response->body_len] = '\0';
}

static void read_chunks(int fd, wire_response_t *response, char *line) {
    size_t len;

    do {
        read_line(fd, line);
        len = strtoul(line, NULL, 16);
        append_body(fd, response, len);
        read_line(fd, line);
    } while (len > 0);
}

static void read_to_end(int fd, wire_response_t *response) {
    size_t got;

    do {
        response->body = grow(response->body, response->body_len + LINE_SIZE + 1);
        got = receive(fd, response->body + response->body_len, LINE_SIZE);
        response->body_len += got;
        response->body[response->body_len] = '\0';
    } while (got > 0);
}

static void read_body(int fd, wire_response_t *response, const char *method, char *line) {
    const char *coding = wire_header(response, "Transfer-Encoding");
    const char *length = wire_header(response, "Content-Length");

    append_body(fd, response, 0);
    if (strcmp(method, "HEAD") == 0 || response->status < 200 || response->status == 204
        || response->status == 304) {
        return;
    }
    if (coding != NULL && strcasecmp(coding, "chunked") == 0) {
        read_chunks(fd, response, line);
    } else if (length != NULL) {
        append_body(fd, response, strtoul(length, NULL, 10));
    } else {
        read_to_end(fd, response);
    }
}

wire_response_t *wire_read(int fd, const char *method) {
    wire_response_t *response = grow(NULL, sizeof(*response));
    char *line = grow(NULL, LINE_SIZE);

    memset(response, 0, sizeof(*response));
    read_status(fd, response, line);
    for (read_line(fd, line); line[0] != '\0'; read_line(fd, line)) {
        add_header(response, line);
    }
    read_body(fd, response, method, line);
    free(line);
    return response;
}

size_t wire_drain(int fd) {
    char data[4096];
    size_t total = 0, got;

    while ((got = receive(fd, data, sizeof(data))) > 0) {
        total += got;
    }
    return total;
}

const char *wire_header(const wire_response_t *response, const char *name) {
    size_t i;

    for (i = 0; i < response->header_count; i++) {
        if (strcasecmp(response->names[i], name) == 0) {
            return response->values[i];
        }
    }
    return NULL;
}

void wire_free(wire_response_t *response) {
    size_t i;

    if (response == NULL) {
        return;
    }
    for (i = 0; i < response->header_count; i++) {
        free(response->names[i]);
        free(response->values[i]);
    }
    free(response->names);
    free(response->values);
    free(response->status_line);
    free(response->body);
    free(response);
}

wire_response_t *wire_request(int port, const char *method, const char *target, const char *headers,
                              const void *body, size_t body_len) {
    int fd = wire_connect(port);
    char *head, *length = NULL;
    wire_response_t *response;

    if (body != NULL && asprintf(&length, "Content-Length: %zu\r\n", body_len) == -1) {
        give_up("out of memory");
    }
    if (asprintf(&head, "%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n%s%s\r\n", method, target,
                 length == NULL ? "" : length, headers == NULL ? "" : headers)
        == -1) {
        give_up("out of memory");
    }
    wire_send_text(fd, head);
    wire_send(fd, body, body_len);
    response = wire_read(fd, method);
    (void) close(fd);
    free(head);
    free(length);
    return response;
}
