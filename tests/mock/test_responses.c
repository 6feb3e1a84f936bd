#include "counting.h"

#include <stdlib.h>

static ngx_link_func_mock_response_t *call(void **state, const char *method, const char *target,
                                           ngx_link_func_mock_handler_t handler) {
    return ngx_link_func_mock_call(ngx_link_func_mock_request(*state, method, target), handler);
}

/* The headers in the order of the wire, one a line. */
static const char *header_lines(const ngx_link_func_mock_response_t *resp, char *lines, size_t size) {
    size_t i, len = 0;

    lines[0] = '\0';
    for (i = 0; i < ngx_link_func_mock_response_header_count(resp); i++) {
        len += (size_t) snprintf(lines + len, size - len, "%s: %s\n",
                                 ngx_link_func_mock_response_header_name(resp, i),
                                 ngx_link_func_mock_response_header_value(resp, i));
        assert_true(len < size);
    }
    return lines;
}

#define assert_header_lines(resp, expected)                                                                  \
    do {                                                                                                     \
        char lines_[1024];                                                                                   \
        assert_string_equal(header_lines((resp), lines_, sizeof(lines_)), (expected));                       \
    } while (0)

/* Answers by the query: status=, and the status line `line=` with '_' for ' '. */
static void answer_status(ngx_link_func_ctx_t *ctx) {
    char *line = ngx_link_func_get_query_param(ctx, "line");
    char *c;

    for (c = line; c != NULL && *c != '\0'; c++) {
        *c = (char) (*c == '_' ? ' ' : *c);
    }
    ngx_link_func_write_resp(ctx, strtoul(ngx_link_func_get_query_param(ctx, "status"), NULL, 10), line,
                             "a/b", "body", 4);
}

static void write_nothing(ngx_link_func_ctx_t *ctx) {
    (void) ctx;
}

static void add_headers_only(ngx_link_func_ctx_t *ctx) {
    assert_int_equal(ngx_link_func_add_header_out(ctx, "X-A", 3, "1", 1), 0);
    assert_int_equal(ngx_link_func_add_header_out(ctx, "Content-Type", 12, "a/b", 3), 0);
}

static void write_whole(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_write_resp(ctx, 200, "200 Fine", "text/css", "a\0b", 3);
}

static void write_null_type(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, "x", 1);
}

static void write_empty_type(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_write_resp(ctx, 200, NULL, "", "x", 1);
}

static void write_type_with_a_header_in_it(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_write_resp(ctx, 200, NULL, "a/b\r\nX: y", "x", 1);
}

static void write_null_body(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_write_resp(ctx, 200, NULL, "a/b", NULL, 0);
}

static void write_without_nuls(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_write_resp_l(ctx, 202, "202 Yes!!", 7, "a/b!!", 3, "body!!", 4);
}

static void write_from_memory_that_changes(ngx_link_func_ctx_t *ctx) {
    char line[] = "200 Fine", type[] = "a/b", body[] = "body", name[] = "X-A", value[] = "1";

    assert_int_equal(ngx_link_func_add_header_out(ctx, name, 3, value, 1), 0);
    ngx_link_func_write_resp(ctx, 200, line, type, body, 4);
    memset(line, 'x', sizeof(line));
    memset(type, 'x', sizeof(type));
    memset(body, 'x', sizeof(body));
    memset(name, 'x', sizeof(name));
    memset(value, 'x', sizeof(value));
}

static void write_three_times(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_write_resp(ctx, 404, "404 First", "text/html", "first", 5);
    ngx_link_func_write_resp(ctx, 99, NULL, "text/html", "second", 6);
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, "third", 5);
}

static void write_refused_with_headers(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_add_header_out(ctx, "X-A", 3, "1", 1);
    ngx_link_func_add_header_out(ctx, "ETag", 4, "\"a\"", 3);
    ngx_link_func_add_header_out(ctx, "Last-Modified", 13, "Sun, 06 Nov 1994 08:49:37 GMT", 29);
    ngx_link_func_write_resp(ctx, 600, "600 Big", "a/b", "body", 4);
}

