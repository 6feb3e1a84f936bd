/* ngx_link_func_add_req_header: request headers that the configuration sets. */

#include "fixture.h"

#include <unistd.h>

#define SET "ngx_link_func_add_req_header "
#define UPSTREAM "proxy_pass http://127.0.0.1:ORIGIN;"
#define SHOW "ngx_link_func_call act; "

static int start(void **state) {
    return start_proxied(
        state,
        SET "X-Level http; " SET "X-Http http;\nunderscores_in_headers on; access_log off;\n"
            "map $http_x_user $role { default none; admin ADMIN; }\n"
            "limit_req_zone $http_x_client zone=one:1m rate=1r/m; limit_req_status 429;\n",
        LIB("act") SET
        "X-Level server;\n"
        "location /server { " SHOW "}\n"
        "location /location { " SET "X-Level location; " SHOW "}\n"
        "location /outer { " SET "X-Level outer; location /outer/inner { " SHOW "} }\n"
        "location /if { " SET "X-Level location; " SHOW "\n"
        "  if ($arg_x) { " SET "X-Level if; } if ($arg_y) { add_header X-Y 1; } }\n"
        "location /set { " SET "X-Set \"<$late>\"; set $late $arg_v; " SHOW "}\n"
        "location /own { " SET "X-Own \"$http_x_own, more\"; " SHOW "}\n"
        "location /many { " SET "X-A 1; " SET "X-B 2; " SET "X-C $arg_none; " SHOW "}\n"
        "location /twice { " SET "X-A 1; " SET "x-a 2; " SHOW "}\n"
        "location /upstream { set $before $http_x_user; " SET "X-User \"u-$remote_addr\";\n"
        "  proxy_set_header X-Seen $http_x_user; " UPSTREAM " }\n"
        "location /static { " SET "If-None-Match '*'; empty_gif; }\n"
        "location /empty { " SET "X-User $arg_none; " UPSTREAM " }\n"
        "location ~ (?s)^/raw/(?<raw>.*)$ { " SET "X-User $raw; " UPSTREAM " }\n"
        "location /authorized { " SET "X-User alice; auth_request /auth; " SHOW "}\n"
        "location /unauthorized { " SET "X-User mallory; auth_request /auth; " SHOW "}\n"
        "location = /auth { internal; if ($http_x_user != alice) { return 403; } return 204; }\n"
        "location /sub { auth_request /inner; " SHOW "}\n"
        "location /subproxy { auth_request /innerproxy; proxy_set_header X-Seen $http_x_client;\n"
        "  " UPSTREAM " }\n"
        "location = /inner { internal; " SET "X-Client inner; set $args "
        "'header=X-Client&log=4:inner&show'; " SHOW "}\n"
        "location = /innerproxy { internal; " SET "X-Client inner; proxy_set_header X-Seen "
        "$http_x_client;\n  proxy_pass_request_body off; proxy_set_header Content-Length ''; " UPSTREAM " }\n"
        "location /known { " SET "Host Example.ORG:81; " SET "Cookie x=new; " SET "Authorization "
        "'Basic Ym9iOng='; " SET "User-Agent robot;\n  " SET "X-Forwarded-For 9.9.9.9; " SHOW "}\n"
        "location /forwarded { set $before $proxy_add_x_forwarded_for; " SET "X-Forwarded-For "
        "$remote_addr;\n  proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; " UPSTREAM " }\n"
        "location /real { set_real_ip_from 127.0.0.1; real_ip_header X-Real-IP; " SET
        "X-Client $remote_addr; " SHOW "}\n"
        "location /counted { set_real_ip_from 127.0.0.1; real_ip_header X-Real-IP; limit_req zone=one; " SET
        "X-Client $remote_addr; " SHOW "}\n"
        "location /spelt { set $before $proxy_add_x_forwarded_for; " SET "X_Forwarded_For "
        "$remote_addr;\n  proxy_set_header X-Seen $proxy_add_x_forwarded_for; " UPSTREAM " }\n"
        "location /flags { set $cookie_flags secure; set $http_x_flag own; " SET "Cookie x=1; " SET
        "X-Flag 1; " SHOW "}\n"
        "location /role { set $role_before $role; " SET "X-User nobody; " SHOW "}\n"
        "location /host { " SET "Host $arg_host; " SHOW "}\n"
        "location /redirected { " SET "X-First 1; error_page 418 = /server?$args; return 418; }\n"
        "location /limited { " SET "X-Level location; " SHOW "limit_except GET { allow all; } }\n");
}

static const nginx_server_t *server_of(void **state) {
    return ((const proxied_t *) *state)->server;
}

