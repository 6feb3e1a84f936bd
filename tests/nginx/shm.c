/* Shared memory and its mutexes, in four workers. */

#include "fixture.h"

#include <unistd.h>

#define WORKERS 4

static const char calls[] = LIB("shared") CALL("/cache", "cache_calls") CALL("/count", "count_up")
    CALL("/fill", "fill_zone") CALL("/alloc", "alloc_and_free") CALL("/nest", "lock_nests")
        CALL("/leave", "lock_and_leave") CALL("/unlock", "unlock_only") CALL("/try", "try_lock")
            CALL("/null", "null_shared_memory") CALL("/rounds", "rounds") CALL("/free", "free_bytes")
                CALL("/read", "read_slowly") CALL("/remove", "remove_meanwhile") CALL("/overwrite",
                                                                                      "overwrite_meanwhile")
                    CALL("/hammer", "hammer") CALL("/clear", "hammer_clear") CALL("/keep", "cache_keep")
                        CALL("/show", "cache_show") CALL("/brief", "brief_threads")
                            CALL("/fork", "fork_and_lock") "location /threads/ { aio threads; location "
                                                           "/threads/hammer { ngx_link_func_call hammer; } "
                                                           "location /threads/rounds { ngx_link_func_call "
                                                           "rounds; } }\n";

static void start(void **state, const char *size) {
    *state = nginx_server_start(&(nginx_config_t){
        .main = "thread_pool default threads=2;\n", .http = size, .server = calls, .workers = WORKERS});
}

/* The free bytes of the zone, when no call runs. */
static unsigned long free_bytes(const nginx_server_t *server) {
    wire_response_t *response = get(server, "/free");
    unsigned long bytes = strtoul(response->body, NULL, 10);

    wire_free(response);
    return bytes;
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
    static const char *const targets[2] = {"/count", "/count"};

    start(state, "ngx_link_func_shm_size 1m;");
    assert_none_is_lost(*state, targets, 200000);
}

static void full_zone_is_said_once_a_second_and_leaks_nothing(void **state) {
    start(state, "ngx_link_func_shm_size 256k;");
    assert_get(*state, "/fill", 200, "level");
    assert_get(*state, "/cache", 200, "right");
    assert_logged(*state, "[error]", "shared memory zone is full");
    assert_int_equal(log_count_of(*state, "shared memory zone is full, increase ngx_link_func_shm_size"), 1);
    assert_int_equal(log_count_of(*state, "ngx_slab_alloc() failed"), 0);
}

static void lock_that_is_left_held_is_released_and_told(void **state) {
    start(state, "ngx_link_func_shm_size 1m;");
    nginx_server_expect_log(*state, "function \"lock_and_leave\" returned with the shared memory mutex held");
    assert_get(*state, "/leave", 200, "left");
    assert_get(*state, "/try", 200, "taken");
    assert_logged(*state, "[alert]", "function \"lock_and_leave\" returned with");
}

static void unlock_without_lock_does_nothing_and_is_told(void **state) {
    start(state, "ngx_link_func_shm_size 1m;");
    nginx_server_expect_log(*state, "ngx_link_func_shmtx_unlock() called without holding the lock");
    assert_get(*state, "/unlock", 200, "unlocked");
    assert_logged(*state, "[alert]", "ngx_link_func_shmtx_unlock() called without");
}

static void nothing_leaks_in_one_call_or_in_many(void **state) {
    unsigned long before;
    int i;

    start(state, "ngx_link_func_shm_size 1m;");
    before = free_bytes(*state);
    assert_get(*state, "/rounds?n=200000", 200, "done");
    assert_int_equal(free_bytes(*state), before);
    for (i = 0; i < 300; i++) {
        assert_get(*state, "/rounds?n=4", 200, "done");
    }
    assert_get(*state, "/fill", 200, "level");
    assert_int_equal(free_bytes(*state), before);
}

