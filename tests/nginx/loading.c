/* Opening libraries and running their hooks. */

#include "fixture.h"

#include <ngx_link_func_module.h>

#include <signal.h>
#include <unistd.h>

static void assert_start_is_refused(const char *server, const char *text) {
    const nginx_config_t config = {.server = server};
    char *output;
    int status = nginx_config_test(&config, &output);

    if (status != 1 || strstr(output, text) == NULL || strstr(output, "nginx.conf:") == NULL) {
        print_error("exit status %d, expected %s in:\n%s\n", status, text, output);
        fail();
    }
    free(output);
}

static void constructor_that_crashes_fails_the_load(void **state) {
    (void) state;
    assert_start_is_refused(LIB("crash"), "/nginx_crash.so\" crashed on signal 11 while it was opened");
}

static void constructor_that_exits_fails_the_load(void **state) {
    (void) state;
    assert_start_is_refused(LIB("exit"), "/nginx_exit.so\" exited with code 7 while it was opened");
}

static void libraries_have_ten_seconds_together(void **state) {
    (void) state;
    assert_start_is_refused(LIB("slow") "}\nserver { listen unix:second; " LIB("also_slow"),
                            "/nginx_also_slow.so\" hung for 10 seconds while it was opened");
}

static void newer_function_is_named_with_both_versions(void **state) {
    char text[1024];

    (void) state;
    (void) snprintf(
        text, sizeof(text),
        "needs function \"ngx_link_func_of_the_future\" that this module (version %d) does not have, "
        "the library was built for version 99: dlopen() \"" LIBRARY_FOLDER
        "/nginx_future.so\" failed (" LIBRARY_FOLDER
        "/nginx_future.so: undefined symbol: ngx_link_func_of_the_future) in ",
        NGX_LINK_FUNC_ABI_VERSION);
    assert_start_is_refused(LIB("future"), text);
    assert_start_is_refused("ngx_link_func_snapshot off;" LIB("future"), text);
    assert_start_is_refused(LIB("headerless"),
                            "the library was built for an unknown version: dlopen() \"" LIBRARY_FOLDER);
}

static void refusal_names_the_configured_path(void **state) {
    (void) state;
    assert_start_is_refused(LIB("undefined"),
                            "ngx_link_func_lib: dlopen() \"" LIBRARY_FOLDER
                            "/nginx_undefined.so\" failed (" LIBRARY_FOLDER
                            "/nginx_undefined.so: undefined symbol: linkfunc_test_no_such_symbol) in ");
    assert_start_is_refused("ngx_link_func_lib missing.so;", "/missing.so: cannot open shared object file");
    assert_start_is_refused("ngx_link_func_lib /dev/null;", "dlopen() \"/dev/null\" failed (/dev/null: ");
    assert_start_is_refused("ngx_link_func_lib /tmp;", "dlopen() \"/tmp\" failed (/tmp: ");
    assert_start_is_refused("ngx_link_func_lib nginx.conf;", "/nginx.conf: invalid ELF header) in ");
}

/* Reports that it makes up are no reason to trust it, nor to believe it. */
static void constructor_that_writes_to_the_channel_does_no_harm(void **state) {
    nginx_server_t *server = NULL;

    *state = server = nginx_server_start(&(nginx_config_t){.server = LIB("stray") CALL("/", "fine")});
    assert_get(server, "/", 200, "fine");
}

static void check_without_a_result_names_the_library(void **state) {
    (void) state;
    assert_start_is_refused(LIB("half"), "ngx_link_func_lib: the check of \"" LIBRARY_FOLDER
                                         "/nginx_half.so\" failed (it ended without a result) in ");
}

static void constructor_is_not_heard_while_it_is_tried(void **state) {
    const nginx_config_t config = {.server = LIB("noisy")};
    char *output;

    (void) state;
    assert_int_equal(nginx_config_test(&config, &output), 0);
    assert_null(strstr(output, "a constructor was here"));
    free(output);
}

/* That none is left is what stopping the server checks. */
static void process_that_a_constructor_starts_ends_with_the_trial(void **state) {
    nginx_server_t *server = NULL;

    *state = server = nginx_server_start(&(nginx_config_t){.server = LIB("forks") CALL("/", "fine")});
    assert_get(server, "/", 200, "fine");
}

static void daemon_that_a_constructor_starts_ends_with_the_check(void **state) {
    nginx_server_t *server = NULL;

    *state = server = nginx_server_start(&(nginx_config_t){.server = LIB("daemon") CALL("/", "fine")});
    assert_get(server, "/", 200, "fine");
}

