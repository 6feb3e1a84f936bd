/* HTTP/3: bodies come in DATA frames of a QUIC stream, which has no end before
 * the client says so.  Runs on builds of NGINX that have it. */

#include "fixture.h"

#include "h3.h"

#include <unistd.h>

#define STREAMS 20
#define LIMIT (1 << 20) /* of client_max_body_size */

#define SERVER                                                                                               \
    LIB("handlers")                                                                                          \
    "client_max_body_size 1m; client_body_buffer_size 16k;\n" CALL("/show", "show_request")                  \
        CALL("/sum", "body_sum") CALL("/respond", "respond") CALL("/header", "show_header") CALL(            \
            "/act", "act") "location /told { error_page 413 = /show?told; ngx_link_func_call body_sum; }\n"
#define GATES                                                                                                \
    "location /gate { ngx_link_func_call act; proxy_pass http://127.0.0.1:ORIGIN; }\n"                       \
    "location /thread { aio threads; ngx_link_func_call act; proxy_pass http://127.0.0.1:ORIGIN; }\n"        \
    "location /threaded { aio threads; ngx_link_func_call body_sum; }\n"

static int start(void **state) {
    return start_proxied_by(
        state,
        &(nginx_config_t){.main = "thread_pool default threads=2;\n", .server = SERVER GATES, .http3 = 1});
}

static h3_client_t *connect_to(void **state) {
    return h3_connect(nginx_server_port(((const proxied_t *) *state)->server));
}

static h3_stream_t *request(h3_client_t *client, const char *method, const char *target) {
    h3_stream_t *stream = h3_request(client, &(h3_request_t){.method = method, .target = target});

    h3_run(client);
    return stream;
}

static void assert_answer(const h3_stream_t *stream, int status, const char *body) {
    assert_int_equal(stream->error, 0);
    assert_int_equal(stream->status, status);
    assert_string_equal(stream->body, body);
}

static void request_without_a_body_has_none(void **state) {
    static const char *const methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};
    h3_client_t *client = connect_to(state);
    size_t i;

    for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        assert_answer(request(client, methods[i], "/show?a=1"), 200, "a=1|0|NULL|0");
        assert_answer(request(client, methods[i], "/show"), 200, "NULL|0|NULL|0");
    }
    h3_close(client);
}

/* One frame, two, many, and more than the buffer holds, so a file. */
static void body_of_any_size_arrives_with_and_without_length(void **state) {
    static const char *const methods[] = {"POST", "PUT", "PATCH", "DELETE", "GET"};
    static const size_t lengths[] = {0, 1, 100, 16384, 16385, 100000, LIMIT};
    size_t i, files = log_count_of(((const proxied_t *) *state)->server, "buffered to a temporary file");
    h3_client_t *client = connect_to(state);
    char sum[128];

    for (i = 0; i < 2 * sizeof(lengths) / sizeof(lengths[0]); i++) {
        char *body = make_summed_body(lengths[i / 2], sum, sizeof(sum));
        const h3_stream_t *stream = h3_request(client, &(h3_request_t){.method = methods[i % 5],
                                                                       .target = "/sum",
                                                                       .body = body,
                                                                       .len = lengths[i / 2],
                                                                       .with_length = i % 2 == 0});

        h3_run(client);
        assert_answer(stream, 200, sum);
        test_free(body);
    }
    h3_close(client);
    wait_for_log_count(((const proxied_t *) *state)->server, "buffered to a temporary file", files + 4);
}

/* One whose body NGINX waits for. */
static h3_stream_t *begin(void **state, h3_client_t *client, const char *target, const char *headers) {
    static const char read[] = "http3 client request body rest";
    const nginx_server_t *server = ((const proxied_t *) *state)->server;
    size_t seen = log_count_of(server, read);
    h3_stream_t *stream = h3_request(
        client, &(h3_request_t){.method = "POST", .target = target, .headers = headers, .unfinished = 1});

    h3_send(client);
    wait_for_log_count(server, read, seen + 1);
    return stream;
}

