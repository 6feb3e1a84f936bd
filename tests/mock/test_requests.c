#include "counting.h"

static void answer(ngx_link_func_ctx_t *ctx, const char *text) {
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, text, strlen(text));
}

static ngx_link_func_mock_response_t *call(void **state, const char *target,
                                           ngx_link_func_mock_handler_t handler) {
    return ngx_link_func_mock_call(ngx_link_func_mock_request(*state, "GET", target), handler);
}

static void answer_path(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_str_t uri = {0, NULL};

    assert_int_equal(ngx_link_func_get_uri(ctx, &uri), 0);
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, (const char *) uri.data, uri.len);
}

static void answer_args(ngx_link_func_ctx_t *ctx) {
    answer(ctx, ctx->req_args == NULL ? "(none)" : ctx->req_args);
}

static void answer_param_a(ngx_link_func_ctx_t *ctx) {
    const char *value = ngx_link_func_get_query_param(ctx, "a");

    answer(ctx, value == NULL ? "(none)" : value);
}

static void path_is_decoded_and_normalised(void **state) {
    static const char *const rows[][2] = {
        {"/", "/"},
        {"/a/b", "/a/b"},
        {"/a?b=c", "/a"},
        {"/a#b", "/a"},
        {"/%7Ea%20b", "/~a b"},
        {"/%41%4a%4A", "/AJJ"},
        {"/a%2Fb", "/a/b"},
        {"//a///b//", "/a/b/"},
        {"/%2F/a", "/a"},
        {"/a/./b/.", "/a/b/"},
        {"/a/../b", "/b"},
        {"/a/b/..", "/a/"},
        {"/a/..", "/"},
        {"/a/b/../../c", "/c"},
        {"/a/%2e%2E/b", "/b"},
        {"/a/...", "/a/..."},
        {"/.a/..b", "/.a/..b"},
        {"/a../b.", "/a../b."},
        {"/a%3Fb%23c%25d", "/a?b#c%d"},
        {"/a%2541", "/a%41"},
        {"/a%01b", "/a\x01"
                   "b"},
        {"/a+b", "/a+b"},
        {"/\xc3\xa9", "/\xc3\xa9"},
        {"/a/..?b/..", "/"},
    };
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_response_body(call(state, rows[i][0], answer_path), rows[i][1]);
    }
}

static void query_string_is_raw_and_ends_before_the_fragment(void **state) {
    static const char *const rows[][2] = {
        {"/", "(none)"},        {"/?", "(none)"},     {"/?#a", "(none)"},
        {"/#?a", "(none)"},     {"/?a=%41", "a=%41"}, {"/?a?b", "a?b"},
        {"/?a=b&&c", "a=b&&c"}, {"/?a=b#c", "a=b"},   {"/?/../", "/../"},
    };
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_response_body(call(state, rows[i][0], answer_args), rows[i][1]);
    }
}

static void query_param_is_looked_up_as_the_shared_logic_does(void **state) {
    assert_response_body(call(state, "/?aa=1&a&a=%42&a=3", answer_param_a), "%42");
    assert_response_body(call(state, "/?a=", answer_param_a), "");
    assert_response_body(call(state, "/?a", answer_param_a), "(none)");
    assert_response_body(call(state, "/", answer_param_a), "(none)");
}

static void write_over_what_was_lent(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_str_t uri;

    assert_int_equal(ngx_link_func_get_uri(ctx, &uri), 0);
    assert_string_equal(ctx->req_args, "a=1");
    assert_memory_equal(ctx->req_body, "body", 5);
    assert_memory_equal(uri.data, "/path", 5);
    memset(ctx->req_args, 'x', 3);
    memset(ctx->req_body, 'x', 4);
    memset(uri.data, 'x', uri.len);
    answer(ctx, (const char *) ngx_link_func_get_query_param(ctx, "a"));
}

static void each_call_starts_from_the_request_as_the_test_made_it(void **state) {
    ngx_link_func_mock_request_t *req = ngx_link_func_mock_request(*state, "POST", "/path?a=1");

    ngx_link_func_mock_request_body(req, "body", 4);
    assert_response_body(ngx_link_func_mock_call(req, write_over_what_was_lent), "1");
    assert_response_body(ngx_link_func_mock_call(req, write_over_what_was_lent), "1");
}

static void answer_same_path_twice(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_str_t first, second;

    assert_int_equal(ngx_link_func_get_uri(ctx, &first), 0);
    assert_int_equal(ngx_link_func_get_uri(ctx, &second), 0);
    answer(ctx, first.data == second.data ? "same" : "copied");
}

