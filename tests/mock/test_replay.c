/* Requests from raw HTTP, and as raw HTTP. */

#include <stdio.h>
#include <stdlib.h>

#include "fixture.h"

typedef struct {
    fixture_t base;
    char seen[2048]; /* what the handler was given, one request a line */
    int stop_at;     /* the visit that says so, from 1; 0 is none */
    int visits;
} replay_t;

static int setup(void **state) {
    return fixture_setup_sized(state, sizeof(replay_t));
}

static const char *or_dash(const void *text) {
    return text == NULL ? "-" : text;
}

static void tell(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_str_t method, uri;
    char told[256];

    (void) ngx_link_func_get_method(ctx, &method);
    (void) ngx_link_func_get_uri(ctx, &uri);
    (void) snprintf(told, sizeof(told), "%.*s %.*s %s %s [%s] %zu", (int) method.len, method.data,
                    (int) uri.len, uri.data, or_dash(ctx->req_args),
                    or_dash(ngx_link_func_get_header(ctx, "X-A", 3)), or_dash(ctx->req_body),
                    ctx->req_body_len);
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, told, strlen(told));
}

static int visit(ngx_link_func_mock_request_t *req, void *data) {
    replay_t *f = data;
    size_t len = strlen(f->seen);

    (void) snprintf(f->seen + len, sizeof(f->seen) - len, "%s\n",
                    ngx_link_func_mock_response_body(ngx_link_func_mock_call(req, tell)));
    f->visits++;
    return f->visits == f->stop_at;
}

static int replay(replay_t *f, const char *text) {
    char *path = files_write(&f->base.files, "requests.http", text);
    int count = ngx_link_func_mock_replay_http(f->base.mock, path, visit, f);

    free(path);
    return count;
}

static void requests_are_read_one_behind_the_other(void **state) {
    replay_t *f = *state;

    assert_int_equal(replay(f, "\r\nGET /a%20b?c=d HTTP/1.1\r\nHost: x\r\nX-A:  1 \t\r\n\r\n"
                               "POST /b HTTP/1.1\r\nContent-Length: 5\r\nhost: x\r\n\r\n1\r\n23\r\n"
                               "PUT /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: Chunked\r\n\r\n"
                               "3\r\nabc\r\nA ; q=1\r\n0123456789\r\n0\r\nX-A: trailer\r\n\r\n"
                               "DELETE /d HTTP/1.1\nHost: x\nContent-Length: 0\n\n"
                               "GET /e HTTP/1.1\r\nHost: x\r\nX-A:\r\n\r\n\r\n\r\n"),
                     5);
    assert_string_equal(f->seen, "GET /a b c=d 1 [-] 0\n"
                                 "POST /b - - [1\r\n23] 5\n"
                                 "PUT /c - - [abc0123456789] 13\n"
                                 "DELETE /d - - [-] 0\n"
                                 "GET /e -  [-] 0\n");
}

static void visit_that_says_so_is_the_last(void **state) {
    replay_t *f = *state;

    f->stop_at = 2;
    assert_int_equal(replay(f, "GET /1 HTTP/1.1\nHost: x\n\nGET /2 HTTP/1.1\nHost: x\n\n"
                               "GET /3 HTTP/1.1\nHost: x\n\n"),
                     2);
    assert_string_equal(f->seen, "GET /1 - - [-] 0\nGET /2 - - [-] 0\n");
}

static void empty_file_has_no_requests(void **state) {
    replay_t *f = *state;

    assert_int_equal(replay(f, ""), 0);
    assert_int_equal(replay(f, "\r\n\n"), 0);
}

#define GOOD "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
#define HEAD(text) GOOD "POST / HTTP/1.1\r\nHost: x\r\n" text