static void hooks_that_keep_the_mutex_are_named(void **state) {
    nginx_server_t *server = NULL;

    *state = server = nginx_server_start(&(nginx_config_t){.http = "ngx_link_func_shm_size 1m;",
                                                           .server = LIB("hooks_lock") CALL("/", "fine")});
    nginx_server_expect_log(server, "with the shared memory mutex held, it is released");
    assert_get(server, "/", 200, "fine");
    assert_logged(server, "[alert]",
                  "ngx_link_func_init_cycle() of \"" LIBRARY_FOLDER
                  "/nginx_hooks_lock.so\" returned with the shared memory mutex held");
    nginx_server_reconfigure(server, &(nginx_config_t){.http = "ngx_link_func_shm_size 1m;"});
    assert_logged(server, "[alert]",
                  "ngx_link_func_exit_cycle() of \"" LIBRARY_FOLDER
                  "/nginx_hooks_lock.so\" returned with the shared memory mutex held");
}

static void missing_hooks_are_a_warning_each(void **state) {
    nginx_server_t *server = NULL;

    *state = server =
        nginx_server_start(&(nginx_config_t){.server = LIB("no_hooks") CALL("/", "fine"), .workers = 3});
    assert_get(server, "/", 200, "fine");
    assert_logged(server, "[warn]", "function \"ngx_link_func_init_cycle\" not found in \"");
    assert_logged(server, "[warn]", "function \"ngx_link_func_exit_cycle\" not found in \"");
    assert_int_equal(log_count_of(server, "ngx_link_func_lib: function \""), 2);
    assert_int_equal(log_count_of(server, "function \"ngx_link_func_init_cycle\" not found in \""), 1);
    assert_int_equal(log_count_of(server, "function \"ngx_link_func_exit_cycle\" not found in \""), 1);
}

static void hooks_run_once_for_each_worker_and_library(void **state) {
    nginx_server_t *server = NULL;

    *state = server = nginx_server_start(&(nginx_config_t){
        .workers = 3,
        .http = "proxy_cache_path PREFIX/cache keys_zone=cache:1m;\n"
                "server { listen 127.0.0.1:PORT; server_name other; ngx_link_func_add_prop who first;\n" LIB(
                    "handlers") "}\n",
        .server = "server_name localhost; ngx_link_func_add_prop who second;\n" LIB("handlers")
            CALL("/", "silent")});
    nginx_server_wait_for_log(server, "start cache manager process");
    assert_get(server, "/", 200, "");
    nginx_server_reconfigure(server, &(nginx_config_t){.server = "location / { return 200 gone; }"});
    wait_for_log_count(server, "exit_cycle was called", 3);
    assert_int_equal(log_count_of(server, "init_cycle of first, shared 0"), 3);
    assert_int_equal(log_count_of(server, "init_cycle of"), 3);
    assert_int_equal(log_count_of(server, "exit_cycle was called"), 3);
}

static void hooks_run_in_a_successor_and_at_a_fast_shutdown(void **state) {
    nginx_server_t *server = NULL;

    *state = server = nginx_server_start(&(nginx_config_t){.server = LIB("handlers") CALL("/", "silent")});
    nginx_server_wait_for_log(server, "init_cycle of nobody");
    nginx_server_expect_log(server, "exited on signal 9");
    assert_int_equal(kill(worker_of(nginx_server_master(server)), SIGKILL), 0);
    wait_for_log_count(server, "init_cycle of nobody", 2);
    assert_int_equal(kill(nginx_server_master(server), SIGTERM), 0);
    wait_for_log_count(server, "exit_cycle was called", 1);
    nginx_server_wait_for_log(server, "exited with code 0");
    assert_int_equal(log_count_of(server, "init_cycle of nobody"), 2);
    assert_int_equal(log_count_of(server, "exit_cycle was called"), 1);
}

static void library_under_two_names_is_opened_once(void **state) {
    char link[64], text[512];
    nginx_server_t *server = NULL;

    (void) snprintf(link, sizeof(link), "/tmp/linkfunc-%d.so", (int) getpid());
    (void) unlink(link);
    assert_int_equal(symlink(LIBRARY_FOLDER "/nginx_handlers.so", link), 0);
    (void) snprintf(text, sizeof(text),
                    "server { listen 127.0.0.1:PORT; server_name other; ngx_link_func_lib %s; }\n", link);
    *state = server = nginx_server_start(&(nginx_config_t){
        .http = text, .server = "server_name localhost;\n" LIB("handlers") CALL("/", "silent")});
    assert_get(server, "/", 200, "");
    assert_int_equal(log_count_of(server, "init_cycle of"), 1);
    assert_int_equal(unlink(link), 0);
}

