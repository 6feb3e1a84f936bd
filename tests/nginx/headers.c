/* Headers, both ways. */

#include "fixture.h"

static int start(void **state) {
    static const nginx_config_t config = {
        .server = LIB("handlers") CALL("/act", "act") CALL("/respond", "respond") CALL("/show", "show_header")
            CALL("/set",
                 "set_header_in") "location = /auth { internal; ngx_link_func_call set_header_in; }\n"
                                  "location = /denied { internal; ngx_link_func_call respond; }\n"
                                  "location /gate { set $before \"$http_x_user\"; auth_request /auth;\n"
                                  "  add_header X-Before \"$before\"; add_header X-Now \"$http_x_user\"; "
                                  "ngx_link_func_call show_header; }\n"
                                  "location /proxied { auth_request /auth; proxy_pass "
                                  "http://127.0.0.1:PORT/show; "
                                  "}\n"
                                  "location /variables { add_header X-Host \"$host\"; add_header X-Http-Host "
                                  "\"$http_host\";\n"
                                  "  add_header X-User \"$remote_user\"; add_header X-Cookie "
                                  "\"$http_cookie\";\n"
                                  "  add_header X-Forwarded \"$http_x_forwarded_for\"; ngx_link_func_call "
                                  "set_header_in; }\n"
                                  "location /authenticated { auth_basic a; "
                                  "auth_basic_user_file " LIBRARY_FOLDER "/users;\n"
                                  "  error_page 401 = /as-bob?name=Authorization&value=Basic%20Ym9iOng=; }\n"
                                  "location /as-bob { add_header X-User \"$remote_user\"; ngx_link_func_call "
                                  "set_header_in; }\n"
                                  "location /denied-by-auth { auth_request /denied-auth; ngx_link_func_call "
                                  "respond; }\n"
                                  "location = /denied-auth { internal; ngx_link_func_call respond; set $args "
                                  "\"$denial\"; }\n"
                                  "location /absolute_off { absolute_redirect off; ngx_link_func_call "
                                  "respond; }\n"
                                  "set $denial 'status=401&a1=WWW-Authenticate:Basic';\n"};

    return start_server(state, &config);
}

static void assert_acts(void **state, const char *target, const char *body) {
    assert_get(*state, target, 200, body);
}

static void set_header_replaces_all_of_its_name(void **state) {
    wire_response_t *response = get(
        *state, "/act?out=X-A:1&out=x-a:2&setout=X-a:3&setout=X-New:4&out=X-A:5&setout=Set-Cookie:a=1&show");

    assert_string_equal(response->body, "0;0;0;0;0;0;");
    assert_int_equal(header_count(response, "X-A"), 2);
    assert_header(response, "X-A", "3");
    assert_header(response, "X-New", "4");
    assert_header(response, "Set-Cookie", "a=1");
    wire_free(response);
}

static void removed_header_is_not_sent(void **state) {
    wire_response_t *response = get(
        *state, "/act?out=X-A:1&out=X-A:2&out=X-B:1&delout=x-a&delout=X-A&delout=X-None&out=X-C:1&delout=X-C"
                "&out=X-C:again&show");

    assert_string_equal(response->body, "0;0;0;0;-2;-2;0;0;0;");
    assert_header(response, "X-A", NULL);
    assert_header(response, "X-B", "1");
    assert_header(response, "X-C", "again");
    assert_int_equal(header_count(response, "X-C"), 1);
    wire_free(response);
}

static void server_and_date_of_nginx_come_back(void **state) {
    wire_response_t *response =
        get(*state, "/act?setout=Server:own&delout=Server&setout=Date:own&delout=Date&show");

    assert_string_equal(response->body, "0;0;0;0;");
    assert_non_null(strstr(wire_header(response, "Server"), "nginx"));
    assert_int_equal(header_count(response, "Server"), 1);
    assert_int_equal(header_count(response, "Date"), 1);
    wire_free(response);
}

