/* Functions in subrequests: parts of pages, authorization, copies. */

#define _GNU_SOURCE

#include "fixture.h"

#include <unistd.h>

#define UPSTREAM "proxy_pass http://127.0.0.1:ORIGIN;"
#define ACT "ngx_link_func_call act; }\n"

/* A location only for subrequests, whose function takes these steps. */
#define PART(name, steps) "location = " name " { internal; set $args '" steps "'; " ACT

#define CHALLENGES "status=401:no&out=WWW-Authenticate:Basic&out=WWW-Authenticate:Bearer"

static const char pages[] =
    "location /part { " ACT "location /page { ssi on; " ACT
    "location /gzipped { ssi on; gzip on; gzip_min_length 1; gzip_http_version 1.0; " ACT
    "location /threaded { aio threads; " ACT "location /seen { return 200 [$http_x_one]; }\n"
    "location /shows { ssi on; add_header X-One $http_x_one; " ACT
    "location /around { add_before_body /before; add_after_body /after; addition_types *; " ACT
    "location /silently { add_before_body /silent; add_after_body /none; addition_types *; " ACT
    "location /mirrored { mirror /copy; " ACT "location = /copy { internal; ngx_link_func_call log_copy; }\n";

static const char parts[] =
    PART("/before", "status=200:before-") PART("/after", "status=200:-after") PART("/silent", "")
        PART("/none", "status=204:never") PART("/alice", "in=X-User-Id:alice&status=200:never")
            PART("/challenge", "status=401:no&out=WWW-Authenticate:Basic%20realm=a")
                PART("/challenges", CHALLENGES) PART("/setsvar", "setvar=user:alice&status=200");

static const char checks[] =
    "location = /middle { internal; ssi on; set $args 'type=text/html&status=200:"
    "<!--%23include%20virtual=\"/alice\"-->'; " ACT
    "location /proxied { set $before $http_x_user_id; auth_request /alice;\n"
    "  proxy_set_header X-User $http_x_user_id; proxy_set_header X-Before $before; " UPSTREAM " }\n"
    "location /basic { auth_request /challenge; " ACT "location /several { auth_request /challenges; " ACT
    "location /stock { auth_request /proxychallenges; " ACT
    "location = /proxychallenges { proxy_pass http://127.0.0.1:PORT/open; }\n"
    "location = /open { set $args '" CHALLENGES "'; " ACT "location /status { auth_request /by; " ACT
    "location = /by { internal; set $args $http_x_steps; " ACT
    "location /authorized { auth_request /body; " ACT
    "location = /body { internal; ngx_link_func_call log_copy; }\n"
    "location /setvar { set $user none; auth_request /setsvar; add_header X-User $user; " ACT
    "location /granted { auth_request /alice; auth_request_set $granted $uri;\n"
    "  proxy_set_header X-Granted $granted; ngx_link_func_call act; " UPSTREAM " }\n";

static int start(void **state) {
    char *server = NULL;
    int result;

    assert_true(asprintf(&server, "%s%s%s%s", LIB("act"), pages, checks, parts) > 0);
    result = start_proxied(state, "types { text/html html; } default_type text/plain;\n", server);
    free(server);
    return result;
}

static const nginx_server_t *server_of(void **state) {
    return ((const proxied_t *) *state)->server;
}

#define INCLUDE(target) "<!--%23include%20virtual=\"" target "\"-->"
#define PAGE "/page?type=text/html&status=200:"

/* The page on a kept connection, with a second request right behind it. */
static void assert_page(void **state, const char *target, const char *expected) {
    int fd = wire_connect(nginx_server_port(server_of(state)));
    wire_response_t *response;
    char text[4096];

    (void) snprintf(text, sizeof(text),
                    "GET %s HTTP/1.1\r\nHost: a\r\n\r\n"
                    "GET /part?status=200:second HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
                    target);
    wire_send_text(fd, text);
    response = wire_read(fd, "GET");
    assert_int_equal(response->status, 200);
    assert_string_equal(response->body, expected);
    wire_free(response);
    assert_last_answer(fd, "second");
}

static void part_is_framed_by_the_page_whatever_its_status(void **state) {
    assert_page(state, PAGE "[" INCLUDE("/part?status=200:one") "]", "[one]");
    assert_page(state, PAGE "[" INCLUDE("/part?status=204:never") "]", "[]");
    assert_page(state, PAGE "[" INCLUDE("/part?status=304:never") "]", "[]");
    assert_page(state, PAGE "[" INCLUDE("/part?status=302:moved%26out=Location:/x") "]", "[moved]");
    assert_page(state, PAGE "[" INCLUDE("/part?status=404:missing") "]", "[missing]");
    assert_page(state, PAGE "[" INCLUDE("/part?status=200") "]", "[]");
    assert_page(state, PAGE "[" INCLUDE("/part") "]", "[]");
    assert_page(state, PAGE "[" INCLUDE("/part?ref=200:5") "]", "[rrrrr]");
    assert_page(state,
                PAGE "[" INCLUDE("/part?status=200:1") INCLUDE("/part") INCLUDE("/part?status=204")
                    INCLUDE("/part?status=200:2") "]",
                "[12]");
}

