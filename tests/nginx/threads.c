/* Functions in the thread pool. */

#include "fixture.h"

#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define POOLS "thread_pool default threads=4;\nthread_pool tiny threads=1 max_queue=1;\n"
#define ZONE "ngx_link_func_shm_size 1m;\n"
#define THREAD(location, function) "location " location " { aio threads; ngx_link_func_call " function "; }\n"

#define CALLS                                                                                                \
    LIB("threaded")                                                                                          \
    "location /address { aio threads; ngx_link_func_call hold_address; }\n"                                  \
    "location /real { set_real_ip_from 127.0.0.1; real_ip_header X-Real; ngx_link_func_call let_go; }\n"     \
    "location /addresses { ssi on; ssi_types *;\n"                                                           \
    "  return 200 '<!--#include virtual=\"/address\" -->,<!--#include virtual=\"/real\" -->'; }\n"           \
    "ngx_link_func_add_prop who me;\nset $own 1;\n" THREAD("/hold", "hold") CALL("/let_go", "let_go") CALL(  \
        "/held", "held") CALL("/returned", "returned") THREAD("/meet", "meet") THREAD("/echo", "echo_all")   \
        THREAD("/user", "show_user") THREAD("/ref", "by_reference") THREAD("/keeps", "keeps_lock") THREAD(   \
            "/takes", "takes_lock") THREAD("/var", "wrong_thread") THREAD("/nothing", "nothing")             \
            CALL("/inline",                                                                                  \
                 "wrong_thread") "location /tiny { aio threads=tiny; ngx_link_func_call hold; }\n"           \
                                 "location /chosen { aio threads=$arg_pool; ngx_link_func_call "             \
                                 "wrong_thread; }\n"                                                         \
                                 "location /page { ssi on; aio threads; ngx_link_func_call page; }\n"        \
                                 "location /gate { aio threads; ngx_link_func_call guard; proxy_pass "       \
                                 "http://127.0.0.1:PORT/user; }\n"                                           \
                                 "location = /ask { internal; aio threads; ngx_link_func_call guard; }\n"    \
                                 "location /asked { auth_request /ask; aio threads; ngx_link_func_call "     \
                                 "show_user; }\n"                                                            \
                                 "location /redirected { error_page 404 = /echo; return 404; }\n"

#define PART ((size_t) 70000) /* bytes that meet() answers */

static void start(void **state, const char *main_directives) {
    *state = nginx_server_start(&(nginx_config_t){.main = main_directives, .http = ZONE, .server = CALLS});
}

static long number(const nginx_server_t *server, const char *target) {
    wire_response_t *response = get(server, target);
    long result = strtol(response->body, NULL, 10);

    wire_free(response);
    return result;
}

static void wait_for_number(const nginx_server_t *server, const char *target, long expected) {
    const struct timespec pause = {0, 2000000};
    int rounds;

    for (rounds = 0; rounds < 2500 && number(server, target) < expected; rounds++) {
        (void) nanosleep(&pause, NULL);
    }
    assert_int_equal(number(server, target), expected);
}

static int send_get(const nginx_server_t *server, const char *target) {
    int fd = wire_connect(nginx_server_port(server));
    char text[256];

    (void) snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", target);
    wire_send_text(fd, text);
    return fd;
}

static void assert_answer(int fd, int status, const char *body) {
    wire_response_t *response = wire_read(fd, "GET");

    assert_int_equal(response->status, status);
    if (body != NULL) {
        assert_string_equal(response->body, body);
    }
    wire_free(response);
    (void) close(fd);
}

static void event_loop_goes_on_while_a_function_runs(void **state) {
    int fd;

    start(state, POOLS);
    fd = send_get(*state, "/hold");
    wait_for_number(*state, "/held", 1);
    assert_get(*state, "/inline", 200, "event loop");
    assert_int_equal(number(*state, "/let_go"), 1);
    assert_answer(fd, 200, "let go");
}

