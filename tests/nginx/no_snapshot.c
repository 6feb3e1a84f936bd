/* On a system that forbids memory files. */

#define _GNU_SOURCE

#include "web.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* For this process and all that it starts. */
static void forbid_memory_files(void) {
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_memfd_create, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {sizeof(filter) / sizeof(filter[0]), filter};

    assert_int_equal(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
    assert_int_equal(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
}

static int start(void **state) {
    forbid_memory_files();
    return start_web(state);
}

static void libraries_are_opened_themselves_and_each_load_says_so_once(void **state) {
    static const char said[] = "ngx_link_func_snapshot: memfd_create() failed, workers open the libraries "
                               "themselves (1: Operation not permitted)";
    web_t *web = *state;
    char http[512], server[512], path[64];

    copy_library("versioned_1", web->dest, "lib.so");
    (void) snprintf(http, sizeof(http),
                    "server { listen 127.0.0.1:PORT; server_name other; " LIB("handlers") "}\n");
    (void) snprintf(server, sizeof(server),
                    "server_name localhost; ngx_link_func_lib %s/lib.so;\n" CALL("/", "where"), web->dest);
    (void) snprintf(path, sizeof(path), "%s/lib.so", web->dest);
    web->server = nginx_server_start(&(nginx_config_t){.http = http, .server = server, .workers = 2});
    assert_get(web->server, "/", 200, path);
    assert_int_equal(log_count_of(web->server, said), 1);
    nginx_server_reconfigure(web->server, &(nginx_config_t){.http = http, .server = server});
    nginx_server_wait_for_log(web->server, "gracefully shutting down");
    assert_int_equal(log_count_of(web->server, said), 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(libraries_are_opened_themselves_and_each_load_says_so_once, clean_web),
    };

    return cmocka_run_group_tests(tests, start, stop_web);
}
