/* One nginx.conf and one list of requests, byte for byte, through NGINX and
 * through the mock: where a request goes, and what comes back. */

#define _GNU_SOURCE

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <ngx_link_func_mock.h>

#include "nginx_internal.h"
#include "wire.h"

/* The first server is the default one. */
static const char http_part[] = "server_tokens off;\n"
                                "ngx_link_func_add_prop where http;\n"
                                "server {\n"
                                "    listen 127.0.0.1:PORT;\n"
                                "    server_name other.example *.wild.example ~^re(\\d+)\\.example$;\n"
                                "    ngx_link_func_lib " DISPATCH_LIBRARY ";\n"
                                "    merge_slashes off;\n"
                                "    underscores_in_headers on;\n"
                                "    ngx_link_func_add_req_header X-Where other;\n"
                                "    default_type text/html;\n"
                                "    location / { ngx_link_func_call other; }\n"
                                "    location /text { return 200 \"$uri|$args|$host|$request_method\"; }\n"
                                "}\n"
                                "server {\n"
                                "    listen 127.0.0.1:PORT;\n"
                                "    server_name ~^(?<tenant>[a-z]+)-(\\d+)\\.example$;\n"
                                "    location / { return 200 \"$tenant|$2|$tail\"; }\n"
                                "}\n";

static const char server_part[] =
    "    server_name main.example tail.* .dotted.example;\n"
    "    ngx_link_func_lib " DISPATCH_LIBRARY ";\n"
    "    ngx_link_func_add_prop WHERE server;\n"
    "    set $chosen server;\n"
    "    if ($arg_blocked) { return 403; }\n"
    "    if ($arg_go = home) { return http://main.example/home; }\n"
    "    location = /exact { ngx_link_func_call exact; }\n"
    "    location /exact { ngx_link_func_call prefix; }\n"
    "    location /prefix { ngx_link_func_call prefix; ngx_link_func_add_req_header X-Where \"at $uri\"; }\n"
    "    location /prefix/longer { ngx_link_func_call inner; }\n"
    "    location ^~ /final/ { ngx_link_func_call final; }\n"
    "    location ~ \\.php$ { ngx_link_func_call regex; }\n"
    "    location ~* \\.PHP$ { ngx_link_func_call caseless; }\n"
    "    location ~ ^/user/(\\d+)/(?<tail>[a-z]+)$ { set $chosen \"$1+$tail\"; ngx_link_func_call regex; }\n"
    "    location /nested {\n"
    "        ngx_link_func_call nested;\n"
    "        ngx_link_func_add_req_header X-Where nested;\n"
    "        location /nested/deep { ngx_link_func_call inner; }\n"
    "        location ~ /inner\\. { ngx_link_func_call inner; }\n"
    "        location /nested/plain { }\n"
    "    }\n"
    "    location /condition {\n"
    "        ngx_link_func_call condition;\n"
    "        set $chosen location;\n"
    "        if ($arg_a) { set $chosen a; }\n"
    "        if ($arg_b = yes) { set $chosen b; ngx_link_func_add_req_header X-Where b; }\n"
    "        if ($arg_c != \"\") { return 202 \"c is $arg_c\"; }\n"
    "        if ($http_user_agent ~* \"(bot)[/ ](\\w+)\") { set $chosen \"$1:$2\"; }\n"
    "        if ($request_method !~ ^(GET|POST)$) { return 405; }\n"
    "        if ($arg_d) { break; }\n"
    "        set $chosen \"${chosen}!\";\n"
    "    }\n"
    "    location /rewritten { rewrite ^/never$ /x last; set $args \"x=$arg_y\"; ngx_link_func_call prefix; "
    "}\n"
    "    location /closed { ngx_link_func_call closed; proxy_pass http://127.0.0.1:1; }\n"
    "    location /gated { ngx_link_func_call moved; proxy_pass http://127.0.0.1:1; }\n"
    "    location ~ ^/digits/(.)(.)$ { return 200 \"$12 $2\"; }\n"
    "    location /silent { ngx_link_func_call silent; proxy_pass http://127.0.0.1:1; }\n"
    "    location /quiet { ngx_link_func_call silent; }\n"
    "    location /proxied/ { ngx_link_func_call closed; proxy_pass http://127.0.0.1:1; }\n"
    "    location /declines { ngx_link_func_call declines; }\n"
    "    location /hidden { internal; ngx_link_func_call exact; }\n"
    "    location /limited { limit_except GET POST { deny all; } ngx_link_func_call prefix; }\n"
    "    location /denied { deny 10.1.1.1; allow 127.0.0.1; deny all; ngx_link_func_call prefix; }\n"
    "    location /refused { deny 127.0.0.1; ngx_link_func_call prefix; }\n"
    "    location /small { client_max_body_size 4; ngx_link_func_call prefix;\n"
    "        location /small/any { client_max_body_size 0; ngx_link_func_call inner; } }\n"
    "    location /threaded { aio threads; ngx_link_func_call prefix; }\n"
    "    location /moved { return 301 /to?$args; }\n"
    "    location /tenant { return 200 \"tenant '$tenant'\"; }\n"
    "    location /gone { return 410; }\n"
    "    location /odd { return 418; }\n"
    "    location /nothing { return 204; }\n"
    "    location /typed { types { text/css css; } return 200 typed; }\n"
    "    location /untyped { return 200 untyped; }\n"
    "    location @named { ngx_link_func_call exact; }\n"
    "    location \"/quoted space\" { ngx_link_func_call exact; }\n";

