/* What the function's response looks like on the wire. */

#include "fixture.h"

#include <unistd.h>

static int start(void **state) {
    static const nginx_config_t config = {
        .server = LIB("handlers") CALL("/respond", "respond") CALL("/twice", "respond_twice") CALL(
            "/stack", "respond_from_stack") CALL("/lengths", "respond_with_lengths") CALL("/silent", "silent")
            CALL("/part", "show_request") CALL(
                "/nothing",
                "silent") "location /page { ssi on; ngx_link_func_call page_with_include; }\n"
                          "location /gzip { gzip on; gzip_min_length 1; gzip_types application/json; "
                          "ngx_link_func_call respond; }\n"
                          "location /charset { charset utf-8; charset_types text/plain; ngx_link_func_call "
                          "respond; }\n"
                          "location /sub { sub_filter one two; ngx_link_func_call respond; }\n"
                          "location /intercepted { error_page 404 /lengths; ngx_link_func_call respond; }\n"
                          "location /gone { error_page 410 /respond?status=200&body=page; return 410; }\n"
                          "location /gone204 { error_page 410 /respond?status=204&body=page; return 410; }\n"
                          "location /found { error_page 410 = /respond?status=200&body=page; return 410; }\n"
                          "location /empty { error_page 410 =204 /respond?status=200&body=page; return 410; "
                          "}\n"};

    return start_server(state, &config);
}

static void function_that_answers_nothing_is_200_without_body(void **state) {
    wire_response_t *response = get(*state, "/silent");

    assert_string_equal(response->status_line, "200 OK");
    assert_header(response, "Content-Length", "0");
    assert_header(response, "Content-Type", NULL);
    wire_free(response);
}

static void last_response_wins(void **state) {
    wire_response_t *response = get(*state, "/twice");

    assert_string_equal(response->status_line, "201 Second");
    assert_header(response, "Content-Type", "application/json");
    assert_string_equal(response->body, "second");
    wire_free(response);
}

static void arguments_are_copied(void **state) {
    wire_response_t *response = get(*state, "/stack");

    assert_string_equal(response->status_line, "200 Copied");
    assert_header(response, "Content-Type", "text/copied");
    assert_header(response, "X-Copied", "yes");
    assert_string_equal(response->body, "copied");
    wire_free(response);
}

static void explicit_lengths_are_kept(void **state) {
    wire_response_t *response = get(*state, "/lengths");

    assert_string_equal(response->status_line, "202 Here");
    assert_header(response, "Content-Type", "text/xyz");
    assert_int_equal(response->body_len, 3);
    assert_memory_equal(response->body, "a\0b", 3);
    wire_free(response);
}

static void status_line_is_used_when_it_fits(void **state) {
    static const struct {
        const char *target, *expected;
    } cases[] = {
        {"/respond?status=404&line=404%20Nope", "404 Nope"},
        {"/respond?status=404&line=200%20OK", "404 Not Found"},
        {"/respond?status=404&line=404%0dX", "404 Not Found"},
        {"/respond?status=404", "404 Not Found"},
        {"/respond?status=299&line=299%20Own", "299 Own"},
        {"/respond?status=500&body=x", "500 Internal Server Error"},
        {"/respond?status=599", "599 "},
    };
    size_t i;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        wire_response_t *response = get(*state, cases[i].target);

        assert_string_equal(response->status_line, cases[i].expected);
        wire_free(response);
    }
}

static void status_out_of_range_is_nginx_own_500(void **state) {
    static const char *const statuses[] = {"0", "99", "100", "199", "600", "999"};
    size_t i;

    for (i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
        char target[64];
        wire_response_t *response;

        (void) snprintf(target, sizeof(target), "/respond?status=%s&body=mine", statuses[i]);
        response = get(*state, target);
        assert_int_equal(response->status, 500);
        assert_non_null(strstr(response->body, "<h1>500 Internal Server Error</h1>"));
        wire_free(response);
    }
    assert_logged(*state, "[error]", "refused status 999: expected 200 to 599");
}