static void headers_stand_in_the_order_of_the_wire(void **state) {
    ngx_link_func_mock_response_t *resp = call(state, "GET", "/", write_whole);

    assert_int_equal(ngx_link_func_mock_response_outcome(resp), NGX_LINK_FUNC_MOCK_RESPONDED);
    assert_response_status(resp, 200);
    assert_string_equal(ngx_link_func_mock_response_status_line(resp), "200 Fine");
    assert_header_lines(resp, "Content-Type: text/css\nContent-Length: 3\n");
    assert_response_body_bytes(resp, "a\0b", 3);
    assert_int_equal(ngx_link_func_mock_response_body(resp)[3], 0);
}

static void header_index_past_the_end_is_null(void **state) {
    ngx_link_func_mock_response_t *resp = call(state, "GET", "/", write_whole);

    assert_int_equal(ngx_link_func_mock_response_header_count(resp), 2);
    assert_null(ngx_link_func_mock_response_header_name(resp, 2));
    assert_null(ngx_link_func_mock_response_header_value(resp, 2));
    assert_response_no_header(resp, "X-A");
    assert_response_header(resp, "content-TYPE", "text/css");
}

static void no_response_is_200_and_empty(void **state) {
    ngx_link_func_mock_response_t *resp = call(state, "GET", "/", write_nothing);

    assert_int_equal(ngx_link_func_mock_response_outcome(resp), NGX_LINK_FUNC_MOCK_NO_RESPONSE);
    assert_string_equal(ngx_link_func_mock_response_status_line(resp), "200 OK");
    assert_header_lines(resp, "Content-Length: 0\n");
    assert_response_body(resp, "");
}

static void headers_need_no_response(void **state) {
    ngx_link_func_mock_response_t *resp = call(state, "GET", "/", add_headers_only);

    assert_header_lines(resp, "Content-Type: a/b\nContent-Length: 0\nX-A: 1\n");
}

static void content_type_has_a_default_and_may_be_left_out(void **state) {
    assert_header_lines(call(state, "GET", "/", write_null_type),
                        "Content-Type: text/plain\nContent-Length: 1\n");
    assert_header_lines(call(state, "GET", "/", write_empty_type), "Content-Length: 1\n");
    assert_header_lines(call(state, "GET", "/", write_null_body), "Content-Type: a/b\nContent-Length: 0\n");
    assert_int_equal(ngx_link_func_mock_log_count(*state), 0);
}

static void content_type_cannot_inject_a_header(void **state) {
    assert_header_lines(call(state, "GET", "/", write_type_with_a_header_in_it),
                        "Content-Type: text/plain\nContent-Length: 1\n");
    assert_log_contains(*state, NGX_LINK_FUNC_MOCK_ERR, "refused the content type");
}

static void explicit_lengths_need_no_nul(void **state) {
    ngx_link_func_mock_response_t *resp = call(state, "GET", "/", write_without_nuls);

    assert_string_equal(ngx_link_func_mock_response_status_line(resp), "202 Yes");
    assert_header_lines(resp, "Content-Type: a/b\nContent-Length: 4\n");
    assert_response_body(resp, "body");
}

static void arguments_are_copied(void **state) {
    ngx_link_func_mock_response_t *resp = call(state, "GET", "/", write_from_memory_that_changes);

    assert_string_equal(ngx_link_func_mock_response_status_line(resp), "200 Fine");
    assert_header_lines(resp, "Content-Type: a/b\nContent-Length: 4\nX-A: 1\n");
    assert_response_body(resp, "body");
}

static void last_response_wins_and_refusals_stay_in_the_log(void **state) {
    ngx_link_func_mock_response_t *resp = call(state, "GET", "/", write_three_times);

    assert_string_equal(ngx_link_func_mock_response_status_line(resp), "200 OK");
    assert_header_lines(resp, "Content-Type: text/plain\nContent-Length: 5\n");
    assert_response_body(resp, "third");
    assert_log_contains(*state, NGX_LINK_FUNC_MOCK_ERR, "refused status 99");
}

