#define _GNU_SOURCE

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtimes.h"
#include "wire.h"

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
    conformance_write_server(text);
    write_locations(text);
    (void) fclose(text);
    config.http = shm;
    config.server = server;
    nginx = nginx_server_start(&config);
    free(shm);
    free(server);
    return nginx;
}

char *conformance_run_nginx(const nginx_server_t *server, const conformance_case_t *c) {
    char *before = nginx_server_log_dup(server), *after;
    wire_response_t *response = wire_request(nginx_server_port(server), c->method, c->target, c->headers,
                                             c->body, c->body == NULL ? 0 : strlen(c->body));
    char *text;

    after = nginx_server_log_dup(server);
    text = conformance_tell_nginx(response, after + strlen(before));
    free(before);
    free(after);
    wire_free(response);
    return text;
}