static void content_type_has_a_default_and_can_be_absent(void **state) {
    static const struct {
        const char *target, *expected;
    } cases[] = {
        {"/respond?body=x", "text/plain"},
        {"/respond?body=x&type=", NULL},
        {"/respond?body=x&type=text/html;%20charset=utf-8", "text/html; charset=utf-8"},
        {"/respond?body=x&type=a/b%0d%0aX-Evil:1", "text/plain"},
        {"/respond?type=a/b&a1=Content-Type:c/d", "c/d"},
        {"/respond?type=a/b&b1=Content-Type:c/d", "a/b"},
    };
    size_t i;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        wire_response_t *response = get(*state, cases[i].target);

        assert_header(response, "Content-Type", cases[i].expected);
        assert_header(response, "X-Evil", NULL);
        wire_free(response);
    }
    assert_logged(*state, "[error]", "refused the content type");
}

/* Sends both requests at once, and proves that nothing stands behind the
 * answer to the second. */
static void assert_in_step(void **state, const char *method, const char *target, int status) {
    int fd = wire_connect(nginx_server_port(*state));
    wire_response_t *response;
    char text[512];

    (void) snprintf(text, sizeof(text),
                    "%s %s HTTP/1.1\r\nHost: a\r\n\r\n"
                    "GET /respond?body=second HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
                    method, target);
    wire_send_text(fd, text);
    response = wire_read(fd, method);
    assert_int_equal(response->status, status);
    if (status == 204 || status == 304) {
        assert_header(response, "Content-Type", NULL);
        assert_header(response, "Content-Length", NULL);
        assert_header(response, "Transfer-Encoding", NULL);
    }
    assert_header(response, "Connection", "keep-alive");
    wire_free(response);
    assert_last_answer(fd, "second");
}

static void connection_stays_in_step_where_no_body_belongs(void **state) {
    assert_in_step(state, "HEAD", "/respond?body=never", 200);
    assert_in_step(state, "HEAD", "/silent", 200);
    assert_in_step(state, "GET", "/silent", 200);
    assert_in_step(state, "GET", "/respond?body=some", 200);
    assert_in_step(state, "GET", "/respond?status=204&body=never", 204);
    assert_in_step(state, "GET", "/respond?status=204&line=204%20Empty&body=never", 204);
    assert_in_step(state, "GET", "/respond?status=304&body=never", 304);
    assert_in_step(state, "GET", "/respond?status=304&line=304%20Same&body=never&type=text/html", 304);
    assert_in_step(state, "HEAD", "/respond?status=304&line=304%20Same&body=never", 304);
    assert_in_step(state, "GET", "/gone204", 410);
    assert_in_step(state, "GET", "/empty", 204);
    assert_in_step(state, "GET", "/page", 200);
}

static void head_has_the_headers_of_get(void **state) {
    wire_response_t *response =
        wire_request(nginx_server_port(*state), "HEAD", "/respond?body=12345&a1=X-A:1", NULL, NULL, 0);

    assert_header(response, "Content-Length", "5");
    assert_header(response, "Content-Type", "text/plain");
    assert_header(response, "X-A", "1");
    wire_free(response);
}

static void http_1_0_client_is_answered(void **state) {
    int fd = wire_connect(nginx_server_port(*state));
    wire_response_t *response;

    wire_send_text(fd, "GET /respond?body=old HTTP/1.0\r\n\r\n");
    response = wire_read(fd, "GET");
    assert_string_equal(response->body, "old");
    assert_header(response, "Connection", "close");
    wire_free(response);
    assert_int_equal(wire_drain(fd), 0);
    (void) close(fd);
}

static void subrequests_are_parts_of_the_page(void **state) {
    assert_get(*state, "/page", 200, "[one|0|NULL|0|]");
}

