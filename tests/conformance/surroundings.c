#define _GNU_SOURCE

#include <stdlib.h>

#include "nginx_build.h"
#include "runtimes.h"

typedef struct {
    const char *key;
    const char *value;
} pair_t;

static const pair_t props[] = {
    {"backend_v1", "http://10.0.0.1:3000"},
    {"backend_v2", "http://10.0.0.2:3000"},
    {"empty", ""},
};
#define PROP_COUNT (sizeof(props) / sizeof(props[0]))

/* NGINX variables that `set` declares, beside the properties. */
static const pair_t variables[] = {
    {"declared", "initial"},
    {"blank", ""},
};
#define VARIABLE_COUNT (sizeof(variables) / sizeof(variables[0]))

ngx_link_func_mock_t *conformance_mock_new(void) {
    ngx_link_func_mock_t *mock = ngx_link_func_mock_new();
    size_t i;

    ngx_link_func_mock_on_finding(mock, NGX_LINK_FUNC_MOCK_COUNT); /* of cases that are wrong on purpose */
    ngx_link_func_mock_nginx_version(mock, (unsigned) nginx_build_version());
    ngx_link_func_mock_shm_size(mock, CONFORMANCE_SHM_SIZE);
    for (i = 0; i < PROP_COUNT; i++) {
        ngx_link_func_mock_add_prop(mock, props[i].key, props[i].value);
    }
    if (ngx_link_func_mock_load(mock, CONFORMANCE_LIBRARY) != 0 || ngx_link_func_mock_start(mock) != 0) {
        (void) fprintf(stderr, "%s\n", ngx_link_func_mock_error(mock));
        abort();
    }
    return mock;
}

void conformance_declare_variables(ngx_link_func_mock_request_t *req) {
    size_t i;

    for (i = 0; i < VARIABLE_COUNT; i++) {
        ngx_link_func_mock_request_variable(req, variables[i].key, variables[i].value);
    }
}

static void write_properties(FILE *config) {
    size_t i;

    for (i = 0; i < PROP_COUNT; i++) {
        (void) fprintf(config, "ngx_link_func_add_prop \"%s\" \"%s\";\n", props[i].key, props[i].value);
    }
}

static void write_variables(FILE *config) {
    size_t i;

    for (i = 0; i < VARIABLE_COUNT; i++) {
        (void) fprintf(config, "set $%s \"%s\";\n", variables[i].key, variables[i].value);
    }
}

void conformance_write_server(FILE *config) {
    (void) fprintf(config, "ngx_link_func_lib %s;\n", CONFORMANCE_LIBRARY);
    write_properties(config);
    write_variables(config);
}