static void assert_shows(void **state, const char *target, const char *headers, const char *expected) {
    assert_get_with(server_of(state), target, headers, 200, expected);
}

static upstream_request_t seen_upstream(void **state, const char *target, const char *headers) {
    int fd = wire_connect(nginx_server_port(server_of(state)));
    upstream_request_t seen;
    char head[1024];

    (void) snprintf(head, sizeof(head), "GET %s HTTP/1.1\r\nHost: a\r\n%s\r\n", target, headers);
    wire_send_text(fd, head);
    seen = play_origin(*state, PLAIN_ANSWER);
    wire_free(wire_read(fd, "GET"));
    (void) close(fd);
    return seen;
}

static void assert_seen(const upstream_request_t *seen, const char *name, const char *value) {
    char *found = upstream_header_dup(seen, name);

    if (value == NULL) {
        assert_null(found);
        return;
    }
    assert_non_null(found);
    assert_string_equal(found, value);
    assert_int_equal(upstream_header_count(seen, name), 1);
    free(found);
}

static void inner_level_takes_the_place_of_all_the_outer_ones(void **state) {
    assert_shows(state, "/server?header=X-Level&header=X-Http&show", NULL, "server;NULL;");
    assert_shows(state, "/location?header=X-Level&header=X-Http&show", NULL, "location;NULL;");
    assert_shows(state, "/outer/inner?header=X-Level&show", NULL, "outer;");
    assert_shows(state, "/if?header=X-Level&show", NULL, "location;");
    assert_shows(state, "/if?x=1&header=X-Level&show", NULL, "if;");
    assert_shows(state, "/if?y=1&header=X-Level&show", NULL, "location;");
}

static void level_of_http_reaches_servers_that_have_none(void **state) {
    nginx_server_t *server = NULL;

    *state = server = nginx_server_start(&(nginx_config_t){
        .http = SET "X-Http http;\n",
        .server = LIB("act") "location / { " SHOW "}\nlocation /own { " SET "X-Own own; " SHOW "}\n"});
    assert_get_with(server, "/?header=X-Http&show", "X-Http: evil\r\n", 200, "http;");
    assert_get(server, "/own?header=X-Http&header=X-Own&show", 200, "NULL;own;");
}

static void limit_except_inherits_it(void **state) {
    wire_response_t *response = wire_request(nginx_server_port(server_of(state)), "PUT",
                                             "/limited?header=X-Level&show", NULL, "abc", 3);

    assert_string_equal(response->body, "location;");
    wire_free(response);
}

static void value_sees_set_of_the_same_location_whatever_their_order(void **state) {
    assert_shows(state, "/set?v=1&header=X-Set&show", NULL, "<1>;");
    assert_shows(state, "/set?header=X-Set&show", "X-Set: evil\r\n", "<>;");
}

static void value_may_hold_what_the_client_sent(void **state) {
    assert_shows(state, "/own?header=X-Own&show", "X-Own: client\r\n", "client, more;");
    assert_shows(state, "/own?header=X-Own&var=http_x_own&show", NULL, ", more;, more;");
}

/* Internal redirects and subrequests. */
static void value_that_names_its_own_header_is_made_once(void **state) {
    nginx_server_t *server = NULL;

    *state = server = nginx_server_start(&(nginx_config_t){
        .server =
            LIB("act") "location /once { " SET "X-Own \"$http_x_own, more\";\n"
                       "  location = /once/tried { try_files /none /once/shown?$args; }\n"
                       "  location = /once/page { add_before_body /once/part; addition_types *; " SHOW "}\n"
                       "  location = /once/other { " SET "X-Own \"$http_x_own, other\"; try_files /none "
                       "/once/shown?$args; }\n"
                       "  location = /once/part { set $args 'header=X-Own&show'; " SHOW "}\n"
                       "  location = /once/shown { " SHOW "} }\n"});
    assert_get_with(server, "/once/tried?header=X-Own&show", "X-Own: client\r\n", 200, "client, more;");
    assert_get_with(server, "/once/page?header=X-Own&show", "X-Own: client\r\n", 200,
                    "client, more;client, more;");
    assert_get_with(server, "/once/other?header=X-Own&show", "X-Own: client\r\n", 200,
                    "client, other, more;");
}

static void several_are_set_in_order_and_the_last_wins(void **state) {
    assert_shows(state, "/many?header=X-A&header=X-B&header=X-C&show", "X-C: evil\r\nX-B: evil\r\n",
                 "1;2;NULL;");
    assert_shows(state, "/twice?header=X-A&show", NULL, "2;");
}