#define SET_BY(target) "<!--%23include%20virtual=\"" target "\"%20set=\"one\"-->"
#define ECHO "[<!--%23echo%20var=\"one\"-->]"

static void part_may_become_a_variable_of_the_page(void **state) {
    assert_page(state, PAGE SET_BY("/part?status=200:inline") ECHO, "[inline]");
    assert_page(state, PAGE SET_BY("/part?status=204") ECHO, "[]");
    assert_page(state, PAGE SET_BY("/threaded?status=200:threaded") ECHO, "[threaded]");
    assert_page(state, PAGE SET_BY("/threaded?status=204") ECHO, "[]");
    assert_page(state, PAGE SET_BY("/threaded?ref=200:5") ECHO, "[rrrrr]");
}

/* The second part has a copy of the headers from before, the third one from behind. */
static void variable_that_one_part_looked_up_stays_for_no_other(void **state) {
    assert_page(
        state,
        PAGE INCLUDE("/part?in=X-One:alice%26status=200:one") "<!--%23include%20virtual=\"/"
                                                              "seen\"%20wait=\"yes\"-->" INCLUDE("/seen"),
        "one[][alice]");
}

static void part_has_no_say_in_the_headers_of_the_page(void **state) {
    wire_response_t *response =
        get(server_of(state), PAGE INCLUDE("/part?out=X-A:1%26type=text/own%26status=200:one"));

    assert_header(response, "X-A", NULL);
    assert_header(response, "Content-Type", "text/html");
    assert_string_equal(response->body, "one");
    wire_free(response);
}

static void head_of_a_page_has_no_body(void **state) {
    int fd = wire_connect(nginx_server_port(server_of(state)));
    wire_response_t *response;

    wire_send_text(
        fd, "HEAD " PAGE INCLUDE("/part?status=200:one") " HTTP/1.1\r\nHost: a\r\n\r\n"
                                                         "GET /part?status=200:second HTTP/1.1\r\nHost: "
                                                         "a\r\nConnection: close\r\n\r\n");
    wire_free(wire_read(fd, "HEAD"));
    response = wire_read(fd, "GET");
    assert_string_equal(response->body, "second");
    wire_free(response);
    (void) close(fd);
}

static void page_with_parts_can_be_compressed(void **state) {
    int fd = wire_connect(nginx_server_port(server_of(state)));
    wire_response_t *response;

    wire_send_text(fd, "GET /gzipped?type=text/html&status=200:[" INCLUDE(
                           "/part?status=200:one") "] HTTP/1.1\r\n"
                                                   "Host: a\r\nAccept-Encoding: gzip\r\n\r\n"
                                                   "GET /part?status=200:second HTTP/1.1\r\nHost: "
                                                   "a\r\nConnection: close\r\n\r\n");
    response = wire_read(fd, "GET");
    assert_header(response, "Content-Encoding", "gzip");
    assert_true(response->body_len > 10 && memcmp(response->body, "\x1f\x8b", 2) == 0);
    wire_free(response);
    assert_last_answer(fd, "second");
}

static void parts_that_set_headers_do_not_disturb_each_other(void **state) {
    assert_page(
        state,
        "/shows?type=text/html&status=200:" INCLUDE("/part?in=X-One:1%26in=X-Own:a%26header=X-Own%26show")
            INCLUDE("/part?in=X-Two:2%26in=X-Own:b%26header=X-Own%26show")
                INCLUDE("/part?in=X-Three:3%26in=X-Own:c%26header=X-Own%26header=Host%26show"),
        "0;0;a;0;0;b;0;0;c;a;");
}

static void bodies_are_added_before_and_behind(void **state) {
    assert_page(state, "/around?status=200:body", "before-body-after");
    assert_page(state, "/around?status=200", "before--after");
    assert_page(state, "/silently?status=200:body", "body");
}

static void mirror_has_method_and_body(void **state) {
    wire_response_t *response =
        wire_request(nginx_server_port(server_of(state)), "PUT", "/mirrored?body&show", NULL, "abc", 3);

    assert_string_equal(response->body, "3,590,0;");
    wire_free(response);
    nginx_server_wait_for_log(server_of(state), "copied PUT abc");
}

static void assert_upstream_sees(void **state, const char *target, const char *name, const char *value) {
    int fd = wire_connect(nginx_server_port(server_of(state)));
    upstream_request_t seen;
    char head[256], *found;

    (void) snprintf(head, sizeof(head),
                    "GET %s HTTP/1.1\r\nHost: a\r\nX-User-Id: evil\r\nX-User-Id: worse\r\n\r\n", target);
    wire_send_text(fd, head);
    seen = play_origin(*state, PLAIN_ANSWER);
    wire_free(wire_read(fd, "GET"));
    (void) close(fd);
    found = upstream_header_dup(&seen, name);
    assert_non_null(found);
    assert_string_equal(found, value);
    assert_int_equal(upstream_header_count(&seen, name), 1);
    free(found);
    upstream_free(&seen);
}