static void content_type_is_one_header_whoever_sets_it(void **state) {
    static const struct {
        const char *target, *expected;
    } cases[] = {
        {"/act?setout=Content-Type:a/b&status=200:x", "a/b"},
        {"/act?status=200:x&setout=content-type:a/b", "a/b"},
        {"/act?setout=Content-Type:a/b&out=Content-Type:c/d&status=200:x", "c/d"},
        {"/act?setout=Content-Type:a/b&type=c/d&status=200:x", "c/d"},
        {"/act?type=c/d&status=200:x&delout=Content-Type", NULL},
        {"/act?setout=Content-Type:a/b&delout=Content-Type&status=200:x", "text/plain"},
        {"/act?setout=Content-Type:a/b", "a/b"},
        {"/act?setout=Content-Type:&status=200:x", NULL},
        {"/act?type=c/d&status=200:x&type=text/plain&status=200:y", "text/plain"},
        {"/act?setout=Content-Type:a/b&status=201:x&status=200:y", "a/b"},
    };
    size_t i;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        wire_response_t *response = get(*state, cases[i].target);

        if (header_count(response, "Content-Type") != (cases[i].expected != NULL)) {
            print_error("%s\n", cases[i].target);
        }
        assert_header(response, "Content-Type", cases[i].expected);
        assert_int_equal(header_count(response, "Content-Type"), cases[i].expected != NULL);
        wire_free(response);
    }
    assert_acts(state, "/act?delout=Content-Type&show", "-2;");
}

static void refused_header_leaves_what_was_there(void **state) {
    wire_response_t *response =
        get(*state, "/act?out=X-A:1&setout=X-A:a%0d%0aX-B:b&setout=X-A:%00&setout=:1&setout=X%20A:1"
                    "&setout=Content-Length:1&setout=Trailer:x&setout=Connection:x"
                    "&delout=Content-Length&delout=&delout=X%0aA&show");

    assert_string_equal(response->body, "0;-4;-4;-4;-4;-4;-4;-4;-4;-4;-4;");
    assert_header(response, "X-A", "1");
    assert_header(response, "X-B", NULL);
    wire_free(response);
    assert_int_equal(log_count_of(*state, "ngx_link_func_set_header_out() refused header \""), 7);
    assert_int_equal(log_count_of(*state, "ngx_link_func_del_header_out() refused header \""), 3);
}

static void request_header_that_frames_or_is_malformed_is_refused(void **state) {
    assert_acts(
        state,
        "/act?in=Content-Length:9&in=content-length:9&in=Transfer-Encoding:chunked&in=Connection:x&in=Keep-"
        "Alive:1"
        "&in=Proxy-Connection:x&in=Upgrade:h2c&in=Trailer:x&in=X-A:a%0ab&in=X-A:a%0db&in=X-A:a%00b&in=:1"
        "&in=X%20A:1&in=X%3aA:1&in=X%0aA:1&in=Content_Length:9&in=transfer_Encoding:chunked&header=X-A&"
        "header=Connection&show",
        "-1;-1;-1;-1;-1;-1;-1;-1;-1;-1;-1;-1;-1;-1;-1;-1;-1;NULL;close;");
    assert_int_equal(log_count_of(*state, "ngx_link_func_add_header_in() refused header \""), 17);
}

/* NGINX decides about 304 by a field that it found under the other spelling. */
static void request_header_is_removed_in_either_spelling(void **state) {
    assert_get_with(*state, "/act?delin=If_None_Match&out=ETag:%22x%22&status=200:body",
                    "If-None-Match: \"x\"\r\n", 200, "body");
    assert_get_with(*state, "/act?in=If_None_Match:y&out=ETag:%22x%22&status=200:body",
                    "If-None-Match: \"x\"\r\n", 200, "body");
}

static void many_response_headers_are_all_sent(void **state) {
    char target[2048] = "/act?";
    wire_response_t *response;
    int i;

    for (i = 0; i < 60; i++) {
        (void) snprintf(target + strlen(target), 32, "out=X-%d:v%d&", i, i);
    }
    (void) snprintf(target + strlen(target), 64, "setout=X-59:new&delout=X-30&status=200");
    response = get(*state, target);
    assert_header(response, "X-0", "v0");
    assert_header(response, "X-30", NULL);
    assert_header(response, "X-58", "v58");
    assert_header(response, "X-59", "new");
    assert_int_equal(header_count(response, "X-59"), 1);
    wire_free(response);
}

