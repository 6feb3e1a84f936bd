/* What a function sees of the request. */

#include "fixture.h"

#include <unistd.h>

static int start(void **state) {
    static const nginx_config_t config = {
        .http = "client_body_buffer_size 1k; client_max_body_size 16m; large_client_header_buffers 4 64k;\n",
        .server = LIB("handlers") CALL("/request", "show_request") CALL("/sum", "body_sum")
            CALL("/act", "act") CALL("/param", "query_param") CALL("/uri/", "show_uri") CALL(
                "/memory",
                "use_memory") "location /file { client_body_in_file_only clean; ngx_link_func_call body_sum; "
                              "}\n"
                              "location /single { client_body_in_single_buffer on; client_body_buffer_size "
                              "64k; ngx_link_func_call body_sum; }\n"
                              "location /small { client_max_body_size 4; ngx_link_func_call body_sum; }\n"
                              "location /rewritten { rewrite ^ /request?from=rewrite last; }\n"
                              "location /tried { try_files /no/such /request?from=try_files; }\n"
                              "location /named { error_page 418 = @fallback; return 418; }\n"
                              "location @fallback { ngx_link_func_call show_request; }\n"
                              "location /denied { deny all; ngx_link_func_call show_request; }\n"};

    return start_server(state, &config);
}

static void assert_body(const nginx_server_t *server, const char *method, const char *target,
                        const char *body, const char *expected) {
    wire_response_t *response =
        wire_request(nginx_server_port(server), method, target, NULL, body, body == NULL ? 0 : strlen(body));

    assert_int_equal(response->status, 200);
    if (strcmp(response->body, expected) != 0) {
        print_error("%s %s\n", method, target);
    }
    assert_string_equal(response->body, expected);
    wire_free(response);
}

static void query_string_is_nul_terminated_or_null(void **state) {
    assert_get(*state, "/request", 200, "NULL|0|NULL|0");
    assert_get(*state, "/request?", 200, "NULL|0|NULL|0");
    assert_get(*state, "/request?a=1&b=%20", 200, "a=1&b=%20|0|NULL|0");
}

static void body_reaches_the_function_for_every_method(void **state) {
    static const char *const methods[] = {"POST", "PUT", "PATCH", "DELETE", "GET", "OPTIONS", "REPORT"};
    size_t i;

    for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        assert_body(*state, methods[i], "/request?a", "the body", "a|8|the body|0");
    }
}

static void empty_body_is_null(void **state) {
    assert_body(*state, "POST", "/request", "", "NULL|0|NULL|0");
}

