/* Request bodies that several functions see, and those that are not whole. */

#include "fixture.h"

#include <unistd.h>

#define UPSTREAM "proxy_pass http://127.0.0.1:ORIGIN;"
#define LIMITED(code) "client_max_body_size 8; error_page " code " = "

static int start(void **state) {
    return start_proxied(
        state, "client_body_buffer_size 1k; recursive_error_pages on;\n",
        "location /page { ssi on; ngx_link_func_call act; }\n"
        "location /part { ngx_link_func_call act; }\n"
        "location /threaded { aio threads; ngx_link_func_call act; }\n"
        "location /limited { " LIMITED(
            "413") "/part?body&show; ngx_link_func_call act; }\n"
                   "location /named { " LIMITED(
                       "413") "@part; ngx_link_func_call act; }\n"
                              "location /invalid { " LIMITED(
                                  "400") "/part?body&show; ngx_link_func_call act; }\n"
                                         "location /closed { " LIMITED(
                                             "413") "/gate?status=200; ngx_link_func_call act; }\n"
                                                    "location @part { set $args body&show; "
                                                    "ngx_link_func_call act; }\n"
                                                    "location /gate { ngx_link_func_call act; " UPSTREAM
                                                    " }\n"
                                                    "location /passed { error_page 502 = @again; "
                                                    "proxy_http_version 1.1;\n"
                                                    "  proxy_request_buffering off; " UPSTREAM " }\n"
                                                    "location /passedgate { error_page 502 = @againgate; "
                                                    "proxy_http_version 1.1;\n"
                                                    "  proxy_request_buffering off; " UPSTREAM " }\n"
                                                    "location @again { error_page "
                                                    "502 = @part; " UPSTREAM " }\n"
                                                    "location @againgate { "
                                                    "error_page 502 = @gate; " UPSTREAM " }\n"
                                                    "location @gate { set $args status=200; "
                                                    "ngx_link_func_call act; " UPSTREAM " }\n" LIB("act"));
}

static const nginx_server_t *server_of(void **state) {
    return ((const proxied_t *) *state)->server;
}

static int origin_of(void **state) {
    return ((const proxied_t *) *state)->origin;
}

/*
 * One copy
 */

#define INCLUDE(target) "<!--%23include%20virtual=\"" target "?body%26bodyat%26show\"-->,"
#define PAGE "/page?type=text/html&status=200:"

/* What the parts answer to the body, which is all 'b': LENGTH,SUM,NUL;ADDRESS; each. */
static wire_response_t *post_page(void **state, const char *target, size_t len) {
    char *body = test_malloc(len);
    wire_response_t *response;

    memset(body, 'b', len);
    response = wire_request(nginx_server_port(server_of(state)), "POST", target, NULL, body, len);
    assert_int_equal(response->status, 200);
    test_free(body);
    return response;
}

/* Whether each part saw the whole body; their addresses are copied out. */
static void assert_parts(const wire_response_t *response, size_t len, char addresses[][32], size_t count) {
    const char *at = response->body;
    char seen[64];
    size_t i;

    (void) snprintf(seen, sizeof(seen), "%zu,%llu,0;", len, (unsigned long long) len * (len + 1) / 2 * 'b');
    for (i = 0; i < count; i++) {
        assert_memory_equal(at, seen, strlen(seen));
        at += strlen(seen);
        assert_int_equal(sscanf(at, "%31[^;];,", addresses[i]), 1);
        at += strlen(addresses[i]) + 2;
    }
    assert_int_equal(*at, '\0');
}

/* In memory, and in a file. */
static void parts_of_a_page_share_one_copy_of_the_body(void **state) {
    static const size_t lengths[] = {3, 300000};
    char addresses[3][32];
    size_t i;

    for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        wire_response_t *response =
            post_page(state, PAGE INCLUDE("/part") INCLUDE("/part") INCLUDE("/part"), lengths[i]);

        assert_parts(response, lengths[i], addresses, 3);
        assert_string_equal(addresses[0], addresses[1]);
        assert_string_equal(addresses[0], addresses[2]);
        wire_free(response);
    }
}

static void part_in_a_thread_has_a_copy_of_its_own(void **state) {
    char addresses[4][32];
    wire_response_t *response = post_page(
        state, PAGE INCLUDE("/threaded") INCLUDE("/part") INCLUDE("/threaded") INCLUDE("/part"), 30000);

    assert_parts(response, 30000, addresses, 4);
    assert_string_equal(addresses[1], addresses[3]);
    assert_string_not_equal(addresses[0], addresses[1]);
    assert_string_not_equal(addresses[2], addresses[1]);
    assert_string_not_equal(addresses[0], addresses[2]);
    wire_free(response);
}

/*
 * Not whole
 */

/* A body whose first chunk NGINX has kept when the second one comes. */
static wire_response_t *post_chunks(void **state, const char *target, const char *second) {
    size_t before = log_count_of(server_of(state), "http client request body preread 10");
    int fd = wire_connect(nginx_server_port(server_of(state)));
    wire_response_t *response;
    char head[256];

    (void) snprintf(head, sizeof(head),
                    "POST %s HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
                    target);
    wire_send_text(fd, head);
    wait_for_log_count(server_of(state), "http client request body preread 10", before + 1);
    wire_send_text(fd, second);
    response = wire_read(fd, "POST");
    (void) close(fd);
    return response;
}

