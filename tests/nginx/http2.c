/* HTTP/2: bodies come in DATA frames, and requests share a connection. */

#include "fixture.h"

#include "h2.h"

#define STREAMS 20
#define LIMIT (2 << 20) /* of client_max_body_size */

/* Behind gates stands one that knows HTTP/1 only. */
#define UPSTREAM                                                                                             \
    "server { listen unix:PREFIX/upstream; client_max_body_size 2m;\n" LIB("handlers")                       \
        CALL("/show", "show_request") CALL("/sum", "body_sum") "}\n"
#define GATES                                                                                                \
    "location /gate/ { ngx_link_func_call act; proxy_pass http://unix:PREFIX/upstream:/; }\n"                \
    "location /thread/ { aio threads; ngx_link_func_call act; proxy_pass http://unix:PREFIX/upstream:/; }\n" \
    "location /threaded { aio threads; ngx_link_func_call act; }\n"

#define SERVER                                                                                               \
    LIB("handlers")                                                                                          \
    "client_max_body_size 2m; client_body_buffer_size 16k;\n" CALL("/show", "show_request")                  \
        CALL("/sum", "body_sum")                                                                             \
            CALL("/respond",                                                                                 \
                 "respond") "location /told { error_page 413 = /show?told; ngx_link_func_call body_sum; }\n"

static int start(void **state) {
    return start_server(state, &(nginx_config_t){.main = "thread_pool default threads=2;\n",
                                                 .http = UPSTREAM,
                                                 .server = SERVER GATES,
                                                 .http2 = 1});
}

static h2_client_t *connect_to(void **state) {
    return h2_connect(nginx_server_port(*state));
}

static h2_stream_t *request(h2_client_t *client, const char *method, const char *target) {
    h2_stream_t *stream = h2_request(client, method, target, NULL, 0, 0);

    h2_run(client);
    return stream;
}

static void request_without_a_body_has_none(void **state) {
    h2_client_t *client = connect_to(state);

    assert_string_equal(request(client, "GET", "/show?a=1")->body, "a=1|0|NULL|0");
    assert_string_equal(request(client, "POST", "/show")->body, "NULL|0|NULL|0");
    h2_close(client);
}

/* One frame, two, many, and more than the buffer holds, so a file. */
static void body_of_any_size_arrives_with_and_without_length(void **state) {
    static const size_t lengths[] = {0, 1, 100, 16384, 16385, 100000, 1 << 20, LIMIT};
    h2_client_t *client = connect_to(state);
    char sum[128];
    size_t i;

    for (i = 0; i < 2 * sizeof(lengths) / sizeof(lengths[0]); i++) {
        char *body = make_summed_body(lengths[i / 2], sum, sizeof(sum));
        const h2_stream_t *stream = h2_request(client, "POST", "/sum", body, lengths[i / 2], i % 2 == 0);

        h2_run(client);
        assert_int_equal(stream->status, 200);
        assert_string_equal(stream->body, sum);
        test_free(body);
    }
    h2_close(client);
}

static void body_above_the_limit_is_413_and_the_connection_goes_on(void **state) {
    h2_client_t *client = connect_to(state);
    char sum[128], *body = make_summed_body(LIMIT + 1, sum, sizeof(sum));
    const h2_stream_t *told = h2_request(client, "POST", "/sum", body, LIMIT + 1, 1);
    const h2_stream_t *untold = h2_request(client, "POST", "/sum", body, LIMIT + 1, 0);

    h2_run(client);
    assert_int_equal(told->status, 413);
    assert_int_equal(untold->status, 413);
    assert_string_equal(request(client, "GET", "/show?after")->body, "after|0|NULL|0");
    test_free(body);
    h2_close(client);
}

/* The limit is passed long before the last frame, when much has been kept. */
static void function_that_answers_for_a_body_above_the_limit_has_none(void **state) {
    h2_client_t *client = connect_to(state);
    char sum[128], *body = make_summed_body((size_t) 2 * LIMIT, sum, sizeof(sum));
    const h2_stream_t *untold = h2_request(client, "POST", "/told", body, (size_t) 2 * LIMIT, 0);

    h2_run(client);
    assert_int_equal(untold->status, 200);
    assert_string_equal(untold->body, "told|0|NULL|0");
    test_free(body);
    h2_close(client);
}

static void head_has_the_headers_alone(void **state) {
    h2_client_t *client = connect_to(state);
    const h2_stream_t *stream = request(client, "HEAD", "/respond?status=404&body=never&a1=X-Test:yes");

    assert_int_equal(stream->status, 404);
    assert_int_equal(stream->body_len, 0);
    assert_non_null(strstr(stream->headers, "content-length: 5\n"));
    assert_non_null(strstr(stream->headers, "x-test: yes\n"));
    h2_close(client);
}

