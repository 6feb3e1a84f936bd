/* Shared memory and its mutexes, in four workers. */

#include "fixture.h"

#include <unistd.h>

#define WORKERS 4

static void start(void **state, const char *size) {
    static const char calls[] = LIB("shared") CALL("/cache", "cache_calls") CALL("/count", "count_up")
        CALL("/fill", "fill_zone") CALL("/alloc", "alloc_and_free") CALL("/nest", "lock_nests")
            CALL("/leave", "lock_and_leave") CALL("/die", "lock_and_die") CALL("/unlock", "unlock_only")
                CALL("/try", "try_lock") CALL("/null", "null_shared_memory");

    *state = nginx_server_start(&(nginx_config_t){.http = size, .server = calls, .workers = WORKERS});
}

static void cache_does_what_it_says(void **state) {
    start(state, "ngx_link_func_shm_size 1m;");
    assert_get(*state, "/cache", 200, "right");
    assert_get(*state, "/cache", 200, "right");
    assert_get(*state, "/alloc", 200, "freed");
    assert_get(*state, "/nest", 200, "nested");
    assert_get(*state, "/try", 200, "taken");
}

static void without_a_zone_every_function_fails_quietly(void **state) {
    start(state, NULL);
    assert_get(*state, "/null", 200, "right");
}

/* The handler works for long enough that other workers take the other
 * connections; the counter shows every increment that was lost. */
static void no_increment_is_lost_between_workers(void **state) {
    enum { CONNECTIONS = 8, EACH = 200000 };
    int fds[CONNECTIONS], pids[CONNECTIONS], i, others = 0;
    unsigned long count = 0;
    char text[128];

    start(state, "ngx_link_func_shm_size 1m;");
    (void) snprintf(text, sizeof(text), "GET /count?n=%d HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
                    EACH);
    for (i = 0; i < CONNECTIONS; i++) {
        fds[i] = wire_connect(nginx_server_port(*state));
        wire_send_text(fds[i], text);
    }
    for (i = 0; i < CONNECTIONS; i++) {
        wire_response_t *response = wire_read(fds[i], "GET");
        char *end;
        unsigned long seen;

        pids[i] = (int) strtol(response->body, &end, 10);
        seen = strtoul(end, NULL, 10);
        count = seen > count ? seen : count;
        others += pids[i] != pids[0];
        wire_free(response);
        (void) close(fds[i]);
    }
    assert_int_equal(count, (unsigned long) CONNECTIONS * EACH);
    assert_true(others > 0);
}

static void full_zone_is_said_once_a_second_and_leaks_nothing(void **state) {
    start(state, "ngx_link_func_shm_size 256k;");
    assert_get(*state, "/fill", 200, "level");
    assert_get(*state, "/cache", 200, "right");
    nginx_server_wait_for_log(*state, "[error]");
    assert_int_equal(log_count_of(*state, "shared memory zone is full, increase ngx_link_func_shm_size"), 1);
    assert_int_equal(log_count_of(*state, "ngx_slab_alloc() failed"), 0);
}

static void lock_that_is_left_held_is_released_and_told(void **state) {
    start(state, "ngx_link_func_shm_size 1m;");
    nginx_server_expect_log(*state, "function \"lock_and_leave\" returned with the shared memory mutex held");
    assert_get(*state, "/leave", 200, "left");
    assert_get(*state, "/try", 200, "taken");
    nginx_server_wait_for_log(*state, "[alert]");
}

static void unlock_without_lock_does_nothing_and_is_told(void **state) {
    start(state, "ngx_link_func_shm_size 1m;");
    nginx_server_expect_log(*state, "ngx_link_func_shmtx_unlock() called without holding the lock");
    assert_get(*state, "/unlock", 200, "unlocked");
    nginx_server_wait_for_log(*state, "[alert]");
}

static void lock_of_a_killed_worker_is_released(void **state) {
    int fd;

    start(state, "ngx_link_func_shm_size 1m;");
    nginx_server_expect_log(*state, "exited on signal 9");
    nginx_server_expect_log(*state, "shared memory zone \"ngx_link_func_mutex\" was locked by");
    fd = wire_connect(nginx_server_port(*state));
    wire_send_text(fd, "GET /die HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_int_equal(wire_drain(fd), 0);
    (void) close(fd);
    assert_get(*state, "/nest", 200, "nested");
    nginx_server_wait_for_log(*state, "was locked by");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        test_with_server(cache_does_what_it_says),
        test_with_server(without_a_zone_every_function_fails_quietly),
        test_with_server(no_increment_is_lost_between_workers),
        test_with_server(full_zone_is_said_once_a_second_and_leaks_nothing),
        test_with_server(lock_that_is_left_held_is_released_and_told),
        test_with_server(unlock_without_lock_does_nothing_and_is_told),
        test_with_server(lock_of_a_killed_worker_is_released),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
