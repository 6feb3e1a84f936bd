/* Tells what a runtime did in the words of the table. */

#define _GNU_SOURCE

#include <stdio.h>
#include <string.h>

#include "exchange.h"
#include "runtimes.h"

/* Handlers mark their debug lines with this, to be told from NGINX's own. */
#define DEBUG_MARK "conformance: "

char *conformance_tell_mock(ngx_link_func_mock_t *mock, const ngx_link_func_mock_response_t *resp) {
    exchange_t *exchange = exchange_new(ngx_link_func_mock_response_status_line(resp));
    size_t i;

    for (i = 0; i < ngx_link_func_mock_response_header_count(resp); i++) {
        exchange_header(exchange, ngx_link_func_mock_response_header_name(resp, i),
                        ngx_link_func_mock_response_header_value(resp, i));
    }
    exchange_body(exchange, ngx_link_func_mock_response_body(resp),
                  ngx_link_func_mock_response_body_len(resp));
    for (i = 0; i < ngx_link_func_mock_log_count(mock); i++) {
        const char *text = ngx_link_func_mock_log_text(mock, i);

        exchange_log(exchange, ngx_link_func_mock_level_name(ngx_link_func_mock_log_level(mock, i)), text,
                     strlen(text));
    }
    return exchange_finish(exchange);
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
    if ((strcmp(level, "debug") == 0 && strncmp(text, DEBUG_MARK, strlen(DEBUG_MARK)) != 0)
        || strstr(text, " closed keepalive connection") != NULL) {
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

char *conformance_tell_nginx(const wire_response_t *response, char *log) {
    exchange_t *exchange = exchange_new(response->status_line);
    size_t i;

    for (i = 0; i < response->header_count; i++) {
        exchange_header(exchange, response->names[i], response->values[i]);
    }
    exchange_body(exchange, response->body, response->body_len);
    tell_log(exchange, log);
    return exchange_finish(exchange);
}
