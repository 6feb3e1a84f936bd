/* Bodies of every size, owner and reader: sent whole, framed, and freed once. */

#include "fixture.h"

#include <sys/socket.h>
#include <unistd.h>

#define LARGE ((size_t) 10485760)
#define LENT "a body was lent"
#define RELEASED "a body was released"

static int start(void **state) {
    static const nginx_config_t config = {
        .http = "lingering_close off; send_timeout 20s;\n",
        .server = LIB(
            "act") "location / { ngx_link_func_call act; }\n"
                   "location /page { ssi on; ngx_link_func_call act; }\n"
                   "location /gate { ngx_link_func_call act; empty_gif; }\n"
                   "location /gzip { gzip on; gzip_types *; gzip_min_length 0; ngx_link_func_call act; }\n"
                   "location /handled { error_page 404 /other; ngx_link_func_call act; }\n"};

    return start_server(state, &config);
}

static void send_get(int fd, const char *method, const char *target, const char *headers) {
    char head[1024];

    (void) snprintf(head, sizeof(head), "%s %s HTTP/1.1\r\nHost: a\r\n%s\r\n", method, target, headers);
    wire_send_text(fd, head);
}

/* The request, and a second right behind it that must be answered in step. */
static wire_response_t *in_step(const nginx_server_t *server, const char *method, const char *target,
                                const char *headers) {
    int fd = wire_connect(nginx_server_port(server));
    wire_response_t *response, *second;

    send_get(fd, method, target, headers);
    send_get(fd, "GET", "/?status=200:second", "Connection: close\r\n");
    response = wire_read(fd, method);
    second = wire_read(fd, "GET");
    assert_string_equal(second->body, "second");
    assert_int_equal(wire_drain(fd), 0);
    wire_free(second);
    (void) close(fd);
    return response;
}

static void connection_stays_in_step_for_every_status(void **state) {
    static const int statuses[] = {200, 201, 202, 203, 205, 206, 207, 208, 226, 299, 300, 301,
                                   302, 303, 305, 307, 308, 399, 400, 401, 404, 405, 408, 410,
                                   411, 412, 413, 416, 418, 421, 426, 429, 431, 444, 494, 495,
                                   496, 497, 499, 500, 501, 502, 503, 504, 505, 507, 511, 599};
    size_t i;

    for (i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
        char target[64];
        wire_response_t *response;

        (void) snprintf(target, sizeof(target), "/?status=%d:body", statuses[i]);
        response = in_step(*state, "GET", target, "");
        assert_int_equal(response->status, statuses[i]);
        assert_string_equal(response->body, "body");
        wire_free(response);
        response = in_step(*state, "HEAD", target, "");
        assert_int_equal(response->status, statuses[i]);
        assert_header(response, "Content-Length", "4");
        wire_free(response);
        (void) snprintf(target, sizeof(target), "/?status=%d", statuses[i]);
        response = in_step(*state, "GET", target, "");
        assert_header(response, "Content-Length", "0");
        assert_header(response, "Content-Type", "text/plain");
        wire_free(response);
    }
}

static void no_body_and_no_type_go_with_204_and_304(void **state) {
    static const char *const targets[] = {"/?status=204:body&type=a/b", "/?status=304:body&type=a/b",
                                          "/?ref=204:9", "/?ref=304:9",
                                          "/?line=204%20Own&status=204:body&out=Content-Type:a/b"};
    size_t i;

    for (i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
        wire_response_t *response = in_step(*state, "GET", targets[i], "");

        assert_header(response, "Content-Type", NULL);
        assert_header(response, "Content-Length", NULL);
        assert_header(response, "Transfer-Encoding", NULL);
        wire_free(response);
    }
}

static void http_1_0_client_may_keep_its_connection(void **state) {
    int fd = wire_connect(nginx_server_port(*state));
    wire_response_t *response;

    wire_send_text(fd, "GET /?status=200:one HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
                       "GET /?status=204 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
                       "GET /?status=200:three HTTP/1.0\r\n\r\n");
    response = wire_read(fd, "GET");
    assert_string_equal(response->body, "one");
    assert_header(response, "Connection", "keep-alive");
    wire_free(response);
    wire_free(wire_read(fd, "GET"));
    response = wire_read(fd, "GET");
    assert_string_equal(response->body, "three");
    assert_header(response, "Connection", "close");
    wire_free(response);
    assert_int_equal(wire_drain(fd), 0);
    (void) close(fd);
}

static void assert_filled(const wire_response_t *response, char with, size_t len) {
    size_t i;

    assert_int_equal(response->body_len, len);
    for (i = 0; i < len && response->body[i] == with; i++) {
    }
    assert_int_equal(i, len);
}

/* Nothing is read until the socket buffers are full, for then NGINX has to come
 * back to the response; the next request waits behind it. */
static void assert_slow_reader_gets_all(void **state, const char *method, const char *target, char with) {
    int fd = wire_connect(nginx_server_port(*state));
    size_t before = log_count_of(*state, "act was called");
    wire_response_t *response;
    char head[256];

    (void) snprintf(head, sizeof(head), "%s %s HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", method,
                    target);
    wire_send_text(fd, head);
    send_get(fd, "GET", "/?status=200:second", "Connection: close\r\n");
    wait_for_log_count(*state, "act was called", before + 1);
    response = wire_read(fd, method);
    assert_filled(response, with, LARGE);
    wire_free(response);
    response = wire_read(fd, "GET");
    assert_string_equal(response->body, "second");
    wire_free(response);
    (void) close(fd);
}

