/* A function that leaves the request to NGINX, or whose answer NGINX refuses. */

#include "fixture.h"

#include <unistd.h>

static int start(void **state) {
    static const nginx_config_t config = {
        .http = "types { text/html html; text/plain txt; }\n",
        .server = LIB("act") "root " LIBRARY_FOLDER "/html;\n"
                             "location / { ngx_link_func_call act; }\n"
                             "location /fallback { error_page 404 = @function; ngx_link_func_call act; }\n"
                             "location @function { set $args 'header=X-A&show'; ngx_link_func_call act; }\n"
                             "location /handled { error_page 500 /page; ngx_link_func_call act; }\n"
                             "location = /page { return 200 page; }\n"};

    return start_server(state, &config);
}

static void static_file_is_served(void **state) {
    wire_response_t *response = get(*state, "/file.txt?out=X-A:1&decline");

    assert_int_equal(response->status, 200);
    assert_string_equal(response->body, "0123456789");
    assert_header(response, "Content-Type", "text/plain");
    assert_header(response, "X-A", "1");
    assert_header(response, "Accept-Ranges", "bytes");
    wire_free(response);
    response = get_with(*state, "/file.txt?decline", "Range: bytes=2-3\r\n");
    assert_int_equal(response->status, 206);
    assert_string_equal(response->body, "23");
    wire_free(response);
}

static void index_of_a_folder_is_served(void **state) {
    assert_get(*state, "/?decline", 200, "index");
    assert_get(*state, "/index.html?decline", 200, "index");
}

static void what_is_not_there_is_404(void **state) {
    wire_response_t *response = get(*state, "/none?decline");

    assert_int_equal(response->status, 404);
    wire_free(response);
    assert_get(*state, "/fallback?in=X-A:1&decline", 200, "1;");
}

static void post_with_a_body_is_405_and_stays_in_step(void **state) {
    int fd = wire_connect(nginx_server_port(*state));
    wire_response_t *response;

    wire_send_text(fd, "POST /file.txt?decline HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
                       "GET /file.txt?decline HTTP/1.1\r\nHost: a\r\n\r\n"
                       "HEAD /file.txt?decline HTTP/1.1\r\nHost: a\r\n\r\n"
                       "GET /?status=200:last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    response = wire_read(fd, "POST");
    assert_int_equal(response->status, 405);
    wire_free(response);
    response = wire_read(fd, "GET");
    assert_string_equal(response->body, "0123456789");
    wire_free(response);
    response = wire_read(fd, "HEAD");
    assert_header(response, "Content-Length", "10");
    wire_free(response);
    assert_last_answer(fd, "last");
}

static void last_word_decides(void **state) {
    assert_get(*state, "/file.txt?status=403:no&decline", 200, "0123456789");
    assert_get(*state, "/file.txt?decline&status=403:no", 403, "no");
    assert_get(*state, "/file.txt?decline&ref=403:2", 403, "rr");
    assert_get(*state, "/file.txt?status=600:no&decline", 200, "0123456789");
    assert_get(*state, "/file.txt?decline&decline", 200, "0123456789");
}

/* What describes the body is for whoever writes the body to say. */
static void description_of_a_body_that_is_not_sent_is_dropped(void **state) {
    static const char steps[] =
        "out=ETag:%22own%22&out=Content-Encoding:br&out=Location:/x&type=text/own"
        "&out=Last-Modified:Sun,%2006%20Nov%201994%2008:49:37%20GMT&out=Content-Type:text/own";
    static const struct {
        const char *target, *end;
        int status;
    } cases[] = {
        {"/file.txt", "decline", 200}, {"/file.txt", "status=600", 500}, {"/handled", "status=0", 500}};
    size_t i;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char target[512];
        wire_response_t *response;

        (void) snprintf(target, sizeof(target), "%s?%s&%s", cases[i].target, steps, cases[i].end);
        response = get(*state, target);
        assert_int_equal(response->status, cases[i].status);
        assert_header(response, "Content-Encoding", NULL);
        assert_header(response, "Location", NULL);
        assert_int_equal(header_count(response, "ETag"), cases[i].status == 200);
        assert_int_equal(header_count(response, "Last-Modified"), cases[i].status == 200);
        assert_int_equal(header_count(response, "Content-Type"), 1);
        assert_string_not_equal(wire_header(response, "Content-Type"), "text/own");
        wire_free(response);
    }
}

static void error_page_is_for_a_refused_status(void **state) {
    assert_get(*state, "/handled?status=600:own", 500, "page");
    assert_get(*state, "/handled?status=500:own", 500, "own");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(static_file_is_served),
        cmocka_unit_test(index_of_a_folder_is_served),
        cmocka_unit_test(what_is_not_there_is_404),
        cmocka_unit_test(post_with_a_body_is_405_and_stays_in_step),
        cmocka_unit_test(last_word_decides),
        cmocka_unit_test(description_of_a_body_that_is_not_sent_is_dropped),
        cmocka_unit_test(error_page_is_for_a_refused_status),
    };

    return cmocka_run_group_tests(tests, start, stop_server);
}