static void statuses_without_a_body_have_none(void **state) {
    h2_client_t *client = connect_to(state);
    const h2_stream_t *none = request(client, "GET", "/respond?status=204&line=204%20None&body=never");
    const h2_stream_t *same = request(client, "GET", "/respond?status=304&body=never&b1=ETag:%22a%22");

    assert_int_equal(none->status, 204);
    assert_int_equal(same->status, 304);
    assert_int_equal(none->body_len + same->body_len, 0);
    assert_null(strstr(none->headers, "content-type"));
    assert_null(strstr(same->headers, "content-type"));
    assert_non_null(strstr(same->headers, "etag: \"a\"\n"));
    assert_string_equal(request(client, "GET", "/respond?body=after")->body, "after");
    h2_close(client);
}

static void status_line_gives_its_number(void **state) {
    static const char *const lines[] = {"299%20Something%20else", "418%20A%20teapot", "599"};
    h2_client_t *client = connect_to(state);
    char target[128];
    size_t i;

    for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        const h2_stream_t *stream;

        (void) snprintf(target, sizeof(target), "/respond?status=%.3s&line=%s&body=text", lines[i], lines[i]);
        stream = request(client, "GET", target);
        assert_int_equal(stream->status, strtol(lines[i], NULL, 10));
        assert_string_equal(stream->body, "text");
    }
    h2_close(client);
}

static void streams_of_one_connection_are_apart(void **state) {
    h2_client_t *client = connect_to(state);
    const h2_stream_t *streams[STREAMS];
    char text[64];
    size_t i;

    for (i = 0; i < STREAMS; i++) {
        (void) snprintf(text, sizeof(text), "/show?%zu", i);
        streams[i] = i % 2 == 0 ? h2_request(client, "POST", text, "some body", 9, i % 4 == 0)
                                : h2_request(client, "GET", text, NULL, 0, 0);
    }
    h2_run(client);
    for (i = 0; i < STREAMS; i++) {
        (void) snprintf(text, sizeof(text), i % 2 == 0 ? "%zu|9|some body|0" : "%zu|0|NULL|0", i);
        assert_int_equal(streams[i]->status, 200);
        assert_string_equal(streams[i]->body, text);
    }
    h2_close(client);
}

static void gate_lets_a_body_through_or_answers(void **state) {
    static const char *const gates[] = {"/gate/", "/thread/"};
    static const size_t lengths[] = {0, 5, 100000};
    h2_client_t *client = connect_to(state);
    char sum[128], target[64];
    size_t i;

    for (i = 0; i < 12; i++) {
        char *body = make_summed_body(lengths[i / 4], sum, sizeof(sum));
        const h2_stream_t *open, *closed;

        (void) snprintf(target, sizeof(target), "%ssum?in=X-A:1&status=200", gates[i % 2]);
        open = h2_request(client, "POST", target, body, lengths[i / 4], i % 4 < 2);
        h2_run(client);
        (void) snprintf(target, sizeof(target), "%ssum?body&status=403:no", gates[i % 2]);
        closed = h2_request(client, "POST", target, body, lengths[i / 4], i % 4 < 2);
        h2_run(client);
        assert_int_equal(open->status, 200);
        assert_string_equal(open->body, sum);
        assert_int_equal(closed->status, 403);
        assert_string_equal(closed->body, "no");
        test_free(body);
    }
    assert_string_equal(request(client, "GET", "/gate/show?status=200")->body, "status=200|0|NULL|0");
    assert_string_equal(request(client, "GET", "/thread/show?decline")->body, "decline|0|NULL|0");
    assert_int_equal(request(client, "GET", "/gate/show")->status, 500);
    assert_int_equal(request(client, "GET", "/thread/show")->status, 500);
    h2_close(client);
}

static void function_in_a_thread_has_the_body(void **state) {
    h2_client_t *client = connect_to(state);
    const h2_stream_t *stream = h2_request(client, "PUT", "/threaded?method&body&show", "abc", 3, 0);

    h2_run(client);
    assert_string_equal(stream->body, "PUT;3,590,0;");
    assert_string_equal(request(client, "GET", "/threaded?method&body&show")->body, "GET;0,0,-1;");
    h2_close(client);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(request_without_a_body_has_none),
        cmocka_unit_test(body_of_any_size_arrives_with_and_without_length),
        cmocka_unit_test(body_above_the_limit_is_413_and_the_connection_goes_on),
        cmocka_unit_test(function_that_answers_for_a_body_above_the_limit_has_none),
        cmocka_unit_test(head_has_the_headers_alone),
        cmocka_unit_test(statuses_without_a_body_have_none),
        cmocka_unit_test(status_line_gives_its_number),
        cmocka_unit_test(gate_lets_a_body_through_or_answers),
        cmocka_unit_test(function_in_a_thread_has_the_body),
        cmocka_unit_test(streams_of_one_connection_are_apart),
    };

    return cmocka_run_group_tests(tests, start, stop_server);
}
