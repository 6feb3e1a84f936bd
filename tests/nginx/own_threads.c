/* Libraries that start threads of their own, which use shared memory. */

#include "fixture.h"

#include <time.h>

#define JOINED "the thread has been joined"

static const nginx_config_t config = {
    .http = "ngx_link_func_shm_size 1m;\n",
    .server = LIB("own_thread") CALL("/count", "count") CALL("/counted", "counted"),
    .workers = 2,
};

static long counted(const nginx_server_t *server) {
    wire_response_t *response = get(server, "/counted");
    long number = strtol(response->body, NULL, 10);

    assert_string_not_equal(response->body, "apart");
    assert_int_equal(response->status, 200);
    wire_free(response);
    return number;
}

static void assert_goes_on(const nginx_server_t *server) {
    const struct timespec pause = {0, 2000000};
    long before = counted(server);
    int rounds;

    for (rounds = 0; rounds < 5000 && counted(server) < before + 20; rounds++) {
        (void) nanosleep(&pause, NULL);
    }
    assert_true(counted(server) >= before + 20);
}

static void threads_of_a_library_count_beside_its_functions(void **state) {
    nginx_server_t *server = NULL;
    long before;
    int i;

    *state = server = nginx_server_start(&config);
    assert_goes_on(server);
    before = counted(server);
    for (i = 0; i < 20; i++) {
        assert_get(server, "/count", 200, "counted");
    }
    assert_true(counted(server) >= before + 2000);
}

/* The old workers join theirs when those of the new ones run, in the same zone. */
static void reload_ends_old_threads_and_starts_new_ones(void **state) {
    nginx_server_t *server = NULL;
    size_t i;

    *state = server = nginx_server_start(&config);
    for (i = 1; i <= 3; i++) {
        long before;

        assert_goes_on(server);
        before = counted(server);
        nginx_server_reconfigure(server, &config);
        assert_get(server, "/count", 200, "counted");
        wait_for_log_count(server, JOINED, 2 * i);
        wait_for_log_count(server, "exited with code 0", 2 * i);
        assert_true(counted(server) >= before + 100);
    }
    assert_goes_on(server);
    assert_int_equal(log_count_of(server, JOINED), 6);
}

/* A thread of it may still run its code until then. */
static void library_stays_open_until_its_worker_has_done_all_else(void **state) {
    nginx_config_t alone = config;
    nginx_server_t *server = NULL;
    const char *unloaded;
    char *log;

    alone.workers = 1;
    *state = server = nginx_server_start(&alone);
    nginx_server_reconfigure(server, &alone);
    wait_for_log_count(server, "exited with code 0", 1);
    log = nginx_server_log_dup(server);
    unloaded = strstr(log, "the library is unloaded");
    assert_non_null(unloaded);
    assert_non_null(strstr(log, ": exit\n"));
    assert_true(strstr(log, ": exit\n") < unloaded);
    free(log);
}

/* What is freed has other bytes then, so that nothing is found in it by luck. */
static void thread_that_outlives_the_configuration_leaves_it_alone(void **state) {
    const nginx_config_t late = {.http = "ngx_link_func_shm_size 1m;\n",
                                 .server = LIB("late_thread") CALL("/", "nothing")};

    assert_int_equal(setenv("MALLOC_PERTURB_", "165", 1), 0);
    *state = nginx_server_start(&late);
    assert_int_equal(unsetenv("MALLOC_PERTURB_"), 0);
    assert_get(*state, "/", 200, "");
    nginx_server_reconfigure(*state, &late);
    wait_for_log_count(*state, "the late thread has ended", 1);
    wait_for_log_count(*state, "exited with code 0", 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        test_with_server(threads_of_a_library_count_beside_its_functions),
        test_with_server(library_stays_open_until_its_worker_has_done_all_else),
        test_with_server(thread_that_outlives_the_configuration_leaves_it_alone),
        test_with_server(reload_ends_old_threads_and_starts_new_ones),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
