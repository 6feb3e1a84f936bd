/* How long a load waits for servers and for processes. */

#include "web.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static const char *downloading(const web_t *web, const char *target) {
    static char text[256];

    (void) snprintf(text, sizeof(text), "ngx_link_func_download_link_lib \"%s%s\" \"%s/lib.so\";\n",
                    web_url(origin_port(web->origin), ""), target, web->dest);
    return text;
}

static void silent_servers_are_given_up(void **state) {
    static const char *const targets[] = {"/hang", "/stalled/good.so"};
    web_t *web = *state;
    size_t i;

    for (i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
        struct timespec before, after;

        (void) clock_gettime(CLOCK_MONOTONIC, &before);
        assert_refused(web, downloading(web, targets[i]),
                       (const char *const[]){"(stalled for 10 seconds)", targets[i], NULL});
        (void) clock_gettime(CLOCK_MONOTONIC, &after);
        assert_in_range(after.tv_sec - before.tv_sec, 9, 13);
    }
}

/* Nobody accepts, so the kernel answers two connections and drops what follows. */
static int listen_to_nobody(int waiting[2], int *port) {
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(addr);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), i;

    assert_int_equal(bind(fd, (struct sockaddr *) &addr, sizeof(addr)), 0);
    assert_int_equal(listen(fd, 0), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *) &addr, &len), 0);
    for (i = 0; i < 2; i++) {
        waiting[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        (void) connect(waiting[i], (struct sockaddr *) &addr, sizeof(addr));
    }
    *port = ntohs(addr.sin_port);
    return fd;
}

static void server_that_does_not_accept_is_given_up(void **state) {
    web_t *web = *state;
    int waiting[2], port, listener = listen_to_nobody(waiting, &port);
    struct timespec before, after;
    char text[256];

    (void) snprintf(text, sizeof(text), "ngx_link_func_download_link_lib %s/x %s/lib.so;\n",
                    web_url(port, ""), web->dest);
    (void) clock_gettime(CLOCK_MONOTONIC, &before);
    assert_refused(web, text, (const char *const[]){"failed (", "onnect", " after 5", NULL});
    (void) clock_gettime(CLOCK_MONOTONIC, &after);
    assert_in_range(after.tv_sec - before.tv_sec, 4, 8);
    (void) close(waiting[0]);
    (void) close(waiting[1]);
    (void) close(listener);
}

/* Each of two is in time for itself, but not both together. */
static void downloads_together_have_one_minute(void **state) {
    web_t *web = *state;
    struct timespec before, after;
    char text[512];

    (void) snprintf(text, sizeof(text),
                    "ngx_link_func_download_link_lib %s/dripped/35/good.so %s/one.so;\n}\n"
                    "server { listen 127.0.0.1:PORT; server_name second;\n"
                    "ngx_link_func_download_link_lib %s/dripped/36/good.so %s/two.so;\n",
                    web_url(origin_port(web->origin), ""), web->dest, web_url(origin_port(web->origin), ""),
                    web->dest);
    (void) clock_gettime(CLOCK_MONOTONIC, &before);
    assert_refused(
        web, text,
        (const char *const[]){"/dripped/36/good.so\"", "/two.so\" failed (60 seconds are over)", NULL});
    (void) clock_gettime(CLOCK_MONOTONIC, &after);
    assert_in_range(after.tv_sec - before.tv_sec, 59, 64);
    assert_int_equal(origin_request_count(web->origin, "GET /dripped/35/good.so"), 1);
}

/* Root in workers as in the master, so the library may stop who watches it. */
static void keeper_that_a_library_stopped_is_ended(void **state) {
    const nginx_config_t config = {.server = LIB("stops") CALL("/", "fine")};
    char *output;

    (void) state;
    assert_int_equal(nginx_config_test(&config, &output), 1);
    assert_non_null(strstr(output, "/nginx_stops.so\" failed (it ended without a result) in "));
    free(output);
}

/* The last one takes its minute, so it runs in the long mode only. */
int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(silent_servers_are_given_up, clean_web),
        cmocka_unit_test_teardown(server_that_does_not_accept_is_given_up, clean_web),
        cmocka_unit_test(keeper_that_a_library_stopped_is_ended),
        cmocka_unit_test_teardown(downloads_together_have_one_minute, clean_web),
    };
    size_t count = sizeof(tests) / sizeof(tests[0]) - (getenv("LINKFUNC_LONG") == NULL);

    return _cmocka_run_group_tests("tests", tests, count, start_web, stop_web);
}
