#define _GNU_SOURCE

#include "upstream.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cmocka.h>

#include "nginx_build.h"

#define DEADLINE_SECONDS 5
#define HEAD_SIZE 65536

static void give_up(const char *what) {
    print_error("upstream: %s\n", what);
    fail();
}

int upstream_listen(int *port) {
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(addr);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd == -1 || bind(fd, (struct sockaddr *) &addr, sizeof(addr)) == -1 || listen(fd, 16) == -1
        || getsockname(fd, (struct sockaddr *) &addr, &len) == -1) {
        give_up(strerror(errno));
    }
    *port = ntohs(addr.sin_port);
    return fd;
}

int upstream_accept(int listener) {
    const struct timeval deadline = {(time_t) DEADLINE_SECONDS * nginx_build_patience(), 0};
    struct pollfd waiting = {listener, POLLIN, 0};
    int fd;

    if (poll(&waiting, 1, DEADLINE_SECONDS * 1000 * nginx_build_patience()) != 1) {
        give_up("nobody has connected");
    }
    fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd == -1 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof(deadline)) == -1) {
        give_up(strerror(errno));
    }
    return fd;
}

int upstream_is_untouched(int listener) {
    struct pollfd waiting = {listener, POLLIN, 0};

    return poll(&waiting, 1, 0) == 0;
}

static void receive(int fd, char *data, size_t len) {
    while (len > 0) {
        ssize_t got = recv(fd, data, len, 0);

        if (got <= 0) {
            give_up(got == 0 ? "the connection ended inside a request" : strerror(errno));
            return;
        }
        data += got;
        len -= (size_t) got;
    }
}

static char *read_head(int fd) {
    char *head = calloc(1, HEAD_SIZE);
    size_t len = 0;

    if (head == NULL) {
        give_up("out of memory");
        return NULL;
    }
    while (len < 4 || memcmp(head + len - 4, "\r\n\r\n", 4) != 0) {
        if (len == HEAD_SIZE - 1) {
            give_up("the head of the request has no end");
        }
        receive(fd, head + len++, 1);
    }
    return head;
}

upstream_request_t upstream_read(int fd) {
    upstream_request_t request = {read_head(fd), NULL, 0};
    char *length = upstream_header_dup(&request, "Content-Length");

    if (length != NULL) {
        request.body_len = strtoul(length, NULL, 10);
    }
    free(length);
    request.body = calloc(1, request.body_len + 1);
    if (request.body == NULL) {
        give_up("out of memory");
    }
    receive(fd, request.body, request.body_len);
    return request;
}

void upstream_free(upstream_request_t *request) {
    free(request->head);
    free(request->body);
}

/* The next header of that name at or behind `from`; NULL when there is none. */
static const char *find_header(const char *from, const char *name) {
    size_t len = strlen(name);
    const char *line;

    for (line = strstr(from, "\r\n"); line != NULL; line = strstr(line + 2, "\r\n")) {
        if (strncasecmp(line + 2, name, len) == 0 && line[2 + len] == ':') {
            return line + 2;
        }
    }
    return NULL;
}

char *upstream_header_dup(const upstream_request_t *request, const char *name) {
    const char *line = find_header(request->head, name);

    if (line == NULL) {
        return NULL;
    }
    line += strlen(name) + 1;
    line += strspn(line, " ");
    return strndup(line, strcspn(line, "\r"));
}

size_t upstream_header_count(const upstream_request_t *request, const char *name) {
    const char *line = request->head;
    size_t count = 0;

    while ((line = find_header(line, name)) != NULL) {
        count++;
    }
    return count;
}