static void headers_are_appended_before_and_behind_the_response(void **state) {
    wire_response_t *response =
        get(*state, "/respond?b1=X-A:1&b2=Set-Cookie:a=1&a1=Set-Cookie:b=2&a2=X-Empty:");

    assert_header(response, "X-A", "1");
    assert_header(response, "X-Empty", "");
    assert_int_equal(header_count(response, "Set-Cookie"), 2);
    wire_free(response);
}

static void single_valued_headers_are_replaced(void **state) {
    static const char *const names[] = {
        "Content-Type",  "Location", "Server",           "Date",
        "Last-Modified", "ETag",     "Content-Encoding", "Content-Disposition"};
    size_t i;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char target[128];
        wire_response_t *response;

        (void) snprintf(target, sizeof(target), "/respond?body=x&a1=%s:one&a2=%s:two", names[i], names[i]);
        response = get(*state, target);
        assert_int_equal(header_count(response, names[i]), 1);
        assert_header(response, names[i], "two");
        wire_free(response);
    }
}

static void relative_location_is_made_absolute_as_by_a_stock_handler(void **state) {
    wire_response_t *response = get(*state, "/respond?status=302&a1=Location:/next");
    char expected[64];

    (void) snprintf(expected, sizeof(expected), "http://localhost:%d/next", nginx_server_port(*state));
    assert_header(response, "Location", expected);
    wire_free(response);
    response = get(*state, "/absolute_off?status=302&a1=Location:/next");
    assert_header(response, "Location", "/next");
    wire_free(response);
}

static void header_that_frames_or_is_malformed_is_refused(void **state) {
    static const char *const headers[] = {
        "Content-Length:5",
        "Transfer-Encoding:chunked",
        "Connection:close",
        "Keep-Alive:1",
        "Proxy-Connection:x",
        "Upgrade:h2c",
        "Trailer:x",
        "X-A:a%0d%0aX-B:b",
        "X-A:a%0ab",
        "X-A:a%00b",
        "X%20A:1",
        ":1",
        "X-A%0d%0a:1",
    };
    size_t i;

    for (i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
        char target[128];
        wire_response_t *response;

        (void) snprintf(target, sizeof(target), "/respond?a1=%s", headers[i]);
        response = get(*state, target);
        assert_string_equal(response->body, "refused");
        assert_header(response, "X-A", NULL);
        assert_header(response, "X-B", NULL);
        assert_header(response, "Content-Length", "7");
        wire_free(response);
    }
    assert_int_equal(log_count_of(*state, "ngx_link_func_add_header_out() refused header \""),
                     sizeof(headers) / sizeof(headers[0]));
    assert_logged(*state, "[error]", "ngx_link_func_add_header_out() refused header \"Content-Length\"");
    assert_acts(state, "/act?out=Trailer:x&out=X-A:1&out=X%20A:1&show", "-1;0;-1;");
}

static void request_header_is_found_whatever_its_case(void **state) {
    assert_get_with(*state, "/show?name=x-one", "X-One: first\r\nx-ONE: second\r\n", 200, "first");
    assert_get_with(*state, "/show?name=Host", NULL, 200, "localhost");
    assert_get(*state, "/show?name=X-None", 200, "NULL");
    assert_get_with(*state, "/show?name=X-Empty", "X-Empty:\r\n", 200, "");
}

static void many_request_headers_are_all_found(void **state) {
    char headers[64 * 24] = "";
    size_t len = 0;
    int i;

    for (i = 0; i < 60; i++) {
        len += (size_t) snprintf(headers + len, sizeof(headers) - len, "X-%d: v%d\r\n", i, i);
    }
    assert_get_with(*state, "/show?name=X-59", headers, 200, "v59");
    assert_get_with(*state, "/set?name=X-59&value=new", headers, 200, "new");
}

