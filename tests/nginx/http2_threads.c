/* HTTP/2 clients that leave while the thread pool runs a function for them. */

#include "fixture.h"
#include "held_calls.h"

#include "h2.h"

static int start(void **state) {
    return start_server(state, &(nginx_config_t){.main = "thread_pool default threads=4;\n",
                                                 .http = "ngx_link_func_shm_size 1m;\n",
                                                 .server = HELD_CALLS,
                                                 .http2 = 1});
}

static long number(void **state, const char *target) {
    h2_client_t *client = h2_connect(nginx_server_port(*state));
    const h2_stream_t *stream = h2_request(client, "GET", target, NULL, 0, 0);
    long result;

    h2_run(client);
    result = strtol(stream->body, NULL, 10);
    h2_close(client);
    return result;
}

/* A client whose requests, of which each runs `functions`, are in the pool. */
static h2_client_t *hold(void **state, const char *target, int requests, int functions,
                         h2_stream_t **streams) {
    long held = number(state, "/held");
    h2_client_t *client = h2_connect(nginx_server_port(*state));
    int i;

    for (i = 0; i < requests; i++) {
        streams[i] = h2_request(client, i % 2 == 0 ? "GET" : "POST", target, i % 2 == 0 ? NULL : "body",
                                i % 2 == 0 ? 0 : 4, 0);
    }
    h2_send(client);
    wait_for_held_number(number, state, "/held", held + (long) requests * functions);
    assert_int_equal(number(state, "/returned"), held);
    return client;
}

/* The requests end only when their functions do. */
static void let_go_of(void **state, int functions, size_t requests) {
    size_t ended = log_count_of(*state, "http terminate handler count:");
    long returned = number(state, "/returned");
    int i;

    for (i = 0; i < functions; i++) {
        assert_true(log_count_of(*state, "http terminate handler count:") < ended + requests);
        (void) number(state, "/let_go");
    }
    wait_for_held_number(number, state, "/returned", returned + functions);
    wait_for_log_count(*state, "http terminate handler count:", ended + requests);
}

static void assert_serves(void **state) {
    h2_client_t *client = h2_connect(nginx_server_port(*state));
    const h2_stream_t *stream = h2_request(client, "GET", "/takes", NULL, 0, 0);

    h2_run(client);
    assert_string_equal(stream->body, "taken");
    h2_close(client);
}

static void assert_reset_is_survived(void **state, const char *target, int functions) {
    size_t cancelled = log_count_of(*state, "client canceled stream");
    h2_stream_t *stream;
    h2_client_t *client = hold(state, target, 1, functions, &stream);
    const h2_stream_t *next;

    h2_reset(client, stream);
    wait_for_log_count(*state, "client canceled stream", cancelled + 1);
    let_go_of(state, functions, 1);
    next = h2_request(client, "GET", "/takes", NULL, 0, 0);
    h2_run(client);
    assert_string_equal(next->body, "taken");
    assert_int_equal(stream->status, 0);
    h2_close(client);
    assert_serves(state);
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
    static const char closed[] = "client prematurely closed connection";
    static const char reset[] = "recv() failed (104: ";
    size_t before = log_count_of(*state, closed);
    h2_stream_t *streams[HELD_THREADS];
    h2_client_t *client = hold(state, target, requests, functions, streams);

    h2_shut_down(client);
    wait_for_log_count(*state, closed, before + 1);
    let_go_of(state, requests * functions, (size_t) requests);
    h2_close(client);
    before = log_count_of(*state, reset);
    h2_close(hold(state, target, requests, functions, streams));
    wait_for_log_count(*state, reset, before + 1);
    let_go_of(state, requests * functions, (size_t) requests);
    assert_serves(state);
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reset_stream_lives_until_its_function_returns),
        cmocka_unit_test(reset_stream_lives_until_the_functions_of_its_parts_return),
        cmocka_unit_test(reset_stream_lives_until_its_gate_returns),
        cmocka_unit_test(lost_connection_lives_until_its_functions_return),
        cmocka_unit_test(lost_connection_lives_until_the_functions_of_its_parts_return),
        cmocka_unit_test(lost_connection_lives_until_its_gates_return),
    };

    return cmocka_run_group_tests(tests, start, stop_server);
}
