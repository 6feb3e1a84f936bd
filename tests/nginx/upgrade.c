/* Another master takes over the sockets: USR2, then WINCH and QUIT of the old
 * one, or the way back. */

#include "web.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define OLD "nginx.pid.oldbin"
#define NEW "nginx.pid"

/* All that the other master gets of the environment. */
#define SANITIZERS "env ASAN_OPTIONS; env LSAN_OPTIONS; env UBSAN_OPTIONS;\n"

/* One library is overwritten, and the other one says when its hooks run. */
static nginx_config_t two_servers(const web_t *web) {
    static char text[256];

    (void) snprintf(text, sizeof(text),
                    "server_name localhost;\nngx_link_func_lib %s/lib.so;\n" CALL("/", "version"), web->dest);
    return (nginx_config_t){.main = SANITIZERS,
                            .http = "server { listen 127.0.0.1:PORT; server_name hooks;\n" LIB("handlers")
                                CALL("/", "show_request") "}\n",
                            .server = text,
                            .workers = 2,
                            .daemon = 1};
}

/* As `cp` does it: into the same file. */
static void overwrite(const web_t *web, const char *library) {
    char text[256];

    copy_library(library, web->dest, "new.so");
    (void) snprintf(text, sizeof(text), "cd '%s' && cp new.so lib.so && rm new.so", web->dest);
    assert_int_equal(system(text), 0); /* NOLINT(cert-env33-c): all paths are the test's own */
}

/*
 * A client that never stops
 */

/* Whether it was answered by one version or the other. */
static int ask(int port) {
    static const char text[] = "GET /asked HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    char answer[1024] = "";
    size_t len = 0;
    ssize_t got = -1;

    addr.sin_port = htons((uint16_t) port);
    if (connect(fd, (struct sockaddr *) &addr, sizeof(addr)) == 0
        && send(fd, text, sizeof(text) - 1, MSG_NOSIGNAL) == (ssize_t) sizeof(text) - 1) {
        while ((got = recv(fd, answer + len, sizeof(answer) - 1 - len, 0)) > 0) {
            len += (size_t) got;
        }
    }
    (void) close(fd);
    return got == 0 && strncmp(answer, "HTTP/1.1 200 ", 13) == 0
           && (answer[len - 1] == '1' || answer[len - 1] == '2');
}

/* It ends with the first request that is not answered. */
static void keep_asking(web_t *web) {
    const struct timespec pause = {0, 5000000};
    int port = nginx_server_port(web->server);
    pid_t test = getpid();

    (void) fflush(NULL);
    web->beside = fork();
    assert_int_not_equal(web->beside, -1);
    if (web->beside == 0) {
        (void) setsid();
        while (getppid() == test && ask(port)) {
            (void) nanosleep(&pause, NULL); /* each leaves much in the log */
        }
        _exit(1);
    }
}

static void assert_was_always_answered(const web_t *web) {
    siginfo_t info = {0};

    wait_for_log_count(web->server, "GET /asked ", log_count_of(web->server, "GET /asked ") + 20);
    assert_int_equal(waitid(P_PID, (id_t) web->beside, &info, WEXITED | WNOHANG | WNOWAIT), 0);
    assert_int_equal(info.si_pid, 0);
}

/*
 * Steps
 */

static void assert_version(const web_t *web, const char *version) {
    int i;

    for (i = 0; i < 20; i++) {
        assert_get(web->server, "/", 200, version);
    }
}

static void start_version_1(web_t *web) {
    nginx_config_t config = two_servers(web);

    copy_library("versioned_1", web->dest, "lib.so");
    web->server = nginx_server_start(&config);
    assert_version(web, "1");
    keep_asking(web);
}

/* Two masters with two workers each, and a file that the first two know
 * nothing of. */
static pid_t start_another_master(web_t *web) {
    pid_t old = nginx_server_master(web->server);

    overwrite(web, "versioned_2");
    assert_int_equal(kill(old, SIGUSR2), 0);
    wait_for_log_count(web->server, "start worker process ", 4);
    wait_for_log_count(web->server, "init_cycle of", 4);
    assert_int_equal(nginx_server_pid(web->server, OLD), old);
    assert_int_not_equal(nginx_server_pid(web->server, NEW), old);
    assert_int_equal(log_count_of(web->server, "exit_cycle was called"), 0);
    assert_was_always_answered(web);
    return old;
}

