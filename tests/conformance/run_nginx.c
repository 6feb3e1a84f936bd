#define _GNU_SOURCE

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exchange.h"
#include "runtimes.h"
#include "wire.h"

/* Handlers mark their debug lines with this, to be told from NGINX's own. */
#define DEBUG_MARK "conformance: "

static void write_properties(FILE *config) {
    size_t i;

    for (i = 0; i < conformance_prop_count; i++) {
        (void) fprintf(config, "ngx_link_func_add_prop \"%s\" \"%s\";\n", conformance_props[i].key,
                       conformance_props[i].value);
    }
}

static void write_variables(FILE *config) {
    size_t i;

    for (i = 0; i < conformance_variable_count; i++) {
        (void) fprintf(config, "set $%s \"%s\";\n", conformance_variables[i].key,
                       conformance_variables[i].value);
    }
}

static int is_first_of_function(size_t index, const char *function) {
    size_t i;

    for (i = 0; i < index; i++) {
        char *earlier = conformance_function_dup(conformance_case(i));
        int same = strcmp(earlier, function) == 0;

        free(earlier);
        if (same) {
            return 0;
        }
    }
    return 1;
}

static void write_locations(FILE *config) {
    size_t i;

    for (i = 0; i < conformance_case_count(); i++) {
        char *function = conformance_function_dup(conformance_case(i));

        if (is_first_of_function(i, function)) {
            (void) fprintf(config, "location /%s { ngx_link_func_call %s; }\n", function, function);
        }
        free(function);
    }
}

nginx_server_t *conformance_nginx_start(void) {
    nginx_config_t config = {.http = "server_tokens off;\nport_in_redirect off;\nlog_not_found off;\n"};
    char *shm = NULL, *server = NULL;
    size_t size;
    FILE *text = open_memstream(&server, &size);
    nginx_server_t *nginx;

    if (text == NULL
        || asprintf(&shm, "%s ngx_link_func_shm_size %d;\n", config.http, CONFORMANCE_SHM_SIZE) == -1) {
        abort();
    }
    (void) fprintf(text, "ngx_link_func_lib %s;\n", CONFORMANCE_LIBRARY);
    write_properties(text);
    write_variables(text);
    write_locations(text);
    (void) fclose(text);
    config.http = shm;
    config.server = server;
    nginx = nginx_server_start(&config);
    free(shm);
    free(server);
    return nginx;
}

/* Tells one line of the error log, which reads
 *   DATE TIME [LEVEL] PID#TID: *CONNECTION TEXT, client: ...
 * where "*CONNECTION " and what stands behind TEXT may be missing.  Other lines
 * belong to NGINX's debug line above them, which shows the header it sends. */
static void tell_line(exchange_t *exchange, const char *line) {
    const char *open = strchr(line, '['), *close = strchr(line, ']');
    const char *text = strstr(line, "#") == NULL ? NULL : strstr(strstr(line, "#"), ": ");
    const char *end;
    char level[16];

    if (open == NULL || close == NULL || text == NULL || close - open > (ptrdiff_t) sizeof(level)) {
        return;
    }
    (void) snprintf(level, sizeof(level), "%.*s", (int) (close - open - 1), open + 1);
    text += 2;
    if (text[0] == '*') {
        text += strcspn(text, " ") + 1;
    }
    if (strcmp(level, "debug") == 0 && strncmp(text, DEBUG_MARK, strlen(DEBUG_MARK)) != 0) {
        return;
    }
    end = strstr(text, ", client: ");
    exchange_log(exchange, level, text, end == NULL ? strlen(text) : (size_t) (end - text));
}

static void tell_log(exchange_t *exchange, char *log) {
    char *save = NULL;
    const char *line;

    for (line = strtok_r(log, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save)) {
        tell_line(exchange, line);
    }
}

char *conformance_run_nginx(const nginx_server_t *server, const conformance_case_t *c) {
    char *before = nginx_server_log_dup(server), *after;
    wire_response_t *response = wire_request(nginx_server_port(server), c->method, c->target, c->headers,
                                             c->body, c->body == NULL ? 0 : strlen(c->body));
    exchange_t *exchange = exchange_new(response->status_line);
    size_t i;

    for (i = 0; i < response->header_count; i++) {
        exchange_header(exchange, response->names[i], response->values[i]);
    }
    exchange_body(exchange, response->body, response->body_len);
    after = nginx_server_log_dup(server);
    tell_log(exchange, after + strlen(before));
    free(before);
    free(after);
    wire_free(response);
    return exchange_finish(exchange);
}
