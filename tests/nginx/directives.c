/* The directives: where they may stand, what they refuse, what they inherit. */

#include "fixture.h"
#include "nginx_build.h"

#include <sys/stat.h>
#include <unistd.h>

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
    {"function of the C library",
     {.server = LIB("handlers") CALL("/", "abort")},
     {"[emerg]",
      "ngx_link_func_call: function \"abort\" not found in \"" LIBRARY_FOLDER "/nginx_handlers.so\"",
      "nginx.conf:"}},
    {"function of the module",
     {.server = LIB("handlers") CALL("/", "ngx_link_func_decline")},
     {"function \"ngx_link_func_decline\" not found in \"", "nginx.conf:"}},
    {"variable",
     {.server = LIB("versioned_1") CALL("/", "linkfunc_test_variable")},
     {"function \"linkfunc_test_variable\" not found in \"", "nginx.conf:"}},
    {"variable of each thread",
     {.server = LIB("versioned_1") CALL("/", "linkfunc_test_of_thread")},
     {"function \"linkfunc_test_of_thread\" not found in \"", "nginx.conf:"}},
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
    {"ca_cert in http",
     {.http = "ngx_link_func_ca_cert x;"},
     {"\"ngx_link_func_ca_cert\" directive is not allowed here in ", "nginx.conf:"}},
    {"ca_cert in location",
     {.server = "location / { ngx_link_func_ca_cert x; }"},
     {"\"ngx_link_func_ca_cert\" directive is not allowed here in ", "nginx.conf:"}},
    {"download in http",
     {.http = "ngx_link_func_download_link_lib http://127.0.0.1/x x;"},
     {"\"ngx_link_func_download_link_lib\" directive is not allowed here in ", "nginx.conf:"}},
    {"download in location",
     {.server = "location / { ngx_link_func_download_link_lib http://127.0.0.1/x x; }"},
     {"\"ngx_link_func_download_link_lib\" directive is not allowed here in ", "nginx.conf:"}},
    {"download of one argument",
     {.server = "ngx_link_func_download_link_lib http://127.0.0.1/x;"},
     {"invalid number of arguments in \"ngx_link_func_download_link_lib\" directive in ", "nginx.conf:"}},
    {"download of four",
     {.server = "ngx_link_func_download_link_lib http://127.0.0.1/x A:b x y;"},
     {"invalid number of arguments in \"ngx_link_func_download_link_lib\" directive in ", "nginx.conf:"}},
    {"snapshot in location",
     {.server = "location / { ngx_link_func_snapshot off; }"},
     {"\"ngx_link_func_snapshot\" directive is not allowed here in ", "nginx.conf:"}},
    {"snapshot that is neither on nor off",
     {.http = "ngx_link_func_snapshot maybe;"},
     {"invalid value \"maybe\" in \"ngx_link_func_snapshot\" directive", "nginx.conf:"}},
    {"snapshot twice",
     {.server = "ngx_link_func_snapshot off; ngx_link_func_snapshot on;"},
     {"\"ngx_link_func_snapshot\" directive is duplicate", "nginx.conf:"}},
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
    {"lib in location",
     {.server = "location / { " LIB("handlers") "}"},
     {"\"ngx_link_func_lib\" directive is not allowed here in ", "nginx.conf:"}},
    {"call in http",
     {.http = "ngx_link_func_call f;"},
     {"\"ngx_link_func_call\" directive is not allowed here in "}},
    {"call in if",
     {.server = LIB("handlers") "location / { if ($arg_x) { ngx_link_func_call respond; } }"},
     {"\"ngx_link_func_call\" directive is not allowed here in ", "nginx.conf:"}},
    {"call in limit_except",
     {.server = LIB("handlers") "location / { limit_except GET { ngx_link_func_call respond; } }"},
     {"\"ngx_link_func_call\" directive is not allowed here in ", "nginx.conf:"}},
    {"call in a location of a server without library",
     {.http = "server { listen 127.0.0.1:PORT; server_name b; " LIB("handlers") "}",
      .server = CALL("/", "respond")},
     {"ngx_link_func_call: function \"respond\" has no library", "nginx.conf:"}},
    {"lib without argument",
     {.server = "ngx_link_func_lib;"},
     {"invalid number of arguments in \"ngx_link_func_lib\" directive in ", "nginx.conf:"}},
    {"call with two",
     {.server = "location / { ngx_link_func_call a b; }"},
     {"invalid number of arguments in \"ngx_link_func_call\" directive in ", "nginx.conf:"}},
    {"prop without value",
     {.server = "ngx_link_func_add_prop a;"},
     {"invalid number of arguments in \"ngx_link_func_add_prop\" directive in ", "nginx.conf:"}},
    {"shm_size empty",
     {.http = "ngx_link_func_shm_size '';"},
     {"ngx_link_func_shm_size: \"\" is not a size", "nginx.conf:"}},
    {"shm_size negative",
     {.http = "ngx_link_func_shm_size -1m;"},
     {"ngx_link_func_shm_size: \"-1m\" is not a size", "nginx.conf:"}},
    {"shm_size too large for a number",
     {.http = "ngx_link_func_shm_size 99999999999999999g;"},
     {"ngx_link_func_shm_size: \"99999999999999999g\" is not a size", "nginx.conf:"}},
    {"shm_size zero",
     {.http = "ngx_link_func_shm_size 0;"},
     {"ngx_link_func_shm_size: \"0\" is too small, the minimum is 32k", "nginx.conf:"}},
    {"req_header that is no token",
     {.http = "ngx_link_func_add_req_header 'X A' b;"},
     {"ngx_link_func_add_req_header: \"X A\" is refused, its name is not a token", "nginx.conf:"}},
    {"req_header without a name",
     {.server = "ngx_link_func_add_req_header '' b;"},
     {"ngx_link_func_add_req_header: \"\" is refused, its name is not a token", "nginx.conf:"}},
    {"req_header with a colon",
     {.server = "ngx_link_func_add_req_header X-A: b;"},
     {"ngx_link_func_add_req_header: \"X-A:\" is refused, its name is not a token", "nginx.conf:"}},
    {"req_header with a line feed",
     {.server = "location / { ngx_link_func_add_req_header X-A 'a\\nX-B: b'; }"},
     {"ngx_link_func_add_req_header: \"X-A\" is refused, its value contains CR, LF or NUL", "nginx.conf:"}},
    {"req_header with an unknown variable",
     {.server = "ngx_link_func_add_req_header X-A $no_such;"},
     {"unknown \"no_such\" variable"}},
    {"req_header in limit_except",
     {.server = "location / { limit_except GET { ngx_link_func_add_req_header X-A b; } }"},
     {"\"ngx_link_func_add_req_header\" directive is not allowed here in ", "nginx.conf:"}},
    {"req_header in if of a server",
     {.server = "if ($arg_x) { ngx_link_func_add_req_header X-A b; }"},
     {"\"ngx_link_func_add_req_header\" directive is not allowed here in ", "nginx.conf:"}},
    {"req_header without value",
     {.server = "ngx_link_func_add_req_header X-A;"},
     {"invalid number of arguments in \"ngx_link_func_add_req_header\" directive in ", "nginx.conf:"}},
    {"prop in if of a server",
     {.server = "if ($arg_x) { ngx_link_func_add_prop a b; }"},
     {"\"ngx_link_func_add_prop\" directive is not allowed here"}},
    {"prop in location",
     {.server = "location / { ngx_link_func_add_prop a b; }"},
     {"\"ngx_link_func_add_prop\" directive is not allowed here"}},
};

