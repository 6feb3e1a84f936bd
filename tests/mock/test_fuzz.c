/* Bytes of a fuzzer as requests. */

#include <ngx_link_func_cmocka.h>

#include <stdio.h>
#include <stdlib.h>

static const char *or_dash(const char *text) {
    return text == NULL ? "-" : text;
}

static void tell(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_str_t method, uri;
    char told[512];

    (void) ngx_link_func_get_method(ctx, &method);
    (void) ngx_link_func_get_uri(ctx, &uri);
    (void) snprintf(told, sizeof(told), "%.*s %.*s %s|%s|%s|%zu", (int) method.len, method.data,
                    (int) uri.len, uri.data, or_dash(ctx->req_args),
                    or_dash((char *) ngx_link_func_get_header(ctx, "Host", 4)),
                    or_dash((char *) ngx_link_func_get_header(ctx, "X-A", 3)), ctx->req_body_len);
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, told, strlen(told));
}

#define BYTES(text) text, sizeof(text) - 1

static const struct {
    const char *bytes;
    size_t size;
    const char *told;
} rows[] = {
    {BYTES(""), "GET / -|localhost|-|0"},
    {BYTES("\0"), "GET / -|localhost|-|0"},
    {BYTES("POST /a?b HTTP/1.1\r\nHost: x\r\nX-A: 1\r\n\r\nbody"), "POST /a b|x|1|4"},
    {BYTES("PUT a\nX-A:2\n\n\n\0\n"), "PUT /a -|localhost|2|3"},
    {BYTES("TRACE /\n"), "GET / -|localhost|-|0"},
    {BYTES("get /\n"), "GET / -|localhost|-|0"},
    {BYTES("P\0T /\n"), "GET / -|localhost|-|0"},
    {BYTES("GET /%41%zz%0\n"), "GET /A%zz%0 -|localhost|-|0"},
    {BYTES("GET /%00\0\n"), "GET /%00%00 -|localhost|-|0"},
    {BYTES("GET /..\n"), "GET / -|localhost|-|0"},
    {BYTES("GET /\x7f\x01?\t\n"), "GET /\x7f\x01 %09|localhost|-|0"},
    {BYTES("GET / x y z\n"), "GET / -|localhost|-|0"},
    {BYTES("GET /\nHost: a b\nHost: /\nX-A: \0\nX-A: 3"), "GET / -|localhost|3|0"},
    {BYTES("GET /\nContent-Length: 7\nTransfer-Encoding: chunked\n\nab"), "GET / -|localhost|-|2"},
    {BYTES("GET /\nX-A"), "GET / -|localhost|-|0"},
    {BYTES("GET /\nX-A:"), "GET / -|localhost||0"},
    {BYTES("GET /\nExpect: 1\nExpect: 2\nno colon\n: none\nX-A: 4\n"), "GET / -|localhost|4|0"},
};

static void any_bytes_are_a_request_that_nginx_takes(void **state) {
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t *exact = malloc(rows[i].size > 0 ? rows[i].size : 1);
        ngx_link_func_mock_request_t *req;

        assert_non_null(exact);
        memcpy(exact, rows[i].bytes, rows[i].size);
        req = ngx_link_func_mock_fuzz_request(*state, exact, rows[i].size);
        free(exact);
        assert_response_body(ngx_link_func_mock_call(req, tell), rows[i].told);
        ngx_link_func_mock_request_free(req);
    }
}

/* A generator of numbers that is the same everywhere. */
static uint32_t next_random(uint32_t *seed) {
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static void no_bytes_stop_the_test(void **state) {
    static const char alphabet[] = "GET /%.?&#=:\r\n\n\n\0azA019_-\x80\xff\x7f\tHost: Expect: Content-Length";
    uint8_t data[64];
    uint32_t seed = 7;
    int run;

    for (run = 0; run < 20000; run++) {
        size_t size = next_random(&seed) % sizeof(data), i;

        for (i = 0; i < size; i++) {
            data[i] = (uint8_t) alphabet[next_random(&seed) % (sizeof(alphabet) - 1)];
        }
        ngx_link_func_mock_request_free(ngx_link_func_mock_fuzz_request(*state, data, size));
    }
}

static void answer_from_shared_memory(ngx_link_func_ctx_t *ctx) {
    assert_non_null(ctx->shared_mem);
    assert_null(ngx_link_func_cache_get(ctx->shared_mem, "key"));
    assert_non_null(ngx_link_func_cache_new(ctx->shared_mem, "key", 8));
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, NULL, 0);
}

static void each_input_has_a_mock_of_its_own(void **state) {
    (void) state;
    ngx_link_func_mock_fuzz_one((const uint8_t *) "GET /", 5, answer_from_shared_memory);
    ngx_link_func_mock_fuzz_one((const uint8_t *) "GET /", 5, answer_from_shared_memory);
}

#define TEST(name)                                                                                           \
    cmocka_unit_test_setup_teardown(name, ngx_link_func_mock_setup, ngx_link_func_mock_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(any_bytes_are_a_request_that_nginx_takes),
        TEST(no_bytes_stop_the_test),
        TEST(each_input_has_a_mock_of_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