static void function_that_answers_for_a_body_that_was_refused_has_none(void **state) {
    static const struct {
        const char *target;
        const char *second;
    } rows[] = {
        {"/limited", "5\r\nworld\r\n0\r\n\r\n"},
        {"/named", "5\r\nworld\r\n0\r\n\r\n"},
        {"/invalid", "no number\r\n"},
    };
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t called = log_count_of(server_of(state), "act was called");
        wire_response_t *response = post_chunks(state, rows[i].target, rows[i].second);

        assert_int_equal(response->status, 200);
        assert_string_equal(response->body, "0,0,-1;");
        assert_int_equal(log_count_of(server_of(state), "act was called"), called + 1);
        wire_free(response);
    }
}

static void body_that_fits_reaches_the_function_that_has_a_limit(void **state) {
    wire_response_t *response = post_chunks(state, "/limited?body&show", "3\r\nwor\r\n0\r\n\r\n");

    assert_memory_equal(response->body, "8,", 2);
    wire_free(response);
}

static void gate_stays_closed_for_a_body_that_was_refused(void **state) {
    size_t called = log_count_of(server_of(state), "act was called");
    wire_response_t *response = post_chunks(state, "/closed", "5\r\nworld\r\n0\r\n\r\n");

    assert_int_equal(response->status, 500);
    assert_true(upstream_is_untouched(origin_of(state)));
    assert_int_equal(log_count_of(server_of(state), "act was called"), called);
    nginx_server_wait_for_log(server_of(state),
                              "the function is not called, the request body could not be read");
    wire_free(response);
}

/* One proxy passes on all of it as it comes; behind the next one, which buffers
 * bodies, NGINX has forgotten that. */
static void assert_forgotten_body_is_refused(void **state, const char *target) {
    size_t refused = log_count_of(server_of(state), "only 0 of 10 bytes of the request body are left");
    size_t called = log_count_of(server_of(state), "act was called");
    int fd = wire_connect(nginx_server_port(server_of(state))), upstream;
    wire_response_t *response;
    char head[256];

    (void) snprintf(head, sizeof(head), "POST %s HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc",
                    target);
    wire_send_text(fd, head);
    upstream = upstream_accept(origin_of(state));
    await_text(upstream, "abc");
    wire_send_text(fd, "defghij");
    await_text(upstream, "hij");
    (void) close(upstream);
    upstream = upstream_accept(origin_of(state));
    await_text(upstream, "\r\n\r\n");
    (void) close(upstream);
    response = wire_read(fd, "POST");
    assert_int_equal(response->status, 500);
    assert_true(upstream_is_untouched(origin_of(state)));
    assert_int_equal(log_count_of(server_of(state), "act was called"), called);
    assert_int_equal(log_count_of(server_of(state), "only 0 of 10 bytes of the request body are left"),
                     refused + 1);
    wire_free(response);
    (void) close(fd);
}

static void body_that_a_proxy_passed_on_is_not_taken_for_whole_behind_another(void **state) {
    assert_forgotten_body_is_refused(state, "/passed");
    assert_forgotten_body_is_refused(state, "/passedgate");
}

static void body_whose_file_cannot_be_read_is_an_error(void **state) {
    nginx_server_t *server = NULL;
    wire_response_t *response;
    char *body = test_malloc(4096);

    *state = server = nginx_server_start(&(nginx_config_t){
        .server = LIB("cut_body") "client_body_in_file_only clean; ssi on;\n"
                                  "location /page { aio threads; ngx_link_func_call cut_body; }\n"
                                  "location /part { ngx_link_func_call read_body; }\n"});
    memset(body, 'b', 4096);
    response = wire_request(nginx_server_port(server), "POST", "/page", NULL, body, 4096);
    assert_int_equal(response->status, 200);
    assert_non_null(strstr(response->body, "500 Internal Server Error"));
    assert_null(strstr(response->body, "bbb"));
    assert_logged(server, "[crit]", "is shorter than it was");
    wire_free(response);
    test_free(body);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_of_a_page_share_one_copy_of_the_body),
        cmocka_unit_test(part_in_a_thread_has_a_copy_of_its_own),
        cmocka_unit_test(function_that_answers_for_a_body_that_was_refused_has_none),
        cmocka_unit_test(body_that_fits_reaches_the_function_that_has_a_limit),
        cmocka_unit_test(gate_stays_closed_for_a_body_that_was_refused),
        cmocka_unit_test(body_that_a_proxy_passed_on_is_not_taken_for_whole_behind_another),
    };

    const struct CMUnitTest alone[] = {
        test_with_server(body_whose_file_cannot_be_read_is_an_error),
    };

    return cmocka_run_group_tests(tests, start, stop_proxied) + cmocka_run_group_tests(alone, NULL, NULL);
}