static void function_sees_and_changes_its_request(void **state) {
    wire_response_t *response;

    start(state, POOLS);
    response =
        wire_request(nginx_server_port(*state), "POST", "/echo/x?a=%41+b", "X-Sent: yes\r\n", "body", 4);
    assert_string_equal(response->status_line, "201 Made");
    assert_header(response, "Content-Type", "text/x");
    assert_header(response, "X-Out", "one");
    assert_header(response, "ETag", "\"v1\"");
    assert_string_equal(response->body,
                        "POST /echo/x 127.0.0.1 a=A b sent=yes who=me set=in headers=some body=4:body");
    wire_free(response);
    nginx_server_wait_for_log(*state, "refused header \"Connection\"");
    assert_int_equal(log_count_of(*state, "thread line 1, client: 127.0.0.1"), 1);
    assert_int_equal(log_count_of(*state, "thread line 2, client: 127.0.0.1"), 1);
    assert_get(*state, "/nothing", 200, "");
    assert_get(*state, "/redirected", 201,
               "GET /echo 127.0.0.1 a= sent=NULL who=me set=in headers=some body=0:NULL");
}

static void body_in_a_file_reaches_the_thread(void **state) {
    size_t size = 300000;
    char *body = malloc(size);
    wire_response_t *response;

    assert_non_null(body);
    memset(body, 'b', size);
    start(state, POOLS);
    response = wire_request(nginx_server_port(*state), "PUT", "/echo", NULL, body, size);
    assert_int_equal(response->status, 201);
    assert_non_null(strstr(response->body, "body=300000:bbbb"));
    assert_true(response->body_len > size);
    wire_free(response);
    free(body);
}