static void client_cannot_spoof_it(void **state) {
    upstream_request_t seen = seen_upstream(state, "/upstream",
                                            "X-User: evil\r\nx-user: worse\r\nX_User: worst\r\n"
                                            "X-Kept: 1\r\n");

    assert_seen(&seen, "X-User", "u-127.0.0.1");
    assert_seen(&seen, "X-Seen", "u-127.0.0.1");
    assert_seen(&seen, "X-Kept", "1");
    assert_seen(&seen, "X_User", NULL);
    assert_null(strstr(seen.head, "worse"));
    upstream_free(&seen);
}

static void it_works_for_handlers_without_a_function(void **state) {
    wire_response_t *response = get(server_of(state), "/static");

    assert_int_equal(response->status, 304);
    wire_free(response);
}

static void empty_value_removes_what_the_client_sent(void **state) {
    upstream_request_t seen = seen_upstream(state, "/empty", "X-User: evil\r\nX-User: worse\r\n");

    assert_seen(&seen, "X-User", NULL);
    upstream_free(&seen);
}

static void control_characters_drop_it_and_what_the_client_sent(void **state) {
    static const char *const targets[] = {"/raw/a%0d%0aX-Evil:%201", "/raw/a%0ab", "/raw/a%0d"};
    size_t i;

    for (i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
        upstream_request_t seen = seen_upstream(state, targets[i], "X-User: evil\r\n");

        assert_seen(&seen, "X-User", NULL);
        assert_seen(&seen, "X-Evil", NULL);
        upstream_free(&seen);
    }
    assert_logged(server_of(state), "[error]", "ngx_link_func_add_req_header: \"X-User\" is not set");
    wait_for_log_count(server_of(state), "ngx_link_func_add_req_header: \"X-User\" is not set", 3);
}

static void it_is_set_before_access_checks(void **state) {
    wire_response_t *response;

    assert_shows(state, "/authorized?header=X-User&show", "X-User: evil\r\n", "alice;");
    response = get_with(server_of(state), "/unauthorized?show", "X-User: alice\r\n");
    assert_int_equal(response->status, 403);
    wire_free(response);
}

static void subrequest_changes_only_its_own(void **state) {
    assert_shows(state, "/sub?header=X-Client&var=http_x_client&show", "X-Client: mine\r\n", "mine;mine;");
    assert_shows(state, "/sub?header=X-Client&show", NULL, "NULL;");
}

/* The variables are shared: what the subrequest found must not stay. */
static void subrequest_leaves_no_variable_behind(void **state) {
    int fd = wire_connect(nginx_server_port(server_of(state)));
    upstream_request_t seen;

    wire_send_text(fd, "GET /subproxy HTTP/1.1\r\nHost: a\r\nX-Client: mine\r\n\r\n");
    seen = play_origin(*state, PLAIN_ANSWER);
    assert_seen(&seen, "X-Seen", "inner");
    upstream_free(&seen);
    seen = play_origin(*state, PLAIN_ANSWER);
    wire_free(wire_read(fd, "GET"));
    (void) close(fd);
    assert_seen(&seen, "X-Client", "mine");
    assert_seen(&seen, "X-Seen", "mine");
    upstream_free(&seen);
}

static void variables_follow_headers_that_nginx_knows(void **state) {
    assert_shows(
        state,
        "/known?var=host&var=http_host&var=cookie_x&var=http_cookie&var=remote_user&var=http_user_agent"
        "&var=http_x_forwarded_for&show",
        "Cookie: x=old\r\nCookie: y=1\r\nAuthorization: Basic YWxpY2U6eA==\r\nUser-Agent: me\r\n"
        "X-Forwarded-For: 1.1.1.1\r\nX-Forwarded-For: 2.2.2.2\r\n",
        "example.org;Example.ORG:81;new;x=new;bob;robot;9.9.9.9;");
}

static void forwarded_for_is_evaluated_anew(void **state) {
    upstream_request_t seen = seen_upstream(state, "/forwarded", "X-Forwarded-For: 6.6.6.6\r\n");

    assert_seen(&seen, "X-Forwarded-For", "127.0.0.1, 127.0.0.1");
    upstream_free(&seen);
}

static void forwarded_for_in_another_spelling_is_not_left_over(void **state) {
    upstream_request_t seen = seen_upstream(state, "/spelt", "X-Forwarded-For: 6.6.6.6\r\n");

    assert_seen(&seen, "X-Forwarded-For", NULL);
    assert_seen(&seen, "X-Seen", "127.0.0.1");
    upstream_free(&seen);
}

static void value_sees_the_address_that_realip_finds_in_the_location(void **state) {
    assert_shows(state, "/real?header=X-Client&addr&var=remote_addr&show", "X-Real-IP: 10.1.2.3\r\n",
                 "10.1.2.3;10.1.2.3;10.1.2.3;");
}

