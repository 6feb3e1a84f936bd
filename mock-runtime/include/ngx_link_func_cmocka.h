/*
 * ngx_link_func_cmocka.h - the mock in a cmocka test.
 *
 * SPDX-License-Identifier: BSD-2-Clause
 *
 *     cmocka_unit_test_setup_teardown(my_test, ngx_link_func_mock_setup, ngx_link_func_mock_teardown)
 *
 * hands the test a fresh mock in *state.  A failed assertion prints the whole
 * exchange and then fails the test at the assertion's own file and line.
 */

#ifndef NGX_LINK_FUNC_CMOCKA_H
#define NGX_LINK_FUNC_CMOCKA_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* It has no language linkage of its own. */
#ifdef __cplusplus
extern "C" {
#endif
#include <cmocka.h>
#ifdef __cplusplus
}
#endif

#include <ngx_link_func_mock.h>

/* print_error() cuts a long text: it gets this one piece by piece. */
static inline void ngx_link_func_cmocka_print_(const char *text, size_t len) {
    while (len > 0) {
        size_t piece = len < 500 ? len : 500;

        print_error("%.*s", (int) piece, text);
        text += piece;
        len -= piece;
    }
}

static inline void ngx_link_func_cmocka_print_exchange_(const ngx_link_func_mock_response_t *resp) {
    const char *exchange = ngx_link_func_mock_response_exchange(resp);

    ngx_link_func_cmocka_print_(exchange, strlen(exchange));
}

static inline void ngx_link_func_cmocka_fail(const char *message) {
    ngx_link_func_cmocka_print_(message, strlen(message));
    print_error("\n");
    fail();
}

static inline int ngx_link_func_mock_setup(void **state) {
    ngx_link_func_mock_on_failure(ngx_link_func_cmocka_fail);
    *state = ngx_link_func_mock_new();
    return 0;
}

static inline int ngx_link_func_mock_teardown(void **state) {
    ngx_link_func_mock_free((ngx_link_func_mock_t *) *state);
    return 0;
}

#define assert_response_status(resp, status)                                                                 \
    ngx_link_func_assert_status_((resp), (status), __FILE__, __LINE__)

/* The first header of that name has exactly this value. */
#define assert_response_header(resp, name, value)                                                            \
    ngx_link_func_assert_header_((resp), (name), (value), __FILE__, __LINE__)

#define assert_response_no_header(resp, name)                                                                \
    ngx_link_func_assert_header_((resp), (name), NULL, __FILE__, __LINE__)

/* The body is exactly this NUL-terminated text. */
#define assert_response_body(resp, text)                                                                     \
    ngx_link_func_assert_body_((resp), (text), strlen(text), __FILE__, __LINE__)

#define assert_response_body_bytes(resp, data, len)                                                          \
    ngx_link_func_assert_body_((resp), (data), (len), __FILE__, __LINE__)

/* Some line of the log has this level, a ngx_link_func_mock_level_t, and
 * contains this text. */
#define assert_log_contains(mock, level, text)                                                               \
    ngx_link_func_assert_log_((mock), (level), (text), __FILE__, __LINE__)

/* A sweep of the handler over allocations that fail comes to no problem. */
#define assert_oom_sweep_clean(mock, make_request, handler)                                                  \
    ngx_link_func_assert_sweep_(ngx_link_func_mock_oom_sweep((mock), (make_request), (handler)), __FILE__,   \
                                __LINE__)

static inline void ngx_link_func_assert_sweep_(const ngx_link_func_mock_sweep_t *sweep, const char *file,
                                               int line) {
    if (sweep->problems == 0) {
        return;
    }
    print_error("%zu problems when memory is short:\n", sweep->problems);
    ngx_link_func_cmocka_print_(sweep->text, strlen(sweep->text));
    _fail(file, line);
}

static inline void ngx_link_func_assert_status_(const ngx_link_func_mock_response_t *resp, int status,
                                                const char *file, int line) {
    if (ngx_link_func_mock_response_status(resp) == status) {
        return;
    }
    print_error("expected status %d, got %d\n", status, ngx_link_func_mock_response_status(resp));
    ngx_link_func_cmocka_print_exchange_(resp);
    _fail(file, line);
}

static inline void ngx_link_func_cmocka_print_value_(const char *value, const char *instead) {
    const char *quote = value == NULL ? "" : "\"";

    value = value == NULL ? instead : value;
    print_error("%s", quote);
    ngx_link_func_cmocka_print_(value, strlen(value));
    print_error("%s", quote);
}

static inline void ngx_link_func_assert_header_(const ngx_link_func_mock_response_t *resp, const char *name,
                                                const char *value, const char *file, int line) {
    const char *found = ngx_link_func_mock_response_header(resp, name);

    if (found == value || (found != NULL && value != NULL && strcmp(found, value) == 0)) {
        return;
    }
    print_error("expected header \"%s\" ", name);
    ngx_link_func_cmocka_print_value_(value, "to be absent");
    print_error(", got ");
    ngx_link_func_cmocka_print_value_(found, "none");
    print_error("\n");
    ngx_link_func_cmocka_print_exchange_(resp);
    _fail(file, line);
}

static inline void ngx_link_func_assert_body_(const ngx_link_func_mock_response_t *resp, const void *data,
                                              size_t len, const char *file, int line) {
    if (ngx_link_func_mock_response_body_len(resp) == len
        && (len == 0 || memcmp(ngx_link_func_mock_response_body(resp), data, len) == 0)) {
        return;
    }
    print_error("expected a body of %zu bytes:\n", len);
    ngx_link_func_cmocka_print_((const char *) data, len);
    print_error("\n");
    ngx_link_func_cmocka_print_exchange_(resp);
    _fail(file, line);
}

static inline void ngx_link_func_assert_log_(const ngx_link_func_mock_t *mock,
                                             ngx_link_func_mock_level_t level, const char *text,
                                             const char *file, int line) {
    size_t i, count = ngx_link_func_mock_log_count(mock);

    for (i = 0; i < count; i++) {
        if (ngx_link_func_mock_log_level(mock, i) == level
            && strstr(ngx_link_func_mock_log_text(mock, i), text) != NULL) {
            return;
        }
    }
    print_error("expected a log line [%s] with \"%s\", got %zu lines:\n",
                ngx_link_func_mock_level_name(level), text, count);
    for (i = 0; i < count; i++) {
        const char *logged = ngx_link_func_mock_log_text(mock, i);

        print_error("  [%s] ", ngx_link_func_mock_level_name(ngx_link_func_mock_log_level(mock, i)));
        ngx_link_func_cmocka_print_(logged, strlen(logged));
        print_error("\n");
    }
    _fail(file, line);
}

#endif /* NGX_LINK_FUNC_CMOCKA_H */
