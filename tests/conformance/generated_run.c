#define _GNU_SOURCE

#include "generated_run.h"

#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "program.h"
#include "runtimes.h"

struct generated_runtimes_s {
    ngx_link_func_mock_t *mock;
    nginx_server_t *nginx;
    int fd;             /* -1: not connected */
    off_t told;         /* of its log */
    uint64_t clock;     /* ms; when the last case began */
    uint64_t full_said; /* in which NGINX said that the zone is full; 0: in none */
};

#define UNCERTAIN_FROM 500
#define UNCERTAIN_TO 1500

static uint64_t now_ms(void) {
    struct timespec now;

    (void) clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t) now.tv_sec * 1000 + (uint64_t) now.tv_nsec / 1000000;
}

/* A body stays in memory, and no connection is closed for its age.  Debug lines
 * are many, so only what asks for its own gets them. */
static nginx_server_t *start_nginx(void) {
    static const char *const locations = "client_body_buffer_size 64k;\n"
                                         "keepalive_requests 100000000;\n"
                                         "keepalive_timeout 1h;\n"
                                         "error_log error.log info;\n"
                                         "location /program { ngx_link_func_call program; }\n"
                                         "location /threaded {\n"
                                         "    aio threads;\n"
                                         "    ngx_link_func_call program;\n"
                                         "}\n"
                                         "location /debugged {\n"
                                         "    error_log error.log debug;\n"
                                         "    ngx_link_func_call program;\n"
                                         "}\n";
    nginx_config_t config = {0};
    char *http = NULL, *server = NULL;
    size_t size;
    FILE *text = open_memstream(&server, &size);
    nginx_server_t *nginx;

    if (text == NULL
        || asprintf(&http,
                    "server_tokens off;\nport_in_redirect off;\nlog_not_found off;\n"
                    "ngx_link_func_shm_size %d;\n",
                    CONFORMANCE_SHM_SIZE)
               == -1) {
        abort();
    }
    conformance_write_server(text);
    (void) fputs(locations, text);
    (void) fclose(text);
    config.http = http;
    config.server = server;
    nginx = nginx_server_start(&config);
    free(http);
    free(server);
    return nginx;
}

static void start(generated_runtimes_t *runtimes) {
    runtimes->mock = conformance_mock_new();
    runtimes->nginx = start_nginx();
    runtimes->fd = -1;
    runtimes->told = 0;
    runtimes->clock = now_ms();
    runtimes->full_said = 0;
    nginx_server_wait_for_log(runtimes->nginx, "Hello API initialized");
}

/* Its log has been compared; nothing but these is an alert in it. */
static void stop_nginx(nginx_server_t *nginx) {
    nginx_server_expect_log(nginx, "returned with the shared memory mutex held");
    nginx_server_expect_log(nginx, "called without holding the lock");
    nginx_server_stop(nginx);
}

static void disconnect(generated_runtimes_t *runtimes) {
    if (runtimes->fd != -1) {
        (void) close(runtimes->fd);
        runtimes->fd = -1;
    }
}

generated_runtimes_t *generated_runtimes_start(void) {
    generated_runtimes_t *runtimes = calloc(1, sizeof(*runtimes));

    if (runtimes == NULL) {
        abort();
    }
    start(runtimes);
    return runtimes;
}

void generated_runtimes_restart(generated_runtimes_t *runtimes) {
    ngx_link_func_mock_free(runtimes->mock);
    disconnect(runtimes);
    stop_nginx(runtimes->nginx);
    start(runtimes);
}

void generated_runtimes_stop(generated_runtimes_t *runtimes) {
    ngx_link_func_mock_free(runtimes->mock);
    disconnect(runtimes);
    stop_nginx(runtimes->nginx);
    free(runtimes);
}

/*
 * The mock
 */

static void add_header(ngx_link_func_mock_request_t *req, const char *line) {
    const char *colon = strchr(line, ':');
    char *name = strndup(line, (size_t) (colon - line));

    ngx_link_func_mock_request_header(req, name, colon + 1);
    free(name);
}