/* Returns when NGINX has read a frame of that much and waits for the next. */
static void deliver_frame(void **state, h3_client_t *client, h3_stream_t *stream, const char *frame) {
    const nginx_server_t *server = ((const proxied_t *) *state)->server;
    char read[64];
    size_t seen;

    (void) snprintf(read, sizeof(read), "http3 client request body recv %zu\n", strlen(frame) + 2);
    seen = log_count_of(server, read);
    h3_continue(client, stream, frame, strlen(frame), 1);
    h3_deliver(client);
    wait_for_log_count(server, read, seen + 1);
    assert_int_equal(stream->status, 0);
}

static void assert_late_frames_arrive(void **state, const char *target, const char *headers) {
    static const char *const frames[] = {"first,", "and the second,", "third."};
    h3_client_t *client = connect_to(state);
    h3_stream_t *stream = begin(state, client, target, headers);
    size_t i;

    for (i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
        deliver_frame(state, client, stream, frames[i]);
    }
    h3_continue(client, stream, NULL, 0, 0);
    h3_run(client);
    assert_answer(stream, 200, "27 35214 0");
    h3_close(client);
}

static void body_whose_frames_come_late_is_whole(void **state) {
    assert_late_frames_arrive(state, "/sum", NULL);
    assert_late_frames_arrive(state, "/sum", "content-length: 27\n");
    assert_late_frames_arrive(state, "/threaded", NULL);
    assert_late_frames_arrive(state, "/threaded", "content-length: 27\n");
}

static void body_of_another_length_than_told_is_refused(void **state) {
    static const char *const lengths[] = {"content-length: 8\n", "content-length: 10\n"};
    h3_client_t *client = connect_to(state);
    size_t i;

    for (i = 0; i < 4; i++) {
        const h3_stream_t *stream = h3_request(client, &(h3_request_t){.method = "POST",
                                                                       .target = i < 2 ? "/show" : "/gate",
                                                                       .headers = lengths[i % 2],
                                                                       .body = "some body",
                                                                       .len = 9});

        h3_run(client);
        assert_int_equal(stream->status, i % 2 == 0 ? 413 : 400);
        assert_null(strstr(stream->body, "some"));
    }
    assert_true(upstream_is_untouched(((const proxied_t *) *state)->origin));
    assert_answer(request(client, "GET", "/show?after"), 200, "after|0|NULL|0");
    h3_close(client);
}

static void body_above_the_limit_is_413_and_the_connection_goes_on(void **state) {
    h3_client_t *client = connect_to(state);
    char sum[128], *body = make_summed_body(LIMIT + 1, sum, sizeof(sum));
    h3_request_t above = {.method = "POST", .target = "/sum", .body = body, .len = LIMIT + 1};
    const h3_stream_t *told, *untold = h3_request(client, &above);

    above.with_length = 1;
    told = h3_request(client, &above);
    h3_run(client);
    assert_int_equal(told->status, 413);
    assert_int_equal(untold->status, 413);
    assert_answer(request(client, "GET", "/show?after"), 200, "after|0|NULL|0");
    test_free(body);
    h3_close(client);
}

/* The limit is passed long before the last frame, when much has been kept. */
static void function_that_answers_for_a_body_above_the_limit_has_none(void **state) {
    size_t len = (size_t) 2 * LIMIT;
    h3_client_t *client = connect_to(state);
    char sum[128], *body = make_summed_body(len, sum, sizeof(sum));
    const h3_stream_t *untold =
        h3_request(client, &(h3_request_t){.method = "POST", .target = "/told", .body = body, .len = len});

    h3_run(client);
    assert_answer(untold, 200, "told|0|NULL|0");
    test_free(body);
    h3_close(client);
}

static void head_has_the_headers_alone(void **state) {
    h3_client_t *client = connect_to(state);
    const h3_stream_t *stream = request(client, "HEAD", "/respond?status=404&body=never&a1=X-Test:yes");

    assert_answer(stream, 404, "");
    assert_non_null(strstr(stream->headers, "content-length: 5\n"));
    assert_non_null(strstr(stream->headers, "x-test: yes\n"));
    h3_close(client);
}

