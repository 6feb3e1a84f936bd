/* What starting a server (nginx_server.c, nginx_ports.c) and judging its log
 * (nginx_log.c) share. */

#ifndef NGINX_INTERNAL_H
#define NGINX_INTERNAL_H

#include <stdint.h>

#include "nginx_server.h"

#define NGINX_EXPECTED_MAX 8

struct nginx_server_s {
    char prefix[64];
    int reservation;     /* a socket */
    int udp_reservation; /* -1 without HTTP/3 */
    int port;
    pid_t master; /* 0 when it has ended */
    int single;   /* master_process off */
    pid_t guard;  /* of a daemon, else 0 */
    int guarded;  /* a pipe to it */
    const char *expected[NGINX_EXPECTED_MAX];
    size_t expected_count;
};

/* Keeps a port for it that the kernel chose, with UDP for both protocols. */
void nginx_ports_reserve(nginx_server_t *server, int with_udp);
void nginx_ports_release(int reservation, int udp_reservation);

/* A process that stops the daemon when the test dies. */
void nginx_guard_start(nginx_server_t *server);
void nginx_guard_end(nginx_server_t *server);

/* Fails the test, with errno's text. */
void nginx_die(const char *what);

/* When a deadline of so many milliseconds ends, in those of nginx_now_ms(); the
 * patience of the build is in it. */
int64_t nginx_deadline(int ms);
int64_t nginx_now_ms(void);

/* The pause between two looks at a condition that has a deadline. */
void nginx_poll_pause(void);

/* The results are the caller's; an absent file reads as "". */
char *nginx_path_dup(const nginx_server_t *server, const char *name);
char *nginx_read_dup(const char *path);

size_t nginx_log_count(const nginx_server_t *server, const char *text);
void nginx_log_print(const nginx_server_t *server);

/* Whether no line is bad that was not expected.  The bad ones are printed. */
int nginx_log_is_clean(const nginx_server_t *server);

/* Whether a checker of memory or threads reported nothing in this text. */
int nginx_text_has_no_report(const char *text);

#endif