static size_t count_of(const char *text, const char *word) {
    size_t count = 0;

    for (text = strstr(text, word); text != NULL; text = strstr(text + 1, word)) {
        count++;
    }
    return count;
}

static void bad_configuration_is_refused_with_file_and_line(void **state) {
    size_t i, j;

    (void) state;
    for (i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        char *output;
        int status = nginx_config_test(&refusals[i].config, &output);

        assert_int_equal(count_of(output, "[emerg]"), 1);
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

    (void) state;
    assert_int_equal(nginx_config_test(&config, &output), 1);
    assert_int_equal(count_of(output, "[emerg]"), 1);
    free(output);
}

/* The directive stands in the third line of a file of its own. */
static void refusal_names_the_very_file_and_line(void **state) {
    static const struct {
        const char *text, *expected;
    } cases[] = {
        {"\n\nngx_link_func_lib /nowhere/x.so;\n\n", "/nowhere/x.so\" failed ("},
        {"\nlocation /a {\n ngx_link_func_call no_such;\n}\n\n" LIB("handlers"),
         "function \"no_such\" not found in"},
        {"\nlocation /a {\n ngx_link_func_call respond;\n}\n\n", "function \"respond\" has no library"},
        {"\n\nngx_link_func_add_req_header Connection x;\n\n", "\"Connection\" is refused"},
        {"\n" LIB("handlers") LIB("handlers") "\n", "\"ngx_link_func_lib\" directive is duplicate"},
    };
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char file[] = "/tmp/linkfunc-includeXXXXXX", include[64], *output, *line, place[64];
        const nginx_config_t config = {.server = include};
        int fd = mkstemp(file);

        assert_true(fd != -1);
        assert_int_equal(write(fd, cases[i].text, strlen(cases[i].text)), strlen(cases[i].text));
        (void) close(fd);
        (void) snprintf(include, sizeof(include), "include %s;", file);
        (void) snprintf(place, sizeof(place), "%s:3\n", file);
        assert_int_equal(nginx_config_test(&config, &output), 1);
        (void) unlink(file);
        line = strstr(output, cases[i].expected);
        if (line == NULL || strstr(line, place) == NULL) {
            print_error("no %s at %s in:\n%s\n", cases[i].expected, place, output);
            fail();
        }
        free(output);
    }
}

