#define _GNU_SOURCE

#include "nginx_internal.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

static struct sockaddr_in loopback(int port) {
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons((uint16_t) port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

/* Bound, but not listening, it keeps the port (0 is any) from everyone but a
 * socket with SO_REUSEADDR that asks for this very port, as NGINX's does.  -1
 * when somebody has it. */
static int reserve(int type, int port) {
    const struct sockaddr_in addr = loopback(port);
    const int yes = 1;
    int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

    if (fd == -1 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) == -1) {
        nginx_die("port");
    }
    if (bind(fd, (const struct sockaddr *) &addr, sizeof(addr)) == -1) {
        (void) close(fd);
        return -1;
    }
    return fd;
}

static int port_of(int fd) {
    struct sockaddr_in addr = {0};
    socklen_t len = sizeof(addr);

    if (getsockname(fd, (struct sockaddr *) &addr, &len) == -1) {
        nginx_die("port");
    }
    return ntohs(addr.sin_port);
}

/* The same number for UDP.  Connected to itself it takes no packet that is for
 * NGINX. */
static int reserve_udp(int port) {
    const struct sockaddr_in addr = loopback(port);
    int fd = reserve(SOCK_DGRAM, port);

    if (fd != -1 && connect(fd, (const struct sockaddr *) &addr, sizeof(addr)) == -1) {
        nginx_die("port");
    }
    return fd;
}

/* 0 when somebody has the port that the kernel chose, but for UDP. */
static int try_to_reserve(nginx_server_t *server, int with_udp) {
    server->reservation = reserve(SOCK_STREAM, 0);
    server->port = port_of(server->reservation);
    server->udp_reservation = with_udp ? reserve_udp(server->port) : -1;
    if (with_udp && server->udp_reservation == -1) {
        (void) close(server->reservation);
        return 0;
    }
    return 1;
}

void nginx_ports_reserve(nginx_server_t *server, int with_udp) {
    while (!try_to_reserve(server, with_udp)) {
    }
}

void nginx_ports_release(int reservation, int udp_reservation) {
    (void) close(reservation);
    if (udp_reservation != -1) {
        (void) close(udp_reservation);
    }
}
