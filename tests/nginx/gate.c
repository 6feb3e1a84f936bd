/* A function in front of another content handler: it decides who gets through. */

#include "fixture.h"

#include <unistd.h>

#define UPSTREAM "proxy_pass http://127.0.0.1:ORIGIN;"

static int start(void **state) {
    return start_proxied(
        state, "client_body_buffer_size 1k; client_max_body_size 16m; underscores_in_headers on;\n",
        "location /gate { ngx_link_func_call act; " UPSTREAM " }\n"
        "location /reversed { " UPSTREAM " ngx_link_func_call act; }\n"
        "location /cached { set $before $http_x_user_id; ngx_link_func_call act;\n"
        "  proxy_set_header X-Before $before; proxy_set_header X-Now $http_x_user_id; " UPSTREAM " }\n"
        "location /file { client_body_in_file_only clean; ngx_link_func_call act; " UPSTREAM " }\n"
        "location /streamed { proxy_request_buffering off; ngx_link_func_call act; " UPSTREAM " }\n"
        "location /small { client_max_body_size 4; ngx_link_func_call act; " UPSTREAM " }\n"
        "location /denied { deny all; ngx_link_func_call act; " UPSTREAM " }\n"
        "location /basic { auth_basic a; auth_basic_user_file " LIBRARY_FOLDER "/users;\n"
        "  ngx_link_func_call act; " UPSTREAM " }\n"
        "location /any { satisfy any; deny all; auth_basic a; auth_basic_user_file " LIBRARY_FOLDER
        "/users;\n"
        "  ngx_link_func_call act; " UPSTREAM " }\n"
        "location /pixel { ngx_link_func_call act; empty_gif; }\n"
        "location /return { ngx_link_func_call act; " UPSTREAM " return 202 returned; }\n"
        "location /handled { error_page 500 =200 /page; ngx_link_func_call act; " UPSTREAM " }\n"
        "location = /page { return 200 page; }\n" LIB("act"));
}

static wire_response_t *ask(const proxied_t *proxied, const char *method, const char *target,
                            const char *headers, const void *body, size_t len, upstream_request_t *seen) {
    int fd = wire_connect(nginx_server_port(proxied->server));
    wire_response_t *response;
    char head[1024];

    (void) snprintf(head, sizeof(head),
                    "%s %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: %zu\r\n%s\r\n", method,
                    target, len, headers);
    wire_send_text(fd, head);
    wire_send(fd, body, len);
    *seen = play_origin(proxied, PLAIN_ANSWER);
    response = wire_read(fd, method);
    assert_int_equal(wire_drain(fd), 0);
    (void) close(fd);
    return response;
}

static wire_response_t *ask_get(const proxied_t *proxied, const char *target, const char *headers,
                                upstream_request_t *seen) {
    return ask(proxied, "GET", target, headers, NULL, 0, seen);
}

static void assert_opens(const proxied_t *proxied, const char *target) {
    upstream_request_t seen;
    wire_response_t *response = ask_get(proxied, target, "", &seen);

    if (response->status != 200 || strcmp(response->body, "upstream") != 0) {
        print_error("%s: %s\n", target, response->status_line);
    }
    assert_string_equal(response->status_line, "200 OK");
    assert_string_equal(response->body, "upstream");
    assert_header(response, "Content-Type", "text/upstream");
    wire_free(response);
    upstream_free(&seen);
}

static wire_response_t *assert_stays_closed(const proxied_t *proxied, const char *target, int status) {
    wire_response_t *response = get(proxied->server, target);

    if (response->status != status) {
        print_error("%s: %s\n", target, response->status_line);
    }
    assert_int_equal(response->status, status);
    assert_true(upstream_is_untouched(proxied->origin));
    return response;
}

static void assert_seen(const upstream_request_t *seen, const char *name, const char *value) {
    char *found = upstream_header_dup(seen, name);

    if (value == NULL) {
        assert_null(found);
    } else {
        assert_non_null(found);
        assert_string_equal(found, value);
        assert_int_equal(upstream_header_count(seen, name), 1);
    }
    free(found);
}

static void success_of_any_kind_and_decline_open_the_gate(void **state) {
    static const char *const steps[] = {
        "status=200:own&type=text/own",
        "status=201:own",
        "status=204",
        "status=206:own",
        "status=299:own",
        "decline",
        "ref=200:9",
        "status=401:no&decline",
        "status=401:no&status=200",
        "show",
    };
    size_t i;

    for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        char target[128];

        (void) snprintf(target, sizeof(target), "/gate?%s", steps[i]);
        assert_opens(*state, target);
    }
}

