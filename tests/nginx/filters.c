/* NGINX's filters see all of the response, and conditional requests work. */

#include "fixture.h"

#include <unistd.h>

static int start(void **state) {
    static const nginx_config_t config = {
        .http = "gzip_min_length 1; gzip_http_version 1.0;\n",
        .server = LIB(
            "act") "location / { ngx_link_func_call act; }\n"
                   "location /gzip { gzip on; gzip_types application/json; ngx_link_func_call act; }\n"
                   "location /proxied { gzip on; gzip_types application/json; gzip_proxied no-cache private "
                   "no_etag; ngx_link_func_call act; }\n"
                   "location /charset { charset koi8-r; charset_types text/plain "
                   "application/json;\n  ngx_link_func_call act; }\n"
                   "location /sub { sub_filter one three; sub_filter_types application/json; "
                   "ngx_link_func_call act; }\n"
                   "location /added { add_after_body /tail; ngx_link_func_call act; }\n"
                   "location = /tail { set $args 'status=200:-tail'; ngx_link_func_call act; }\n"
                   "location /ssi { ssi on; ssi_types application/json; ngx_link_func_call act; }\n"
                   "location /headers { add_header X-Stock 1; expires 1h; ngx_link_func_call act; }\n"};

    return start_server(state, &config);
}

#define LONG "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define GZIP "Accept-Encoding: gzip\r\n"
#define DATE "Sun,%2006%20Nov%201994%2008:49:37%20GMT"

static void assert_answer(void **state, const char *target, const char *headers, int status,
                          const char *header, const char *value) {
    wire_response_t *response = get_with(*state, target, headers);
    const char *found = wire_header(response, header);

    if (response->status != status || (value == NULL) != (found == NULL)
        || (value != NULL && strcmp(found, value) != 0)) {
        print_error("%s %s: %s, %s: %s\n", target, headers, response->status_line, header,
                    found ? found : "none");
    }
    assert_int_equal(response->status, status);
    assert_header(response, header, value);
    wire_free(response);
}

static void type_decides_what_is_compressed(void **state) {
    assert_answer(state, "/gzip?type=application/json&status=200:" LONG, GZIP, 200, "Content-Encoding",
                  "gzip");
    assert_answer(state, "/gzip?out=Content-Type:application/json&status=200:" LONG, GZIP, 200,
                  "Content-Encoding", "gzip");
    assert_answer(state, "/gzip?status=200:" LONG "&out=Content-Type:application/json;x=y", GZIP, 200,
                  "Content-Encoding", "gzip");
    assert_answer(state, "/gzip?type=APPLICATION/JSON%20;x&status=200:" LONG, GZIP, 200, "Content-Encoding",
                  "gzip");
    assert_answer(state, "/gzip?type=text/html&status=404:" LONG, GZIP, 404, "Content-Encoding", "gzip");
    assert_answer(state, "/gzip?type=text/plain&status=200:" LONG, GZIP, 200, "Content-Encoding", NULL);
    assert_answer(state, "/gzip?type=&status=200:" LONG, GZIP, 200, "Content-Encoding", NULL);
    assert_answer(state, "/gzip?type=application/json&status=200:" LONG, "", 200, "Content-Length", "52");
}

static void compression_sees_the_headers_of_the_function(void **state) {
    static const char via[] = GZIP "Via: 1.1 a\r\n";

    assert_answer(state, "/gzip?type=application/json&out=ETag:%22x%22&status=200:" LONG, GZIP, 200, "ETag",
                  "W/\"x\"");
    assert_answer(state, "/gzip?type=application/json&out=Content-Encoding:br&status=200:" LONG, GZIP, 200,
                  "Content-Encoding", "br");
    assert_answer(state, "/proxied?type=application/json&out=ETag:%22x%22&status=200:" LONG, via, 200,
                  "Content-Encoding", NULL);
    assert_answer(
        state, "/proxied?type=application/json&out=Cache-Control:no-cache&out=ETag:%22x%22&status=200:" LONG,
        via, 200, "Content-Encoding", "gzip");
    assert_answer(
        state,
        "/proxied?type=application/json&out=Cache-Control:x&out=Cache-Control:private&out=ETag:%22x%22"
        "&status=200:" LONG,
        via, 200, "Content-Encoding", "gzip");
    assert_answer(state,
                  "/proxied?type=application/json&out=Cache-Control:public&out=ETag:%22x%22&status=200:" LONG,
                  via, 200, "Content-Encoding", NULL);
}

