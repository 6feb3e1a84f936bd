/* Gates together with the directives that lead requests around them. */

#include "fixture.h"

#include <sys/socket.h>
#include <unistd.h>

#define UPSTREAM "proxy_pass http://127.0.0.1:ORIGIN;"
#define UNBUFFERED "proxy_http_version 1.1; proxy_request_buffering off; "

static int start(void **state) {
    return start_proxied(
        state, "client_body_buffer_size 1k;\n",
        LIB("act") "location /if { ngx_link_func_call act; " UPSTREAM "\n"
                   "  if ($http_x_if) { add_header X-If yes; } }\n"
                   "location /ifother { ngx_link_func_call act; if ($http_x_if) { " UPSTREAM " } }\n"
                   "location /limited { ngx_link_func_call act; " UPSTREAM
                   " limit_except GET { deny all; } }\n"
                   "location /excepted { ngx_link_func_call act; " UPSTREAM
                   " limit_except GET { allow all; } }\n"
                   "location /outer { ngx_link_func_call act; " UPSTREAM "\n"
                   "  location /outer/nested { " UPSTREAM " } }\n"
                   "location /tried { ngx_link_func_call act; try_files /no/such @upstream; empty_gif; }\n"
                   "location @upstream { " UPSTREAM " }\n"
                   "location /fallback { error_page 502 = @body; ngx_link_func_call act; " UPSTREAM " }\n"
                   "location @body { set $args body&header=X-A&show; ngx_link_func_call act; }\n"
                   "location /mirrored { mirror /copy; ngx_link_func_call act; " UPSTREAM " }\n"
                   "location = /copy { internal; ngx_link_func_call log_copy; }\n"
                   "location /authorized { auth_request /auth; ngx_link_func_call act; " UPSTREAM " }\n"
                   "location = /auth { internal; set $args $http_x_steps; ngx_link_func_call act; }\n"
                   "location /rewritten { rewrite ^/rewritten(.*) /gate$1 last; }\n"
                   "location /redirected { error_page 418 = /gate?$args; return 418; }\n"
                   "location /twice { error_page 502 = /gate?$args; ngx_link_func_call act; " UPSTREAM " }\n"
                   "location /gate { ngx_link_func_call act; " UPSTREAM " }\n"
                   "location /unbuffered { error_page 502 = @body; " UNBUFFERED UPSTREAM " }\n"
                   "location /unbufferedgate { error_page 502 = @gate; " UNBUFFERED UPSTREAM " }\n"
                   "location @gate { ngx_link_func_call act; " UPSTREAM " }\n"
                   "location /unbufferedpage { ssi on; " UNBUFFERED UPSTREAM " }\n"
                   "location /followed { post_action /copy; ngx_link_func_call act; " UPSTREAM " }\n"
                   "location /page { ssi on; set $args \"type=text/html&status=200:[<!--%23include "
                   "virtual='/gate?$http_x_steps'-->]\"; ngx_link_func_call act; }\n"
                   "location /fastcgi { ngx_link_func_call act; fastcgi_pass 127.0.0.1:ORIGIN; }\n"
                   "location /memcached { set $memcached_key k; default_type text/m; ngx_link_func_call "
                   "act;\n"
                   "  memcached_pass 127.0.0.1:ORIGIN; }\n");
}

static const nginx_server_t *server_of(void **state) {
    return ((const proxied_t *) *state)->server;
}

/* A request that the origin answers. */
static wire_response_t *pass(void **state, const char *head, upstream_request_t *seen) {
    int fd = wire_connect(nginx_server_port(server_of(state)));
    wire_response_t *response;

    wire_send_text(fd, head);
    *seen = play_origin(*state, PLAIN_ANSWER);
    response = wire_read(fd, "GET");
    (void) close(fd);
    return response;
}

static void assert_passes(void **state, const char *head) {
    upstream_request_t seen;
    wire_response_t *response = pass(state, head, &seen);

    assert_string_equal(response->body, "upstream");
    wire_free(response);
    upstream_free(&seen);
}

static void assert_closed(void **state, const char *target, const char *headers, int status,
                          const char *body) {
    wire_response_t *response = get_with(server_of(state), target, headers);

    if (response->status != status) {
        print_error("%s: %s\n", target, response->status_line);
    }
    assert_int_equal(response->status, status);
    if (body != NULL) {
        assert_string_equal(response->body, body);
    }
    wire_free(response);
    assert_true(upstream_is_untouched(((const proxied_t *) *state)->origin));
}