static void statuses_without_a_body_have_none(void **state) {
    h3_client_t *client = connect_to(state);
    const h3_stream_t *none = request(client, "GET", "/respond?status=204&line=204%20None&body=never");
    const h3_stream_t *same = request(client, "GET", "/respond?status=304&body=never&b1=ETag:%22a%22");

    assert_answer(none, 204, "");
    assert_answer(same, 304, "");
    assert_null(strstr(none->headers, "content-type"));
    assert_null(strstr(same->headers, "content-type"));
    assert_non_null(strstr(same->headers, "etag: \"a\"\n"));
    assert_answer(request(client, "GET", "/respond?body=after"), 200, "after");
    h3_close(client);
}

static void headers_go_both_ways(void **state) {
    static const char all[] = "/respond?status=418&line=418%20Tea&type=text/tea&body=hot&b1=X-Before:1"
                              "&a1=X-After:2&a2=X-After:3";
    h3_client_t *client = connect_to(state);
    const h3_stream_t *seen = h3_request(
        client,
        &(h3_request_t){.method = "GET", .target = "/header?name=X-Sent", .headers = "x-sent: to you\n"});
    const h3_stream_t *answer = request(client, "GET", all);

    assert_answer(seen, 200, "to you");
    assert_answer(answer, 418, "hot");
    assert_non_null(strstr(answer->headers, "content-type: text/tea\n"));
    assert_non_null(strstr(answer->headers, "content-length: 3\n"));
    assert_non_null(strstr(answer->headers, "x-before: 1\n"));
    assert_non_null(strstr(answer->headers, "x-after: 2\nx-after: 3\n"));
    assert_null(strstr(answer->headers, "connection:"));
    assert_answer(request(client, "GET", "/act?out=Transfer-Encoding:chunked&show"), 200, "-1;");
    h3_close(client);
}

static void streams_of_one_connection_are_apart(void **state) {
    h3_client_t *client = connect_to(state);
    const h3_stream_t *streams[STREAMS];
    char text[64];
    size_t i;

    for (i = 0; i < STREAMS; i++) {
        (void) snprintf(text, sizeof(text), "/show?%zu", i);
        streams[i] = h3_request(client, &(h3_request_t){.method = i % 2 == 0 ? "POST" : "GET",
                                                        .target = text,
                                                        .body = i % 2 == 0 ? "some body" : NULL,
                                                        .len = i % 2 == 0 ? 9 : 0,
                                                        .with_length = i % 4 == 0});
    }
    h3_run(client);
    for (i = 0; i < STREAMS; i++) {
        (void) snprintf(text, sizeof(text), i % 2 == 0 ? "%zu|9|some body|0" : "%zu|0|NULL|0", i);
        assert_answer(streams[i], 200, text);
    }
    h3_close(client);
}

static void assert_passed_on(const upstream_request_t *seen, const char *body, size_t len) {
    char *length = upstream_header_dup(seen, "Content-Length"), *set = upstream_header_dup(seen, "X-A");

    assert_int_equal(seen->body_len, len);
    assert_memory_equal(seen->body, body, len);
    assert_non_null(set);
    assert_string_equal(set, "1");
    assert_int_equal(upstream_header_count(seen, "Transfer-Encoding"), 0);
    assert_true(len == 0 || length != NULL);
    free(length);
    free(set);
}

static void assert_gate_opens(void **state, h3_client_t *client, const h3_request_t *wanted) {
    const h3_stream_t *stream = h3_request(client, wanted);
    upstream_request_t seen;

    h3_deliver(client);
    seen = play_origin(*state, PLAIN_ANSWER);
    h3_run(client);
    assert_answer(stream, 200, "upstream");
    assert_non_null(strstr(stream->headers, "content-type: text/upstream\n"));
    assert_passed_on(&seen, wanted->body, wanted->len);
    upstream_free(&seen);
}