static void large_body_reaches_a_slow_reader(void **state) {
    assert_slow_reader_gets_all(state, "GET", "/?large=10485760", 'l');
    assert_slow_reader_gets_all(state, "POST", "/?large=10485760", 'l');
    assert_slow_reader_gets_all(state, "GET", "/?ref=200:10485760", 'r');
    assert_slow_reader_gets_all(state, "GET", "/gate?ref=403:10485760", 'r');
    assert_slow_reader_gets_all(state, "POST", "/gate?ref=403:10485760", 'r');
}

static void large_body_without_a_request_body_reaches_a_slow_reader(void **state) {
    wire_response_t *response = in_step(*state, "GET", "/?large=10485760", "");

    assert_filled(response, 'l', LARGE);
    wire_free(response);
    response = in_step(*state, "GET", "/gate?ref=403:10485760", "");
    assert_filled(response, 'r', LARGE);
    wire_free(response);
}

/* What earlier requests lent may be released when they have been answered. */
static size_t settle(const nginx_server_t *server) {
    size_t lent = log_count_of(server, LENT);

    wait_for_log_count(server, RELEASED, lent);
    assert_int_equal(log_count_of(server, RELEASED), lent);
    return lent;
}

static void assert_released(void **state, const char *method, const char *target, const char *headers,
                            size_t times) {
    size_t before = settle(*state);

    wire_free(wire_request(nginx_server_port(*state), method, target, headers, NULL, 0));
    assert_int_equal(settle(*state), before + times);
}

static void referenced_body_is_sent_as_it_is(void **state) {
    wire_response_t *response = in_step(*state, "GET", "/?type=text/own&ref=201:1000", "");

    assert_string_equal(response->status_line, "201 Created");
    assert_header(response, "Content-Type", "text/own");
    assert_filled(response, 'r', 1000);
    wire_free(response);
    response = in_step(*state, "GET", "/?ref=200:0", "");
    assert_header(response, "Content-Length", "0");
    assert_header(response, "Content-Type", "text/plain");
    wire_free(response);
    assert_get(*state, "/?refstatic", 200, "static");
}

static void referenced_body_is_released_once(void **state) {
    assert_released(state, "GET", "/?ref=200:1000", "", 1);
    assert_released(state, "HEAD", "/?ref=200:1000", "", 1);
    assert_released(state, "GET", "/?ref=200:0", "", 1);
    assert_released(state, "GET", "/?ref=204:1000", "", 1);
    assert_released(state, "GET", "/?ref=304:1000", "", 1);
    assert_released(state, "GET", "/?out=ETag:%22x%22&ref=200:1000", "If-None-Match: \"x\"\r\n", 1);
    assert_released(state, "GET", "/?ref=200:1000&status=200:other", "", 1);
    assert_released(state, "GET", "/?ref=200:1000&ref=200:2000&ref=200:3", "", 3);
    assert_released(state, "GET", "/?ref=600:1000", "", 1);
    assert_released(state, "GET", "/?ref=200:1000&decline", "", 1);
    assert_released(state, "GET", "/?ref=200:1000&refstatic", "", 1);
    assert_released(state, "GET", "/gzip?ref=200:100000", "Accept-Encoding: gzip\r\n", 1);
    assert_released(state, "GET", "/gate?ref=200:1000", "", 1);
    assert_released(state, "GET", "/gate?ref=403:1000", "", 1);
    assert_released(state, "GET",
                    "/page?type=text/html&status=200:<!--%23include%20virtual=\"/?ref=200:1000\"-->", "", 1);
    assert_released(state, "GET", "/?ref=200:10485760", "", 1);
}

static void results_of_a_reference_tell_what_became_of_it(void **state) {
    assert_get(*state, "/?ref=200:1&ref=199:1&ref=600:1&show", 200, "0;-4;-4;");
}

static void length_that_no_body_has_is_refused_and_told(void **state) {
    static const char *const targets[] = {"/?endless", "/?type=text/css&endless", "/?refendless"};
    size_t i;

    for (i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
        wire_response_t *response = get(*state, targets[i]);

        assert_int_equal(response->status, 500);
        assert_int_equal(log_count_of(*state, "refused a body of 18446744073709551615 bytes"), i + 1);
        wire_free(response);
    }
    assert_get(*state, "/?refendless&show", 200, "-4;");
}

static void body_is_released_when_the_client_has_gone(void **state) {
    size_t before = settle(*state);
    int fd = wire_connect(nginx_server_port(*state));
    char some[1024];

    send_get(fd, "GET", "/?ref=200:10485760", "");
    assert_true(recv(fd, some, sizeof(some), 0) > 0);
    assert_int_equal(log_count_of(*state, RELEASED), before);
    (void) close(fd);
    wait_for_log_count(*state, RELEASED, before + 1);
    assert_get(*state, "/?status=200:next", 200, "next");
    assert_int_equal(log_count_of(*state, RELEASED), before + 1);
}

static void error_page_replaces_no_response_of_the_function(void **state) {
    assert_get(*state, "/handled?status=404:own", 404, "own");
    assert_get(*state, "/handled?status=404", 404, "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connection_stays_in_step_for_every_status),
        cmocka_unit_test(no_body_and_no_type_go_with_204_and_304),
        cmocka_unit_test(http_1_0_client_may_keep_its_connection),
        cmocka_unit_test(large_body_reaches_a_slow_reader),
        cmocka_unit_test(large_body_without_a_request_body_reaches_a_slow_reader),
        cmocka_unit_test(referenced_body_is_sent_as_it_is),
        cmocka_unit_test(referenced_body_is_released_once),
        cmocka_unit_test(results_of_a_reference_tell_what_became_of_it),
        cmocka_unit_test(length_that_no_body_has_is_refused_and_told),
        cmocka_unit_test(body_is_released_when_the_client_has_gone),
        cmocka_unit_test(error_page_replaces_no_response_of_the_function),
    };

    return cmocka_run_group_tests(tests, start, stop_server);
}