static char *run_mock(ngx_link_func_mock_t *mock, const generated_t *g) {
    ngx_link_func_mock_request_t *req = ngx_link_func_mock_request(mock, g->method, g->target);
    char *program = generated_program_dup(g), *text;
    size_t i;

    ngx_link_func_mock_log_clear(mock);
    if (g->in_thread) {
        ngx_link_func_mock_request_in_thread(req);
    }
    conformance_declare_variables(req);
    ngx_link_func_mock_request_header(req, "Host", g->host);
    ngx_link_func_mock_request_header(req, PROGRAM_HEADER, program);
    for (i = 0; i < g->header_count; i++) {
        if (g->headers[i] != NULL) {
            add_header(req, g->headers[i]);
        }
    }
    if (g->body != NULL) {
        ngx_link_func_mock_request_body(req, g->body, g->body_len);
    }
    text = conformance_tell_mock(mock, ngx_link_func_mock_call_name(req, "program"));
    ngx_link_func_mock_request_free(req);
    free(program);
    return text;
}

/*
 * NGINX
 */

/* In one piece, so that no part waits for the other's acknowledgement. */
static void send_request(int fd, const generated_t *g) {
    char *program = generated_program_dup(g), *text = NULL;
    size_t size, i;
    FILE *out = open_memstream(&text, &size);

    if (out == NULL) {
        abort();
    }
    (void) fprintf(out, "%s %s HTTP/1.1\r\nHost: %s\r\n" PROGRAM_HEADER ": %s\r\n", g->method, g->target,
                   g->host, program);
    for (i = 0; i < g->header_count; i++) {
        if (g->headers[i] != NULL) {
            (void) fprintf(out, "%s\r\n", g->headers[i]);
        }
    }
    if (g->body != NULL) {
        (void) fprintf(out, "Content-Length: %zu\r\n", g->body_len);
    }
    (void) fputs("\r\n", out);
    if (g->body != NULL) {
        (void) fwrite(g->body, 1, g->body_len, out);
    }
    (void) fclose(out);
    wire_send(fd, text, size);
    free(text);
    free(program);
}

/* Behind its own 412 NGINX closes the connection that it said it would keep. */
static int is_closing(const wire_response_t *response) {
    const char *connection = wire_header(response, "Connection");

    return response->status == 412 || (connection != NULL && strcasecmp(connection, "close") == 0);
}

static char *run_nginx(generated_runtimes_t *runtimes, const generated_t *g) {
    wire_response_t *response;
    char *log, *text;

    if (runtimes->fd == -1) {
        runtimes->fd = wire_connect(nginx_server_port(runtimes->nginx));
    }
    free(nginx_server_log_behind_dup(runtimes->nginx, &runtimes->told));
    send_request(runtimes->fd, g);
    response = wire_read(runtimes->fd, g->method);
    log = nginx_server_log_behind_dup(runtimes->nginx, &runtimes->told);
    text = conformance_tell_nginx(response, log);
    if (is_closing(response)) {
        disconnect(runtimes);
    }
    wire_free(response);
    free(log);
    return text;
}

/*
 * The clock
 */

/* That the zone is full is said at most once a second.  Where the few moments by
 * which NGINX is behind could decide whether that is over, they are waited for. */
static void wait_until_it_is_certain(const generated_runtimes_t *runtimes) {
    uint64_t since = now_ms() - runtimes->full_said;

    if (runtimes->full_said != 0 && since >= UNCERTAIN_FROM && since < UNCERTAIN_TO) {
        (void) poll(NULL, 0, (int) (UNCERTAIN_TO - since));
    }
}

/* The mock's clock goes as that of NGINX does. */
static void keep_time(generated_runtimes_t *runtimes) {
    uint64_t now;

    wait_until_it_is_certain(runtimes);
    now = now_ms();
    ngx_link_func_mock_advance_ms(runtimes->mock, now - runtimes->clock);
    runtimes->clock = now;
}

static void note_full(generated_runtimes_t *runtimes, const char *exchange) {
    if (strstr(exchange, "[error] shared memory zone is full, increase ngx_link_func_shm_size\n") != NULL) {
        runtimes->full_said = runtimes->clock;
    }
}

generated_exchanges_t generated_run(generated_runtimes_t *runtimes, const generated_t *g) {
    generated_exchanges_t exchanges;

    keep_time(runtimes);
    exchanges.mock = run_mock(runtimes->mock, g);
    exchanges.nginx = run_nginx(runtimes, g);
    note_full(runtimes, exchanges.nginx);
    return exchanges;
}

int generated_exchanges_differ(const generated_exchanges_t *exchanges) {
    return strcmp(exchanges->mock, exchanges->nginx) != 0;
}

void generated_exchanges_free(generated_exchanges_t *exchanges) {
    free(exchanges->mock);
    free(exchanges->nginx);
}