/* Of the virtual server that has this name. */
static void assert_host_gets(const nginx_server_t *server, const char *host, const char *target, int status,
                             const char *body) {
    int fd = wire_connect(nginx_server_port(server));
    wire_response_t *response;
    char head[256];

    (void) snprintf(head, sizeof(head), "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", target, host);
    wire_send_text(fd, head);
    response = wire_read(fd, "GET");
    assert_int_equal(response->status, status);
    if (body != NULL) {
        assert_string_equal(response->body, body);
    }
    wire_free(response);
    (void) close(fd);
}

static void functions_of_the_same_names_are_apart(void **state) {
    nginx_server_t *server = NULL;

    *state = server = nginx_server_start(
        &(nginx_config_t){.http = "server { listen 127.0.0.1:PORT; server_name other; " LIB("versioned_2")
                              CALL("/", "text") "}\n",
                          .server = "server_name localhost;\n" LIB("versioned_1") CALL("/", "text")});
    assert_host_gets(server, "localhost", "/", 200, "1");
    assert_host_gets(server, "other", "/", 200, "2");
}

#define WHO(name) "ngx_link_func_add_prop who " name ";\n"
#define OTHER(more) "server { listen 127.0.0.1:PORT; server_name other; " LIB("handlers") more "}\n"
#define SHOWS LIB("handlers") CALL("/", "show_prop") "server_name localhost;\n"

static void hooks_see_the_property_of_the_first_server_that_has_it(void **state) {
    nginx_server_t *server = NULL;

    *state = server = nginx_server_start(
        &(nginx_config_t){.http = "server { listen 127.0.0.1:PORT; " WHO("stranger") "}\n" OTHER(""),
                          .server = SHOWS WHO("second")});
    nginx_server_wait_for_log(server, "init_cycle of second,");
    nginx_server_reconfigure(
        server, &(nginx_config_t){.http = WHO("outer") OTHER(""), .server = SHOWS WHO("second")});
    nginx_server_wait_for_log(server, "init_cycle of outer,");
    nginx_server_reconfigure(server, &(nginx_config_t){.http = OTHER(""), .server = SHOWS});
    nginx_server_wait_for_log(server, "init_cycle of nobody,");
}

static void functions_see_the_property_of_their_server(void **state) {
    nginx_server_t *server = NULL;

    *state = server = nginx_server_start(
        &(nginx_config_t){.http = OTHER(WHO("first") CALL("/", "show_prop")), .server = SHOWS WHO("second")});
    assert_host_gets(server, "other", "/?key=who", 200, "first");
    assert_host_gets(server, "localhost", "/?key=who", 200, "second");
}

static void failed_init_answers_503_and_leaves_other_servers_alone(void **state) {
    nginx_server_t *server = NULL;

    *state = server = nginx_server_start(
        &(nginx_config_t){.http = "server { listen 127.0.0.1:PORT; server_name broken; " LIB("init_error")
                              CALL("/", "fine") "}\n",
                          .server = "server_name localhost;\n" LIB("handlers") CALL("/", "show_request")});
    nginx_server_expect_log(server, "reported an error, its locations answer 503");
    assert_get(server, "/?a", 200, "a|0|NULL|0");
    assert_logged(server, "[emerg]", "nginx_init_error.so\" reported an error");
    assert_host_gets(server, "broken", "/", 503, NULL);
    assert_host_gets(server, "localhost", "/?b", 200, "b|0|NULL|0");
    nginx_server_reconfigure(server, &(nginx_config_t){.server = ""});
    nginx_server_wait_for_log(server, "exit_cycle was called");
    assert_int_equal(log_count_of(server, "exit_cycle of a faulty library"), 0);
}

static void assert_unavailable(const nginx_server_t *server) {
    wire_response_t *response = get(server, "/");

    assert_int_equal(response->status, 503);
    wire_free(response);
}

static void workers_that_die_in_init_do_not_start_a_crash_loop(void **state) {
    nginx_server_t *server = NULL;
    int i;

    *state = server =
        nginx_server_start(&(nginx_config_t){.server = LIB("init_dies") CALL("/", "fine"), .workers = 3});
    nginx_server_expect_log(server, "exited on signal 9");
    nginx_server_expect_log(server, "a worker died inside ngx_link_func_init_cycle()");
    assert_logged(server, "[emerg]",
                  "a worker died inside ngx_link_func_init_cycle() of \"" LIBRARY_FOLDER
                  "/nginx_init_dies.so\", it is not called again");
    for (i = 0; i < 20; i++) {
        assert_unavailable(server);
    }
    assert_in_range(log_count_of(server, "exited on signal 9"), 1, 3);
    assert_int_equal(log_count_of(server, "a worker died inside"), 1);
}