static void filters_see_the_media_type(void **state) {
    wire_response_t *response =
        get_with(*state, "/gzip?type=application/json;%20x=y&body=aaaaaaaaaaaaaaaaaaaaaaaa",
                 "Accept-Encoding: gzip\r\n");

    assert_header(response, "Content-Encoding", "gzip");
    assert_header(response, "Content-Type", "application/json; x=y");
    wire_free(response);
    response =
        get_with(*state, "/gzip?type=application/jsonp&body=aaaaaaaaaaaaaaa", "Accept-Encoding: gzip\r\n");
    assert_header(response, "Content-Encoding", NULL);
    wire_free(response);
    response = get(*state, "/charset?body=x");
    assert_header(response, "Content-Type", "text/plain; charset=utf-8");
    wire_free(response);
    response = get(*state, "/charset?body=x&type=text/plain;charset=koi8-r");
    assert_header(response, "Content-Type", "text/plain;charset=koi8-r");
    wire_free(response);
    assert_get(*state, "/sub?type=text/html&body=one", 200, "two");
}

static void encoded_body_is_not_encoded_again(void **state) {
    wire_response_t *response =
        get_with(*state, "/gzip?type=application/json&body=aaaaaaaaaaaa&a1=Content-Encoding:br",
                 "Accept-Encoding: gzip\r\n");

    assert_header(response, "Content-Encoding", "br");
    assert_string_equal(response->body, "aaaaaaaaaaaa");
    wire_free(response);
}

static void conditional_requests_work(void **state) {
    wire_response_t *response =
        get_with(*state, "/respond?body=x&a1=ETag:%22v1%22", "If-None-Match: \"v1\"\r\n");

    assert_int_equal(response->status, 304);
    wire_free(response);
    response = get_with(*state, "/respond?body=x&a1=ETag:%22v2%22", "If-None-Match: \"v1\"\r\n");
    assert_int_equal(response->status, 200);
    wire_free(response);
    response = get_with(*state, "/respond?body=x&b1=Last-Modified:Sun,%2006%20Nov%201994%2008:49:37%20GMT",
                        "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
    assert_int_equal(response->status, 304);
    wire_free(response);
    response = get_with(*state, "/respond?body=0123456789", "Range: bytes=2-3\r\n");
    assert_int_equal(response->status, 200);
    assert_header(response, "Accept-Ranges", NULL);
    wire_free(response);
}

static void error_page_does_not_replace_a_response(void **state) {
    assert_get(*state, "/intercepted?status=404&body=mine", 404, "mine");
}

static void function_can_be_the_error_page(void **state) {
    assert_get(*state, "/gone", 410, "page");
    assert_get(*state, "/found", 200, "page");
    assert_get(*state, "/empty", 204, "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(function_that_answers_nothing_is_200_without_body),
        cmocka_unit_test(last_response_wins),
        cmocka_unit_test(arguments_are_copied),
        cmocka_unit_test(explicit_lengths_are_kept),
        cmocka_unit_test(status_line_is_used_when_it_fits),
        cmocka_unit_test(status_out_of_range_is_nginx_own_500),
        cmocka_unit_test(content_type_has_a_default_and_can_be_absent),
        cmocka_unit_test(connection_stays_in_step_where_no_body_belongs),
        cmocka_unit_test(head_has_the_headers_of_get),
        cmocka_unit_test(http_1_0_client_is_answered),
        cmocka_unit_test(subrequests_are_parts_of_the_page),
        cmocka_unit_test(filters_see_the_media_type),
        cmocka_unit_test(encoded_body_is_not_encoded_again),
        cmocka_unit_test(conditional_requests_work),
        cmocka_unit_test(error_page_does_not_replace_a_response),
        cmocka_unit_test(function_can_be_the_error_page),
    };

    return cmocka_run_group_tests(tests, start, stop_server);
}