static void charset_is_added_to_the_types_that_it_is_for(void **state) {
    assert_answer(state, "/charset?status=200:x", "", 200, "Content-Type", "text/plain; charset=koi8-r");
    assert_answer(state, "/charset?type=application/json&status=200:x", "", 200, "Content-Type",
                  "application/json; charset=koi8-r");
    assert_answer(state, "/charset?type=text/other&status=200:x", "", 200, "Content-Type", "text/other");
    assert_answer(state, "/charset?type=text/plain;charset=x&status=200:x", "", 200, "Content-Type",
                  "text/plain;charset=x");
    assert_answer(state, "/charset?type=&status=200:x", "", 200, "Content-Type", NULL);
}

static void text_is_substituted_whatever_the_parameters_of_its_type(void **state) {
    assert_get(*state, "/sub?type=text/html&status=200:one-one", 200, "three-one");
    assert_get(*state, "/sub?type=text/html;%20charset=utf-8&status=200:one", 200, "three");
    assert_get(*state, "/sub?type=application/json&status=200:one", 200, "three");
    assert_get(*state, "/sub?type=text/plain&status=200:one", 200, "one");
    assert_get(*state, "/sub?type=application/json&ref=200:3", 200, "rrr");
}

static void length_of_a_changed_body_is_not_that_of_the_function(void **state) {
    assert_answer(state, "/sub?type=text/html&status=200:one", "", 200, "Content-Length", NULL);
    assert_answer(state, "/added?type=text/html&status=200:one", "", 200, "Content-Length", NULL);
    assert_get(*state, "/added?type=text/html;x&status=200:one", 200, "one-tail");
    assert_get(*state, "/added?type=text/plain&status=200:one", 200, "one");
    assert_get(*state, "/ssi?type=application/json;x&status=200:[<!--%23echo%20var=\"host\"-->]", 200,
               "[localhost]");
}

static void headers_of_the_configuration_join_those_of_the_function(void **state) {
    assert_answer(state, "/headers?out=X-A:1&status=200:x", "", 200, "X-Stock", "1");
    assert_answer(state, "/headers?out=X-A:1&status=200:x", "", 200, "X-A", "1");
    assert_answer(state, "/headers?status=200:x", "", 200, "Cache-Control", "max-age=3600");
    assert_answer(state, "/headers?out=Expires:x&status=200:x", "", 200, "Cache-Control", "max-age=3600");
}

/* "expires" puts its own in the place of what a stock handler set. */
static void expires_replaces_what_the_function_set(void **state) {
    wire_response_t *response =
        get(*state, "/headers?out=Expires:Thu,%2001%20Jan%201970%2000:00:00%20GMT&out=Cache-Control:no-store"
                    "&out=Cache-Control:private&status=200:x");

    assert_int_equal(header_count(response, "Expires"), 1);
    assert_int_equal(header_count(response, "Cache-Control"), 1);
    assert_header(response, "Cache-Control", "max-age=3600");
    wire_free(response);
}

