/* Each runtime runs a case and tells the exchange in the words of the table. */

#ifndef RUNTIMES_H
#define RUNTIMES_H

#include <ngx_link_func_mock.h>
#include <stdio.h>

#include "cases.h"
#include "nginx_server.h"
#include "wire.h"

#define CONFORMANCE_SHM_SIZE 1048576

/* The cases of all tables, in order. */
size_t conformance_case_count(void);
const conformance_case_t *conformance_case(size_t index);

/* The function that a case calls: the first segment of its target. */
char *conformance_function_dup(const conformance_case_t *c);

/* The mock, and the server's part of NGINX's configuration, with the same
 * library, properties and declared variables. */
ngx_link_func_mock_t *conformance_mock_new(void);
void conformance_declare_variables(ngx_link_func_mock_request_t *req);
void conformance_write_server(FILE *config);

/* NGINX with a location for each function of the tables. */
nginx_server_t *conformance_nginx_start(void);

/* The exchange, to be freed by the caller; the log of NGINX is taken apart. */
char *conformance_tell_mock(ngx_link_func_mock_t *mock, const ngx_link_func_mock_response_t *resp);
char *conformance_tell_nginx(const wire_response_t *response, char *log);

/* Run one case; the caller frees the text. */
char *conformance_run_mock(ngx_link_func_mock_t *mock, const conformance_case_t *c);
char *conformance_run_nginx(const nginx_server_t *server, const conformance_case_t *c);

#endif
