/* Each function about the request, with what is there, absent, empty and odd. */

#include "fixture.h"

#include <unistd.h>

static int start(void **state) {
    static const nginx_config_t config = {
        .http = "large_client_header_buffers 8 64k; underscores_in_headers on; set_real_ip_from 127.0.0.1;\n"
                "map $arg_m $mapped { default none; 1 one; }\n"
                "map $arg_m $unused { default none; }\n"
                "ngx_link_func_add_prop empty ''; ngx_link_func_add_prop Long-Key 'a b';\n",
        .server = LIB("act") "set $empty ''; set $plain plain;\n"
                             "location / { ngx_link_func_call act; }\n"
                             "location /set { add_header X-Plain \"$plain\"; add_header X-Mapped "
                             "\"$mapped\"; ngx_link_func_call act; }\n"
                             "location /args { add_header X-Args \"$args\"; add_header X-Z "
                             "\"$arg_z\"; ngx_link_func_call act; }\n"
                             "location /rewritten { rewrite ^ /path break; ngx_link_func_call "
                             "act; }\n"};

    return start_server(state, &config);
}

typedef struct {
    const char *target, *headers, *expected;
} case_t;

static void assert_cases(void **state, const case_t *cases, size_t count) {
    size_t i;

    for (i = 0; i < count; i++) {
        assert_get_with(*state, cases[i].target, cases[i].headers, 200, cases[i].expected);
    }
}

#define ASSERT_CASES(state, cases) assert_cases(state, cases, sizeof(cases) / sizeof((cases)[0]))

static void assert_method(void **state, const char *method, const char *expected) {
    wire_response_t *response =
        wire_request(nginx_server_port(*state), method, "/?method&show", NULL, NULL, 0);

    assert_string_equal(response->body, expected);
    wire_free(response);
}

static void method_is_as_the_client_spelt_it(void **state) {
    assert_method(state, "GET", "GET;");
    assert_method(state, "POST", "POST;");
    assert_method(state, "DELETE", "DELETE;");
    assert_method(state, "PROPFIND", "PROPFIND;");
    assert_method(state, "X_OWN-METHOD", "X_OWN-METHOD;");
}

static void address_is_that_of_the_client_behind_realip(void **state) {
    static const case_t cases[] = {
        {"/?addr&show", NULL, "127.0.0.1;"},
        {"/?addr&show", "X-Real-IP: 10.1.2.3\r\n", "10.1.2.3;"},
        {"/?addr&show", "X-Real-IP: 2001:db8::1\r\n", "2001:db8::1;"},
        {"/?addr&show", "X-Real-IP: nonsense\r\n", "127.0.0.1;"},
    };

    ASSERT_CASES(state, cases);
}

static void variable_is_lent_whoever_made_it(void **state) {
    static const case_t cases[] = {
        {"/?var=plain&show", NULL, "plain;"},
        {"/?var=PLAIN&show", NULL, "plain;"},
        {"/?var=empty&show", NULL, ";"},
        {"/?var=mapped&m=1&show", NULL, "one;"},
        {"/?var=unused&show", NULL, "none;"},
        {"/?var=args&show", NULL, "var=args&show;"},
        {"/?var=request_method&show", NULL, "GET;"},
        {"/?var=arg_x&x=a%20b&show", NULL, "a%20b;"},
        {"/?var=arg_x&show", NULL, "-2;"},
        {"/?var=http_x_a&show", "X-A: 1\r\n", "1;"},
        {"/?var=http_x_a&show", NULL, "-2;"},
        {"/?var=cookie_c&show", "Cookie: b=1; c=2\r\n", "2;"},
        {"/?var=cookie_c&show", NULL, "-2;"},
        {"/?var=no_such&show", NULL, "-2;"},
        {"/?var=plainer&var=plai&show", NULL, "-2;-2;"},
        {"/?var=%00&var=a%20b&show", NULL, "-2;-2;"},
        {"/?var=&show", NULL, "-4;"},
    };

    ASSERT_CASES(state, cases);
}

static void variable_that_is_set_is_seen_behind(void **state) {
    wire_response_t *response =
        get(*state, "/set?setvar=plain:new&var=plain&setvar=MAPPED:own&var=mapped&show");

    assert_string_equal(response->body, "0;new;0;own;");
    assert_header(response, "X-Plain", "new");
    assert_header(response, "X-Mapped", "own");
    wire_free(response);
    response = get(*state, "/set?setvar=plain:&var=plain&show");
    assert_string_equal(response->body, "0;;");
    wire_free(response);
}

static void variable_that_is_set_is_not_computed_again(void **state) {
    assert_get(*state, "/set?in=X-A:1&setvar=mapped:own&in=X-A:2&setvar=mapped:last&in=X-A:3&var=mapped&show",
               200, "0;0;0;0;0;last;");
}

static void variable_with_a_setter_is_set_by_it(void **state) {
    wire_response_t *response = get(*state, "/args?setvar=args:z%3d1&var=arg_z&arg=z&param=z&show");

    assert_string_equal(response->body, "0;1;1;1;");
    assert_header(response, "X-Args", "z=1");
    assert_header(response, "X-Z", "1");
    wire_free(response);
}