static void any_other_status_is_the_answer(void **state) {
    static const int statuses[] = {300, 301, 302, 307, 400, 401, 402, 403,
                                   404, 407, 418, 444, 499, 500, 503, 599};
    size_t i;

    for (i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
        char target[128];
        wire_response_t *response;

        (void) snprintf(target, sizeof(target), "/gate?type=text/own&out=X-A:1&status=%d:own", statuses[i]);
        response = assert_stays_closed(*state, target, statuses[i]);
        assert_string_equal(response->body, "own");
        assert_header(response, "Content-Type", "text/own");
        assert_header(response, "X-A", "1");
        wire_free(response);
    }
}

static void last_word_decides_whether_the_gate_opens(void **state) {
    wire_free(assert_stays_closed(*state, "/gate?decline&status=403:no", 403));
    wire_free(assert_stays_closed(*state, "/gate?status=200:yes&status=403:no", 403));
    wire_free(assert_stays_closed(*state, "/gate?status=200:yes&ref=403:5", 403));
}

static void redirect_of_the_gate_reaches_the_client(void **state) {
    wire_response_t *response =
        assert_stays_closed(*state, "/gate?status=302&out=Location:http://b/next", 302);

    assert_header(response, "Location", "http://b/next");
    assert_header(response, "Content-Length", "0");
    wire_free(response);
}

static void not_modified_of_the_gate_has_no_body(void **state) {
    wire_response_t *response = assert_stays_closed(*state, "/gate?status=304:body", 304);

    assert_header(response, "Content-Length", NULL);
    wire_free(response);
}

static void gate_without_an_answer_stays_closed(void **state) {
    const proxied_t *proxied = *state;

    wire_free(assert_stays_closed(proxied, "/gate", 500));
    wire_free(assert_stays_closed(proxied, "/gate?in=X:1&out=X:1", 500));
    assert_logged(proxied->server, "[error]", "function \"act\" returned without a response");
    wait_for_log_count(proxied->server, "function \"act\" returned without a response", 2);
}

static void status_out_of_range_keeps_the_gate_closed(void **state) {
    static const char *const statuses[] = {
        "0", "1", "99", "199", "600", "4294967496", "18446744073709551615"};
    const proxied_t *proxied = *state;
    size_t i;

    for (i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
        char target[64];

        (void) snprintf(target, sizeof(target), "/gate?status=%s:x", statuses[i]);
        wire_free(assert_stays_closed(proxied, target, 500));
    }
    assert_logged(proxied->server, "[error]", "refused status 4294967496");
}

static void error_page_is_for_errors_that_the_function_did_not_write(void **state) {
    wire_response_t *response = assert_stays_closed(*state, "/handled", 200);

    assert_string_equal(response->body, "page");
    wire_free(response);
    response = assert_stays_closed(*state, "/handled?status=500:own", 500);
    assert_string_equal(response->body, "own");
    wire_free(response);
}

static void request_headers_of_the_gate_reach_the_upstream(void **state) {
    upstream_request_t seen;

    wire_free(ask_get(*state, "/gate?in=X-User-Id:alice&in=X-Empty:&delin=X-Gone&status=200",
                      "X-User-Id: evil\r\nx-user-id: worse\r\nX-Kept: 1\r\nX-Gone: 1\r\n", &seen));
    assert_seen(&seen, "X-User-Id", "alice");
    assert_seen(&seen, "X-Kept", "1");
    assert_seen(&seen, "X-Gone", NULL);
    assert_null(strstr(seen.head, "evil"));
    assert_null(strstr(seen.head, "worse"));
    upstream_free(&seen);
}

static void variable_evaluated_before_the_gate_is_evaluated_anew(void **state) {
    upstream_request_t seen;

    wire_free(ask_get(*state, "/cached?in=X-User-Id:alice&status=200", "X-User-Id: evil\r\n", &seen));
    assert_seen(&seen, "X-Before", "evil");
    assert_seen(&seen, "X-Now", "alice");
    upstream_free(&seen);
    wire_free(ask_get(*state, "/cached?delin=X-User-Id&status=200", "X-User-Id: evil\r\n", &seen));
    assert_seen(&seen, "X-Now", NULL);
    upstream_free(&seen);
}

/* To NGINX's variables, and to CGI, both spellings are one name. */
static void underscores_do_not_get_a_spoofed_header_past_the_gate(void **state) {
    upstream_request_t seen;

    wire_free(ask_get(*state, "/cached?in=X-User-Id:alice&status=200", "X_User_Id: evil\r\n", &seen));
    assert_seen(&seen, "X-Now", "alice");
    assert_seen(&seen, "X_User_Id", NULL);
    upstream_free(&seen);
}

