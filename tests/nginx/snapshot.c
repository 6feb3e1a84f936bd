/* What happens to a library's file is nothing to the workers that have it. */

#define _GNU_SOURCE

#include "web.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define CALLS CALL("/version", "version") CALL("/where", "where") CALL("/write", "write_itself")

/* The text of a server with "lib.so" of the destination folder. */
static const char *with_library(const web_t *web, const char *more) {
    static char text[512];

    (void) snprintf(text, sizeof(text), "server_name localhost;\nngx_link_func_lib %s/lib.so;\n%s\n",
                    web->dest, more);
    return text;
}

static void start_version_1(web_t *web, const char *more, int workers) {
    copy_library("versioned_1", web->dest, "lib.so");
    web->server =
        nginx_server_start(&(nginx_config_t){.server = with_library(web, more), .workers = workers});
}

static void in_folder(const web_t *web, const char *command) {
    char text[512];

    (void) snprintf(text, sizeof(text), "cd '%s' && %s", web->dest, command);
    assert_int_equal(system(text), 0); /* NOLINT(cert-env33-c): all paths are the test's own */
}

/* As `cp` does it: into the same file. */
static void overwrite(const web_t *web, const char *library) {
    copy_library(library, web->dest, "new.so");
    in_folder(web, "cp new.so lib.so && rm new.so");
}

static void assert_many(const nginx_server_t *server, const char *body) {
    int i;

    for (i = 0; i < 20; i++) {
        assert_get(server, "/version", 200, body);
    }
}

static void overwritten_and_truncated_file_does_not_touch_workers(void **state) {
    web_t *web = *state;

    start_version_1(web, CALLS, 2);
    overwrite(web, "versioned_2");
    assert_many(web->server, "1");
    in_folder(web, ": > lib.so");
    assert_many(web->server, "1");
    in_folder(web, "rm lib.so");
    assert_many(web->server, "1");
}

static void respawned_worker_runs_the_code_of_its_siblings(void **state) {
    web_t *web = *state;
    int i;

    start_version_1(web, CALLS, 2);
    overwrite(web, "versioned_2");
    nginx_server_expect_log(web->server, "exited on signal 9");
    for (i = 1; i <= 3; i++) {
        assert_int_equal(kill(worker_of(nginx_server_master(web->server)), SIGKILL), 0);
        wait_for_log_count(web->server, "start worker process ", 2 + (size_t) i);
        assert_many(web->server, "1");
    }
}

/* The library has a unique symbol, as C++ makes them. */
static void reload_brings_the_new_code(void **state) {
    web_t *web = *state;

    start_version_1(web, CALLS, 1);
    assert_get(web->server, "/version", 200, "1");
    overwrite(web, "versioned_2");
    nginx_server_reconfigure(web->server, &(nginx_config_t){.server = with_library(web, CALLS)});
    nginx_server_wait_for_log(web->server, "exited with code 0");
    assert_many(web->server, "2");
    copy_library("versioned_1", web->dest, "lib.so");
    nginx_server_reconfigure(web->server, &(nginx_config_t){.server = with_library(web, CALLS)});
    wait_for_log_count(web->server, "exited with code 0", 2);
    assert_many(web->server, "1");
}

static void refused_reload_leaves_the_old_code_running(void **state) {
    web_t *web = *state;

    start_version_1(web, CALLS, 1);
    in_folder(web, "echo broken > lib.so");
    nginx_server_expect_log(web->server, "/dest/lib.so: file too short) in ");
    nginx_server_reconfigure(web->server, &(nginx_config_t){.server = with_library(web, CALLS)});
    nginx_server_wait_for_log(web->server, "/dest/lib.so: file too short) in ");
    assert_many(web->server, "1");
}

static void snapshot_is_sealed(void **state) {
    web_t *web = *state;

    start_version_1(web, CALLS, 1);
    assert_get(web->server, "/write", 200, "sealed");
    assert_get(web->server, "/version", 200, "1");
}

static void assert_opened_by_path(const web_t *web) {
    char path[64];

    (void) snprintf(path, sizeof(path), "%s/lib.so", web->dest);
    assert_get(web->server, "/where", 200, path);
}

