#include "call.h"

#include <stdio.h>

void call_print_response(const ngx_link_func_mock_response_t *response, bool with_headers) {
    if (with_headers) {
        size_t i;

        printf("HTTP/1.1 %s\r\n", ngx_link_func_mock_response_status_line(response));
        for (i = 0; i < ngx_link_func_mock_response_header_count(response); i++) {
            printf("%s: %s\r\n", ngx_link_func_mock_response_header_name(response, i),
                   ngx_link_func_mock_response_header_value(response, i));
        }
        printf("\r\n");
    }
    (void) fwrite(ngx_link_func_mock_response_body(response), 1,
                  ngx_link_func_mock_response_body_len(response), stdout);
    (void) fflush(stdout); /* the next call may end the process */
}

static void print_line(ngx_link_func_mock_level_t level, const char *text, void *data) {
    const ngx_link_func_mock_level_t *least = data;

    if (level <= *least) {
        fprintf(stderr, "[%s] %s\n", ngx_link_func_mock_level_name(level), text);
    }
}

void call_print_log(ngx_link_func_mock_t *mock, const ngx_link_func_mock_level_t *level) {
    ngx_link_func_mock_on_log(mock, level == NULL ? NULL : print_line, (void *) level);
}
