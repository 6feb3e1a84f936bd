/* Reloading: what changes, what stays, and what is refused. */

#define _GNU_SOURCE

#include "fixture.h"

#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SHARED LIB("shared") CALL("/keep", "cache_keep") CALL("/show", "cache_show") CALL("/try", "try_lock")
#define PROPS(value) LIB("handlers") CALL("/prop", "show_prop") "ngx_link_func_add_prop who " value ";\n"

static void reload_brings_the_new_configuration(void **state) {
    nginx_server_t *server = NULL;

    *state = server = nginx_server_start(&(nginx_config_t){.server = PROPS("old")});
    assert_get(server, "/prop?key=who", 200, "old");
    nginx_server_reconfigure(server, &(nginx_config_t){.server = PROPS("new")});
    nginx_server_wait_for_log(server, "init_cycle of new");
    nginx_server_wait_for_log(server, "exit_cycle was called");
    assert_get(server, "/prop?key=who", 200, "new");
}

static void library_that_crashes_is_refused_and_the_old_one_serves_on(void **state) {
    nginx_server_t *server = NULL;

    *state = server = nginx_server_start(&(nginx_config_t){.server = PROPS("old")});
    nginx_server_expect_log(server, "/nginx_crash.so\" crashed on signal 11 while it was opened in ");
    nginx_server_reconfigure(server, &(nginx_config_t){.server = LIB("crash")});
    nginx_server_wait_for_log(server, "crashed on signal 11");
    assert_get(server, "/prop?key=who", 200, "old");
    nginx_server_reconfigure(server, &(nginx_config_t){.server = PROPS("new")});
    nginx_server_wait_for_log(server, "init_cycle of new");
}

static void zone_of_the_same_size_is_kept(void **state) {
    const nginx_config_t config = {.http = "ngx_link_func_shm_size 1m;", .server = SHARED};
    nginx_server_t *server = NULL;

    *state = server = nginx_server_start(&config);
    assert_get(server, "/keep", 200, "kept");
    nginx_server_reconfigure(server, &config);
    nginx_server_wait_for_log(server, "gracefully shutting down");
    nginx_server_wait_for_log(server, "exited with code 0");
    assert_get(server, "/show", 200, "still here");
    assert_get(server, "/try", 200, "taken");
}

static void zone_of_another_size_starts_empty(void **state) {
    nginx_server_t *server = NULL;

    *state = server =
        nginx_server_start(&(nginx_config_t){.http = "ngx_link_func_shm_size 1m;", .server = SHARED});
    assert_get(server, "/keep", 200, "kept");
    nginx_server_reconfigure(server,
                             &(nginx_config_t){.http = "ngx_link_func_shm_size 2m;", .server = SHARED});
    assert_logged(server, "[notice]",
                  "changed from 1048576 to 2097152 bytes, the shared memory starts empty");
    nginx_server_wait_for_log(server, "gracefully shutting down");
    nginx_server_wait_for_log(server, "exited with code 0");
    assert_get(server, "/show", 200, "NULL");
    assert_get(server, "/keep", 200, "kept");
}

/* A documentation address, which no machine has; NGINX binds it last. */
#define UNBINDABLE "server { listen 192.0.2.1:PORT; }\n"

static void zone_of_a_refused_reload_is_not_spoken_of(void **state) {
    nginx_server_t *server = NULL;

    *state = server =
        nginx_server_start(&(nginx_config_t){.http = "ngx_link_func_shm_size 1m;", .server = SHARED});
    assert_get(server, "/keep", 200, "kept");
    nginx_server_expect_log(server, "bind() to 192.0.2.1:");
    nginx_server_reconfigure(
        server, &(nginx_config_t){.http = "ngx_link_func_shm_size 2m;" UNBINDABLE, .server = SHARED});
    nginx_server_wait_for_log(server, "bind() to 192.0.2.1:");
    assert_get(server, "/show", 200, "still here");
    assert_int_equal(log_count_of(server, "the shared memory starts empty"), 0);
}