static void if_block_keeps_the_gate(void **state) {
    upstream_request_t seen;
    wire_response_t *response =
        pass(state, "GET /if?status=200 HTTP/1.1\r\nHost: a\r\nX-If: 1\r\n\r\n", &seen);

    assert_header(response, "X-If", "yes");
    assert_string_equal(response->body, "upstream");
    wire_free(response);
    upstream_free(&seen);
    assert_closed(state, "/if?status=403:no", "X-If: 1\r\n", 403, "no");
}

static void if_block_with_a_handler_makes_the_function_its_gate(void **state) {
    assert_passes(state, "GET /ifother?status=200:own HTTP/1.1\r\nHost: a\r\nX-If: 1\r\n\r\n");
    assert_closed(state, "/ifother?status=403:no", "X-If: 1\r\n", 403, "no");
    assert_closed(state, "/ifother?status=200:own", "", 200, "own");
}

static void limit_except_keeps_the_gate(void **state) {
    wire_response_t *response =
        wire_request(nginx_server_port(server_of(state)), "PUT", "/limited?status=200", NULL, "abc", 3);

    assert_int_equal(response->status, 403);
    wire_free(response);
    assert_passes(state, "PUT /excepted?status=200 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
    response =
        wire_request(nginx_server_port(server_of(state)), "PUT", "/excepted?status=409:no", NULL, "abc", 3);
    assert_int_equal(response->status, 409);
    wire_free(response);
    assert_true(upstream_is_untouched(((const proxied_t *) *state)->origin));
}

static void nested_location_has_no_gate(void **state) {
    assert_passes(state, "GET /outer/nested?status=403:no HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_closed(state, "/outer/else?status=403:no", "", 403, "no");
}

static void gate_comes_before_try_files(void **state) {
    assert_passes(state, "GET /tried?status=200 HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_passes(state, "POST /tried?status=200 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
    assert_closed(state, "/tried?status=403:no", "", 403, "no");
}

/* The origin hangs up: the body and the header that the gate set are still there. */
static void body_outlives_an_upstream_that_fails(void **state) {
    int fd = wire_connect(nginx_server_port(server_of(state)));
    wire_response_t *response;
    upstream_request_t seen;

    wire_send_text(fd,
                   "POST /fallback?in=X-A:1&status=200 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
    seen = play_origin(*state, "");
    response = wire_read(fd, "POST");
    assert_int_equal(response->status, 200);
    assert_string_equal(response->body, "3,590,0;1;");
    wire_free(response);
    upstream_free(&seen);
    (void) close(fd);
}

static void gate_behind_a_gate_is_asked_too(void **state) {
    int fd = wire_connect(nginx_server_port(server_of(state)));
    size_t before = log_count_of(server_of(state), "act was called");
    wire_response_t *response;
    upstream_request_t seen;

    wire_send_text(fd, "POST /twice?status=200 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
    seen = play_origin(*state, "");
    upstream_free(&seen);
    seen = play_origin(*state, PLAIN_ANSWER);
    response = wire_read(fd, "POST");
    assert_string_equal(response->body, "upstream");
    assert_int_equal(log_count_of(server_of(state), "act was called"), before + 2);
    wire_free(response);
    upstream_free(&seen);
    (void) close(fd);
}

static void mirror_stands_behind_the_gate_and_has_the_body(void **state) {
    wire_response_t *response;

    assert_passes(state, "POST /mirrored?status=200 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
    nginx_server_wait_for_log(server_of(state), "copied POST abc");
    response =
        wire_request(nginx_server_port(server_of(state)), "POST", "/mirrored?status=403:no", NULL, "def", 3);
    assert_int_equal(response->status, 403);
    wire_free(response);
    assert_closed(state, "/mirrored?status=403:no", NULL, 403, "no");
    assert_int_equal(log_count_of(server_of(state), "copied "), 1);
}

static void auth_request_comes_before_the_gate(void **state) {
    size_t before;
    upstream_request_t seen;
    char *value;

    wire_free(
        pass(state,
             "POST /authorized?in=X-B:2&status=200 HTTP/1.1\r\nHost: a\r\nX-Steps: in=X-A:1&status=200\r\n"
             "Content-Length: 3\r\n\r\nabc",
             &seen));
    value = upstream_header_dup(&seen, "X-A");
    assert_string_equal(value, "1");
    free(value);
    value = upstream_header_dup(&seen, "X-B");
    assert_string_equal(value, "2");
    free(value);
    assert_string_equal(seen.body, "abc");
    upstream_free(&seen);
    before = log_count_of(server_of(state), "act was called");
    assert_closed(state, "/authorized?status=401:gate", "X-Steps: status=200\r\n", 401, "gate");
    assert_int_equal(log_count_of(server_of(state), "act was called"), before + 2);
    wire_free(get_with(server_of(state), "/authorized?status=200", "X-Steps: status=403\r\n"));
    assert_int_equal(log_count_of(server_of(state), "act was called"), before + 3);
}

static void internal_redirects_lead_through_the_gate(void **state) {
    assert_passes(state, "GET /rewritten?status=200 HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_closed(state, "/rewritten?status=403:no", "", 403, "no");
    assert_passes(state, "GET /redirected?status=200 HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_closed(state, "/redirected?status=403:no", "", 403, "no");
}

static void part_of_a_page_may_stand_behind_a_gate(void **state) {
    upstream_request_t seen;
    wire_response_t *response =
        pass(state, "GET /page HTTP/1.1\r\nHost: a\r\nX-Steps: status=200:own\r\n\r\n", &seen);

    assert_string_equal(response->body, "[upstream]");
    wire_free(response);
    upstream_free(&seen);
    assert_closed(state, "/page", "X-Steps: status=403:no\r\n", 200, "[no]");
}

/* Spilled to a file, which a proxy closes when it has passed it on. */
static void body_that_the_gate_read_is_there_behind_the_proxy(void **state) {
    int fd = wire_connect(nginx_server_port(server_of(state)));
    upstream_request_t seen;
    char body[5000];

    memset(body, 'k', sizeof(body));
    wire_send_text(fd, "POST /followed?status=200 HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\n");
    wire_send(fd, body, sizeof(body));
    seen = play_origin(*state, PLAIN_ANSWER);
    wire_free(wire_read(fd, "POST"));
    nginx_server_wait_for_log(server_of(state), "copied POST kkkk");
    upstream_free(&seen);
    (void) close(fd);
}

/* The proxy has passed on what came, and nobody has kept it. */
static void assert_part_is_refused(void **state, const char *target) {
    size_t refused = log_count_of(server_of(state), "passed on unbuffered");
    size_t called = log_count_of(server_of(state), "act was called");
    int fd = wire_connect(nginx_server_port(server_of(state)));
    wire_response_t *response;
    char head[128];
    int upstream;

    (void) snprintf(head, sizeof(head), "POST %s HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc",
                    target);
    wire_send_text(fd, head);
    upstream = upstream_accept(((const proxied_t *) *state)->origin);
    await_text(upstream, "abc");
    (void) close(upstream);
    response = wire_read(fd, "POST");
    assert_int_equal(response->status, 500);
    assert_true(upstream_is_untouched(((const proxied_t *) *state)->origin));
    assert_logged(server_of(state), "[error]", "passed on unbuffered");
    assert_int_equal(log_count_of(server_of(state), "passed on unbuffered"), refused + 1);
    assert_int_equal(log_count_of(server_of(state), "act was called"), called);
    wire_free(response);
    (void) close(fd);
}

static void body_that_a_proxy_passed_on_unbuffered_is_not_taken_for_whole(void **state) {
    assert_part_is_refused(state, "/unbuffered");
    assert_part_is_refused(state, "/unbufferedgate?status=200");
}

static void part_of_a_page_is_refused_a_body_that_was_passed_on(void **state) {
    size_t called = log_count_of(server_of(state), "act was called");
    int fd = wire_connect(nginx_server_port(server_of(state)));
    wire_response_t *response;
    int upstream;

    wire_send_text(fd, "POST /unbufferedpage HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
    upstream = upstream_accept(((const proxied_t *) *state)->origin);
    await_text(upstream, "abc");
    wire_send_text(fd, "defghij");
    await_text(upstream, "hij");
    wire_send_text(upstream, "HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n"
                             "[<!--#include virtual='/gate?status=403:no'-->]");
    (void) close(upstream);
    response = wire_read(fd, "POST");
    assert_int_equal(response->status, 200);
    assert_non_null(strstr(response->body, "500 Internal Server Error"));
    assert_int_equal(log_count_of(server_of(state), "act was called"), called);
    wire_free(response);
    (void) close(fd);
}

static void fastcgi_stands_behind_a_gate(void **state) {
    static const char answer[] = "\1\6\0\1\0\x1c\0\0Content-Type: text/f\r\n\r\nfast"
                                 "\1\3\0\1\0\x8\0\0\0\0\0\0\0\0\0\0";
    int fd = wire_connect(nginx_server_port(server_of(state)));
    wire_response_t *response;
    int upstream;

    wire_send_text(
        fd, "GET /fastcgi?in=X-User-Id:alice&status=200 HTTP/1.1\r\nHost: a\r\nX-User-Id: evil\r\n\r\n");
    upstream = upstream_accept(((const proxied_t *) *state)->origin);
    await_text(upstream, "HTTP_X_USER_IDalice");
    wire_send(upstream, answer, sizeof(answer) - 1);
    (void) shutdown(upstream, SHUT_WR);
    response = wire_read(fd, "GET");
    assert_string_equal(response->body, "fast");
    wire_free(response);
    (void) close(upstream);
    (void) close(fd);
    assert_closed(state, "/fastcgi?status=403:no", "", 403, "no");
}

static void memcached_stands_behind_a_gate(void **state) {
    int fd = wire_connect(nginx_server_port(server_of(state)));
    wire_response_t *response;
    int upstream;

    wire_send_text(fd, "GET /memcached?status=200 HTTP/1.1\r\nHost: a\r\n\r\n");
    upstream = upstream_accept(((const proxied_t *) *state)->origin);
    await_text(upstream, "get k\r\n");
    wire_send_text(upstream, "VALUE k 0 5\r\nhello\r\nEND\r\n");
    response = wire_read(fd, "GET");
    assert_string_equal(response->body, "hello");
    wire_free(response);
    (void) close(upstream);
    (void) close(fd);
    assert_closed(state, "/memcached?status=403:no", "", 403, "no");
}

static void gate_whose_library_failed_is_503(void **state) {
    const proxied_t *proxied;
    wire_response_t *response;

    (void) start_proxied(state, NULL,
                         LIB("init_error") "location / { ngx_link_func_call fine; " UPSTREAM " }\n");
    proxied = *state;
    nginx_server_expect_log(proxied->server, "reported an error");
    assert_closed(state, "/", "", 503, NULL);
    response = wire_request(nginx_server_port(proxied->server), "POST", "/", NULL, "abc", 3);
    assert_int_equal(response->status, 503);
    assert_true(upstream_is_untouched(proxied->origin));
    wire_free(response);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(if_block_keeps_the_gate),
        cmocka_unit_test(if_block_with_a_handler_makes_the_function_its_gate),
        cmocka_unit_test(limit_except_keeps_the_gate),
        cmocka_unit_test(nested_location_has_no_gate),
        cmocka_unit_test(gate_comes_before_try_files),
        cmocka_unit_test(body_outlives_an_upstream_that_fails),
        cmocka_unit_test(gate_behind_a_gate_is_asked_too),
        cmocka_unit_test(mirror_stands_behind_the_gate_and_has_the_body),
        cmocka_unit_test(auth_request_comes_before_the_gate),
        cmocka_unit_test(internal_redirects_lead_through_the_gate),
        cmocka_unit_test(part_of_a_page_may_stand_behind_a_gate),
        cmocka_unit_test(body_that_the_gate_read_is_there_behind_the_proxy),
        cmocka_unit_test(body_that_a_proxy_passed_on_unbuffered_is_not_taken_for_whole),
        cmocka_unit_test(part_of_a_page_is_refused_a_body_that_was_passed_on),
        cmocka_unit_test(fastcgi_stands_behind_a_gate),
        cmocka_unit_test(memcached_stands_behind_a_gate),
    };
    const struct CMUnitTest alone[] = {
        cmocka_unit_test_teardown(gate_whose_library_failed_is_503, stop_proxied),
    };

    return cmocka_run_group_tests(tests, start, stop_proxied) + cmocka_run_group_tests(alone, NULL, NULL);
}