/* Behind realip: two clients, each with its own limit, whatever it says. */
static void limits_count_by_the_header_that_is_set(void **state) {
    wire_response_t *response;

    assert_shows(state, "/counted?header=X-Client&show", "X-Real-IP: 10.1.2.3\r\nX-Client: a\r\n",
                 "10.1.2.3;");
    assert_shows(state, "/counted?header=X-Client&show", "X-Real-IP: 10.1.2.4\r\nX-Client: a\r\n",
                 "10.1.2.4;");
    response = get_with(server_of(state), "/counted?show", "X-Real-IP: 10.1.2.3\r\nX-Client: b\r\n");
    assert_int_equal(response->status, 429);
    wire_free(response);
}

static void variable_that_the_configuration_sets_is_kept(void **state) {
    assert_shows(state, "/flags?var=cookie_flags&var=http_x_flag&var=cookie_x&show",
                 "Cookie: flags=evil\r\nX-Flag: evil\r\n", "secure;own;1;");
}

static void map_of_the_header_is_evaluated_anew(void **state) {
    assert_shows(state, "/role?var=role_before&var=role&show", "X-User: admin\r\n", "ADMIN;none;");
}

/* $host is then the name of the server, as for a client that sent no Host. */
static void host_may_be_empty(void **state) {
    assert_shows(state, "/host?header=Host&var=http_host&var=host&show", NULL, "NULL;-2;;");
    assert_shows(state, "/host?host=b&header=Host&var=host&show", NULL, "b;b;");
}

/* Modules make paths of $host, so it is what a client could have sent. */
static void host_that_no_client_may_send_is_dropped(void **state) {
    assert_shows(state, "/host?host=../b&header=Host&var=host&show", NULL, "NULL;;");
    assert_shows(state, "/host?host=a/b&header=Host&var=host&show", NULL, "NULL;;");
    wait_for_log_count(server_of(state), "ngx_link_func_add_req_header: \"Host\" is not set, it is no host",
                       2);
}

static void internal_redirect_applies_that_of_the_next_location_too(void **state) {
    assert_shows(state, "/redirected?header=X-Level&show", NULL, "server;");
}

static void it_needs_no_library(void **state) {
    nginx_server_t *server = NULL;
    wire_response_t *response;

    *state = server = nginx_server_start(&(nginx_config_t){
        .server = "location / { " SET "X-A $arg_a; proxy_pass http://127.0.0.1:PORT/echo; }\n"
                  "location /echo { add_header X-A $http_x_a always; return 204; }\n"});
    response = get_with(server, "/?a=1", "X-A: evil\r\n");
    assert_header(response, "X-A", "1");
    wire_free(response);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inner_level_takes_the_place_of_all_the_outer_ones),
        cmocka_unit_test(limit_except_inherits_it),
        cmocka_unit_test(value_sees_set_of_the_same_location_whatever_their_order),
        cmocka_unit_test(value_may_hold_what_the_client_sent),
        cmocka_unit_test(several_are_set_in_order_and_the_last_wins),
        cmocka_unit_test(client_cannot_spoof_it),
        cmocka_unit_test(it_works_for_handlers_without_a_function),
        cmocka_unit_test(empty_value_removes_what_the_client_sent),
        cmocka_unit_test(control_characters_drop_it_and_what_the_client_sent),
        cmocka_unit_test(it_is_set_before_access_checks),
        cmocka_unit_test(subrequest_changes_only_its_own),
        cmocka_unit_test(subrequest_leaves_no_variable_behind),
        cmocka_unit_test(variables_follow_headers_that_nginx_knows),
        cmocka_unit_test(forwarded_for_is_evaluated_anew),
        cmocka_unit_test(forwarded_for_in_another_spelling_is_not_left_over),
        cmocka_unit_test(value_sees_the_address_that_realip_finds_in_the_location),
        cmocka_unit_test(limits_count_by_the_header_that_is_set),
        cmocka_unit_test(variable_that_the_configuration_sets_is_kept),
        cmocka_unit_test(map_of_the_header_is_evaluated_anew),
        cmocka_unit_test(host_may_be_empty),
        cmocka_unit_test(host_that_no_client_may_send_is_dropped),
        cmocka_unit_test(internal_redirect_applies_that_of_the_next_location_too),
    };
    const struct CMUnitTest alone[] = {
        cmocka_unit_test_teardown(level_of_http_reaches_servers_that_have_none, stop_server),
        cmocka_unit_test_teardown(value_that_names_its_own_header_is_made_once, stop_server),
        cmocka_unit_test_teardown(it_needs_no_library, stop_server),
    };

    return cmocka_run_group_tests(tests, start, stop_proxied) + cmocka_run_group_tests(alone, NULL, NULL);
}