static void path_is_lent_not_copied(void **state) {
    assert_response_body(call(state, "/a", answer_same_path_twice), "same");
}

static void answer_body(ngx_link_func_ctx_t *ctx) {
    if (ctx->req_body == NULL) {
        assert_int_equal(ctx->req_body_len, 0);
        answer(ctx, "(none)");
        return;
    }
    assert_int_equal(ctx->req_body[ctx->req_body_len], 0);
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, (const char *) ctx->req_body, ctx->req_body_len);
}

static void body_is_whole_with_a_nul_behind_it(void **state) {
    ngx_link_func_mock_request_t *req = ngx_link_func_mock_request(*state, "PUT", "/");

    ngx_link_func_mock_request_body(req, "a\0b", 3);
    assert_response_body_bytes(ngx_link_func_mock_call(req, answer_body), "a\0b", 3);
}

static void empty_body_is_null(void **state) {
    ngx_link_func_mock_request_t *req = ngx_link_func_mock_request(*state, "POST", "/");

    assert_response_body(ngx_link_func_mock_call(req, answer_body), "(none)");
    ngx_link_func_mock_request_body(req, NULL, 0);
    assert_response_body(ngx_link_func_mock_call(req, answer_body), "(none)");
}

static void answer_content_length(ngx_link_func_ctx_t *ctx) {
    const char *value = (const char *) ngx_link_func_get_header(ctx, "content-length", 14);

    answer(ctx, value == NULL ? "(none)" : value);
}

static void body_comes_with_its_content_length(void **state) {
    ngx_link_func_mock_request_t *req = ngx_link_func_mock_request(*state, "POST", "/");

    assert_response_body(ngx_link_func_mock_call(req, answer_content_length), "(none)");
    ngx_link_func_mock_request_body(req, "four", 4);
    assert_response_body(ngx_link_func_mock_call(req, answer_content_length), "4");
    ngx_link_func_mock_request_body(req, "fifteen bytes..", 15);
    assert_response_body(ngx_link_func_mock_call(req, answer_content_length), "15");
}

static void answer_shared_memory(ngx_link_func_ctx_t *ctx) {
    answer(ctx, ctx->shared_mem == NULL ? "none" : "some");
}

static void shared_memory_is_null_without_a_size(void **state) {
    assert_response_body(call(state, "/", answer_shared_memory), "none");
}

static void answer_prop(ngx_link_func_ctx_t *ctx) {
    const char *value = (const char *) ngx_link_func_get_prop(ctx, "Key...", 3);

    answer(ctx, value == NULL ? "(none)" : value);
}

static void property_is_found_in_any_case_and_the_later_wins(void **state) {
    assert_response_body(call(state, "/", answer_prop), "(none)");
    ngx_link_func_mock_add_prop(*state, "kEY", "first");
    ngx_link_func_mock_add_prop(*state, "other", "x");
    ngx_link_func_mock_add_prop(*state, "key", "second");
    assert_response_body(call(state, "/", answer_prop), "second");
    assert_int_equal(ngx_link_func_mock_log_count(*state), 1);
    assert_log_contains(
        *state, NGX_LINK_FUNC_MOCK_WARN,
        "ngx_link_func_add_prop: \"key\" is set twice at this level, the later value is used");
}

static void freed_requests_leave_the_others(void **state) {
    ngx_link_func_mock_request_t *first = ngx_link_func_mock_request(*state, "GET", "/1");
    ngx_link_func_mock_request_t *second = ngx_link_func_mock_request(*state, "GET", "/2");
    ngx_link_func_mock_request_t *third = ngx_link_func_mock_request(*state, "GET", "/3");

    (void) ngx_link_func_mock_call(second, answer_path);
    ngx_link_func_mock_request_free(second);
    ngx_link_func_mock_request_free(NULL);
    assert_response_body(ngx_link_func_mock_call(first, answer_path), "/1");
    assert_response_body(ngx_link_func_mock_call(third, answer_path), "/3");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, counting_setup, ngx_link_func_mock_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(path_is_decoded_and_normalised),
        TEST(query_string_is_raw_and_ends_before_the_fragment),
        TEST(query_param_is_looked_up_as_the_shared_logic_does),
        TEST(each_call_starts_from_the_request_as_the_test_made_it),
        TEST(path_is_lent_not_copied),
        TEST(body_is_whole_with_a_nul_behind_it),
        TEST(empty_body_is_null),
        TEST(body_comes_with_its_content_length),
        TEST(shared_memory_is_null_without_a_size),
        TEST(property_is_found_in_any_case_and_the_later_wins),
        TEST(freed_requests_leave_the_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