static void status_line_is_the_handlers_or_the_servers(void **state) {
    static const char *const rows[][2] = {
        {"/?status=200", "200 OK"},
        {"/?status=200&line=200_Fine", "200 Fine"},
        {"/?status=200&line=201_Created", "200 OK"},
        {"/?status=200&line=2000", "200 OK"},
        {"/?status=200&line=", "200 OK"},
        {"/?status=404&line=404", "404 "},
        {"/?status=203", "203 "},
        {"/?status=299", "299 "},
        {"/?status=300", "300 "},
        {"/?status=302", "302 Moved Temporarily"},
        {"/?status=308", "308 Permanent Redirect"},
        {"/?status=309", "309 "},
        {"/?status=405", "405 Not Allowed"},
        {"/?status=418", "418 "},
        {"/?status=429", "429 Too Many Requests"},
        {"/?status=499", "499 "},
        {"/?status=507", "507 Insufficient Storage"},
        {"/?status=508", "508 "},
        {"/?status=599", "599 "},
    };
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ngx_link_func_mock_response_t *resp = call(state, "GET", rows[i][0], answer_status);

        assert_string_equal(ngx_link_func_mock_response_status_line(resp), rows[i][1]);
        assert_response_body(resp, "body");
    }
}

static void status_outside_200_to_599_is_the_servers_500(void **state) {
    static const char *const targets[] = {"/?status=0", "/?status=101", "/?status=199", "/?status=600",
                                          "/?status=18446744073709551615"};
    size_t i;

    for (i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
        ngx_link_func_mock_response_t *resp = call(state, "GET", targets[i], answer_status);

        assert_int_equal(ngx_link_func_mock_response_outcome(resp), NGX_LINK_FUNC_MOCK_REFUSED);
        assert_response_status(resp, 500);
        assert_string_equal(ngx_link_func_mock_response_status_line(resp), "500 Internal Server Error");
        assert_header_lines(resp, "Content-Type: text/html\nContent-Length: 170\n");
        assert_response_body(resp, "<html>\r\n"
                                   "<head><title>500 Internal Server Error</title></head>\r\n"
                                   "<body>\r\n"
                                   "<center><h1>500 Internal Server Error</h1></center>\r\n"
                                   "<hr><center>nginx</center>\r\n"
                                   "</body>\r\n"
                                   "</html>\r\n");
        assert_int_equal(ngx_link_func_mock_log_count(*state), i + 1);
    }
    assert_log_contains(*state, NGX_LINK_FUNC_MOCK_ERR,
                        "ngx_link_func_write_resp() refused status 600: expected 200 to 599");
}

static void refused_response_loses_its_validators(void **state) {
    ngx_link_func_mock_response_t *resp = call(state, "GET", "/", write_refused_with_headers);

    assert_header_lines(resp, "Content-Type: text/html\nContent-Length: 170\nX-A: 1\n");
}

static void head_has_the_headers_of_get_and_no_body(void **state) {
    ngx_link_func_mock_response_t *resp = call(state, "HEAD", "/?status=200", answer_status);

    assert_header_lines(resp, "Content-Type: a/b\nContent-Length: 4\n");
    assert_response_body(resp, "");
    resp = call(state, "HEAD", "/?status=99", answer_status);
    assert_header_lines(resp, "Content-Type: text/html\nContent-Length: 170\n");
    assert_response_body(resp, "");
}

static void no_content_and_not_modified_end_with_their_headers(void **state) {
    static const char *const targets[] = {"/?status=204", "/?status=304", "/?status=204&line=204_Nothing",
                                          "/?status=304&line=304_Same"};
    size_t i;

    for (i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
        ngx_link_func_mock_response_t *resp = call(state, "GET", targets[i], answer_status);

        assert_header_lines(resp, "");
        assert_response_body(resp, "");
    }
}