static void set_request_header_replaces_all_of_that_name(void **state) {
    assert_get_with(*state, "/set?name=X-User&value=bob", "X-User: evil\r\nx-user: worse\r\n", 200, "bob");
    assert_get(*state, "/set?name=X-New&value=1", 200, "1");
    assert_get(*state, "/set?name=Content-Length&value=1", 200, "refused");
    assert_get(*state, "/set?name=X-A&value=a%0d%0aX-B:b", 200, "refused");
    assert_logged(*state, "[error]", "ngx_link_func_add_header_in() refused header \"X-A\"");
}

static void named_fields_follow_the_list(void **state) {
    wire_response_t *response = get(*state, "/variables?name=Host&value=Example.COM.:81");

    assert_header(response, "X-Host", "example.com");
    assert_header(response, "X-Http-Host", "Example.COM.:81");
    wire_free(response);
    response = get_with(*state, "/variables?name=Authorization&value=Basic%20Ym9iOng=",
                        "Authorization: Basic YWxpY2U6eA==\r\n");
    assert_header(response, "X-User", "bob");
    wire_free(response);
    response = get_with(*state, "/variables?name=Cookie&value=b=2", "Cookie: a=1\r\nCookie: c=3\r\n");
    assert_header(response, "X-Cookie", "b=2");
    wire_free(response);
    response =
        get_with(*state, "/variables?name=X-Forwarded-For&value=9.9.9.9", "X-Forwarded-For: 1.1.1.1\r\n");
    assert_header(response, "X-Forwarded", "9.9.9.9");
    wire_free(response);
}

/* auth_basic has noted that there are none before the function sets some. */
static void credentials_that_were_missing_are_parsed_anew(void **state) {
    wire_response_t *response = get(*state, "/authenticated");

    assert_header(response, "X-User", "bob");
    wire_free(response);
}

static void auth_subrequest_hands_a_header_to_what_runs_behind(void **state) {
    wire_response_t *response = get_with(*state, "/gate?name=X-User", "X-User: evil\r\n");

    assert_string_equal(response->body, "alice");
    assert_header(response, "X-Before", "evil");
    assert_header(response, "X-Now", "alice");
    wire_free(response);
    assert_get_with(*state, "/proxied?name=X-User", "X-User: evil\r\nX-Other: kept\r\n", 200, "alice");
    assert_get_with(*state, "/proxied?name=X-Other", "X-User: evil\r\nX-Other: kept\r\n", 200, "kept");
}

static void auth_subrequest_challenges_the_client(void **state) {
    wire_response_t *response = get(*state, "/denied-by-auth");

    assert_int_equal(response->status, 401);
    assert_header(response, "WWW-Authenticate", "Basic");
    wire_free(response);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_are_appended_before_and_behind_the_response),
        cmocka_unit_test(single_valued_headers_are_replaced),
        cmocka_unit_test(set_header_replaces_all_of_its_name),
        cmocka_unit_test(removed_header_is_not_sent),
        cmocka_unit_test(server_and_date_of_nginx_come_back),
        cmocka_unit_test(content_type_is_one_header_whoever_sets_it),
        cmocka_unit_test(refused_header_leaves_what_was_there),
        cmocka_unit_test(many_response_headers_are_all_sent),
        cmocka_unit_test(relative_location_is_made_absolute_as_by_a_stock_handler),
        cmocka_unit_test(header_that_frames_or_is_malformed_is_refused),
        cmocka_unit_test(request_header_is_found_whatever_its_case),
        cmocka_unit_test(many_request_headers_are_all_found),
        cmocka_unit_test(request_header_that_frames_or_is_malformed_is_refused),
        cmocka_unit_test(request_header_is_removed_in_either_spelling),
        cmocka_unit_test(set_request_header_replaces_all_of_that_name),
        cmocka_unit_test(named_fields_follow_the_list),
        cmocka_unit_test(credentials_that_were_missing_are_parsed_anew),
        cmocka_unit_test(auth_subrequest_hands_a_header_to_what_runs_behind),
        cmocka_unit_test(auth_subrequest_challenges_the_client),
    };

    return cmocka_run_group_tests(tests, start, stop_server);
}
