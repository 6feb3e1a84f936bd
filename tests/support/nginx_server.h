/* A real NGINX with the module, in a temporary prefix, on a loopback port that
 * the kernel chose.  Any failure fails the running cmocka test. */

#ifndef NGINX_SERVER_H
#define NGINX_SERVER_H

#include <stddef.h>
#include <sys/types.h>

typedef struct nginx_server_s nginx_server_t;

/* Text for the places of a configuration; NULL members are empty.  In it,
 * PREFIX is replaced by the temporary folder and PORT by the port. */
typedef struct {
    const char *main;   /* top level; as root, "user root;" stands there unless a user does here */
    const char *http;   /* inside http, before the server */
    const char *server; /* inside server, behind its listen directive */
    int workers;        /* 0 means 1 */
    int http2;          /* the port speaks it, to a client that knows */
    int http3;          /* the UDP port of that number speaks it */
    int daemon;         /* it is one, and changes its program on USR2 */
    int without_module; /* it does not load the module */
} nginx_config_t;

/* Starts it and returns when it accepts connections. */
nginx_server_t *nginx_server_start(const nginx_config_t *config);

/* Only `nginx -t`: returns its exit status and leaves what it printed in
 * *output, to be freed by the caller.  A sanitizer's report in it fails the
 * test. */
int nginx_config_test(const nginx_config_t *config, char **output);

/* Writes another configuration over the first, and sends HUP; whether the
 * reload succeeded is for the caller to wait for in the log. */
void nginx_server_reconfigure(nginx_server_t *server, const nginx_config_t *config);

/* `nginx -s NAME`: returns its exit status. */
int nginx_server_command(const nginx_server_t *server, const char *name);

int nginx_server_port(const nginx_server_t *server);
pid_t nginx_server_master(const nginx_server_t *server);

/* What a file of pids in its folder says, or 0. */
pid_t nginx_server_pid(const nginx_server_t *server, const char *file);

/* Waits up to 10 s for its master to end by itself; from then on it is the one
 * that "nginx.pid" names. */
void nginx_server_adopt(nginx_server_t *server);

/* The error log (at debug level for connections to the module, else info) so
 * far; the caller frees it. */
char *nginx_server_log_dup(const nginx_server_t *server);

/* What it has more than *offset bytes, which become all that it has now. */
char *nginx_server_log_behind_dup(const nginx_server_t *server, off_t *offset);

/* Waits up to 5 s for `text` to appear in the log; fails the test otherwise. */
void nginx_server_wait_for_log(const nginx_server_t *server, const char *text);

/* The next stop accepts log lines that contain `text`, which it would
 * otherwise hold against the server ([alert], [emerg], "exited on signal"). */
void nginx_server_expect_log(nginx_server_t *server, const char *text);

/* Stops it (QUIT, then KILL after 10 s), removes the prefix, and fails the
 * test when the log holds an unexpected [alert], [emerg], "exited on signal"
 * or sanitizer report, or when a process of it was left.  NULL is ignored. */
void nginx_server_stop(nginx_server_t *server);

#endif
