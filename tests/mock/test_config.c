/* What of a configuration is refused, and with which words.  LIBRARY is a build
 * of library.c. */

#include <stdio.h>
#include <stdlib.h>

#include "fixture.h"

static int read_config(const fixture_t *f, ngx_link_func_mock_t *mock, const char *text) {
    char *path = files_write(&f->files, "nginx.conf", text);
    int result = ngx_link_func_mock_config(mock, path);

    free(path);
    return result;
}

#define HTTP(text) "http {" text "}"
#define SERVER(text) HTTP("server {" text "}")
#define LIB "ngx_link_func_lib " LIBRARY ";"
#define LOCATION(text) SERVER(LIB "location / {" text "}")
#define AT " in FOLDER/nginx.conf:"

static const struct {
    const char *text;
    const char *error;
} refusals[] = {
    {"http {\n", "unexpected end of file, expecting \"}\"" AT "2"},
    {"http {}\n}", "unexpected \"}\"" AT "2"},
    {"user", "unexpected end of file, expecting \";\" or \"}\"" AT "1"},
    {"events {\n \"a\"b; }", "unexpected \"b\"" AT "2"},
    {"server { }", "\"server\" directive is not allowed here" AT "1"},
    {"http;", "directive \"http\" has no opening \"{\"" AT "1"},
    {"http { }\nhttp { }", "\"http\" directive is duplicate" AT "2"},
    {SERVER("location { }"), "invalid number of arguments in \"location\" directive" AT "1"},
    {SERVER("location == / { }"), "invalid location modifier \"==\"" AT "1"},
    {SERVER("location = /a {\nlocation /a/b { } }"),
     "location \"/a/b\" cannot be inside the exact location \"/a\"" AT "2"},
    {SERVER("location @a { location /b { } }"),
     "location \"/b\" cannot be inside the named location \"@a\"" AT "1"},
    {SERVER("location /a { location @b { } }"),
     "named location \"@b\" can be on the server level only" AT "1"},
    {SERVER("location /a { location /b { } }"), "location \"/b\" is outside location \"/a\"" AT "1"},
    {SERVER("location /a { }\nlocation = /a { }\nlocation ^~ /a { }"), "duplicate location \"/a\"" AT "3"},
    {SERVER("location ~ ( { }"),
     "pcre2_compile() failed: missing closing parenthesis in \"(\" at \"\"" AT "1"},
    {SERVER("set a b;"), "invalid variable name \"a\"" AT "1"},
    {SERVER("set $host b;"), "the duplicate \"host\" variable" AT "1"},
    {SERVER("set $a $;"), "invalid variable name" AT "1"},
    {SERVER("set $a \"${b\";"), "the closing bracket in \"b\" variable is missing" AT "1"},
    {SERVER("return x;"), "invalid return code \"x\"" AT "1"},
    {SERVER("return 1000;"), "invalid return code \"1000\"" AT "1"},
    {SERVER("if $a { }"), "invalid condition \"$a\"" AT "1"},
    {SERVER("if (a) { }"), "invalid condition \"a\"" AT "1"},
    {SERVER("if ($a == b) { }"), "unexpected \"==\" in condition" AT "1"},
    {SERVER("if ($a = b c) { }"), "invalid condition \"$a\"" AT "1"},
    {SERVER("if (-q $a) { }"), "invalid condition \"-q\"" AT "1"},
    {SERVER("underscores_in_headers yes;"), "invalid value \"yes\" in \"underscores_in_headers\" directive, "
                                            "it must be \"on\" or \"off\"" AT "1"},
    {SERVER("client_max_body_size 1t;"), "\"client_max_body_size\" directive invalid value" AT "1"},

    {HTTP("ngx_link_func_lib a;"), "\"ngx_link_func_lib\" directive is not allowed here" AT "1"},
    {SERVER("ngx_link_func_lib;"), "invalid number of arguments in \"ngx_link_func_lib\" directive" AT "1"},
    {SERVER("ngx_link_func_lib a b;"),
     "invalid number of arguments in \"ngx_link_func_lib\" directive" AT "1"},
    {SERVER("ngx_link_func_lib \"\";"), "ngx_link_func_lib: \"\" is not a path" AT "1"},
    {SERVER(LIB "\n" LIB), "\"ngx_link_func_lib\" directive is duplicate" AT "2"},
    {SERVER(LIB "\nngx_link_func_download_link_lib http://a/b c;"),
     "\"ngx_link_func_download_link_lib\" directive is duplicate" AT "2"},
    {SERVER("ngx_link_func_lib a { }"), "directive \"ngx_link_func_lib\" is not terminated by \";\"" AT "1"},
    {SERVER("ngx_link_func_lib none.so;\nlocation / { ngx_link_func_call nobody_has_this; }"),
     "ngx_link_func_lib: dlopen() \"FOLDER/none.so\" failed (FOLDER/none.so: cannot open shared object file: "
     "No such file or directory)" AT "1"},
    {SERVER("ngx_link_func_call f;"), "\"ngx_link_func_call\" directive is not allowed here" AT "1"},
    {LOCATION("if ($a) { ngx_link_func_call f; }"),
     "\"ngx_link_func_call\" directive is not allowed here" AT "1"},
    {LOCATION("limit_except GET { ngx_link_func_call f; }"),
     "\"ngx_link_func_call\" directive is not allowed here" AT "1"},
    {LOCATION("ngx_link_func_call \"\";"), "ngx_link_func_call: \"\" is not a function" AT "1"},
    {LOCATION("ngx_link_func_call a;\nngx_link_func_call a;"),
     "\"ngx_link_func_call\" directive is duplicate" AT "2"},
    {SERVER("location / {\nngx_link_func_call\nf; }"),
     "ngx_link_func_call: function \"f\" has no library, its server needs \"ngx_link_func_lib\"" AT "3"},
    {LOCATION("\n\nngx_link_func_call nobody_has_this;"),
     "ngx_link_func_call: function \"nobody_has_this\" not found in \"" LIBRARY "\"" AT "3"},
    {LOCATION("ngx_link_func_call getppid;"),
     "ngx_link_func_call: function \"getppid\" not found in \"" LIBRARY "\"" AT "1"},
    {HTTP("ngx_link_func_shm_size x;"), "ngx_link_func_shm_size: \"x\" is not a size" AT "1"},
    {HTTP("ngx_link_func_shm_size 31k;"),
     "ngx_link_func_shm_size: \"31k\" is too small, the minimum is 32k" AT "1"},
    {HTTP("ngx_link_func_shm_size 100000g;"),
     "ngx_link_func_shm_size: \"100000g\" is too large, the mock's maximum is 8g" AT "1"},
    {HTTP("ngx_link_func_shm_size 1m;\nngx_link_func_shm_size 1m;"),
     "\"ngx_link_func_shm_size\" directive is duplicate" AT "2"},
    {SERVER("ngx_link_func_shm_size 1m;"), "\"ngx_link_func_shm_size\" directive is not allowed here" AT "1"},
    {HTTP("ngx_link_func_add_prop \"\" a;"), "ngx_link_func_add_prop: \"\" is not a key" AT "1"},
    {LOCATION("ngx_link_func_add_prop a b;"),
     "\"ngx_link_func_add_prop\" directive is not allowed here" AT "1"},
    {LOCATION("ngx_link_func_add_req_header \"a b\" c;"),
     "ngx_link_func_add_req_header: \"a b\" is refused, its name is not a token" AT "1"},
    {LOCATION("ngx_link_func_add_req_header Content_Length 1;"),
     "ngx_link_func_add_req_header: \"Content_Length\" is refused, it frames the message, only the server "
     "may set it" AT "1"},
    {SERVER("ngx_link_func_snapshot 1;"), "invalid value \"1\" in \"ngx_link_func_snapshot\" directive, it "
                                          "must be \"on\" or \"off\"" AT "1"},
    {SERVER("ngx_link_func_ca_cert \"\";"), "ngx_link_func_ca_cert: \"\" is not a path" AT "1"},
    {SERVER("\nngx_link_func_spell a;"), "unknown directive \"ngx_link_func_spell\"" AT "2"},
    {SERVER("\nngx_link_func_slow 1s;"), "unknown directive \"ngx_link_func_slow\"" AT "2"},
    {LOCATION("\nngx_link_func_read_body off;"), "unknown directive \"ngx_link_func_read_body\"" AT "2"},
    {LOCATION("\nngx_link_func_intercept_errors on;"),
     "unknown directive \"ngx_link_func_intercept_errors\"" AT "2"},
    {LOCATION("\nngx_link_func_status;"), "unknown directive \"ngx_link_func_status\"" AT "2"},
    {LOCATION("\nngx_link_func_record records 5;"), "unknown directive \"ngx_link_func_record\"" AT "2"},

    {"include none.conf;", "open() \"FOLDER/none.conf\" failed (2: No such file or directory)" AT "1"},
    {"include nginx.conf;", "open() \"FOLDER/nginx.conf\" failed (24: Too many open files)" AT "1"},
    {"include;", "invalid number of arguments in \"include\" directive" AT "1"},
    {"include a { }", "directive \"include\" is not terminated by \";\"" AT "1"},
    {HTTP("server {\n bad {"), "unexpected end of file, expecting \"}\"" AT "2"},
};

