/* Sends the same request again and again on one keep-alive connection, each
 * when the answer to the one before is complete, and demands the answer that
 * all servers of the benchmark give.
 *
 *     client SOCKET TARGET COUNT
 *
 * Waits for the socket to be listened on.  Gives up after a minute. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE 60 /* seconds */

#define TEXT "Hello, World!"

static void fail(const char *what) {
    (void) fprintf(stderr, "client: %s\n", what);
    exit(EXIT_FAILURE);
}

static int connect_to(const char *path) {
    static const struct timespec pause = {.tv_nsec = 10000000};
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    if (fd == -1 || strlen(path) >= sizeof(address.sun_path)) {
        fail("no socket");
    }
    memcpy(address.sun_path, path, strlen(path));
    /* The alarm ends this, too. */
    while (connect(fd, (struct sockaddr *) &address, sizeof(address)) == -1) {
        (void) nanosleep(&pause, NULL);
    }
    return fd;
}

static int ends_in(const char *text, const char *end) {
    size_t len = strlen(text);
    size_t end_len = strlen(end);

    return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

static void read_answer(int fd) {
    char answer[4096] = "";
    size_t have = 0;

    while (!ends_in(answer, "\r\n\r\n" TEXT) && !ends_in(answer, TEXT "\r\n0\r\n\r\n")) {
        ssize_t got = read(fd, answer + have, sizeof(answer) - 1 - have);

        if (got <= 0) {
            (void) fprintf(stderr, "%s\n", answer);
            fail("not the answer that was expected");
        }
        have += (size_t) got;
        answer[have] = '\0';
    }
    if (strncmp(answer, "HTTP/1.1 200 OK\r\n", 17) != 0) {
        fail("not 200 OK");
    }
}

int main(int argc, char **argv) {
    char request[256];
    int fd, len;
    long left;

    if (argc != 4) {
        fail("usage: client SOCKET TARGET COUNT");
    }
    (void) alarm(PATIENCE);
    fd = connect_to(argv[1]);
    len = snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: bench\r\n\r\n", argv[2]);
    for (left = strtol(argv[3], NULL, 10); left > 0; left--) {
        if (write(fd, request, (size_t) len) != len) {
            fail("cannot send");
        }
        read_answer(fd);
    }
    return close(fd) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