/* While one worker reads, it cannot take the connection of the other. */
static void value_stays_readable_until_the_function_returns(void **state) {
    wire_response_t *response;
    unsigned long before;
    int fd;

    start(state, "ngx_link_func_shm_size 1m;");
    before = free_bytes(*state);
    fd = wire_connect(nginx_server_port(*state));
    wire_send_text(fd, "GET /read HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    nginx_server_wait_for_log(*state, "reads");
    assert_get(*state, "/remove", 200, "removed");
    assert_get(*state, "/overwrite", 200, "overwritten");
    response = wire_read(fd, "GET");
    assert_string_equal(response->body, "whole");
    wire_free(response);
    (void) close(fd);
    assert_int_equal(free_bytes(*state), before);
}

/* Several connections at once, so that every worker and thread has one. */
static void hammer(const nginx_server_t *server, const char *target) {
    enum { CONNECTIONS = 8 };
    int fds[CONNECTIONS], i;
    char text[128];

    (void) snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", target);
    for (i = 0; i < CONNECTIONS; i++) {
        fds[i] = wire_connect(nginx_server_port(server));
        wire_send_text(fds[i], text);
    }
    for (i = 0; i < CONNECTIONS; i++) {
        wire_response_t *response = wire_read(fds[i], "GET");

        assert_int_equal(response->status, 200);
        wire_free(response);
        (void) close(fds[i]);
    }
}

static void no_lock_is_needed_in_workers_and_threads(void **state) {
    unsigned long before;

    start(state, "ngx_link_func_shm_size 1m;");
    before = free_bytes(*state);
    hammer(*state, "/hammer?n=20000");
    hammer(*state, "/threads/hammer?n=20000");
    hammer(*state, "/threads/rounds?n=2000");
    assert_get(*state, "/clear", 200, "clear");
    assert_int_equal(free_bytes(*state), before);
    assert_get(*state, "/cache", 200, "right");
}

static void threads_that_end_leave_the_zone_as_it_was(void **state) {
    unsigned long before;

    start(state, "ngx_link_func_shm_size 1m;");
    before = free_bytes(*state);
    assert_get(*state, "/brief?n=3000", 200, "ended");
    assert_int_equal(free_bytes(*state), before);
}

/* NGINX says so where its handler of SIGCHLD comes before the library's wait. */
static void forked_child_that_dies_keeps_no_lock(void **state) {
    start(state, "ngx_link_func_shm_size 1m;");
    nginx_server_expect_log(*state, "shared memory zone \"ngx_link_func_mutex\" was locked by ");
    assert_get(*state, "/fork", 200, "locked");
    assert_get(*state, "/try", 200, "taken");
    assert_get(*state, "/cache", 200, "right");
}

/* The values that one call removes stay until it returns, so they must fit. */
static void smallest_zone_is_enough_for_a_little(void **state) {
    char size[64];
    unsigned long before;
    int i;

    (void) snprintf(size, sizeof(size), "ngx_link_func_shm_size %ld;", 8 * sysconf(_SC_PAGESIZE));
    start(state, size);
    before = free_bytes(*state);
    assert_get(*state, "/cache", 200, "right");
    for (i = 0; i < 100; i++) {
        assert_get(*state, "/rounds?n=8", 200, "done");
    }
    assert_get(*state, "/fill", 200, "level");
    hammer(*state, "/hammer?n=5000");
    assert_get(*state, "/clear", 200, "clear");
    assert_int_equal(free_bytes(*state), before);
}

static void zone_can_be_taken_out_and_put_back_by_reloads(void **state) {
    const nginx_config_t with = {.http = "ngx_link_func_shm_size 1m;", .server = calls, .workers = WORKERS};
    const nginx_config_t without = {.server = calls, .workers = WORKERS};

    *state = nginx_server_start(&with);
    assert_get(*state, "/keep", 200, "kept");
    nginx_server_reconfigure(*state, &without);
    wait_for_log_count(*state, "exited with code 0", WORKERS);
    assert_get(*state, "/null", 200, "right");
    nginx_server_reconfigure(*state, &with);
    wait_for_log_count(*state, "exited with code 0", (size_t) 2 * WORKERS);
    assert_get(*state, "/show", 200, "NULL");
    assert_get(*state, "/cache", 200, "right");
    assert_int_equal(log_count_of(*state, "starts empty"), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        test_with_server(cache_does_what_it_says),
        test_with_server(without_a_zone_every_function_fails_quietly),
        test_with_server(no_increment_is_lost_between_workers),
        test_with_server(full_zone_is_said_once_a_second_and_leaks_nothing),
        test_with_server(lock_that_is_left_held_is_released_and_told),
        test_with_server(unlock_without_lock_does_nothing_and_is_told),
        test_with_server(nothing_leaks_in_one_call_or_in_many),
        test_with_server(value_stays_readable_until_the_function_returns),
        test_with_server(no_lock_is_needed_in_workers_and_threads),
        test_with_server(threads_that_end_leave_the_zone_as_it_was),
        test_with_server(forked_child_that_dies_keeps_no_lock),
        test_with_server(smallest_zone_is_enough_for_a_little),
        test_with_server(zone_can_be_taken_out_and_put_back_by_reloads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