static void what_is_wrong_is_named_with_its_place(void **state) {
    const fixture_t *f = *state;
    size_t i;

    for (i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        ngx_link_func_mock_t *mock = ngx_link_func_mock_new();
        char *expected = files_expand_dup(&f->files, refusals[i].error);

        if (read_config(f, mock, refusals[i].text) != -1
            || strcmp(ngx_link_func_mock_error(mock), expected) != 0) {
            fail_msg("%s\nexpected: %s\ngot:      %s", refusals[i].text, expected,
                     ngx_link_func_mock_error(mock));
        }
        free(expected);
        ngx_link_func_mock_free(mock);
    }
}

/* Near to what is refused. */
static const char *const accepted[] = {
    "",
    "user nobody; events { } http { }",
    SERVER("location /a { location /ab { } location ~ b { } }"),
    SERVER("location = /a { } location /a { } location ~ /a { } location ~ /a { }"),
    SERVER("location / { location /a { } } location /a { }"),
    SERVER("server_name a \"\" *.b ~^c$; listen 80 default_server; listen [::]:80; gzip on;"),
    SERVER("if ( $a = \"b c\" ) { return 403; } if ($a) { } if ($b != c) { } if (!-e $a) { }"),
    SERVER("ngx_link_func_ca_cert a; ngx_link_func_snapshot OFF;"),
    HTTP("ngx_link_func_shm_size 32k; map $a $b { default 1; \"~x\" 2; } upstream u { server a:1; }"),
    HTTP("ngx_link_func_add_prop a \"\"; ngx_link_func_add_req_header X-A \"\";"),
    LOCATION("ngx_link_func_call answer_loaded; try_files /a /b; add_header X y; some_other_module on;"),
    LOCATION("limit_except GET { deny all; } if ($a) { ngx_link_func_add_req_header X-A b; }"),
    "http { server { " LIB " location / { ngx_link_func_call answer_loaded; } } server { " LIB " } }",
};