static size_t snapshot_count(pid_t pid) {
    char path[64], target[64];
    const struct dirent *entry;
    size_t count = 0;
    DIR *dir;

    (void) snprintf(path, sizeof(path), "/proc/%d/fd", (int) pid);
    dir = opendir(path);
    assert_non_null(dir);
    while ((entry = readdir(dir)) != NULL) {
        ssize_t len = readlinkat(dirfd(dir), entry->d_name, target, sizeof(target) - 1);

        target[len > 0 ? len : 0] = '\0';
        count += strncmp(target, "/memfd:", 7) == 0;
    }
    (void) closedir(dir);
    return count;
}

static void another_master_takes_over_with_the_new_code(void **state) {
    web_t *web = *state;
    pid_t old;

    start_version_1(web);
    old = start_another_master(web);
    assert_int_equal(snapshot_count(nginx_server_pid(web->server, NEW)), snapshot_count(old));
    assert_int_equal(kill(old, SIGWINCH), 0);
    wait_for_log_count(web->server, "exited with code 0", 2);
    assert_int_equal(log_count_of(web->server, "exit_cycle was called"), 2);
    assert_version(web, "2");
    assert_was_always_answered(web);
    assert_int_equal(kill(old, SIGQUIT), 0);
    nginx_server_adopt(web->server);
    assert_int_not_equal(nginx_server_master(web->server), old);
    assert_int_equal(nginx_server_pid(web->server, OLD), 0);
    assert_int_equal(log_count_of(web->server, "init_cycle of"), 4);
    assert_int_equal(log_count_of(web->server, "exit_cycle was called"), 2);
    assert_version(web, "2");
    assert_was_always_answered(web);
}

/* What is written to the file then is nothing to it. */
static void snapshot_of_another_master_holds(void **state) {
    web_t *web = *state;
    pid_t old;

    start_version_1(web);
    old = start_another_master(web);
    assert_int_equal(kill(old, SIGQUIT), 0);
    nginx_server_adopt(web->server);
    overwrite(web, "versioned_1");
    nginx_server_expect_log(web->server, "exited on signal 9");
    assert_int_equal(kill(web->beside, SIGKILL), 0);
    assert_int_equal(kill(worker_of(nginx_server_master(web->server)), SIGKILL), 0);
    wait_for_log_count(web->server, "init_cycle of", 5);
    assert_version(web, "2");
    assert_int_equal(kill(nginx_server_master(web->server), SIGHUP), 0);
    wait_for_log_count(web->server, "init_cycle of", 7);
    wait_for_log_count(web->server, "exit_cycle was called", 4);
    assert_version(web, "1");
}

static void old_master_that_comes_back_serves_the_code_it_had(void **state) {
    web_t *web = *state;
    pid_t old;

    start_version_1(web);
    old = start_another_master(web);
    assert_int_equal(kill(old, SIGWINCH), 0);
    wait_for_log_count(web->server, "exited with code 0", 2);
    assert_int_equal(kill(old, SIGHUP), 0);
    wait_for_log_count(web->server, "init_cycle of", 6);
    assert_int_equal(kill(nginx_server_pid(web->server, NEW), SIGQUIT), 0);
    wait_for_log_count(web->server, "exit_cycle was called", 4);
    wait_for_log_count(web->server, "exited with code 0", 5);
    assert_int_equal(nginx_server_pid(web->server, NEW), old);
    assert_version(web, "1");
    assert_was_always_answered(web);
    assert_int_equal(log_count_of(web->server, "init_cycle of"), 6);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(another_master_takes_over_with_the_new_code, clean_web),
        cmocka_unit_test_teardown(snapshot_of_another_master_holds, clean_web),
        cmocka_unit_test_teardown(old_master_that_comes_back_serves_the_code_it_had, clean_web),
    };

    return cmocka_run_group_tests(tests, start_web, stop_web);
}