static void response_headers_of_the_gate_reach_the_client(void **state) {
    upstream_request_t seen;
    wire_response_t *response =
        ask_get(*state,
                "/gate?out=X-A:1&out=Set-Cookie:a=1&out=Set-Cookie:b=2&type=text/own&status=200:own"
                "&out=ETag:%22x%22&out=Content-Encoding:br&out=Content-Type:text/own&out=Location:/x"
                "&out=Last-Modified:Sun,%2006%20Nov%201994%2008:49:37%20GMT",
                "If-None-Match: \"x\"\r\n", &seen);

    assert_int_equal(response->status, 200);
    assert_string_equal(response->body, "upstream");
    assert_header(response, "X-A", "1");
    assert_int_equal(header_count(response, "Set-Cookie"), 2);
    assert_header(response, "Content-Type", "text/upstream");
    assert_int_equal(header_count(response, "Content-Type"), 1);
    assert_header(response, "Content-Length", "8");
    assert_header(response, "ETag", NULL);
    assert_header(response, "Last-Modified", NULL);
    assert_header(response, "Content-Encoding", NULL);
    assert_header(response, "Location", NULL);
    wire_free(response);
    upstream_free(&seen);
}

static void body_that_the_gate_read_is_passed_on_untouched(void **state) {
    static const char *const targets[] = {"/gate", "/file", "/streamed", "/reversed"};
    static const size_t sizes[] = {1, 1024, 1025, 70000, 3145728};
    size_t i, j, k;

    for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        char *body = test_malloc(sizes[i]);

        for (k = 0; k < sizes[i]; k++) {
            body[k] = (char) (k * 31 + k / 256);
        }
        for (j = 0; j < sizeof(targets) / sizeof(targets[0]); j++) {
            char target[64];
            upstream_request_t seen;
            wire_response_t *response;

            (void) snprintf(target, sizeof(target), "%s?body&status=200", targets[j]);
            response = ask(*state, "POST", target, "", body, sizes[i], &seen);
            assert_string_equal(response->body, "upstream");
            assert_int_equal(seen.body_len, sizes[i]);
            assert_memory_equal(seen.body, body, sizes[i]);
            assert_int_equal(strncmp(seen.head, "POST ", 5), 0);
            wire_free(response);
            upstream_free(&seen);
        }
        test_free(body);
    }
}

static void chunked_body_in_pieces_is_passed_on(void **state) {
    const proxied_t *proxied = *state;
    int fd = wire_connect(nginx_server_port(proxied->server));
    upstream_request_t seen;
    wire_response_t *response;

    wire_send_text(fd,
                   "PUT /gate?status=200 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe");
    wire_send_text(fd, "llo\r\n6\r\n world\r\n0\r\n\r\n");
    seen = play_origin(proxied, PLAIN_ANSWER);
    response = wire_read(fd, "PUT");
    assert_int_equal(response->status, 200);
    assert_string_equal(seen.body, "hello world");
    assert_seen(&seen, "Transfer-Encoding", NULL);
    wire_free(response);
    upstream_free(&seen);
    (void) close(fd);
}

static void head_goes_through_the_gate(void **state) {
    upstream_request_t seen;
    wire_response_t *response = ask(*state, "HEAD", "/gate?status=200:own", "", NULL, 0, &seen);

    assert_int_equal(response->status, 200);
    assert_int_equal(strncmp(seen.head, "HEAD /gate", 10), 0);
    wire_free(response);
    upstream_free(&seen);
    response = wire_request(nginx_server_port(((proxied_t *) *state)->server), "HEAD", "/gate?status=401:own",
                            NULL, NULL, 0);
    assert_int_equal(response->status, 401);
    assert_header(response, "Content-Length", "3");
    wire_free(response);
}

