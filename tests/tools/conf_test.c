/* How linkfunc-run adapts a project's nginx.conf. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "conf.h"

#define PREAMBLE "daemon off; pid nginx.pid; error_log stderr; "
#define TEMP_PATHS                                                                                           \
    "client_body_temp_path nginx-body-temp; proxy_temp_path nginx-proxy-temp; "                              \
    "fastcgi_temp_path nginx-fastcgi-temp; uwsgi_temp_path nginx-uwsgi-temp; scgi_temp_path "                \
    "nginx-scgi-temp; "
#define DEFAULTS "access_log off; " TEMP_PATHS
#define PREAMBLE_LOGGED "daemon off; pid nginx.pid; "

/* A heap block that ends at the last byte. */
static char *exact_copy(const char *data, size_t len) {
    char *block = malloc(len == 0 ? 1 : len);

    assert_non_null(block);
    memcpy(block, data, len);
    return block;
}

static char *adapt_as(const char *text, const conf_wishes_t *wishes, char *why, size_t why_size) {
    char *block = exact_copy(text, strlen(text));
    char *result = conf_adapt(block, strlen(text), wishes, why, why_size);

    free(block);
    return result;
}

static char *adapt(const char *text, char *why, size_t why_size) {
    static const conf_wishes_t wishes = {.port = 4242};

    return adapt_as(text, &wishes, why, why_size);
}

typedef struct {
    const char *input;
    const char *expected;
} row_t;

static void directives_are_adapted(void **state) {
    static const row_t rows[] = {
        {"http{server{listen 80;}}", PREAMBLE "http{server{listen 127.0.0.1:4242;}" DEFAULTS "}"},
        {"http { server { listen *:8080 default_server; } }",
         PREAMBLE "http { server { listen 127.0.0.1:4242 default_server; } " DEFAULTS "}"},
        {"http { server { listen \"80\"; } }",
         PREAMBLE "http { server { listen 127.0.0.1:4242; } " DEFAULTS "}"},
        {"http { server { listen 80; } server { listen 80; } }",
         PREAMBLE "http { server { listen 127.0.0.1:4242; } server { listen 127.0.0.1:4242; } " DEFAULTS "}"},
        {"# listen 1;\nhttp { server { listen 80; # listen 2;\n} }",
         PREAMBLE "# listen 1;\nhttp { server { listen 127.0.0.1:4242; # listen 2;\n} " DEFAULTS "}"},
        {"http { log_format a 'listen 1; } { \\' #'; server { listen 80; } }", PREAMBLE
         "http { log_format a 'listen 1; } { \\' #'; server { listen 127.0.0.1:4242; } " DEFAULTS "}"},
        {"http { server { listen 80; return 200 ${host}x; set $a \\;listen; } }", PREAMBLE
         "http { server { listen 127.0.0.1:4242; return 200 ${host}x; set $a \\;listen; } " DEFAULTS "}"},
        {"stream { server { listen 53; } } http { server { listen 80; } }",
         PREAMBLE "stream { server { listen 53; } } http { server { listen 127.0.0.1:4242; } " DEFAULTS "}"},
        {"http { init_by_lua_block { x = '}'; listen 1; } server { listen 80; } }", PREAMBLE
         "http { init_by_lua_block { x = '}'; listen 1; } server { listen 127.0.0.1:4242; } " DEFAULTS "}"},
        {"user www; daemon on; pid /run/x;\nhttp { server { listen 80; } }",
         PREAMBLE "  \nhttp { server { listen 127.0.0.1:4242; } " DEFAULTS "}"},
        {"error_log logs/e.log info; http { error_log x; server { listen 80; } }", PREAMBLE_LOGGED
         "error_log stderr info; http { error_log stderr; server { listen 127.0.0.1:4242; } " DEFAULTS "}"},
        {"http { error_log x; server { listen 80; } }",
         PREAMBLE "http { error_log stderr; server { listen 127.0.0.1:4242; } " DEFAULTS "}"},
        {"http { access_log a; server { listen 80; scgi_temp_path b; } }",
         PREAMBLE "http { access_log a; server { listen 127.0.0.1:4242; scgi_temp_path b; } " TEMP_PATHS "}"},
        {"http { server { listen 80; user a; pid b; } }",
         PREAMBLE "http { server { listen 127.0.0.1:4242; user a; pid b; } " DEFAULTS "}"},
    };
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char why[160];
        char *text = adapt(rows[i].input, why, sizeof(why));

        if (text == NULL || strcmp(text, rows[i].expected) != 0) {
            print_error("row %zu: %s\nexpected: %s\ngot:      %s\n", i, rows[i].input, rows[i].expected,
                        text ? text : why);
            fail();
        }
        free(text);
    }
}