static void variable_that_cannot_be_set_is_refused(void **state) {
    static const case_t cases[] = {
        {"/?setvar=no_such:1&show", NULL, "-2;"},
        {"/?setvar=:1&show", NULL, "-4;"},
        {"/?setvar=request_method:PUT&var=request_method&show", NULL, "-4;GET;"},
        {"/?setvar=remote_addr:1&var=remote_addr&show", NULL, "-4;127.0.0.1;"},
        {"/?setvar=host:1&var=host&show", NULL, "-4;localhost;"},
    };

    ASSERT_CASES(state, cases);
}

static void each_header_goes_in_order_and_stops_when_told(void **state) {
    static const char headers[] = "X-B: 1\r\nx-a: two words\r\nX-B: 3\r\nX-Empty:\r\n";
    static const case_t cases[] = {
        {"/?each=0&show", headers, "Host;localhost;Connection;close;X-B;1;x-a;two words;X-B;3;X-Empty;;0;"},
        {"/?each=1&show", headers, "Host;localhost;0;"},
        {"/?each=3&show", headers, "Host;localhost;Connection;close;X-B;1;0;"},
        {"/?in=x-b:new&delin=Connection&in=X-C:4&each=0&show", headers,
         "0;-4;0;Host;localhost;Connection;close;x-b;new;x-a;two words;X-Empty;;X-C;4;0;"},
    };

    ASSERT_CASES(state, cases);
}

/* NGINX keeps 20 in each part of its list. */
static void each_header_sees_those_of_every_part(void **state) {
    char headers[4096] = "", expected[4096] = "Host;localhost;Connection;close;";
    int i;

    for (i = 0; i < 50; i++) {
        (void) snprintf(headers + strlen(headers), 32, "X-%d: v%d\r\n", i, i);
        (void) snprintf(expected + strlen(expected), 32, "X-%d;v%d;", i, i);
    }
    (void) snprintf(expected + strlen(expected), 8, "0;");
    assert_get_with(*state, "/?each=0&show", headers, 200, expected);
    assert_get_with(*state, "/?delin=X-20&header=X-49&header=X-20&in=X-40:n&header=X-40&show", headers, 200,
                    "0;v49;NULL;0;n;");
}

static void header_is_found_by_its_whole_name_only(void **state) {
    static const case_t cases[] = {
        {"/?header=x-aB&show", "X-Ab: 1\r\nX-AB: 2\r\n", "1;"},
        {"/?header=X-A&header=X-Abc&header=X_Ab&header=&show", "X-Ab: 1\r\n", "NULL;NULL;NULL;NULL;"},
        {"/?header=X-Ab&show", "X-Ab:   padded \t \r\n", "padded \t;"},
        {"/?header=X-Ab&show", "X-Ab: \xff\x80 %00\r\n", "\xff\x80 %00;"},
    };

    ASSERT_CASES(state, cases);
}

static void removed_request_header_is_gone(void **state) {
    static const case_t cases[] = {
        {"/?delin=x-a&header=X-A&var=http_x_a&show", "X-A: 1\r\nX-a: 2\r\n", "0;NULL;-2;"},
        {"/?delin=X-A&show", NULL, "-2;"},
        {"/?delin=X-A&delin=X-A&show", "X-A: 1\r\n", "0;-2;"},
        {"/?delin=Host&delin=host&header=Host&show", NULL, "-4;-4;localhost;"},
        {"/?delin=Content-Length&delin=Connection&delin=Transfer-Encoding&delin=a%20b&delin=&show", NULL,
         "-4;-4;-4;-4;-4;"},
        {"/?delin=Authorization&var=remote_user&show", "Authorization: Basic YWxpY2U6eA==\r\n", "0;-2;"},
        {"/?delin=Cookie&var=cookie_a&cookie=a&show", "Cookie: a=1\r\nCookie: b=2\r\n", "0;-2;-2;"},
    };

    ASSERT_CASES(state, cases);
}

static void query_argument_is_decoded_and_the_first(void **state) {
    static const case_t cases[] = {
        {"/?arg=q&show&q=a%20b+c", NULL, "a b c;"},
        {"/?arg=q&show&q=1&q=2", NULL, "1;"},
        {"/?arg=q&show&q=", NULL, ";"},
        {"/?arg=q&show&q", NULL, "-2;"},
        {"/?arg=q&show&q&q=2", NULL, "2;"},
        {"/?arg=q&show&Q=1&xq=2", NULL, "-2;"},
        {"/?arg=q&show&%71=named", NULL, "named;"},
        {"/?arg=a%20b&show&a+b=1", NULL, "1;"},
        {"/?arg=q&show&q=%zz%4%", NULL, "%zz%4%;"},
        {"/?arg=&show", NULL, "-2;"},
        {"/?arg=&show&=nameless", NULL, "nameless;"},
        {"/?param=q&show&q=a%20b+c", NULL, "a%20b+c;"},
        {"/?param=&show&=nameless", NULL, "nameless;"},
    };

    ASSERT_CASES(state, cases);
}