/* The configuration before it knows nothing of the module's. */
static void module_comes_and_goes_by_reloads(void **state) {
    static const nginx_config_t with = {.http = "ngx_link_func_shm_size 1m;", .server = SHARED};
    static const nginx_config_t without = {.server = "location /show { return 200 plain; }",
                                           .without_module = 1};
    nginx_server_t *server = NULL;
    int round;

    *state = server = nginx_server_start(&without);
    for (round = 1; round <= 2; round++) {
        assert_get(server, "/show", 200, "plain");
        nginx_server_reconfigure(server, &with);
        wait_for_log_count(server, "exited with code 0", (size_t) round * 2 - 1);
        assert_get(server, "/keep", 200, "kept");
        assert_get(server, "/show", 200, "still here");
        nginx_server_reconfigure(server, &without);
        wait_for_log_count(server, "exited with code 0", (size_t) round * 2);
    }
    assert_get(server, "/show", 200, "plain");
}

/* The seconds of the day at which the log first says so. */
static int logged_at(const nginx_server_t *server, const char *text) {
    char *log = nginx_server_log_dup(server), *line = strstr(log, text);
    struct tm at = {0};

    assert_non_null(line);
    while (line > log && line[-1] != '\n') {
        line--;
    }
    assert_non_null(strptime(line, "%Y/%m/%d %H:%M:%S", &at));
    free(log);
    return (at.tm_hour * 60 + at.tm_min) * 60 + at.tm_sec;
}

/* A worker dies while the master waits for the library: it is reaped at once,
 * and its successor comes when the reload has been refused. */