static void pipelined_requests_are_answered_in_order(void **state) {
    int fd;
    wire_response_t *response;

    start(state, POOLS);
    fd = wire_connect(nginx_server_port(*state));
    wire_send_text(fd, "HEAD /echo HTTP/1.1\r\nHost: a\r\n\r\nGET /takes HTTP/1.1\r\nHost: a\r\n\r\n"
                       "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi"
                       "GET /var HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    response = wire_read(fd, "HEAD");
    assert_int_equal(response->status, 201);
    wire_free(response);
    response = wire_read(fd, "GET");
    assert_string_equal(response->body, "taken");
    wire_free(response);
    response = wire_read(fd, "POST");
    assert_non_null(strstr(response->body, "body=2:hi"));
    wire_free(response);
    assert_last_answer(fd, "wrong thread");
}

static void parallel_subrequests_are_apart(void **state) {
    wire_response_t *response;
    size_t i;

    start(state, POOLS);
    response = get(*state, "/page");
    assert_int_equal(response->status, 200);
    assert_int_equal(response->body_len, 4 * PART + 1);
    for (i = 0; i < 4 * PART; i++) {
        assert_int_equal(response->body[i], 'a' + (int) (i / PART));
    }
    wire_free(response);
}

/* Another part of the page finds out meanwhile who the client is. */
static void function_sees_the_address_that_its_request_had(void **state) {
    start(state, POOLS);
    assert_get_with(*state, "/addresses", "X-Real: 10.1.2.3\r\n", 200, "127.0.0.1,1");
}

static void gate_in_a_thread_opens_and_closes(void **state) {
    wire_response_t *response;

    start(state, POOLS);
    response = get_with(*state, "/gate", "X-Name: ada\r\nX-User: forged\r\n");
    assert_int_equal(response->status, 200);
    assert_string_equal(response->body, "ada");
    assert_header(response, "X-Guard", "open");
    wire_free(response);
    response = wire_request(nginx_server_port(*state), "POST", "/gate", "X-Name: ada\r\n", "body", 4);
    assert_string_equal(response->body, "ada");
    wire_free(response);
    response = get_with(*state, "/gate", "X-User: forged\r\n");
    assert_int_equal(response->status, 401);
    assert_string_equal(response->body, "who?");
    wire_free(response);
    assert_get_with(*state, "/asked", "X-Name: bob\r\n", 200, "bob");
    response = get(*state, "/asked");
    assert_int_equal(response->status, 401);
    assert_header(response, "WWW-Authenticate", "Name");
    wire_free(response);
}

static void body_by_reference_is_sent_and_given_back(void **state) {
    wire_response_t *response;

    start(state, POOLS);
    response = get(*state, "/ref");
    assert_int_equal(response->body_len, 300000);
    assert_int_equal(response->body[299999], 'r');
    wire_free(response);
    response = wire_request(nginx_server_port(*state), "HEAD", "/ref", NULL, NULL, 0);
    assert_header(response, "Content-Length", "300000");
    wire_free(response);
}

static void full_queue_is_503(void **state) {
    int first, second;

    start(state, POOLS);
    nginx_server_expect_log(*state, "queue overflow");
    first = send_get(*state, "/tiny");
    wait_for_number(*state, "/held", 1);
    second = send_get(*state, "/tiny?waits");
    wait_for_log_count(*state, "http request line: \"GET /tiny?waits", 1);
    assert_answer(send_get(*state, "/tiny?third"), 503, NULL);
    assert_logged(*state, "[error]", "function \"hold\" was not called, its thread pool is full");
    assert_int_equal(number(*state, "/let_go"), 1);
    assert_int_equal(number(*state, "/let_go"), 2);
    assert_answer(first, 200, "let go");
    assert_answer(second, 200, "let go");
}

static void pool_is_chosen_by_name_at_run_time(void **state) {
    wire_response_t *response;

    start(state, POOLS);
    assert_get(*state, "/chosen?pool=tiny", 200, "wrong thread");
    response = get(*state, "/chosen?pool=none");
    assert_int_equal(response->status, 500);
    wire_free(response);
    assert_logged(*state, "[error]", "thread pool \"none\" not found");
}

static void lock_left_held_in_a_thread_is_released(void **state) {
    start(state, POOLS);
    nginx_server_expect_log(*state, "function \"keeps_lock\" returned with the shared memory mutex held");
    assert_get(*state, "/keeps", 200, "kept");
    assert_get(*state, "/takes", 200, "taken");
    assert_logged(*state, "[alert]", "function \"keeps_lock\" returned with the shared memory mutex held");
}

static void result_for_a_client_that_left_is_discarded(void **state) {
    struct linger at_once = {1, 0};
    int fd;

    start(state, POOLS);
    fd = send_get(*state, "/hold");
    wait_for_number(*state, "/held", 1);
    (void) setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    (void) close(fd);
    assert_int_equal(number(*state, "/let_go"), 1);
    wait_for_number(*state, "/returned", 1);
    assert_get(*state, "/takes", 200, "taken");
}

static void draining_worker_waits_for_a_running_function(void **state) {
    const nginx_config_t config = {.main = POOLS, .http = ZONE, .server = CALLS};
    int fd;

    start(state, POOLS);
    fd = send_get(*state, "/hold");
    wait_for_number(*state, "/held", 1);
    nginx_server_reconfigure(*state, &config);
    nginx_server_wait_for_log(*state, "gracefully shutting down");
    wait_for_log_count(*state, "start worker process ", 2);
    assert_int_equal(number(*state, "/let_go"), 1);
    assert_answer(fd, 200, "let go");
    nginx_server_wait_for_log(*state, "exited with code 0");
}

/* The connection is closed on the function, as it also is by a lost HTTP/2
 * connection; the request has to outlive that. */
static void terminated_request_lives_until_its_function_returns(void **state) {
    const nginx_config_t config = {.main = POOLS, .http = ZONE, .server = CALLS};
    int fd;

    start(state, POOLS "worker_shutdown_timeout 100ms;\n");
    fd = send_get(*state, "/hold");
    wait_for_number(*state, "/held", 1);
    nginx_server_reconfigure(*state, &config);
    nginx_server_wait_for_log(*state, "http terminate request count:");
    wait_for_log_count(*state, "start worker process ", 2);
    assert_int_equal(number(*state, "/returned"), 0);
    assert_int_equal(number(*state, "/let_go"), 1);
    wait_for_number(*state, "/returned", 1);
    nginx_server_wait_for_log(*state, "exited with code 0");
    assert_int_equal(wire_drain(fd), 0);
    (void) close(fd);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        test_with_server(event_loop_goes_on_while_a_function_runs),
        test_with_server(function_sees_and_changes_its_request),
        test_with_server(body_in_a_file_reaches_the_thread),
        test_with_server(pipelined_requests_are_answered_in_order),
        test_with_server(parallel_subrequests_are_apart),
        test_with_server(function_sees_the_address_that_its_request_had),
        test_with_server(gate_in_a_thread_opens_and_closes),
        test_with_server(body_by_reference_is_sent_and_given_back),
        test_with_server(full_queue_is_503),
        test_with_server(pool_is_chosen_by_name_at_run_time),
        test_with_server(lock_left_held_in_a_thread_is_released),
        test_with_server(result_for_a_client_that_left_is_discarded),
        test_with_server(draining_worker_waits_for_a_running_function),
        test_with_server(terminated_request_lives_until_its_function_returns),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
