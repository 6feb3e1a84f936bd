#include "listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "run.h"

static const int backlog = 511; /* NGINX's own on Linux */

static struct sockaddr_in loopback(int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t) port)};

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

static int bind_and_listen(int fd, int *port, bool listens) {
    struct sockaddr_in address = loopback(*port);
    socklen_t len = sizeof(address);
    int on = 1;

    /* As NGINX does, so that a port is free again at once. */
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0
        || bind(fd, (struct sockaddr *) &address, sizeof(address)) != 0
        || (listens && listen(fd, backlog) != 0)
        || getsockname(fd, (struct sockaddr *) &address, &len) != 0) {
        return -1;
    }
    *port = ntohs(address.sin_port);
    return 0;
}

/* NGINX leaves the mode of inherited sockets alone and needs non-blocking. */
int listener_open(int *port, bool listens) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd == -1 || bind_and_listen(fd, port, listens) != 0) {
        run_report("cannot listen on 127.0.0.1:%d: %s", *port, strerror(errno));
        if (fd != -1) {
            close(fd);
        }
        return -1;
    }
    return fd;
}

int listener_probe(int port) {
    struct sockaddr_in address = loopback(port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd == -1) {
        return -1;
    }
    if (connect(fd, (struct sockaddr *) &address, sizeof(address)) != 0 || shutdown(fd, SHUT_WR) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}