static void header_that_frames_is_refused_in_any_case(void **state) {
    static const char *const names[] = {"Content-Length",   "transfer-encoding", "CONNECTION", "Keep-Alive",
                                        "Proxy-Connection", "Upgrade",           "Trailer"};
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char text[128], *output;
        const nginx_config_t config = {.http = text};

        (void) snprintf(text, sizeof(text), "ngx_link_func_add_req_header %s $arg_x;", names[i]);
        assert_int_equal(nginx_config_test(&config, &output), 1);
        assert_non_null(strstr(output, "is refused, it frames the message"));
        assert_int_equal(count_of(output, "[emerg]"), 1);
        free(output);
    }
}

static void a_server_may_go_without_a_library(void **state) {
    const nginx_config_t config = {
        .http = "ngx_link_func_add_prop k v; server { listen 127.0.0.1:PORT; server_name b; " LIB("handlers")
            CALL("/", "respond") "}",
        .server = "location / { return 204; }"};
    char *output;

    (void) state;
    assert_int_equal(nginx_config_test(&config, &output), 0);
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
    assert_logged(server, "[warn]", "ngx_link_func_add_prop: \"key\" is set twice");
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

/* Tests "conf/nginx.conf" of a prefix, which has that server. */
static char *test_below_prefix(const char *prefix, const char *server) {
    char path[64], command[512], output[2048] = "";
    FILE *file;

    (void) snprintf(path, sizeof(path), "%s/conf/nginx.conf", prefix);
    file = fopen(path, "we");
    assert_non_null(file);
    (void) fprintf(file, "load_module %s;\n%sevents { }\nhttp { server { %s } }\n", nginx_build_module(),
                   geteuid() == 0 ? "user root;\n" : "", server);
    assert_int_equal(fclose(file), 0);
    (void) snprintf(command, sizeof(command), "%s -t -p %s -c conf/nginx.conf 2>&1", nginx_build_program(),
                    prefix);
    file = popen(command, "re"); /* NOLINT(cert-env33-c): all paths are the test's own */
    assert_non_null(file);
    (void) !fread(output, 1, sizeof(output) - 1, file);
    assert_int_not_equal(pclose(file), 0);
    return strdup(output);
}

/* Not at the prefix of the server. */
static void relative_path_starts_at_the_configuration_prefix(void **state) {
    static const struct {
        const char *server, *expected;
    } cases[] = {
        {"ngx_link_func_lib sub/x.so;", "ngx_link_func_lib: dlopen() \"%s/conf/sub/x.so\" failed"},
        {"ngx_link_func_ca_cert sub/x.pem;", "ngx_link_func_ca_cert: \"%s/conf/sub/x.pem\" cannot be read"},
        {"ngx_link_func_download_link_lib http://127.0.0.1:1/x sub/x.so;", " to \"%s/conf/sub/x.so\" failed"},
    };
    char prefix[] = "/tmp/linkfunc-prefixXXXXXX", path[64], expected[128];
    size_t i;

    (void) state;
    assert_non_null(mkdtemp(prefix));
    (void) snprintf(path, sizeof(path), "%s/conf", prefix);
    assert_int_equal(mkdir(path, 0755), 0);
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *output = test_below_prefix(prefix, cases[i].server);

        (void) snprintf(expected, sizeof(expected), cases[i].expected, prefix);
        if (strstr(output, expected) == NULL) {
            print_error("no %s in:\n%s\n", expected, output);
            fail();
        }
        free(output);
    }
    (void) snprintf(path, sizeof(path), "%s/conf/nginx.conf", prefix);
    assert_int_equal(unlink(path), 0);
    (void) snprintf(path, sizeof(path), "%s/conf", prefix);
    assert_int_equal(rmdir(path), 0);
    (void) rmdir(prefix);
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
        cmocka_unit_test(refusal_names_the_very_file_and_line),
        cmocka_unit_test(header_that_frames_is_refused_in_any_case),
        cmocka_unit_test(a_server_may_go_without_a_library),
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