/* Of its constructor, the trial has seen nothing. */
static void workers_that_die_in_a_constructor_do_not_start_a_crash_loop(void **state) {
    nginx_server_t *server = NULL;
    int i;

    *state = server =
        nginx_server_start(&(nginx_config_t){.server = LIB("open_dies") CALL("/", "fine"), .workers = 3});
    nginx_server_expect_log(server, "exited on signal 9");
    nginx_server_expect_log(server, "a worker died while \"");
    assert_logged(server, "[emerg]",
                  "a worker died while \"" LIBRARY_FOLDER
                  "/nginx_open_dies.so\" was opened, it is not opened again");
    for (i = 0; i < 20; i++) {
        assert_unavailable(server);
    }
    assert_in_range(log_count_of(server, "exited on signal 9"), 1, 3);
    assert_int_equal(log_count_of(server, "a worker died "), 1);
}

static void exit_with_two_takes_no_worker_for_good(void **state) {
    nginx_server_t *server = NULL;
    int i;

    *state = server = nginx_server_start(&(nginx_config_t){
        .http =
            "server { listen 127.0.0.1:PORT; server_name broken; " LIB("init_exits") CALL("/", "fine") "}\n",
        .server = "server_name localhost;\n" LIB("none") CALL("/", "fine") CALL("/exit", "exit_with_two"),
        .workers = 2});
    nginx_server_expect_log(server, "a worker died inside ngx_link_func_init_cycle()");
    assert_logged(server, "[error]", "a library called exit(2), the worker exits with code 1 instead");
    assert_logged(server, "[emerg]", "a worker died inside ngx_link_func_init_cycle()");
    assert_host_gets(server, "broken", "/", 503, NULL);
    for (i = 0; i < 4; i++) {
        int fd = wire_connect(nginx_server_port(server));

        wire_send_text(fd, "GET /exit HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assert_int_equal(wire_drain(fd), 0);
        (void) close(fd);
    }
    assert_host_gets(server, "localhost", "/", 200, "fine");
    assert_int_equal(log_count_of(server, "cannot be respawned"), 0);
}

static void single_process_serves(void **state) {
    nginx_server_t *server = NULL;

    *state = server = nginx_server_start(&(nginx_config_t){
        .main = "master_process off;", .server = LIB("handlers") CALL("/", "show_request")});
    assert_get(server, "/?a", 200, "a|0|NULL|0");
    assert_int_equal(log_count_of(server, "init_cycle of"), 1);
    assert_int_equal(kill(nginx_server_master(server), SIGQUIT), 0);
    nginx_server_wait_for_log(server, "exit_cycle was called");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(constructor_that_crashes_fails_the_load),
        cmocka_unit_test(constructor_that_exits_fails_the_load),
        cmocka_unit_test(libraries_have_ten_seconds_together),
        test_with_server(missing_hooks_are_a_warning_each),
        test_with_server(hooks_run_once_for_each_worker_and_library),
        test_with_server(hooks_run_in_a_successor_and_at_a_fast_shutdown),
        test_with_server(library_under_two_names_is_opened_once),
        test_with_server(functions_of_the_same_names_are_apart),
        test_with_server(hooks_see_the_property_of_the_first_server_that_has_it),
        test_with_server(functions_see_the_property_of_their_server),
        test_with_server(failed_init_answers_503_and_leaves_other_servers_alone),
        test_with_server(workers_that_die_in_init_do_not_start_a_crash_loop),
        test_with_server(workers_that_die_in_a_constructor_do_not_start_a_crash_loop),
        test_with_server(hooks_that_keep_the_mutex_are_named),
        test_with_server(exit_with_two_takes_no_worker_for_good),
        cmocka_unit_test(check_without_a_result_names_the_library),
        test_with_server(constructor_that_writes_to_the_channel_does_no_harm),
        cmocka_unit_test(constructor_is_not_heard_while_it_is_tried),
        test_with_server(process_that_a_constructor_starts_ends_with_the_trial),
        test_with_server(daemon_that_a_constructor_starts_ends_with_the_check),
        cmocka_unit_test(newer_function_is_named_with_both_versions),
        cmocka_unit_test(refusal_names_the_configured_path),
        test_with_server(single_process_serves),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
