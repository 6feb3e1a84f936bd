/* Each runtime runs a case and tells the exchange in the words of the table. */

#ifndef RUNTIMES_H
#define RUNTIMES_H

#include <ngx_link_func_mock.h>

#include "cases.h"
#include "nginx_server.h"

/* A name with its value: the properties that both runtimes are given. */
typedef struct {
    const char *key;
    const char *value;
} conformance_prop_t;

extern const conformance_prop_t conformance_props[];
extern const size_t conformance_prop_count;

/* NGINX variables that `set` declares in both, beside the properties. */
extern const conformance_prop_t conformance_variables[];
extern const size_t conformance_variable_count;

#define CONFORMANCE_SHM_SIZE 1048576

/* The cases of all tables, in order. */
size_t conformance_case_count(void);
const conformance_case_t *conformance_case(size_t index);

/* The function that a case calls: the first segment of its target. */
char *conformance_function_dup(const conformance_case_t *c);

ngx_link_func_mock_t *conformance_mock_new(void);
nginx_server_t *conformance_nginx_start(void);

/* Run one case; the caller frees the text. */
char *conformance_run_mock(ngx_link_func_mock_t *mock, const conformance_case_t *c);
char *conformance_run_nginx(const nginx_server_t *server, const conformance_case_t *c);

#endif