#define MAIN "Host: main.example\r\nConnection: close\r\n\r\n"
#define GET(target) "GET " target " HTTP/1.1\r\n" MAIN
#define GET_AT(host, target) "GET " target " HTTP/1.1\r\nHost: " host "\r\nConnection: close\r\n\r\n"
#define POST(target, length, body) "POST " target " HTTP/1.1\r\nContent-Length: " length "\r\n" MAIN body
#define WITH(header, target)                                                                                 \
    "GET " target " HTTP/1.1\r\nHost: main.example\r\n" header "\r\nConnection: close\r\n\r\n"

static const char *const requests[] = {
    GET("/exact"),
    GET("/exact/"),
    GET("/exactly"),
    GET("/exact?a=b"),
    GET("/prefix"),
    GET("/prefix/a%20b"),
    GET("/prefix/longer/x"),
    GET("/prefix/longe"),
    GET("/prefix/x.php"),
    GET("/final/x.php"),
    GET("/final"),
    GET("/x.php"),
    GET("/x.PhP"),
    GET("/x.phpx"),
    GET("/user/12/abc"),
    GET("/user/12/ABC"),
    GET("/nested"),
    GET("/nested/deep/er"),
    GET("/nested/inner.x"),
    GET("/nested/x.php"),
    GET("/nested/plain"),
    GET("/condition"),
    GET("/condition?a=1"),
    GET("/condition?a=0"),
    GET("/condition?b=yes"),
    GET("/condition?a=1&b=yes"),
    GET("/condition?b=no"),
    GET("/condition?c=3"),
    GET("/condition?d=1"),
    WITH("User-Agent: GoogleBot/Two", "/condition"),
    "PUT /condition HTTP/1.1\r\n" MAIN,
    GET("/rewritten?y=2&z=3"),
    GET("/rewritten"),
    GET("/exact?blocked=1"),
    GET("/nowhere?go=home"),
    GET("/nowhere"),
    GET("/"),
    "PUT /nowhere HTTP/1.1\r\n" MAIN,
    GET("/closed"),
    GET("/gated"),
    GET("/digits/ab"),
    GET("/silent"),
    GET("/quiet"),
    GET("/proxied/x"),
    GET("/proxied"),
    GET("/proxied?a"),
    GET("/declines"),
    GET("/hidden"),
    GET("/limited"),
    "HEAD /limited HTTP/1.1\r\n" MAIN,
    "DELETE /limited HTTP/1.1\r\n" MAIN,
    GET("/denied"),
    GET("/refused"),
    POST("/small", "4", "1234"),
    POST("/small", "5", "12345"),
    POST("/small/any", "5", "12345"),
    "POST /small/any HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" MAIN "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n",
    GET("/threaded?a"),
    GET("/moved?a=b"),
    GET("/gone"),
    GET("/odd"),
    GET("/nothing"),
    GET("/typed/x.css"),
    GET("/typed/x.CSS"),
    GET("/typed/x.html"),
    GET("/untyped/x.html"),
    GET("/untyped/x.html/y"),
    GET("/untyped/.jpg"),
    GET("/untyped/..jpg"),
    GET("/untyped/...jpg"),
    GET("/untyped/....jpg"),
    GET("/untyped/a.jpg"),
    GET("/untyped/.a.jpg"),
    GET("/untyped/x.jpg/"),
    GET("/untyped/a%2Ejpg"),
    GET("/@named"),
    GET("/quoted%20space"),
    GET("//exact"),
    GET("/a/../exact"),
    WITH("X_Under: seen", "/exact"),
    WITH("X-Where: spoofed", "/prefix"),
    GET_AT("other.example", "//twice//"),
    GET_AT("other.example", "/a/.././/b"),
    GET_AT("OTHER.example.", "/"),
    GET_AT("a.b.wild.example", "/text?x"),
    GET_AT("wild.example", "/exact"),
    GET_AT(".wild.example", "/exact"),
    GET_AT("joe-12.example", "/"),
    GET_AT("JOE-12.example.", "/"),
    GET("/tenant"),
    GET_AT("re12.example", "/exact"),
    GET_AT("tail.anything", "/exact"),
    GET_AT("dotted.example", "/exact"),
    GET_AT("sub.dotted.example", "/exact"),
    GET_AT("unknown", "/exact"),
    "GET /exact HTTP/1.1\r\nHost: other.example\r\nX_Under: seen\r\nX_Where: a\r\nX-Where: b\r\nConnection: "
    "close\r\n\r\n",
};

