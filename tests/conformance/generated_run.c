#define _GNU_SOURCE

#include "generated_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "program.h"
#include "runtimes.h"

struct generated_runtimes_s {
    ngx_link_func_mock_t *mock;
    nginx_server_t *nginx;
    int fd;     /* -1: not connected */
    off_t told; /* of its log */
};

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

/* That the zone is full is said once a second: whether it is now depends on the
 * clock, as Date does. */
static void remove_full_zone(char *exchange) {
    static const char line[] = "[error] shared memory zone is full, increase ngx_link_func_shm_size\n";
    char *at;

    while ((at = strstr(exchange, line)) != NULL) {
        memmove(at, at + sizeof(line) - 1, strlen(at + sizeof(line) - 1) + 1);
    }
    /* The mark of a log without lines. */
    at = strstr(exchange, "\n--\n");
    if (at != NULL && at[4] == '\0') {
        *at = '\0';
    }
}

generated_exchanges_t generated_run(generated_runtimes_t *runtimes, const generated_t *g) {
    generated_exchanges_t exchanges;

    exchanges.mock = run_mock(runtimes->mock, g);
    exchanges.nginx = run_nginx(runtimes, g);
    remove_full_zone(exchanges.mock);
    remove_full_zone(exchanges.nginx);
    return exchanges;
}

int generated_exchanges_differ(const generated_exchanges_t *exchanges) {
    return strcmp(exchanges->mock, exchanges->nginx) != 0;
}

void generated_exchanges_free(generated_exchanges_t *exchanges) {
    free(exchanges->mock);
    free(exchanges->nginx);
}