static void gate_passes_a_body_on_untouched(void **state) {
    static const char *const targets[] = {"/gate?in=X-A:1&body&decline", "/thread?in=X-A:1&body&status=200"};
    static const size_t lengths[] = {0, 5, 100000};
    h3_client_t *client = connect_to(state);
    char sum[128];
    size_t i;

    for (i = 0; i < 12; i++) {
        char *body = make_summed_body(lengths[i / 4], sum, sizeof(sum));

        assert_gate_opens(state, client,
                          &(h3_request_t){.method = "POST",
                                          .target = targets[i % 2],
                                          .body = body,
                                          .len = lengths[i / 4],
                                          .with_length = i % 4 < 2});
        test_free(body);
    }
    h3_close(client);
}

static void gate_answers_instead(void **state) {
    static const char *const gates[] = {"/gate?body&status=403:no", "/thread?body&status=403:no"};
    h3_client_t *client = connect_to(state);
    size_t i;

    for (i = 0; i < 4; i++) {
        const h3_stream_t *stream = h3_request(client, &(h3_request_t){.method = "POST",
                                                                       .target = gates[i % 2],
                                                                       .body = "some body",
                                                                       .len = 9,
                                                                       .with_length = i < 2});

        h3_run(client);
        assert_answer(stream, 403, "no");
    }
    assert_int_equal(request(client, "GET", "/gate")->status, 500);
    assert_int_equal(request(client, "GET", "/thread")->status, 500);
    assert_true(upstream_is_untouched(((const proxied_t *) *state)->origin));
    h3_close(client);
}

static void function_in_a_thread_has_the_body(void **state) {
    h3_client_t *client = connect_to(state);
    char sum[128], *body = make_summed_body(LIMIT, sum, sizeof(sum));
    const h3_stream_t *stream = h3_request(
        client, &(h3_request_t){.method = "PUT", .target = "/threaded", .body = body, .len = LIMIT});

    h3_run(client);
    assert_answer(stream, 200, sum);
    assert_answer(request(client, "DELETE", "/threaded"), 200, "0 0 -1");
    test_free(body);
    h3_close(client);
}

/* What had come of it is no body. */
static void function_is_not_called_for_a_body_that_is_reset(void **state) {
    static const char *const targets[] = {"/act?log=ca%6Cled", "/gate?log=ca%6Cled&decline"};
    const nginx_server_t *server = ((const proxied_t *) *state)->server;
    h3_client_t *client = connect_to(state);
    size_t i;

    for (i = 0; i < 4; i++) {
        h3_stream_t *stream = begin(state, client, targets[i % 2], i < 2 ? NULL : "content-length: 9\n");

        deliver_frame(state, client, stream, "some");
        h3_reset(client, stream);
        h3_run(client);
        wait_for_log_count(server, "http3 client request body recv -1\n", i + 1);
        assert_answer(request(client, "GET", "/show?after"), 200, "after|0|NULL|0");
    }
    assert_int_equal(log_count_of(server, "called"), 0);
    assert_true(upstream_is_untouched(((const proxied_t *) *state)->origin));
    h3_close(client);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(request_without_a_body_has_none),
        cmocka_unit_test(body_whose_frames_come_late_is_whole),
        cmocka_unit_test(function_is_not_called_for_a_body_that_is_reset),
        cmocka_unit_test(body_of_another_length_than_told_is_refused),
        cmocka_unit_test(body_of_any_size_arrives_with_and_without_length),
        cmocka_unit_test(body_above_the_limit_is_413_and_the_connection_goes_on),
        cmocka_unit_test(function_that_answers_for_a_body_above_the_limit_has_none),
        cmocka_unit_test(head_has_the_headers_alone),
        cmocka_unit_test(statuses_without_a_body_have_none),
        cmocka_unit_test(headers_go_both_ways),
        cmocka_unit_test(streams_of_one_connection_are_apart),
        cmocka_unit_test(gate_passes_a_body_on_untouched),
        cmocka_unit_test(gate_answers_instead),
        cmocka_unit_test(function_in_a_thread_has_the_body),
    };

    return cmocka_run_group_tests(tests, start, stop_proxied);
}