static void query_argument_may_hold_nul(void **state) {
    wire_response_t *response = get(*state, "/?arg=q&show&q=a%00b");

    assert_int_equal(response->body_len, 4);
    assert_memory_equal(response->body, "a\0b;", 4);
    wire_free(response);
}

static void form_argument_comes_from_the_body_alone(void **state) {
    static const struct {
        const char *body, *expected;
    } cases[] = {
        {"k=v", "v;-2;"},         {"k=a%20b+c&q=1", "a b c;1;"},
        {"k=&q", ";-2;"},         {"", "-2;-2;"},
        {"x=1&k=2&k=3", "2;-2;"}, {"%6b=%26%3d", "&=;-2;"},
        {"&&k=1&&q=2&", "1;2;"},  {"k", "-2;-2;"},
        {"k=%", "%;-2;"},         {"K=1", "-2;-2;"},
    };
    size_t i;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        wire_response_t *response =
            wire_request(nginx_server_port(*state), "POST", "/?form=k&form=q&show&k=query", NULL,
                         cases[i].body, strlen(cases[i].body));

        if (strcmp(response->body, cases[i].expected) != 0) {
            print_error("body %s\n", cases[i].body);
        }
        assert_string_equal(response->body, cases[i].expected);
        wire_free(response);
    }
    assert_get(*state, "/?form=k&show&k=query", 200, "-2;");
}

static void cookie_is_raw_and_the_first(void **state) {
    static const case_t cases[] = {
        {"/?cookie=a&show", "Cookie: a=1; b=2\r\n", "1;"},
        {"/?cookie=b&show", "Cookie: a=1;b=2\r\n", "2;"},
        {"/?cookie=b&show", "Cookie: a=1\r\nCookie: b=%20x\r\n", "%20x;"},
        {"/?cookie=a&show", "Cookie: a=\"q\"\r\n", "\"q\";"},
        {"/?cookie=a&show", "Cookie: a=x=y\r\n", "x=y;"},
        {"/?cookie=a&show", "Cookie: a=; b=2\r\n", ";"},
        {"/?cookie=a&show", "Cookie: A=1; ba=2; a\r\n", "-2;"},
        {"/?cookie=a&show", "Cookie: a=1; a=2\r\n", "1;"},
        {"/?cookie=a&show", NULL, "-2;"},
        {"/?cookie=&show", "Cookie: a=1\r\n", "-2;"},
        {"/?in=Cookie:a=set&cookie=a&show", "Cookie: a=client\r\n", "0;set;"},
    };

    ASSERT_CASES(state, cases);
}

static void property_is_found_whatever_its_case(void **state) {
    static const case_t cases[] = {
        {"/?prop=long-key&show", NULL, "a b;"},
        {"/?prop=EMPTY&show", NULL, ";"},
        {"/?prop=Long&prop=Long-Keys&prop=&show", NULL, "NULL;NULL;NULL;"},
    };

    ASSERT_CASES(state, cases);
}

static void long_input_is_whole(void **state) {
    size_t size = 60000;
    char *value = calloc(1, size), *target = calloc(1, size + 64), *expected = calloc(1, size + 64);

    assert_true(value && target && expected);
    memset(value, 'x', size - 1);
    (void) snprintf(target, size + 64, "/?arg=q&show&q=%s", value);
    (void) snprintf(expected, size + 64, "%s;", value);
    assert_get(*state, target, 200, expected);
    (void) snprintf(target, size + 64, "X-Long: %s\r\n", value);
    assert_get_with(*state, "/?header=X-Long&show", target, 200, expected);
    free(value);
    free(target);
    free(expected);
}

static void uri_is_what_rewrite_left(void **state) {
    assert_get(*state, "/rewritten?var=uri&var=request_uri&show", 200,
               "/path;/rewritten?var=uri&var=request_uri&show;");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(method_is_as_the_client_spelt_it),
        cmocka_unit_test(address_is_that_of_the_client_behind_realip),
        cmocka_unit_test(variable_is_lent_whoever_made_it),
        cmocka_unit_test(variable_that_is_set_is_seen_behind),
        cmocka_unit_test(variable_that_is_set_is_not_computed_again),
        cmocka_unit_test(variable_with_a_setter_is_set_by_it),
        cmocka_unit_test(variable_that_cannot_be_set_is_refused),
        cmocka_unit_test(each_header_goes_in_order_and_stops_when_told),
        cmocka_unit_test(each_header_sees_those_of_every_part),
        cmocka_unit_test(header_is_found_by_its_whole_name_only),
        cmocka_unit_test(removed_request_header_is_gone),
        cmocka_unit_test(query_argument_is_decoded_and_the_first),
        cmocka_unit_test(query_argument_may_hold_nul),
        cmocka_unit_test(form_argument_comes_from_the_body_alone),
        cmocka_unit_test(cookie_is_raw_and_the_first),
        cmocka_unit_test(property_is_found_whatever_its_case),
        cmocka_unit_test(long_input_is_whole),
        cmocka_unit_test(uri_is_what_rewrite_left),
    };

    return cmocka_run_group_tests(tests, start, stop_server);
}