static void library_that_hangs_is_refused_and_workers_are_reaped_meanwhile(void **state) {
    nginx_server_t *server = NULL;
    int fd;

    *state = server = nginx_server_start(&(nginx_config_t){
        .http = "ngx_link_func_shm_size 1m;", .server = SHARED CALL("/die", "lock_and_die"), .workers = 2});
    nginx_server_expect_log(server, "exited on signal 9");
    nginx_server_expect_log(server, "was locked by");
    nginx_server_expect_log(server, "/nginx_hang.so\" hung for 10 seconds while it was opened in ");
    nginx_server_reconfigure(server, &(nginx_config_t){.server = LIB("hang")});
    nginx_server_wait_for_log(server, "reconfiguring");
    fd = wire_connect(nginx_server_port(server));
    wire_send_text(fd, "GET /die HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_int_equal(wire_drain(fd), 0);
    (void) close(fd);
    nginx_server_wait_for_log(server, "was locked by");
    assert_get(server, "/try", 200, "taken");
    assert_int_equal(log_count_of(server, "hung for 10 seconds"), 0);
    wait_for_log_count(server, "hung for 10 seconds", 1);
    assert_in_range((logged_at(server, "hung for 10 seconds") - logged_at(server, "reconfiguring") + 86400)
                        % 86400,
                    9, 60);
    wait_for_log_count(server, "start worker process ", 3);
    assert_int_equal(log_count_of(server, "start worker process "), 3);
    assert_get(server, "/try", 200, "taken");
}

/* In time, by itself; its status is left for whoever stops the server. */
static void assert_ends(pid_t pid) {
    const struct timespec pause = {0, 5000000};
    siginfo_t info = {0};
    int rounds;

    for (rounds = 0; rounds < 1000 && info.si_pid == 0; rounds++) {
        (void) nanosleep(&pause, NULL);
        assert_int_equal(waitid(P_PID, (id_t) pid, &info, WEXITED | WNOHANG | WNOWAIT), 0);
    }
    assert_int_equal(info.si_pid, pid);
}

static void assert_obeyed_while_it_waits(void **state, int signo) {
    nginx_server_t *server = NULL;

    *state = server = nginx_server_start(&(nginx_config_t){.server = PROPS("old")});
    nginx_server_reconfigure(server, &(nginx_config_t){.server = LIB("hang")});
    nginx_server_wait_for_log(server, "reconfiguring");
    assert_int_equal(kill(nginx_server_master(server), signo), 0);
    assert_ends(nginx_server_master(server));
}

static void master_that_waits_for_a_library_obeys_term(void **state) {
    assert_obeyed_while_it_waits(state, SIGTERM);
}

static void master_that_waits_for_a_library_obeys_int(void **state) {
    assert_obeyed_while_it_waits(state, SIGINT);
}

static void master_that_waits_for_a_library_obeys_quit(void **state) {
    assert_obeyed_while_it_waits(state, SIGQUIT);
}

/* Written by a clock that is a second ahead, so that it has not settled until the
 * next time even where this process waits for its turn. */
static void touch(const char *path) {
    struct timespec times[2];

    (void) clock_gettime(CLOCK_REALTIME, &times[0]);
    times[0].tv_sec++;
    times[1] = times[0];
    (void) utimensat(AT_FDCWD, path, times, 0);
}

/* A library that never settles, written all the time.  What signals asked for
 * in that wait must not be asleep in the master behind it. */
static pid_t keep_touching(const char *path) {
    const struct timespec pause = {0, 5000000};
    pid_t pid;

    touch(path);
    pid = fork();
    if (pid == 0) {
        (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;) {
            touch(path);
            (void) nanosleep(&pause, NULL);
        }
    }
    assert_true(pid > 0);
    return pid;
}

static void stop_touching(pid_t pid) {
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* Copies the library to `path`, and reloads with it while it is written. */
static nginx_server_t *start_unsettled(char path[32], pid_t *writer) {
    nginx_server_t *server = nginx_server_start(&(nginx_config_t){.server = PROPS("old")});
    char text[256];
    int fd;

    (void) snprintf(path, 32, "/tmp/linkfunc-XXXXXX");
    fd = mkstemp(path);
    assert_true(fd >= 0);
    (void) close(fd);
    (void) snprintf(text, sizeof(text), "cp " LIBRARY_FOLDER "/nginx_none.so %s && chmod 755 %s", path, path);
    assert_int_equal(system(text), 0); /* NOLINT(cert-env33-c): all paths are the test's own */
    /* The worker is past its hook, whoever ends it. */
    assert_get(server, "/prop?key=who", 200, "old");
    *writer = keep_touching(path);
    (void) snprintf(text, sizeof(text), "ngx_link_func_lib %s;", path);
    nginx_server_reconfigure(server, &(nginx_config_t){.server = text});
    nginx_server_wait_for_log(server, "reconfiguring");
    return server;
}

static void master_that_waits_for_a_file_to_settle_obeys_term(void **state) {
    nginx_server_t *server = NULL;
    char path[32];
    pid_t writer;

    *state = server = start_unsettled(path, &writer);
    assert_int_equal(kill(nginx_server_master(server), SIGTERM), 0);
    assert_ends(nginx_server_master(server));
    stop_touching(writer);
    (void) unlink(path);
}

static void worker_that_dies_while_a_file_settles_has_a_successor(void **state) {
    nginx_server_t *server = NULL;
    char path[32];
    pid_t writer, worker;

    *state = server = start_unsettled(path, &writer);
    nginx_server_expect_log(server, "exited on signal 9");
    nginx_server_expect_log(server, "kept changing for 5 seconds");
    worker = worker_of(nginx_server_master(server));
    assert_int_equal(kill(worker, SIGKILL), 0);
    nginx_server_wait_for_log(server, "exited on signal 9");
    assert_int_equal(log_count_of(server, "kept changing"), 0);
    wait_for_log_count(server, "kept changing", 1);
    wait_for_log_count(server, "start worker process ", 2);
    assert_get(server, "/prop?key=who", 200, "old");
    stop_touching(writer);
    (void) unlink(path);
}

static size_t file_count(const nginx_server_t *server) {
    char path[64];
    DIR *dir;
    size_t count = 0;

    (void) snprintf(path, sizeof(path), "/proc/%d/fd", (int) nginx_server_master(server));
    dir = opendir(path);
    assert_non_null(dir);
    while (readdir(dir) != NULL) {
        count++;
    }
    (void) closedir(dir);
    return count;
}

/* The ends of the channels to workers that have just gone may be among the
 * files that are counted before, so the count may fall below. */
static void assert_files_are_no_more_than(const nginx_server_t *server, size_t count) {
    const struct timespec pause = {0, 5000000};
    int rounds;

    for (rounds = 0; rounds < 1000 && file_count(server) > count; rounds++) {
        (void) nanosleep(&pause, NULL);
    }
    assert_true(file_count(server) <= count);
}

static void reloads_leave_no_files_open(void **state) {
    const nginx_config_t good = {.http = "ngx_link_func_shm_size 1m;", .server = PROPS("old")};
    const struct {
        nginx_config_t config;
        const char *text;
        size_t count;
    } refused[] = {
        {{.http = UNBINDABLE, .server = PROPS("new")}, "bind() to 192.0.2.1:", 1},
        {{.http = "server { listen 127.0.0.1:PORT; server_name other; " LIB("crash") "}",
          .server = PROPS("new")},
         "crashed on signal 11",
         1},
        {{.http = "ngx_link_func_shm_size 2m;" UNBINDABLE, .server = PROPS("new")},
         "bind() to 192.0.2.1:",
         2},
    };
    nginx_server_t *server = NULL;
    size_t before, i;

    *state = server = nginx_server_start(&good);
    nginx_server_expect_log(server, "bind() to 192.0.2.1:");
    nginx_server_expect_log(server, "crashed on signal 11");
    before = file_count(server);
    for (i = 0; i < 5; i++) {
        nginx_server_reconfigure(server, &good);
        wait_for_log_count(server, "gracefully shutting down", 1 + i);
    }
    assert_files_are_no_more_than(server, before);
    for (i = 0; i < 3; i++) {
        nginx_server_reconfigure(server, &refused[i].config);
        wait_for_log_count(server, refused[i].text, refused[i].count);
    }
    assert_files_are_no_more_than(server, before);
    assert_get(server, "/prop?key=who", 200, "old");
}

/* The library in a folder that every user can reach, which a build below
 * root's home is not. */
static void copy_library(const char *name, const char *to) {
    char command[512];

    (void) snprintf(command, sizeof(command), "install -m 755 '%s/%s' '%s'", LIBRARY_FOLDER, name, to);
    assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c): both paths are the test's own */
}

/* The library exits when it is not. */
static void library_is_tried_as_the_worker_would_be(void **state) {
    char folder[] = "/tmp/linkfunc-nosy-XXXXXX", path[64], text[256];
    nginx_config_t config = {.main = geteuid() == 0 ? "user nobody nogroup;" : NULL,
                             .http = "proxy_cache_path PREFIX/cache keys_zone=cache:1m;",
                             .server = "location / { return 200 before; }"};
    nginx_server_t *server = NULL;

    assert_non_null(mkdtemp(folder));
    assert_int_equal(chmod(folder, 0711), 0);
    (void) snprintf(path, sizeof(path), "%s/nosy.so", folder);
    copy_library("nginx_nosy.so", path);
    if (geteuid() == 0) {
        assert_int_equal(setgroups(1, &(gid_t){0}), 0);
    }
    assert_int_equal(setenv("LINKFUNC_TEST_SECRET", "known to the master", 1), 0);
    *state = server = nginx_server_start(&config);
    assert_int_equal(unsetenv("LINKFUNC_TEST_SECRET"), 0);
    (void) snprintf(text, sizeof(text), "ngx_link_func_lib %s;\n" CALL("/", "fine"), path);
    config.server = text;
    nginx_server_reconfigure(server, &config);
    nginx_server_wait_for_log(server, "gracefully shutting down");
    assert_get(server, "/", 200, "fine");
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        test_with_server(reload_brings_the_new_configuration),
        test_with_server(library_is_tried_as_the_worker_would_be),
        test_with_server(library_that_crashes_is_refused_and_the_old_one_serves_on),
        test_with_server(zone_of_the_same_size_is_kept),
        test_with_server(zone_of_another_size_starts_empty),
        test_with_server(zone_of_a_refused_reload_is_not_spoken_of),
        test_with_server(module_comes_and_goes_by_reloads),
        test_with_server(library_that_hangs_is_refused_and_workers_are_reaped_meanwhile),
        test_with_server(master_that_waits_for_a_library_obeys_term),
        test_with_server(master_that_waits_for_a_library_obeys_int),
        test_with_server(master_that_waits_for_a_library_obeys_quit),
        test_with_server(master_that_waits_for_a_file_to_settle_obeys_term),
        test_with_server(worker_that_dies_while_a_file_settles_has_a_successor),
        test_with_server(reloads_leave_no_files_open),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