static void etag_makes_conditional_requests_work(void **state) {
    static const struct {
        const char *target, *headers;
        int status;
    } cases[] = {
        {"/?out=ETag:%22a%22&status=200:x", "If-None-Match: \"a\"\r\n", 304},
        {"/?status=200:x&out=ETag:%22a%22", "If-None-Match: \"b\", \"a\"\r\n", 304},
        {"/?out=ETag:%22a%22&status=200:x", "If-None-Match: *\r\n", 304},
        {"/?out=ETag:W/%22a%22&status=200:x", "If-None-Match: \"a\"\r\n", 304},
        {"/?out=ETag:%22a%22&status=200:x", "If-None-Match: \"b\"\r\n", 200},
        {"/?out=ETag:%22b%22&out=ETag:%22a%22&status=200:x", "If-None-Match: \"b\"\r\n", 200},
        {"/?setout=ETag:%22a%22&status=200:x", "If-None-Match: \"a\"\r\n", 304},
        {"/?out=ETag:%22a%22&delout=etag&status=200:x", "If-None-Match: \"a\"\r\n", 200},
        {"/?out=ETag:%22a%22&status=404:x", "If-None-Match: \"a\"\r\n", 404},
        {"/?out=ETag:%22a%22&status=200:x", "If-Match: \"a\"\r\n", 200},
        {"/?out=ETag:%22a%22&status=200:x", "If-Match: \"b\"\r\n", 412},
        {"/?out=ETag:%22a%22&ref=200:5", "If-None-Match: \"a\"\r\n", 304},
        {"/?status=200:x", "If-None-Match: \"a\"\r\n", 200},
    };
    size_t i;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_answer(state, cases[i].target, cases[i].headers, cases[i].status, "X-None", NULL);
    }
}

static void last_modified_makes_conditional_requests_work(void **state) {
    static const char same[] = "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n";

    assert_answer(state, "/?out=Last-Modified:" DATE "&status=200:x", same, 304, "Last-Modified",
                  "Sun, 06 Nov 1994 08:49:37 GMT");
    assert_answer(state, "/?out=Last-Modified:" DATE "&status=200:x",
                  "If-Modified-Since: Sun, 06 Nov 1994 08:49:36 GMT\r\n", 200, "Content-Length", "1");
    assert_answer(state, "/?out=Last-Modified:" DATE "&status=200:x",
                  "If-Unmodified-Since: Sun, 06 Nov 1994 08:49:36 GMT\r\n", 412, "X-None", NULL);
    assert_answer(state, "/?out=Last-Modified:nonsense&status=200:x", same, 200, "Last-Modified", "nonsense");
    assert_answer(state, "/?out=Last-Modified:" DATE "&delout=Last-Modified&status=200:x", same, 200,
                  "Last-Modified", NULL);
}

static void not_modified_has_no_body(void **state) {
    int fd = wire_connect(nginx_server_port(*state));
    wire_response_t *response;

    wire_send_text(
        fd, "GET /?out=ETag:%22a%22&status=200:body HTTP/1.1\r\nHost: a\r\nIf-None-Match: \"a\"\r\n\r\n"
            "GET /?status=200:second HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    response = wire_read(fd, "GET");
    assert_int_equal(response->status, 304);
    assert_header(response, "Content-Length", NULL);
    assert_header(response, "Content-Type", NULL);
    assert_header(response, "ETag", "\"a\"");
    wire_free(response);
    assert_last_answer(fd, "second");
}

static void byte_ranges_stay_off(void **state) {
    static const char *const targets[] = {"/?status=200:0123456789",
                                          "/?out=ETag:%22a%22&status=200:0123456789", "/?ref=200:10",
                                          "/?out=Last-Modified:" DATE "&status=200:0123456789"};
    size_t i;

    for (i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
        assert_answer(state, targets[i], "Range: bytes=2-3\r\n", 200, "Content-Length", "10");
        assert_answer(state, targets[i], "Range: bytes=2-3\r\n", 200, "Accept-Ranges", NULL);
        assert_answer(state, targets[i], "Range: bytes=99-\r\n", 200, "Content-Range", NULL);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(type_decides_what_is_compressed),
        cmocka_unit_test(compression_sees_the_headers_of_the_function),
        cmocka_unit_test(charset_is_added_to_the_types_that_it_is_for),
        cmocka_unit_test(text_is_substituted_whatever_the_parameters_of_its_type),
        cmocka_unit_test(length_of_a_changed_body_is_not_that_of_the_function),
        cmocka_unit_test(headers_of_the_configuration_join_those_of_the_function),
        cmocka_unit_test(expires_replaces_what_the_function_set),
        cmocka_unit_test(etag_makes_conditional_requests_work),
        cmocka_unit_test(last_modified_makes_conditional_requests_work),
        cmocka_unit_test(not_modified_has_no_body),
        cmocka_unit_test(byte_ranges_stay_off),
    };

    return cmocka_run_group_tests(tests, start, stop_server);
}