static const struct {
    const char *text;
    const char *error; /* behind the file's name */
} broken[] = {
    {GOOD "GET /", ":4: the text ends within a line"},
    {GOOD "GET / HTTP/1.0\r\n", ":4: no \"METHOD TARGET HTTP/1.1\""},
    {GOOD "GET /\r\n", ":4: no \"METHOD TARGET HTTP/1.1\""},
    {GOOD "GET /a b HTTP/1.1\r\n", ":4: no \"METHOD TARGET HTTP/1.1\""},
    {GOOD "get / HTTP/1.1\r\n", ":4: method \"get\": NGINX answers 400 to it"},
    {GOOD "TRACE / HTTP/1.1\r\n", ":4: method \"TRACE\": NGINX answers 405 itself"},
    {GOOD "GET http://x/ HTTP/1.1\r\n",
     ":4: malformed target \"http://x/\": NGINX answers 400 to no '/' at its beginning"},
    {GOOD "GET /%zz HTTP/1.1\r\n",
     ":4: malformed target \"/%zz\": NGINX answers 400 to a malformed percent-encoding in its path"},
    {HEAD(""), ":6: the text ends within a line"},
    {HEAD("X-A\r\n\r\n"), ":6: a header line without ':'"},
    {HEAD("X A: 1\r\n\r\n"), ":6: header name \"X A\": NGINX answers 400 to it"},
    {HEAD(" folded: 1\r\n\r\n"), ":6: header name \" folded\": NGINX answers 400 to it"},
    {HEAD("Host: a b\r\n\r\n"), ":6: Host \"a b\": NGINX answers 400 to it"},
    {HEAD("Expect: a\r\nExpect: b\r\n\r\n"), ":7: a second header \"Expect\": NGINX answers 400 to it"},
    {HEAD("Content-Length: 1x\r\n\r\n"), ":6: Content-Length \"1x\": NGINX answers 400 to it"},
    {HEAD("Content-Length: \r\n\r\n"), ":6: Content-Length \"\": NGINX answers 400 to it"},
    {HEAD("Content-Length: 99999999999999999999999\r\n\r\n"),
     ":6: Content-Length \"99999999999999999999999\": NGINX answers 400 to it"},
    {HEAD("Content-Length: 1\r\nContent-Length: 1\r\n\r\na"),
     ":7: a second header for the length of the body: NGINX answers 400 to it"},
    {HEAD("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\na"),
     ":7: a second header for the length of the body: NGINX answers 400 to it"},
    {HEAD("Transfer-Encoding: gzip\r\n\r\n"), ":6: Transfer-Encoding \"gzip\": NGINX answers 501 to it"},
    {HEAD("Content-Length: 4\r\n\r\nabc"), ":8: the text ends 1 bytes before the body does"},
    {HEAD("Transfer-Encoding: chunked\r\n\r\nx\r\n"),
     ":8: a chunk without its size: NGINX answers 400 to it"},
    {HEAD("Transfer-Encoding: chunked\r\n\r\n\r\n"), ":8: a chunk without its size: NGINX answers 400 to it"},
    {HEAD("Transfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n"),
     ":9: a chunk that is longer than its size"},
    {HEAD("Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n"), ":10: the text ends within a line"},
    {HEAD("Transfer-Encoding: chunked\r\n\r\n0\r\n"), ":9: the text ends within a line"},
    {HEAD("Content-Length: 3\r\n\r\n\n\n\nGET"), ":11: the text ends within a line"},
    {GOOD "GET / HTTP/1.1\r\n\r\n", ":5: no Host: NGINX answers 400 to it"},
};

static void broken_file_is_named_with_its_line_and_nothing_is_visited(void **state) {
    replay_t *f = *state;
    char *path = files_path_dup(&f->base.files, "requests.http"), expected[512];
    size_t i;

    for (i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        (void) snprintf(expected, sizeof(expected), "%s%s", path, broken[i].error);
        assert_int_equal(replay(f, broken[i].text), -1);
        assert_string_equal(ngx_link_func_mock_error(f->base.mock), expected);
        assert_int_equal(f->visits, 0);
    }
    free(path);
}

static void file_that_is_not_there_is_an_error(void **state) {
    replay_t *f = *state;

    assert_int_equal(ngx_link_func_mock_replay_http(f->base.mock, "/nowhere/a.http", visit, f), -1);
    assert_string_equal(ngx_link_func_mock_error(f->base.mock),
                        "open() \"/nowhere/a.http\" failed (2: No such file or directory)");
}

static void request_that_was_written_is_read_again(void **state) {
    replay_t *f = *state;
    ngx_link_func_mock_request_t *req = ngx_link_func_mock_request(f->base.mock, "POST", "/a%2Fb?c");
    char *path = files_path_dup(&f->base.files, "written.http");

    ngx_link_func_mock_request_header(req, "X-A", "value");
    ngx_link_func_mock_request_header(req, "X_Ignored", "value");
    ngx_link_func_mock_request_body(req, "b\n\ndy", 5);
    assert_int_equal(ngx_link_func_mock_request_write(req, path), 0);
    assert_int_equal(ngx_link_func_mock_replay_http(f->base.mock, path, visit, f), 1);
    assert_string_equal(f->seen, "POST /a/b c value [b\n\ndy] 5\n");
    free(path);
}

static void request_that_cannot_be_written_is_an_error(void **state) {
    replay_t *f = *state;
    const ngx_link_func_mock_request_t *req = ngx_link_func_mock_request(f->base.mock, "GET", "/");

    assert_int_equal(ngx_link_func_mock_request_write(req, "/nowhere/a.http"), -1);
    assert_string_equal(ngx_link_func_mock_error(f->base.mock),
                        "open() \"/nowhere/a.http\" failed (2: No such file or directory)");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(requests_are_read_one_behind_the_other),
        TEST(visit_that_says_so_is_the_last),
        TEST(empty_file_has_no_requests),
        TEST(broken_file_is_named_with_its_line_and_nothing_is_visited),
        TEST(file_that_is_not_there_is_an_error),
        TEST(request_that_was_written_is_read_again),
        TEST(request_that_cannot_be_written_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