#define REQUESTS (sizeof(requests) / sizeof(requests[0]))

typedef struct {
    nginx_server_t *nginx;
    ngx_link_func_mock_t *mock;
} runtimes_t;

static const char *or_empty(const char *text) {
    return text == NULL ? "" : text;
}

/* What is compared. */
static char *tell_dup(const char *status, const char *type, const char *location, const char *body) {
    char *text;

    if (asprintf(&text, "%s\nContent-Type: %s\nLocation: %s\n\n%s", status, or_empty(type),
                 or_empty(location), body)
        == -1) {
        abort();
    }
    return text;
}

static char *ask_nginx(const runtimes_t *runtimes, const char *text) {
    int fd = wire_connect(nginx_server_port(runtimes->nginx));
    wire_response_t *response;
    char *method = strndup(text, strcspn(text, " ")), *told;

    wire_send_text(fd, text);
    response = wire_read(fd, method);
    (void) close(fd);
    told = tell_dup(response->status_line, wire_header(response, "Content-Type"),
                    wire_header(response, "Location"), response->body);
    wire_free(response);
    free(method);
    return told;
}

static int visit(ngx_link_func_mock_request_t *req, void *data) {
    char **told = data;
    const ngx_link_func_mock_response_t *resp = ngx_link_func_mock_send(req);

    *told = tell_dup(ngx_link_func_mock_response_status_line(resp),
                     ngx_link_func_mock_response_header(resp, "Content-Type"),
                     ngx_link_func_mock_response_header(resp, "Location"),
                     ngx_link_func_mock_response_body(resp));
    return 0;
}

static char *ask_mock(const runtimes_t *runtimes, const char *text) {
    char *path = nginx_path_dup(runtimes->nginx, "request.http");
    char *told = NULL;
    FILE *file = fopen(path, "we");

    assert_non_null(file);
    (void) fputs(text, file);
    assert_int_equal(fclose(file), 0);
    if (ngx_link_func_mock_replay_http(runtimes->mock, path, visit, &told) != 1) {
        fail_msg("%s", ngx_link_func_mock_error(runtimes->mock));
    }
    free(path);
    return told;
}

static void requests_go_where_nginx_sends_them(void **state) {
    const runtimes_t *runtimes = *state;
    size_t i, differences = 0;

    for (i = 0; i < REQUESTS; i++) {
        char *nginx = ask_nginx(runtimes, requests[i]);
        char *mock = ask_mock(runtimes, requests[i]);

        if (strcmp(nginx, mock) != 0) {
            print_error("%s\nNGINX answered:\n%s\nthe mock:\n%s\n", requests[i], nginx, mock);
            differences++;
        }
        free(nginx);
        free(mock);
    }
    assert_int_equal(differences, 0);
}

static int both_start(void **state) {
    const nginx_config_t config = {.http = http_part, .server = server_part};
    runtimes_t *runtimes = calloc(1, sizeof(*runtimes));
    char *path;

    assert_non_null(runtimes);
    runtimes->nginx = nginx_server_start(&config);
    runtimes->mock = ngx_link_func_mock_new();
    ngx_link_func_mock_allow(runtimes->mock, NGX_LINK_FUNC_MOCK_CODE_RESPONSE_MISSING);
    path = nginx_path_dup(runtimes->nginx, "nginx.conf");
    if (ngx_link_func_mock_config(runtimes->mock, path) != 0) {
        fail_msg("%s", ngx_link_func_mock_error(runtimes->mock));
    }
    free(path);
    *state = runtimes;
    return 0;
}

static int both_stop(void **state) {
    runtimes_t *runtimes = *state;

    ngx_link_func_mock_free(runtimes->mock);
    nginx_server_stop(runtimes->nginx);
    free(runtimes);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_go_where_nginx_sends_them),
    };

    return cmocka_run_group_tests(tests, both_start, both_stop);
}
