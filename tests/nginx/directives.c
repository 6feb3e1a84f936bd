/* The directives: where they may stand, what they refuse, what they inherit. */

#include "fixture.h"

typedef struct {
    const char *name;
    nginx_config_t config;
    const char *expected[3]; /* all of them are in the output */
} refusal_t;

static const refusal_t refusals[] = {
    {"missing library",
     {.server = "ngx_link_func_lib /nowhere/x.so;"},
     {"[emerg]", "ngx_link_func_lib: dlopen() \"/nowhere/x.so\" failed (", "nginx.conf:"}},
    {"missing function",
     {.server = LIB("handlers") CALL("/", "no_such")},
     {"[emerg]",
      "ngx_link_func_call: function \"no_such\" not found in \"" LIBRARY_FOLDER "/nginx_handlers.so\"",
      "nginx.conf:"}},
    {"undefined symbol",
     {.server = LIB("undefined") CALL("/", "fine")},
     {"dlopen() \"", "linkfunc_test_no_such_symbol", "nginx.conf:"}},
    {"call without library",
     {.server = CALL("/", "respond")},
     {"ngx_link_func_call: function \"respond\" has no library", "ngx_link_func_lib", "nginx.conf:"}},
    {"two libraries",
     {.server = LIB("handlers") LIB("handlers")},
     {"\"ngx_link_func_lib\" directive is duplicate", "nginx.conf:"}},
    {"two calls",
     {.server = LIB("handlers") "location / { ngx_link_func_call respond; ngx_link_func_call silent; }"},
     {"\"ngx_link_func_call\" directive is duplicate", "nginx.conf:"}},
    {"another handler",
     {.server = LIB("handlers") "location / { ngx_link_func_call respond; empty_gif; }"},
     {"function \"respond\"", "another content handler", "nginx.conf:"}},
    {"empty path",
     {.server = "ngx_link_func_lib '';"},
     {"ngx_link_func_lib: \"\" is not a path", "nginx.conf:"}},
    {"empty function",
     {.server = LIB("handlers") "location / { ngx_link_func_call ''; }"},
     {"ngx_link_func_call: \"\" is not a function", "nginx.conf:"}},
    {"lib in http", {.http = LIB("handlers")}, {"\"ngx_link_func_lib\" directive is not allowed here"}},
    {"call in server",
     {.server = LIB("handlers") "ngx_link_func_call respond;"},
     {"\"ngx_link_func_call\" directive is not allowed here"}},
    {"shm_size in server",
     {.server = "ngx_link_func_shm_size 1m;"},
     {"\"ngx_link_func_shm_size\" directive is not allowed here"}},
    {"shm_size below 8 pages",
     {.http = "ngx_link_func_shm_size 31k;"},
     {"ngx_link_func_shm_size: \"31k\" is too small, the minimum is 32k", "nginx.conf:"}},
    {"shm_size no size",
     {.http = "ngx_link_func_shm_size big;"},
     {"ngx_link_func_shm_size: \"big\" is not a size", "nginx.conf:"}},
    {"shm_size twice",
     {.http = "ngx_link_func_shm_size 1m; ngx_link_func_shm_size 1m;"},
     {"\"ngx_link_func_shm_size\" directive is duplicate", "nginx.conf:"}},
    {"empty key",
     {.server = "ngx_link_func_add_prop '' x;"},
     {"ngx_link_func_add_prop: \"\" is not a key", "nginx.conf:"}},
    {"prop in location",
     {.server = "location / { ngx_link_func_add_prop a b; }"},
     {"\"ngx_link_func_add_prop\" directive is not allowed here"}},
};

static void bad_configuration_is_refused_with_file_and_line(void **state) {
    size_t i, j;

    (void) state;
    for (i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        char *output;
        int status = nginx_config_test(&refusals[i].config, &output);

        for (j = 0; j < 3; j++) {
            const char *text = refusals[i].expected[j];

            if (status != 1 || (text != NULL && strstr(output, text) == NULL)) {
                print_error("%s: exit status %d, expected %s in:\n%s\n", refusals[i].name, status, text,
                            output);
                fail();
            }
        }
        free(output);
    }
}

static void one_refusal_is_one_emerg_line(void **state) {
    const nginx_config_t config = {.server = LIB("handlers") CALL("/a", "no_such") CALL("/b", "none_such")};
    char *output;
    const char *first;

    (void) state;
    assert_int_equal(nginx_config_test(&config, &output), 1);
    first = strstr(output, "[emerg]");
    assert_non_null(first);
    assert_null(strstr(first + 1, "[emerg]"));
    free(output);
}