static void what_cannot_be_adapted_is_refused_with_its_line(void **state) {
    static const row_t rows[] = {
        {"", "nginx.conf:1: no listen directive in an http server"},
        {"events {}\n\nhttp { server { } }\n", "nginx.conf:4: no listen directive in an http server"},
        {"http { server {\n listen unix:/x; } }", "nginx.conf:2: listen on a unix socket is not supported"},
        {"http { server { listen 80;\n listen 81; } }",
         "nginx.conf:2: a second listen address is not supported"},
        {"http { server { listen; } }", "nginx.conf:1: listen without an address"},
        {"http { server { listen 80; }", "nginx.conf:1: unexpected end of file, expecting \"}\""},
        {"http { server { listen 80; } }\nuser",
         "nginx.conf:2: unexpected end of file, expecting \";\" or \"}\""},
        {"http { server { listen 80; } } }", "nginx.conf:1: unexpected \"}\""},
        {"http { server { listen 80 } }", "nginx.conf:1: unexpected \"}\""},
        {"http { server { listen 80; } set a \"b\"c; }", "nginx.conf:1: unexpected \"c\""},
        {"http { init_by_lua_block { listen 1;\n",
         "nginx.conf:2: unexpected end of file, expecting terminating characters for lua code block"},
        {"{ listen 80; }", "nginx.conf:1: unexpected \"{\""},
        {";", "nginx.conf:1: unexpected \";\""},
        {"http { server { listen \"80; } }",
         "nginx.conf:1: unexpected end of file, expecting \";\" or \"}\""},
        {"http { server { listen 80; set $a '\\",
         "nginx.conf:1: unexpected end of file, expecting \";\" or \"}\""},
    };
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char why[160];
        char *text = adapt(rows[i].input, why, sizeof(why));

        if (text != NULL || strcmp(why, rows[i].expected) != 0) {
            print_error("row %zu: %s\nexpected: %s\ngot:      %s\n", i, rows[i].input, rows[i].expected,
                        text ? text : why);
            fail();
        }
    }
}

static void blocks_that_nest_without_end_are_refused(void **state) {
    char text[2001], why[160];
    size_t i;

    (void) state;
    for (i = 0; i < 2000; i += 2) {
        memcpy(text + i, "a{", 3);
    }
    assert_null(adapt(text, why, sizeof(why)));
    assert_string_equal(why, "nginx.conf:1: blocks nest too deep");
}

#define LOADED "load_module modules/ngx_http_link_func_module.so; "

static void debuggers_get_one_process_and_libraries_where_they_lie(void **state) {
    static const conf_wishes_t wishes = {.port = 4242, .single = true, .live = true};
    static const char *const preamble = "daemon off; pid nginx.pid; master_process off; error_log stderr; ";
    char why[160], expected[1024];
    char *result;

    (void) state;
    result =
        adapt_as("master_process on; " LOADED "http { ngx_link_func_snapshot on; server { listen 80; } }",
                 &wishes, why, sizeof(why));
    snprintf(expected, sizeof(expected),
             "%s " LOADED "http {  server { listen 127.0.0.1:4242; } " DEFAULTS
             "ngx_link_func_snapshot off; }",
             preamble);
    assert_string_equal(result, expected);
    free(result);
    result = adapt_as("http { server { listen 80; } }", &wishes, why, sizeof(why));
    assert_null(strstr(result, "ngx_link_func_snapshot"));
    free(result);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(directives_are_adapted),
        cmocka_unit_test(what_cannot_be_adapted_is_refused_with_its_line),
        cmocka_unit_test(blocks_that_nest_without_end_are_refused),
        cmocka_unit_test(debuggers_get_one_process_and_libraries_where_they_lie),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