static void exchange_shows_request_response_and_log(void **state) {
    ngx_link_func_mock_request_t *req = ngx_link_func_mock_request(*state, "POST", "/x?status=99");
    ngx_link_func_mock_response_t *resp;

    ngx_link_func_mock_request_header(req, "X-A", "1");
    ngx_link_func_mock_request_body(req, "two\nlines\x1b", 10);
    resp = ngx_link_func_mock_call(req, answer_status);
    assert_string_equal(ngx_link_func_mock_response_exchange(resp),
                        "> POST /x?status=99 HTTP/1.1\n> Host: localhost\n> X-A: 1\n> Content-Length: 10\n>\n"
                        "> two\n> lines\\x1B\n"
                        "< HTTP/1.1 500 Internal Server Error\n< Content-Type: text/html\n"
                        "< Content-Length: 170\n<\n< <html>\\x0D\n"
                        "< <head><title>500 Internal Server Error</title></head>\\x0D\n< <body>\\x0D\n"
                        "< <center><h1>500 Internal Server Error</h1></center>\\x0D\n"
                        "< <hr><center>nginx</center>\\x0D\n< </body>\\x0D\n< </html>\\x0D\n"
                        "[error] ngx_link_func_write_resp() refused status 99: expected 200 to 599\n");
}

static void exchange_is_of_its_own_call(void **state) {
    ngx_link_func_mock_request_t *req = ngx_link_func_mock_request(*state, "GET", "/?status=99");
    ngx_link_func_mock_response_t *first = ngx_link_func_mock_call(req, answer_status);
    ngx_link_func_mock_response_t *second;

    ngx_link_func_mock_request_header(req, "X-Later", "1");
    second = ngx_link_func_mock_call(req, write_nothing);
    assert_null(strstr(ngx_link_func_mock_response_exchange(first), "X-Later"));
    assert_non_null(strstr(ngx_link_func_mock_response_exchange(first), "refused status 99"));
    assert_non_null(strstr(ngx_link_func_mock_response_exchange(second), "> X-Later: 1\n"));
    assert_null(strstr(ngx_link_func_mock_response_exchange(second), "refused status 99"));
    assert_non_null(strstr(ngx_link_func_mock_response_exchange(second), "the handler wrote no response\n"));
    assert_ptr_equal(ngx_link_func_mock_response_exchange(second),
                     ngx_link_func_mock_response_exchange(second));
}

static void exchange_leaves_out_what_was_cleared(void **state) {
    ngx_link_func_mock_response_t *resp = call(state, "GET", "/?status=99", answer_status);

    ngx_link_func_mock_log_clear(*state);
    assert_null(strstr(ngx_link_func_mock_response_exchange(resp), "refused status 99"));
}

static void write_much(ngx_link_func_ctx_t *ctx) {
    char *body = ngx_link_func_palloc(ctx, 5000);

    memset(body, 'x', 5000);
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, body, 5000);
}

static void exchange_cuts_a_long_body_and_says_so(void **state) {
    const char *text = ngx_link_func_mock_response_exchange(call(state, "GET", "/", write_much));

    assert_non_null(strstr(text, "xxx\n< ... 5000 bytes in all\n"));
    assert_true(strlen(text) < 4500);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, counting_setup, ngx_link_func_mock_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(headers_stand_in_the_order_of_the_wire),
        TEST(header_index_past_the_end_is_null),
        TEST(no_response_is_200_and_empty),
        TEST(headers_need_no_response),
        TEST(content_type_has_a_default_and_may_be_left_out),
        TEST(content_type_cannot_inject_a_header),
        TEST(explicit_lengths_need_no_nul),
        TEST(arguments_are_copied),
        TEST(last_response_wins_and_refusals_stay_in_the_log),
        TEST(status_line_is_the_handlers_or_the_servers),
        TEST(status_outside_200_to_599_is_the_servers_500),
        TEST(refused_response_loses_its_validators),
        TEST(head_has_the_headers_of_get_and_no_body),
        TEST(no_content_and_not_modified_end_with_their_headers),
        TEST(exchange_shows_request_response_and_log),
        TEST(exchange_is_of_its_own_call),
        TEST(exchange_leaves_out_what_was_cleared),
        TEST(exchange_cuts_a_long_body_and_says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