static void header_of_an_auth_subrequest_reaches_the_upstream(void **state) {
    assert_upstream_sees(state, "/proxied", "X-User-Id", "alice");
    assert_upstream_sees(state, "/proxied", "X-User", "alice");
}

/* Main request, page in it, part of that page. */
static void header_reaches_the_request_two_levels_up(void **state) {
    assert_get_with(
        server_of(state),
        PAGE "<!--%23echo%20var=\"http_x_user_id\"-->,<!--%23include%20virtual=\"/middle\"%20wait=\"yes\"-->,"
             "<!--%23echo%20var=\"http_x_user_id\"-->",
        "X-User-Id: evil\r\n", 200, "evil,never,alice");
}

static void challenge_of_an_auth_subrequest_reaches_the_client(void **state) {
    wire_response_t *response = get(server_of(state), "/basic?status=200:never"), *stock;

    assert_int_equal(response->status, 401);
    assert_header(response, "WWW-Authenticate", "Basic realm=a");
    wire_free(response);
    response = get(server_of(state), "/several?status=200:never");
    stock = get(server_of(state), "/stock?status=200:never");
    assert_int_equal(response->status, 401);
    assert_true(header_count(response, "WWW-Authenticate") > 0);
    assert_int_equal(header_count(response, "WWW-Authenticate"), header_count(stock, "WWW-Authenticate"));
    wire_free(response);
    wire_free(stock);
}

static void status_of_an_auth_subrequest_decides(void **state) {
    static const struct {
        const char *headers;
        int status;
    } cases[] = {
        {"X-Steps: status=200:x\r\n", 202}, {"X-Steps: status=204\r\n", 202},
        {"X-Steps: out=X:1\r\n", 202},      {"X-Steps: status=299\r\n", 202},
        {"X-Steps: status=401\r\n", 401},   {"X-Steps: status=403\r\n", 403},
        {"X-Steps: status=302\r\n", 500},   {"X-Steps: status=500\r\n", 500},
        {"X-Steps: status=600\r\n", 500},
    };
    size_t i;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        wire_response_t *response = get_with(server_of(state), "/status?status=202:in", cases[i].headers);

        if (response->status != cases[i].status) {
            print_error("%s: %s\n", cases[i].headers, response->status_line);
        }
        assert_int_equal(response->status, cases[i].status);
        wire_free(response);
    }
}

/* The body is read behind the access phase, and is still there. */
static void auth_subrequest_has_no_body_and_leaves_it(void **state) {
    wire_response_t *response =
        wire_request(nginx_server_port(server_of(state)), "POST", "/authorized?body&show", NULL, "abc", 3);

    assert_string_equal(response->body, "3,590,0;");
    wire_free(response);
    nginx_server_wait_for_log(server_of(state), "copied GET nothing");
}

static void variable_set_in_a_subrequest_is_seen_above(void **state) {
    wire_response_t *response = get(server_of(state), "/setvar?status=200");

    assert_header(response, "X-User", "alice");
    wire_free(response);
}

/* It was made in the subrequest and cannot be made again. */
static void variable_of_an_auth_subrequest_outlives_a_changed_header(void **state) {
    assert_upstream_sees(state, "/granted?status=200", "X-Granted", "/alice");
    assert_upstream_sees(state, "/granted?in=X-Other:1&status=200", "X-Granted", "/alice");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(part_is_framed_by_the_page_whatever_its_status),
        cmocka_unit_test(part_may_become_a_variable_of_the_page),
        cmocka_unit_test(variable_that_one_part_looked_up_stays_for_no_other),
        cmocka_unit_test(part_has_no_say_in_the_headers_of_the_page),
        cmocka_unit_test(head_of_a_page_has_no_body),
        cmocka_unit_test(page_with_parts_can_be_compressed),
        cmocka_unit_test(parts_that_set_headers_do_not_disturb_each_other),
        cmocka_unit_test(bodies_are_added_before_and_behind),
        cmocka_unit_test(mirror_has_method_and_body),
        cmocka_unit_test(header_of_an_auth_subrequest_reaches_the_upstream),
        cmocka_unit_test(header_reaches_the_request_two_levels_up),
        cmocka_unit_test(challenge_of_an_auth_subrequest_reaches_the_client),
        cmocka_unit_test(status_of_an_auth_subrequest_decides),
        cmocka_unit_test(auth_subrequest_has_no_body_and_leaves_it),
        cmocka_unit_test(variable_set_in_a_subrequest_is_seen_above),
        cmocka_unit_test(variable_of_an_auth_subrequest_outlives_a_changed_header),
    };

    return cmocka_run_group_tests(tests, start, stop_proxied);
}
