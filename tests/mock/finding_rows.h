/* A table of mistakes: each must be found with its function and line, and what
 * is nearly the same must not. */

#ifndef FINDING_ROWS_H
#define FINDING_ROWS_H

#include "counting.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct {
    ngx_link_func_mock_code_t code;
    const char *function; /* that is to blame */
    ngx_link_func_mock_handler_t wrong;
    ngx_link_func_mock_handler_t nearly;
    const char *text; /* a part of the sentence */
} finding_row_t;

#define CODE(name) NGX_LINK_FUNC_MOCK_CODE_##name
#define WRONG(handler) #handler, handler

/* The line of the mistake; 0 where it is the handler's own. */
static int blamed;

#define BLAMED(call)                                                                                         \
    do {                                                                                                     \
        blamed = __LINE__;                                                                                   \
        call;                                                                                                \
    } while (0)

static inline void answer(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_write_resp(ctx, 200, "200 OK", ngx_link_func_content_type_plaintext, "fine", 4);
}

static inline void run(ngx_link_func_mock_t *mock, ngx_link_func_mock_handler_t handler) {
    ngx_link_func_mock_request_t *req = ngx_link_func_mock_request(mock, "POST", "/path?a=1&b=2");

    ngx_link_func_mock_request_body(req, "body", 4);
    (void) ngx_link_func_mock_call(req, handler);
}

static inline void expect_part(const char *function, const char *text, const char *part) {
    if (strstr(text, part) == NULL) {
        fail_msg("%s: expected \"%s\" in \"%s\"", function, part, text);
    }
}

/* The first finding is that of the row, and the only one. */
static inline void assert_found(const ngx_link_func_mock_t *mock, const finding_row_t *row) {
    if (ngx_link_func_mock_finding_count(mock) != 1) {
        fail_msg("%s: %zu findings", row->function, ngx_link_func_mock_finding_count(mock));
    }
    assert_int_equal(ngx_link_func_mock_finding_code(mock, 0), row->code);
    assert_string_equal(ngx_link_func_mock_finding_function(mock, 0), row->function);
    if (blamed != 0) {
        char line[32];

        (void) snprintf(line, sizeof(line), ":%d", blamed);
        expect_part(row->function, ngx_link_func_mock_finding_site(mock, 0), line);
    }
    expect_part(row->function, ngx_link_func_mock_finding_text(mock, 0), row->text);
}

static inline void assert_nothing_found(const ngx_link_func_mock_t *mock, const char *near) {
    if (ngx_link_func_mock_finding_count(mock) != 0) {
        fail_msg("near %s: %s: %s", near, ngx_link_func_mock_finding_function(mock, 0),
                 ngx_link_func_mock_finding_text(mock, 0));
    }
}

#endif