static void what_nginx_takes_is_taken(void **state) {
    const fixture_t *f = *state;
    size_t i;

    for (i = 0; i < sizeof(accepted) / sizeof(accepted[0]); i++) {
        ngx_link_func_mock_t *mock = ngx_link_func_mock_new();

        if (read_config(f, mock, accepted[i]) != 0) {
            fail_msg("%s\n%s", accepted[i], ngx_link_func_mock_error(mock));
        }
        ngx_link_func_mock_free(mock);
    }
}

static void file_that_is_not_there_is_an_error(void **state) {
    const fixture_t *f = *state;

    assert_int_equal(ngx_link_func_mock_config(f->mock, "/nowhere/nginx.conf"), -1);
    assert_string_equal(ngx_link_func_mock_error(f->mock),
                        "open() \"/nowhere/nginx.conf\" failed (2: No such file or directory)");
}

static void includes_are_read_where_they_stand(void **state) {
    const fixture_t *f = *state;
    char *expected =
        files_expand_dup(&f->files, "ngx_link_func_call: function \"missing\" not found in \"" LIBRARY
                                    "\" in FOLDER/sub/b.conf:2");

    free(files_write(&f->files, "sub/a.conf", LIB));
    free(files_write(&f->files, "sub/b.conf", "location /b {\nngx_link_func_call missing; }"));
    free(files_write(&f->files, "sub/c.other", "nonsense {"));
    assert_int_equal(read_config(f, f->mock, SERVER("include sub/*.conf;")), -1);
    assert_string_equal(ngx_link_func_mock_error(f->mock), expected);
    free(expected);
}

static void include_that_matches_nothing_is_none(void **state) {
    const fixture_t *f = *state;

    assert_int_equal(read_config(f, f->mock, "include sub/*.conf;"), 0);
}

static void property_that_is_set_twice_is_a_warning_with_its_place(void **state) {
    const fixture_t *f = *state;

    assert_int_equal(read_config(f, f->mock,
                                 HTTP("ngx_link_func_add_prop a 1;\n server { ngx_link_func_add_prop a 2;\n"
                                      "ngx_link_func_add_prop A 3; }")),
                     0);
    assert_int_equal(ngx_link_func_mock_log_count(f->mock), 1);
    assert_log_contains(f->mock, NGX_LINK_FUNC_MOCK_WARN,
                        "ngx_link_func_add_prop: \"A\" is set twice at this level, the later value is used "
                        "in ");
    assert_log_contains(f->mock, NGX_LINK_FUNC_MOCK_WARN, "/nginx.conf:3");
}

static void missing_hook_is_a_warning_with_its_place(void **state) {
    const fixture_t *f = *state;

    assert_int_equal(read_config(f, f->mock, SERVER("\nngx_link_func_lib " LIBRARY_WITHOUT_HOOKS ";")), 0);
    assert_int_equal(ngx_link_func_mock_log_count(f->mock), 2);
    assert_log_contains(f->mock, NGX_LINK_FUNC_MOCK_WARN,
                        "ngx_link_func_lib: function \"ngx_link_func_exit_cycle\" not found in "
                        "\"" LIBRARY_WITHOUT_HOOKS "\" in ");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(what_is_wrong_is_named_with_its_place),
        TEST(what_nginx_takes_is_taken),
        TEST(file_that_is_not_there_is_an_error),
        TEST(includes_are_read_where_they_stand),
        TEST(include_that_matches_nothing_is_none),
        TEST(property_that_is_set_twice_is_a_warning_with_its_place),
        TEST(missing_hook_is_a_warning_with_its_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