static void chunked_body_is_decoded(void **state) {
    int fd = wire_connect(nginx_server_port(*state));
    wire_response_t *response;

    wire_send_text(fd, "POST /request HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                       "5\r\nhello\r\n1\r\n \r\n");
    wire_send_text(
        fd, "5\r\nworld\r\n0\r\n\r\nGET /request?next HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    response = wire_read(fd, "POST");
    assert_string_equal(response->body, "NULL|11|hello world|0");
    wire_free(response);
    assert_last_answer(fd, "next|0|NULL|0");
}

static void empty_chunked_body_is_null(void **state) {
    int fd = wire_connect(nginx_server_port(*state));
    wire_response_t *response;

    wire_send_text(fd, "POST /request HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    response = wire_read(fd, "POST");
    assert_string_equal(response->body, "NULL|0|NULL|0");
    wire_free(response);
    (void) close(fd);
}

/* The byte behind the body belongs to the next request: the NUL must not
 * be written over it. */
static void pipelined_request_behind_a_body_survives(void **state) {
    int fd = wire_connect(nginx_server_port(*state));
    wire_response_t *response;

    wire_send_text(fd, "POST /request HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
                       "GET /request?b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    response = wire_read(fd, "POST");
    assert_string_equal(response->body, "NULL|3|abc|0");
    wire_free(response);
    response = wire_read(fd, "GET");
    assert_int_equal(response->status, 200);
    assert_string_equal(response->body, "b|0|NULL|0");
    wire_free(response);
    assert_int_equal(wire_drain(fd), 0);
    (void) close(fd);
}

/* In one buffer, in several, in a temporary file; the sum shows any byte that
 * is missing or out of place. */
static void body_of_any_size_is_contiguous(void **state) {
    static const size_t sizes[] = {1, 1023, 1024, 1025, 20000, 3000000};
    static const char *const targets[] = {"/sum", "/file", "/single"};
    size_t i, j, k;

    for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        unsigned char *body = malloc(sizes[i]);
        unsigned long long sum = 0;
        char expected[64];

        assert_non_null(body);
        for (k = 0; k < sizes[i]; k++) {
            body[k] = (unsigned char) (k * 31 + k / 256);
            sum += (k + 1) * body[k];
        }
        (void) snprintf(expected, sizeof(expected), "%zu %llu 0", sizes[i], sum);
        for (j = 0; j < sizeof(targets) / sizeof(targets[0]); j++) {
            wire_response_t *response =
                wire_request(nginx_server_port(*state), "POST", targets[j], NULL, body, sizes[i]);

            assert_int_equal(response->status, 200);
            assert_string_equal(response->body, expected);
            wire_free(response);
        }
        free(body);
    }
}

static void body_that_comes_in_pieces_is_whole(void **state) {
    int fd = wire_connect(nginx_server_port(*state));
    wire_response_t *response;
    int i;

    wire_send_text(fd, "POST /request HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n");
    for (i = 0; i < 10; i++) {
        char digit = (char) ('0' + i);

        wire_send(fd, &digit, 1);
    }
    response = wire_read(fd, "POST");
    assert_string_equal(response->body, "NULL|10|0123456789|0");
    wire_free(response);
    (void) close(fd);
}

static void expected_continue_is_sent(void **state) {
    int fd = wire_connect(nginx_server_port(*state));
    wire_response_t *response;

    wire_send_text(fd,
                   "POST /request HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
    response = wire_read(fd, "POST");
    assert_int_equal(response->status, 100);
    wire_free(response);
    wire_send_text(fd, "abc");
    response = wire_read(fd, "POST");
    assert_string_equal(response->body, "NULL|3|abc|0");
    wire_free(response);
    (void) close(fd);
}

static void body_above_the_limit_is_413(void **state) {
    wire_response_t *response = wire_request(nginx_server_port(*state), "POST", "/small", NULL, "12345", 5);
    int fd = wire_connect(nginx_server_port(*state));

    assert_int_equal(response->status, 413);
    wire_free(response);
    wire_send_text(
        fd, "POST /small HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n0\r\n\r\n");
    response = wire_read(fd, "POST");
    assert_int_equal(response->status, 413);
    wire_free(response);
    (void) close(fd);
}

static void malformed_chunked_body_is_400(void **state) {
    int fd = wire_connect(nginx_server_port(*state));
    wire_response_t *response;

    wire_send_text(fd, "POST /sum HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
    response = wire_read(fd, "POST");
    assert_int_equal(response->status, 400);
    wire_free(response);
    (void) close(fd);
}

static void client_that_leaves_inside_the_body_harms_nobody(void **state) {
    int fd = wire_connect(nginx_server_port(*state));

    wire_send_text(fd, "POST /act?left HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc");
    (void) close(fd);
    nginx_server_wait_for_log(*state, "client prematurely closed connection, client: ");
    assert_get(*state, "/request", 200, "NULL|0|NULL|0");
    assert_int_equal(log_count_of(*state, "act was called"), 0);
}

static void access_is_checked_before_the_body_is_read(void **state) {
    int fd = wire_connect(nginx_server_port(*state));
    wire_response_t *response;

    wire_send_text(fd, "POST /denied HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n");
    response = wire_read(fd, "POST");
    assert_int_equal(response->status, 403);
    wire_free(response);
    (void) close(fd);
}

static void internal_redirects_reach_the_function(void **state) {
    assert_get(*state, "/rewritten", 200, "from=rewrite|0|NULL|0");
    assert_get(*state, "/tried", 200, "from=try_files|0|NULL|0");
    assert_get(*state, "/named?x", 200, "x|0|NULL|0");
    assert_body(*state, "POST", "/named?x", "body", "x|4|body|0");
}

static void query_param_is_raw_and_the_first(void **state) {
    static const struct {
        const char *target, *expected;
    } cases[] = {
        {"/param?q=a%20b", "a%20b"}, {"/param?q=1&q=2", "1"}, {"/param?q=", ""},         {"/param?q", "NULL"},
        {"/param?Q=1", "NULL"},      {"/param?xq=1", "NULL"}, {"/param?x&q=y=z", "y=z"}, {"/param", "NULL"},
    };
    size_t i;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_get(*state, cases[i].target, 200, cases[i].expected);
    }
}

static void uri_is_decoded_and_without_arguments(void **state) {
    assert_get(*state, "/uri/a%41/../b?x=y", 200, "/uri/b");
}

static void memory_functions_give_what_they_promise(void **state) {
    assert_get(*state, "/memory", 200, "copy");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(query_string_is_nul_terminated_or_null),
        cmocka_unit_test(body_reaches_the_function_for_every_method),
        cmocka_unit_test(empty_body_is_null),
        cmocka_unit_test(chunked_body_is_decoded),
        cmocka_unit_test(empty_chunked_body_is_null),
        cmocka_unit_test(pipelined_request_behind_a_body_survives),
        cmocka_unit_test(body_of_any_size_is_contiguous),
        cmocka_unit_test(body_that_comes_in_pieces_is_whole),
        cmocka_unit_test(expected_continue_is_sent),
        cmocka_unit_test(body_above_the_limit_is_413),
        cmocka_unit_test(malformed_chunked_body_is_400),
        cmocka_unit_test(client_that_leaves_inside_the_body_harms_nobody),
        cmocka_unit_test(access_is_checked_before_the_body_is_read),
        cmocka_unit_test(internal_redirects_reach_the_function),
        cmocka_unit_test(query_param_is_raw_and_the_first),
        cmocka_unit_test(uri_is_decoded_and_without_arguments),
        cmocka_unit_test(memory_functions_give_what_they_promise),
    };

    return cmocka_run_group_tests(tests, start, stop_server);
}
