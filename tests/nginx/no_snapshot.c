/* On a system that forbids or lacks what snapshots are made with: the tests
 * add to what is missing. */

#define _GNU_SOURCE

#include "web.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* For this process and all that it starts. */
static void forbid(unsigned call, unsigned error) {
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {sizeof(filter) / sizeof(filter[0]), filter};

    assert_int_equal(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
    assert_int_equal(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
}

/* A server with its own copy of the library, which tells where it was opened from. */
static const char *with_library(const web_t *web) {
    static char text[512];

    copy_library("versioned_1", web->dest, "lib.so");
    (void) snprintf(text, sizeof(text),
                    "server_name localhost; ngx_link_func_lib %s/lib.so;\n" CALL("/", "where"), web->dest);
    return text;
}

static void file_that_sendfile_does_not_know_is_read(void **state) {
    web_t *web = *state;
    wire_response_t *response;

    forbid(SYS_sendfile, EINVAL);
    web->server = nginx_server_start(&(nginx_config_t){.server = with_library(web)});
    response = get(web->server, "/");
    assert_int_equal(response->status, 200);
    assert_non_null(strstr(response->body, "/proc/self/fd/"));
    wire_free(response);
}

static void libraries_are_opened_themselves_and_each_load_says_so_once(void **state) {
    static const char said[] = "ngx_link_func_snapshot: memfd_create() failed, workers open the libraries "
                               "themselves (1: Operation not permitted)";
    web_t *web = *state;
    const char *server = with_library(web);
    char http[512], path[64];

    forbid(SYS_memfd_create, EPERM);
    (void) snprintf(http, sizeof(http),
                    "server { listen 127.0.0.1:PORT; server_name other; " LIB("handlers") "}\n");
    (void) snprintf(path, sizeof(path), "%s/lib.so", web->dest);
    web->server = nginx_server_start(&(nginx_config_t){.http = http, .server = server, .workers = 2});
    assert_get(web->server, "/", 200, path);
    assert_logged(web->server, "[notice]", said);
    assert_int_equal(log_count_of(web->server, said), 1);
    nginx_server_reconfigure(web->server, &(nginx_config_t){.http = http, .server = server});
    nginx_server_wait_for_log(web->server, "gracefully shutting down");
    assert_int_equal(log_count_of(web->server, said), 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(file_that_sendfile_does_not_know_is_read, clean_web),
        cmocka_unit_test_teardown(libraries_are_opened_themselves_and_each_load_says_so_once, clean_web),
    };

    return cmocka_run_group_tests(tests, start_web, stop_web);
}