static void sizes_with_suffixes_are_accepted(void **state) {
    static const char *const sizes[] = {"32k", "32768", "1m", "1M", "1g"};
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        char text[64], *output;
        const nginx_config_t config = {.http = text};

        (void) snprintf(text, sizeof(text), "ngx_link_func_shm_size %s;", sizes[i]);
        if (nginx_config_test(&config, &output) != 0) {
            print_error("%s: %s\n", sizes[i], output);
            fail();
        }
        free(output);
    }
}

static void key_set_twice_at_one_level_warns_and_the_later_wins(void **state) {
    nginx_server_t *server = NULL;

    *state = server = nginx_server_start(&(nginx_config_t){
        .server = LIB("handlers") CALL("/", "show_prop") "ngx_link_func_add_prop KEY first;\n"
                                                         "ngx_link_func_add_prop key second;\n"});
    assert_get(server, "/?key=Key", 200, "second");
    nginx_server_wait_for_log(server, "[warn]");
    assert_int_equal(log_count_of(server, "ngx_link_func_add_prop: \"key\" is set twice"), 1);
}

static void server_property_hides_that_of_http_and_no_other(void **state) {
    nginx_server_t *server = NULL;

    *state = server = nginx_server_start(&(nginx_config_t){
        .http = "ngx_link_func_add_prop a http-a; ngx_link_func_add_prop b http-b;\n",
        .server = LIB("handlers") CALL("/", "show_prop") "ngx_link_func_add_prop B server-b;"});
    assert_get(server, "/?key=a", 200, "http-a");
    assert_get(server, "/?key=b", 200, "server-b");
    assert_get(server, "/?key=c", 200, "NULL");
    assert_int_equal(log_count_of(server, "is set twice"), 0);
}

static void order_of_directives_is_free(void **state) {
    nginx_server_t *server = NULL;

    *state = server = nginx_server_start(
        &(nginx_config_t){.server = CALL("/", "show_prop") "ngx_link_func_add_prop k v;\n" LIB("handlers")});
    assert_get(server, "/?key=k", 200, "v");
}

static void relative_path_starts_at_the_configuration_prefix(void **state) {
    const nginx_config_t config = {.server = "ngx_link_func_lib sub/x.so;"};
    char *output;

    (void) state;
    assert_int_equal(nginx_config_test(&config, &output), 1);
    assert_non_null(strstr(output, "/linkfunc-"));
    assert_non_null(strstr(output, "/sub/x.so\" failed"));
    free(output);
}

static void call_is_inherited_by_if_and_limit_except_but_not_by_locations(void **state) {
    nginx_server_t *server = NULL;
    wire_response_t *response;

    *state = server = nginx_server_start(
        &(nginx_config_t){.server = LIB("handlers") "location /outer { ngx_link_func_call show_request;\n"
                                                    "  if ($arg_x) { add_header X-If yes; }\n"
                                                    "  limit_except GET { allow all; }\n"
                                                    "  location /outer/nested { }\n"
                                                    "}\n"
                                                    "location /other { ngx_link_func_call show_request; if "
                                                    "($arg_x) { proxy_pass http://127.0.0.1:1; } }\n"});
    response = get(server, "/outer?x=1");
    assert_string_equal(response->body, "x=1|0|NULL|0");
    assert_header(response, "X-If", "yes");
    wire_free(response);
    response = wire_request(nginx_server_port(server), "PUT", "/outer", NULL, "abc", 3);
    assert_string_equal(response->body, "NULL|3|abc|0");
    wire_free(response);
    response = get(server, "/outer/nested");
    assert_int_equal(response->status, 404);
    wire_free(response);
    response = get(server, "/other?x=1");
    assert_int_equal(response->status, 502);
    wire_free(response);
}

static void configuration_without_any_directive_serves(void **state) {
    nginx_server_t *server = NULL;

    *state = server = nginx_server_start(&(nginx_config_t){.server = "location / { return 200 plain; }"});
    assert_get(server, "/", 200, "plain");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_configuration_is_refused_with_file_and_line),
        cmocka_unit_test(one_refusal_is_one_emerg_line),
        cmocka_unit_test(sizes_with_suffixes_are_accepted),
        cmocka_unit_test(relative_path_starts_at_the_configuration_prefix),
        test_with_server(key_set_twice_at_one_level_warns_and_the_later_wins),
        test_with_server(server_property_hides_that_of_http_and_no_other),
        test_with_server(order_of_directives_is_free),
        test_with_server(call_is_inherited_by_if_and_limit_except_but_not_by_locations),
        test_with_server(configuration_without_any_directive_serves),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
