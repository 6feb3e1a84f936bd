/* HTTP/3 clients that leave while the thread pool runs a function for them.
 * Runs on builds of NGINX that have it. */

#include "fixture.h"
#include "held_calls.h"

#include "h3.h"

#include <time.h>

static int start(void **state) {
    return start_server(state, &(nginx_config_t){.main = "thread_pool default threads=4;\n",
                                                 .http = "ngx_link_func_shm_size 1m;\n",
                                                 .server = HELD_CALLS,
                                                 .workers = 2,
                                                 .http3 = 1});
}

static long number(void **state, const char *target) {
    wire_response_t *response = get(*state, target);
    long result = strtol(response->body, NULL, 10);

    wire_free(response);
    return result;
}

/* A client whose requests, of which each runs `functions`, are in the pool. */
static h3_client_t *hold(void **state, const char *target, int requests, int functions,
                         h3_stream_t **streams) {
    long held = number(state, "/held");
    h3_client_t *client = h3_connect(nginx_server_port(*state));
    int i;

    for (i = 0; i < requests; i++) {
        streams[i] = h3_request(client, &(h3_request_t){.method = i % 2 == 0 ? "GET" : "POST",
                                                        .target = target,
                                                        .body = i % 2 == 0 ? NULL : "body",
                                                        .len = i % 2 == 0 ? 0 : 4});
    }
    h3_send(client);
    wait_for_held_number(number, state, "/held", held + (long) requests * functions);
    assert_int_equal(number(state, "/returned"), held);
    return client;
}

/* How many requests of HTTP/3 have ended so far, of the first ones of each connection. */
static size_t ended_count(void **state) {
    static const char *const ends[HELD_THREADS] = {"quic stream id:0x0 cleanup", "quic stream id:0x4 cleanup",
                                                   "quic stream id:0x8 cleanup",
                                                   "quic stream id:0xc cleanup"};
    size_t i, count = 0;

    for (i = 0; i < HELD_THREADS; i++) {
        count += log_count_of(*state, ends[i]);
    }
    return count;
}

/* The requests end only when their functions do. */
static void let_go_of(void **state, int functions, size_t requests) {
    const struct timespec pause = {0, 2000000};
    size_t ended = ended_count(state);
    long returned = number(state, "/returned");
    int i, rounds;

    for (i = 0; i < functions; i++) {
        assert_true(ended_count(state) < ended + requests);
        (void) number(state, "/let_go");
    }
    wait_for_held_number(number, state, "/returned", returned + functions);
    for (rounds = 0; rounds < 2500 && ended_count(state) < ended + requests; rounds++) {
        (void) nanosleep(&pause, NULL);
    }
    assert_int_equal(ended_count(state), ended + requests);
}

/* To the client the stream ends at once. */
static void assert_reset_is_survived(void **state, const char *target, int functions) {
    h3_stream_t *stream;
    h3_client_t *client = hold(state, target, 1, functions, &stream);
    const h3_stream_t *next;

    h3_reset(client, stream);
    h3_run(client);
    let_go_of(state, functions, 1);
    next = h3_request(client, &(h3_request_t){.method = "GET", .target = "/takes"});
    h3_run(client);
    assert_string_equal(next->body, "taken");
    assert_int_equal(stream->status, 0);
    h3_close(client);
    assert_get(*state, "/takes", 200, "taken");
}

static void reset_stream_lives_until_its_function_returns(void **state) {
    assert_reset_is_survived(state, "/hold", 1);
}

static void reset_stream_lives_until_the_functions_of_its_parts_return(void **state) {
    assert_reset_is_survived(state, "/page", 2);
}

static void reset_stream_lives_until_its_gate_returns(void **state) {
    assert_reset_is_survived(state, "/guarded", 1);
}

/* All streams of the connection go, and with the last one the connection. */
static void assert_loss_is_survived(void **state, const char *target, int requests, int functions) {
    static const char lost[] = "quic connection has active streams";
    size_t before = log_count_of(*state, lost);
    h3_stream_t *streams[HELD_THREADS];

    h3_close(hold(state, target, requests, functions, streams));
    wait_for_log_count(*state, lost, before + 1);
    let_go_of(state, requests * functions, (size_t) requests);
    assert_get(*state, "/takes", 200, "taken");
}

static void lost_connection_lives_until_its_functions_return(void **state) {
    assert_loss_is_survived(state, "/hold", 1, 1);
    assert_loss_is_survived(state, "/hold", HELD_THREADS, 1);
}

static void lost_connection_lives_until_the_functions_of_its_parts_return(void **state) {
    assert_loss_is_survived(state, "/page", 2, 2);
}

static void lost_connection_lives_until_its_gates_return(void **state) {
    assert_loss_is_survived(state, "/guarded", 2, 1);
}

static void client_that_stays_gets_what_its_functions_answer(void **state) {
    h3_stream_t *streams[HELD_THREADS];
    h3_client_t *client = hold(state, "/hold", HELD_THREADS, 1, streams);
    int i;

    for (i = 0; i < HELD_THREADS; i++) {
        (void) number(state, "/let_go");
    }
    h3_run(client);
    for (i = 0; i < HELD_THREADS; i++) {
        assert_int_equal(streams[i]->status, 200);
        assert_string_equal(streams[i]->body, "let go");
    }
    h3_close(client);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(client_that_stays_gets_what_its_functions_answer),
        cmocka_unit_test(reset_stream_lives_until_its_function_returns),
        cmocka_unit_test(reset_stream_lives_until_the_functions_of_its_parts_return),
        cmocka_unit_test(reset_stream_lives_until_its_gate_returns),
        cmocka_unit_test(lost_connection_lives_until_its_functions_return),
        cmocka_unit_test(lost_connection_lives_until_the_functions_of_its_parts_return),
        cmocka_unit_test(lost_connection_lives_until_its_gates_return),
    };

    return cmocka_run_group_tests(tests, start, stop_server);
}
