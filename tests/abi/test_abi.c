/* Applications that were compiled against version 34, unchanged on the module. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "nginx_server.h"
#include "wire.h"

#define CALL(function) "location /" function " { ngx_link_func_call " function "; }\n"
#define FUNCTIONS                                                                                            \
    CALL("members")                                                                                          \
    CALL("request")                                                                                          \
    CALL("memory") CALL("headers") CALL("lengths") CALL("types") CALL("shared") CALL("cache") CALL("lines")

/* Each test runs once for each of these. */
static const char *const libraries[] = {APPLICATIONS};

static int start(void **state) {
    const char *library = *state;
    char server[4096];

    (void) snprintf(server, sizeof(server), "ngx_link_func_lib %s;\nngx_link_func_add_prop who me;\n%s",
                    library, FUNCTIONS);
    *state = nginx_server_start(&(nginx_config_t){.http = "ngx_link_func_shm_size 1m;", .server = server});
    return 0;
}

static int stop(void **state) {
    nginx_server_stop(*state);
    *state = NULL;
    return 0;
}

static wire_response_t *post(const nginx_server_t *server, const char *target, const char *body) {
    return wire_request(nginx_server_port(server), body == NULL ? "GET" : "POST", target, "X-Old: header\r\n",
                        body, body == NULL ? 0 : strlen(body));
}

static void assert_answer(const nginx_server_t *server, const char *target, const char *body,
                          const char *expected) {
    wire_response_t *response = post(server, target, body);

    assert_string_equal(response->body, expected);
    assert_int_equal(response->status, 200);
    wire_free(response);
}

static void functions_answer_as_they_did(void **state) {
    const nginx_server_t *server = *state;

    assert_answer(server, "/members?a=1", NULL, "a=1|NULL|0|1|111");
    assert_answer(server, "/members", "body", "NULL|body|4|1|111");
    assert_answer(server, "/request/x%20y?b=2&a=1", NULL, "0|/request/x y|header|NULL|me|1|NULL");
    assert_answer(server, "/memory", NULL, "a copy");
    assert_answer(server, "/types", NULL,
                  "text/plain|text/html; charset=utf-8|application/json|application/javascript|"
                  "application/x-www-form-urlencoded");
    assert_answer(server, "/shared", NULL, "1|1|1|1");
    assert_answer(server, "/cache", NULL, "1|made|NULL|own|own|NULL|made");
}

static void responses_look_as_they_did(void **state) {
    wire_response_t *response = post(*state, "/headers", NULL);

    assert_string_equal(response->status_line, "201 Made by 34");
    assert_string_equal(response->body, "0|0|-1|in");
    assert_string_equal(wire_header(response, "X-Outward"), "out");
    assert_string_equal(wire_header(response, "Content-Type"), "application/json");
    assert_null(wire_header(response, "X-Evil"));
    wire_free(response);

    response = post(*state, "/lengths", NULL);
    assert_string_equal(response->status_line, "202 Taken");
    assert_string_equal(wire_header(response, "Content-Type"), "text/x34");
    assert_int_equal(response->body_len, 3);
    assert_memory_equal(response->body, "a\0b", 3);
    wire_free(response);
}

static void lines_are_logged_as_they_were(void **state) {
    const nginx_server_t *server = *state;
    static const char *const expected[] = {"34 init me 11111 0", "34 cycle warn", "34 cycle err",
                                           "34 debug %s",        "34 info %s",    "34 warn %s",
                                           "34 err %s"};
    size_t i;

    assert_answer(server, "/lines", NULL, "");
    for (i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        nginx_server_wait_for_log(server, expected[i]);
    }
}

static void has_error_of_init_is_obeyed(void **state) {
    const char *library = *state;
    char text[4096];
    nginx_server_t *server = NULL;
    wire_response_t *response;

    (void) snprintf(text, sizeof(text), "ngx_link_func_lib %s;\nngx_link_func_add_prop broken 1;\n%s",
                    library, CALL("lines"));
    server = nginx_server_start(&(nginx_config_t){.server = text});
    *state = server;
    nginx_server_expect_log(server, "[emerg]");
    response = post(server, "/lines", NULL);
    assert_int_equal(response->status, 503);
    wire_free(response);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(functions_answer_as_they_did, start, stop),
    cmocka_unit_test_setup_teardown(responses_look_as_they_did, start, stop),
    cmocka_unit_test_setup_teardown(lines_are_logged_as_they_were, start, stop),
    cmocka_unit_test_teardown(has_error_of_init_is_obeyed, stop),
};

#define TEST_COUNT (sizeof(tests) / sizeof(tests[0]))
#define LIBRARY_COUNT (sizeof(libraries) / sizeof(libraries[0]))

/* "functions_answer_as_they_did (c_O2)", from the library's file name. */
static void name_test(char *to, size_t size, const char *name, const char *library) {
    const char *file = strrchr(library, '/') + 1;

    (void) snprintf(to, size, "%s (%.*s)", name, (int) strcspn(file, "."), file);
}

int main(void) {
    static struct CMUnitTest all[LIBRARY_COUNT * TEST_COUNT];
    static char names[LIBRARY_COUNT * TEST_COUNT][128];
    size_t i;

    for (i = 0; i < LIBRARY_COUNT * TEST_COUNT; i++) {
        const char *library = libraries[i / TEST_COUNT];

        all[i] = tests[i % TEST_COUNT];
        name_test(names[i], sizeof(names[i]), all[i].name, library);
        all[i].name = names[i];
        all[i].initial_state = (void *) library;
    }
    return cmocka_run_group_tests_name("version 34", all, NULL, NULL);
}