static void snapshot_off_opens_the_file_itself(void **state) {
    web_t *web = *state;
    char other[1024];

    start_version_1(web, CALLS "ngx_link_func_snapshot off;", 1);
    assert_opened_by_path(web);
    assert_int_equal(clean_web(state), 0);
    copy_library("versioned_1", web->dest, "lib.so");
    web->server = nginx_server_start(
        &(nginx_config_t){.http = "ngx_link_func_snapshot off;", .server = with_library(web, CALLS)});
    assert_opened_by_path(web);
    assert_int_equal(clean_web(state), 0);
    copy_library("versioned_1", web->dest, "lib.so");
    (void) snprintf(other, sizeof(other),
                    "server { listen 127.0.0.1:PORT; ngx_link_func_lib %s/lib.so;\n"
                    "ngx_link_func_snapshot off; }\n",
                    web->dest);
    web->server = nginx_server_start(&(nginx_config_t){.http = other, .server = with_library(web, CALLS)});
    assert_opened_by_path(web);
    assert_int_equal(log_count_of(web->server, "ngx_link_func_snapshot: "), 0);
}

static void server_may_have_the_snapshot_that_http_has_not(void **state) {
    web_t *web = *state;
    wire_response_t *response;

    copy_library("versioned_1", web->dest, "lib.so");
    web->server = nginx_server_start(
        &(nginx_config_t){.http = "ngx_link_func_snapshot off;",
                          .server = with_library(web, CALLS "ngx_link_func_snapshot on;")});
    response = get(web->server, "/where");
    assert_non_null(strstr(response->body, "/proc/self/fd/"));
    wire_free(response);
}

static void worker_of_another_user_opens_the_snapshot(void **state) {
    web_t *web = *state;

    copy_library("versioned_1", web->dest, "lib.so");
    web->server = nginx_server_start(&(nginx_config_t){.main = geteuid() == 0 ? "user nobody nogroup;" : NULL,
                                                       .server = with_library(web, CALLS)});
    assert_get(web->server, "/version", 200, "1");
    assert_get(web->server, "/write", 200, "sealed");
}

/* Said in a log that only the configuration names. */
static void library_that_uses_origin_is_opened_itself(void **state) {
    web_t *web = *state;
    char log[128];

    (void) snprintf(log, sizeof(log), "error_log %s/said.log notice;", web->dest);
    copy_library("needy", web->dest, "lib.so");
    copy_library("needed", web->dest, "nginx_needed.so");
    web->server = nginx_server_start(&(nginx_config_t){
        .main = log, .server = with_library(web, CALL("/", "needy") CALL("/needed", "needed"))});
    assert_get(web->server, "/", 200, "from beside");
    assert_get(web->server, "/needed", 200, "of another");
    assert_logged(web->server, "[notice]", "/lib.so\" uses $ORIGIN, workers open the library itself");
    assert_int_equal(log_count_of(web->server, "/lib.so\" uses $ORIGIN, workers open the library itself"), 1);
    in_folder(web, "test $(grep -c 'uses $ORIGIN' said.log) = 1");
}

static void files_of_one_library_share_a_snapshot(void **state) {
    web_t *web = *state;
    char other[1024];

    copy_library("versioned_1", web->dest, "lib.so");
    in_folder(web, "ln lib.so hard.so && ln -s lib.so soft.so");
    (void) snprintf(other, sizeof(other),
                    "server { listen 127.0.0.1:PORT; server_name hard; ngx_link_func_lib %s/hard.so; }\n"
                    "server { listen 127.0.0.1:PORT; server_name soft; ngx_link_func_lib %s/soft.so; }\n",
                    web->dest, web->dest);
    web->server = nginx_server_start(&(nginx_config_t){.http = other, .server = with_library(web, CALLS)});
    assert_get(web->server, "/version", 200, "1");
    assert_int_equal(log_count_of(web->server, "function \"ngx_link_func_init_cycle\" not found in "), 1);
}

