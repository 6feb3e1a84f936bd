/* Workers that are killed while they use shared memory. */

#include "fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#define WORKERS 4

static const char calls[] =
    LIB("shared") CALL("/cache", "cache_calls") CALL("/nest", "lock_nests") CALL("/die", "lock_and_die")
        CALL("/free", "free_bytes") CALL("/hammer", "hammer") CALL("/clear", "hammer_clear")
            CALL("/lock_after", "lock_after") CALL("/die_after", "die_after") CALL("/rounds", "rounds");

static void start(void **state, int workers) {
    *state = nginx_server_start(
        &(nginx_config_t){.http = "ngx_link_func_shm_size 1m;", .server = calls, .workers = workers});
}

static int send_get(const nginx_server_t *server, const char *target) {
    int fd = wire_connect(nginx_server_port(server));
    char text[256];

    (void) snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", target);
    wire_send_text(fd, text);
    return fd;
}

static unsigned long number_of(const nginx_server_t *server, const char *target) {
    wire_response_t *response = get(server, target);
    unsigned long number = strtoul(response->body, NULL, 10);

    wire_free(response);
    return number;
}

static void lock_of_a_killed_worker_is_released(void **state) {
    int fd;

    start(state, WORKERS);
    nginx_server_expect_log(*state, "exited on signal 9");
    nginx_server_expect_log(*state, "shared memory zone \"ngx_link_func_mutex\" was locked by");
    fd = send_get(*state, "/die");
    assert_int_equal(wire_drain(fd), 0);
    (void) close(fd);
    assert_get(*state, "/nest", 200, "nested");
    nginx_server_wait_for_log(*state, "was locked by");
}

/* The worker that has begun the n-th of the long requests. */
static pid_t hammering(const nginx_server_t *server, size_t n) {
    static const char request[] = "hammers, client: 127.0.0.1, server: , request: \"GET /hammer?n=200000 ";
    char *log, *line, *at;
    pid_t pid;

    wait_for_log_count(server, request, n);
    line = log = nginx_server_log_dup(server);
    for (at = log; (at = strstr(at, request)) != NULL; at++) {
        line = at;
    }
    while (line > log && line[-1] != '\n') {
        line--;
    }
    line = strstr(line, "[info] ");
    assert_non_null(line);
    pid = line == NULL ? 0 : (pid_t) strtol(line + strlen("[info] "), NULL, 10);
    free(log);
    return pid;
}

static void read_to_the_end(int fd) {
    char buf[512];

    while (read(fd, buf, sizeof(buf)) > 0) {
    }
    (void) close(fd);
}

/* Two workers change the zone, one of them is killed at a moment that the
 * kernel's scheduling chooses, and the others go on. */
static void kill_one(const nginx_server_t *server, size_t n) {
    int first = send_get(server, "/hammer?n=200000"), second = send_get(server, "/hammer?n=20000");
    pid_t pid = hammering(server, n);

    assert_true(pid > 1);
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_get(server, "/rounds?n=3", 200, "done");
    read_to_the_end(first);
    read_to_the_end(second);
}

/* What the dead held comes back when it has been in the way for a while. */
static void wait_for_free_bytes(const nginx_server_t *server, unsigned long bytes) {
    int tries;

    for (tries = 0; tries < 2000 && number_of(server, "/free") != bytes; tries++) {
    }
    assert_int_equal(number_of(server, "/free"), bytes);
}

static void zone_stays_usable_when_workers_are_killed_at_random(void **state) {
    unsigned long before;
    size_t i;

    start(state, WORKERS);
    nginx_server_expect_log(*state, "exited on signal 9");
    nginx_server_expect_log(*state, "was locked by");
    nginx_server_expect_log(*state,
                            "a process died while it changed the shared memory, which starts empty again");
    before = number_of(*state, "/free");
    for (i = 1; i <= 20; i++) {
        kill_one(*state, i);
        assert_get(*state, "/cache", 200, "right");
    }
    wait_for_log_count(*state, "exited on signal 9", 20);
    assert_get(*state, "/clear", 200, "clear");
    wait_for_free_bytes(*state, before);
}

/* The master of the new configuration knows the zone no more. */
static void old_worker_goes_on_when_another_died_with_the_lock(void **state) {
    char file[] = "/tmp/linkfunc-after-XXXXXX", target[128];
    int fd = mkstemp(file), dying, locking;
    wire_response_t *response;

    assert_true(fd >= 0 && close(fd) == 0 && unlink(file) == 0);
    start(state, 2);
    nginx_server_expect_log(*state, "exited on signal 9");
    (void) snprintf(target, sizeof(target), "/die_after?file=%s", file);
    dying = send_get(*state, target);
    nginx_server_wait_for_log(*state, "waits to die");
    (void) snprintf(target, sizeof(target), "/lock_after?file=%s", file);
    locking = send_get(*state, target);
    nginx_server_wait_for_log(*state, "waits to lock");
    nginx_server_reconfigure(*state, &(nginx_config_t){.server = "location / { return 200 new; }\n"});
    wait_for_log_count(*state, "start worker process ", 3);
    assert_get(*state, "/", 200, "new");
    fd = open(file, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    assert_true(fd >= 0 && close(fd) == 0);
    assert_int_equal(wire_drain(dying), 0);
    response = wire_read(locking, "GET");
    assert_string_equal(response->body, "locked");
    wire_free(response);
    (void) close(dying);
    (void) close(locking);
    assert_int_equal(unlink(file), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        test_with_server(lock_of_a_killed_worker_is_released),
        test_with_server(zone_stays_usable_when_workers_are_killed_at_random),
        test_with_server(old_worker_goes_on_when_another_died_with_the_lock),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
