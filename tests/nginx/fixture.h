/* What the tests of the module share. */

#ifndef FIXTURE_H
#define FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "nginx_server.h"
#include "upstream.h"
#include "wire.h"

/* A directive that names a library of this folder's lib/. */
#define LIB(name) "ngx_link_func_lib " LIBRARY_FOLDER "/nginx_" name ".so;\n"
#define CALL(location, function) "location " location " { ngx_link_func_call " function "; }\n"

/* A group with one server, which *state points at. */
int start_server(void **state, const nginx_config_t *config);
int stop_server(void **state);

/* A test with its own server, stopped behind it. */
#define test_with_server(f) cmocka_unit_test_teardown(f, stop_server)

wire_response_t *get(const nginx_server_t *server, const char *target);
wire_response_t *get_with(const nginx_server_t *server, const char *target, const char *headers);

/* GET answers with this status and body. */
void assert_get(const nginx_server_t *server, const char *target, int status, const char *body);
void assert_get_with(const nginx_server_t *server, const char *target, const char *headers, int status,
                     const char *body);
void assert_header(const wire_response_t *response, const char *name, const char *value);

/* How many headers of that name it has. */
size_t header_count(const wire_response_t *response, const char *name);

/* Bytes that tell their order, and what body_sum of lib/handlers.c answers to
 * them.  To be freed by test_free. */
char *make_summed_body(size_t len, char *sum, size_t sum_size);

/* A group with a server and an origin, which ORIGIN in the texts is the port of. */
typedef struct {
    nginx_server_t *server;
    int origin; /* listens */
} proxied_t;

int start_proxied(void **state, const char *http, const char *server);
int start_proxied_by(void **state, const nginx_config_t *wanted);
int stop_proxied(void **state);

/* Plays the origin for one connection: answers what `answer` is.  What it was
 * asked is the caller's to free. */
upstream_request_t play_origin(const proxied_t *proxied, const char *answer);

/* The next answer on the connection has that body, and nothing comes behind it.
 * Closes it. */
void assert_last_answer(int fd, const char *body);

/* Reads until `text` has come, within 4 KiB. */
void await_text(int fd, const char *text);

/* Eight connections, which more than one worker serves at a time, have the
 * targets in turn count on by `each` ("?n="); they answer the worker's pid and
 * the count, and the highest tells that no step was lost. */
void assert_none_is_lost(const nginx_server_t *server, const char *const targets[2], int each);

#define PLAIN_ANSWER "HTTP/1.0 200 OK\r\nContent-Type: text/upstream\r\nContent-Length: 8\r\n\r\nupstream"

size_t log_count_of(const nginx_server_t *server, const char *text);

/* Waits up to 20 s until `text` is in the log that often. */
void wait_for_log_count(const nginx_server_t *server, const char *text, size_t count);

/* Of a process, oldest first: how many there are, up to `size`. */
size_t children_of(pid_t parent, pid_t *children, size_t size);

/* The first child of a master. */
pid_t worker_of(pid_t master);

/* Waits for `text`, whose first line must have that level, such as "[error]". */
void assert_logged(const nginx_server_t *server, const char *level, const char *text);

#endif