/* In a process of its own, which ends with the test. */
static void run_beside(web_t *web, void (*what)(const web_t *web)) {
    (void) fflush(NULL);
    web->beside = fork();
    assert_int_not_equal(web->beside, -1);
    if (web->beside == 0) {
        (void) setsid();
        (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
        what(web);
        _exit(0);
    }
}

/* As if just written on a server whose clock is a second ahead, so that a busy
 * machine, where this process may have to wait, makes no difference. */
static void date_ahead(int fd) {
    struct timespec times[2];

    (void) clock_gettime(CLOCK_REALTIME, &times[0]);
    times[0].tv_sec++;
    times[1] = times[0];
    (void) futimens(fd, times);
    (void) nanosleep(&(struct timespec){0, 5000000}, NULL);
}

static int open_in_dest(const web_t *web, const char *name, int flags) {
    char path[64];

    (void) snprintf(path, sizeof(path), "%s/%s", web->dest, name);
    return open(path, flags | O_CLOEXEC);
}

static void touch_for_ever(const web_t *web) {
    int fd = open_in_dest(web, "lib.so", O_WRONLY);

    for (;;) {
        date_ahead(fd);
    }
}

static void file_that_does_not_stop_changing_is_refused(void **state) {
    web_t *web = *state;

    copy_library("versioned_1", web->dest, "lib.so");
    run_beside(web, touch_for_ever);
    assert_refused(web, with_library(web, ""),
                   (const char *const[]){"ngx_link_func_lib: \"",
                                         "/lib.so\" kept changing for 5 seconds while it was read", NULL});
}

/* A slow copy, in some fifty parts. */
static void copy_slowly(const web_t *web) {
    char part[400];
    int in = open_in_dest(web, "whole.so", O_RDONLY), out = open_in_dest(web, "lib.so", O_WRONLY | O_TRUNC);
    ssize_t n;

    date_ahead(out);
    while ((n = read(in, part, sizeof(part))) > 0 && write(out, part, (size_t) n) == n) {
        date_ahead(out);
    }
}

static void file_that_changes_while_it_is_read_is_read_again(void **state) {
    web_t *web = *state;
    char path[64];
    struct stat file;

    copy_library("versioned_1", web->dest, "lib.so");
    copy_library("versioned_2", web->dest, "whole.so");
    (void) snprintf(path, sizeof(path), "%s/lib.so", web->dest);
    run_beside(web, copy_slowly);
    do {
        assert_int_equal(stat(path, &file), 0);
    } while (file.st_size == 0 || file.st_size > 4000);
    web->server = nginx_server_start(&(nginx_config_t){.server = with_library(web, CALLS)});
    assert_get(web->server, "/version", 200, "2");
}

/* "nginx -s" reads the same configuration, but has nothing to do with libraries. */
static void signals_are_sent_whatever_became_of_the_library(void **state) {
    web_t *web = *state;

    start_version_1(web, CALLS, 1);
    in_folder(web, "rm lib.so");
    assert_int_equal(nginx_server_command(web->server, "reopen"), 0);
    nginx_server_wait_for_log(web->server, "reopening logs");
    assert_int_equal(log_count_of(web->server, "failed ("), 0);
    nginx_server_expect_log(web->server, "cannot open shared object file: No such file or directory) in ");
    assert_int_equal(nginx_server_command(web->server, "reload"), 0);
    nginx_server_wait_for_log(web->server, "cannot open shared object file: No such file or directory) in ");
    assert_int_equal(log_count_of(web->server, "[emerg]"), 1);
    copy_library("crash", web->dest, "lib.so");
    assert_get(web->server, "/version", 200, "1");
    assert_int_equal(nginx_server_command(web->server, "stop"), 0);
    nginx_server_wait_for_log(web->server, "exiting");
    assert_int_equal(log_count_of(web->server, "[emerg]"), 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(overwritten_and_truncated_file_does_not_touch_workers, clean_web),
        cmocka_unit_test_teardown(respawned_worker_runs_the_code_of_its_siblings, clean_web),
        cmocka_unit_test_teardown(reload_brings_the_new_code, clean_web),
        cmocka_unit_test_teardown(refused_reload_leaves_the_old_code_running, clean_web),
        cmocka_unit_test_teardown(snapshot_is_sealed, clean_web),
        cmocka_unit_test_teardown(snapshot_off_opens_the_file_itself, clean_web),
        cmocka_unit_test_teardown(server_may_have_the_snapshot_that_http_has_not, clean_web),
        cmocka_unit_test_teardown(worker_of_another_user_opens_the_snapshot, clean_web),
        cmocka_unit_test_teardown(library_that_uses_origin_is_opened_itself, clean_web),
        cmocka_unit_test_teardown(files_of_one_library_share_a_snapshot, clean_web),
        cmocka_unit_test_teardown(file_that_does_not_stop_changing_is_refused, clean_web),
        cmocka_unit_test_teardown(file_that_changes_while_it_is_read_is_read_again, clean_web),
        cmocka_unit_test_teardown(signals_are_sent_whatever_became_of_the_library, clean_web),
    };

    return cmocka_run_group_tests(tests, start_web, stop_web);
}