/* An answer of the gate, what gets through, and an answer again. */
static void connection_stays_in_step_behind_a_gate(void **state) {
    const proxied_t *proxied = *state;
    int fd = wire_connect(nginx_server_port(proxied->server));
    upstream_request_t seen;
    wire_response_t *response;

    wire_send_text(fd, "POST /gate?status=401:no HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nGET /"
                       "HEAD /gate?status=403:no HTTP/1.1\r\nHost: a\r\n\r\n"
                       "POST /gate?status=204 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
                       "GET /gate?status=404:last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    response = wire_read(fd, "POST");
    assert_int_equal(response->status, 401);
    assert_header(response, "Connection", "keep-alive");
    wire_free(response);
    response = wire_read(fd, "HEAD");
    assert_int_equal(response->status, 403);
    wire_free(response);
    seen = play_origin(proxied, PLAIN_ANSWER);
    assert_string_equal(seen.body, "abc");
    upstream_free(&seen);
    response = wire_read(fd, "POST");
    assert_string_equal(response->body, "upstream");
    wire_free(response);
    assert_last_answer(fd, "last");
}

static void gate_is_called_once(void **state) {
    const proxied_t *proxied = *state;
    size_t before = log_count_of(proxied->server, "act was called");
    upstream_request_t seen;

    assert_opens(proxied, "/gate?status=200");
    wire_free(ask(proxied, "POST", "/gate?status=200", "", "abc", 3, &seen));
    upstream_free(&seen);
    assert_int_equal(log_count_of(proxied->server, "act was called"), before + 2);
}

/* The body is not sent: whoever waits for it is not answered. */
static void access_is_checked_before_the_gate_and_the_body(void **state) {
    static const struct {
        const char *target;
        int status;
    } cases[] = {{"/denied", 403}, {"/basic", 401}, {"/any", 401}, {"/small", 413}};
    const proxied_t *proxied = *state;
    size_t before = log_count_of(proxied->server, "act was called");
    size_t i;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int fd = wire_connect(nginx_server_port(proxied->server));
        wire_response_t *response;
        char head[128];

        (void) snprintf(head, sizeof(head),
                        "POST %s?status=200 HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n",
                        cases[i].target);
        wire_send_text(fd, head);
        response = wire_read(fd, "POST");
        assert_int_equal(response->status, cases[i].status);
        wire_free(response);
        (void) close(fd);
    }
    assert_int_equal(log_count_of(proxied->server, "act was called"), before);
    assert_true(upstream_is_untouched(proxied->origin));
}

static void one_satisfied_check_leads_to_the_gate(void **state) {
    upstream_request_t seen;
    wire_response_t *response =
        ask_get(*state, "/any?status=200", "Authorization: Basic YWxpY2U6eA==\r\n", &seen);

    assert_string_equal(response->body, "upstream");
    wire_free(response);
    upstream_free(&seen);
    response = get_with(((proxied_t *) *state)->server, "/any?status=403:gate",
                        "Authorization: Basic YWxpY2U6eA==\r\n");
    assert_string_equal(response->body, "gate");
    wire_free(response);
}

static void return_answers_before_the_gate(void **state) {
    const proxied_t *proxied = *state;
    size_t before = log_count_of(proxied->server, "act was called");

    assert_get(proxied->server, "/return?status=403:no", 202, "returned");
    assert_int_equal(log_count_of(proxied->server, "act was called"), before);
}

static void order_of_the_directives_is_free(void **state) {
    assert_opens(*state, "/reversed?status=200");
    wire_free(assert_stays_closed(*state, "/reversed?status=403:no", 403));
    wire_free(assert_stays_closed(*state, "/reversed", 500));
}

static void any_handler_stands_behind_a_gate(void **state) {
    const proxied_t *proxied = *state;
    wire_response_t *response = get(proxied->server, "/pixel?status=200:own");

    assert_header(response, "Content-Type", "image/gif");
    assert_int_equal(response->body_len, 43);
    wire_free(response);
    assert_get(proxied->server, "/pixel?status=403:no", 403, "no");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(success_of_any_kind_and_decline_open_the_gate),
        cmocka_unit_test(any_other_status_is_the_answer),
        cmocka_unit_test(last_word_decides_whether_the_gate_opens),
        cmocka_unit_test(redirect_of_the_gate_reaches_the_client),
        cmocka_unit_test(not_modified_of_the_gate_has_no_body),
        cmocka_unit_test(gate_without_an_answer_stays_closed),
        cmocka_unit_test(status_out_of_range_keeps_the_gate_closed),
        cmocka_unit_test(error_page_is_for_errors_that_the_function_did_not_write),
        cmocka_unit_test(request_headers_of_the_gate_reach_the_upstream),
        cmocka_unit_test(variable_evaluated_before_the_gate_is_evaluated_anew),
        cmocka_unit_test(underscores_do_not_get_a_spoofed_header_past_the_gate),
        cmocka_unit_test(response_headers_of_the_gate_reach_the_client),
        cmocka_unit_test(body_that_the_gate_read_is_passed_on_untouched),
        cmocka_unit_test(chunked_body_in_pieces_is_passed_on),
        cmocka_unit_test(head_goes_through_the_gate),
        cmocka_unit_test(connection_stays_in_step_behind_a_gate),
        cmocka_unit_test(gate_is_called_once),
        cmocka_unit_test(access_is_checked_before_the_gate_and_the_body),
        cmocka_unit_test(one_satisfied_check_leads_to_the_gate),
        cmocka_unit_test(return_answers_before_the_gate),
        cmocka_unit_test(order_of_the_directives_is_free),
        cmocka_unit_test(any_handler_stands_behind_a_gate),
    };

    return cmocka_run_group_tests(tests, start, stop_proxied);
}
