/* Bodies that are not copied, and requests that are declined. */

#include "counting.h"

#include <stdlib.h>

#define TEXT(text) (text), sizeof(text) - 1

static char released[64];

/* Appends the text that `arg` points to, which may be the request's memory. */
static void note_release(void *arg) {
    (void) strncat(released, arg, 16);
}

static int setup(void **state) {
    released[0] = '\0';
    return counting_setup(state);
}

static void lend_heap_body(ngx_link_func_ctx_t *ctx) {
    char *body = malloc(4);

    memcpy(body, "a\0b", 4);
    assert_int_equal(ngx_link_func_write_resp_ref(ctx, 200, NULL, body, 3, free, body), NGX_LINK_FUNC_OK);
}

static void lent_body_is_sent_and_freed(void **state) {
    ngx_link_func_mock_request_t *req = ngx_link_func_mock_request(*state, "GET", "/");
    ngx_link_func_mock_response_t *resp = ngx_link_func_mock_call(req, lend_heap_body);

    assert_int_equal(ngx_link_func_mock_response_outcome(resp), NGX_LINK_FUNC_MOCK_RESPONDED);
    assert_response_header(resp, "Content-Type", "text/plain");
    assert_response_header(resp, "Content-Length", "3");
    assert_response_body_bytes(resp, "a\0b", 3);
    assert_int_equal(ngx_link_func_mock_response_body(resp)[3], '\0');
}

static void lend(ngx_link_func_ctx_t *ctx, uintptr_t status, const char *name) {
    char *arg = ngx_link_func_strdup(ctx, name);

    (void) ngx_link_func_write_resp_ref(ctx, status, "a/b", arg, strlen(arg), note_release, arg);
}

static void lend_pool_body(ngx_link_func_ctx_t *ctx) {
    lend(ctx, 404, "pool;");
}

static void owner_is_told_when_the_response_is_freed(void **state) {
    ngx_link_func_mock_request_t *req = ngx_link_func_mock_request(*state, "GET", "/");
    ngx_link_func_mock_response_t *resp = ngx_link_func_mock_call(req, lend_pool_body);

    assert_response_status(resp, 404);
    assert_response_body(resp, "pool;");
    (void) ngx_link_func_mock_call(req, lend_pool_body);
    assert_string_equal(released, "");
    ngx_link_func_mock_request_free(req);
    assert_string_equal(released, "pool;pool;");
}

static void owner_is_told_before_the_worker_ends(void **state) {
    ngx_link_func_mock_request_t *req = ngx_link_func_mock_request(*state, "GET", "/");
    ngx_link_func_mock_response_t *resp = ngx_link_func_mock_call(req, lend_pool_body);

    ngx_link_func_mock_stop(*state);
    assert_string_equal(released, "pool;");
    assert_response_body(resp, "pool;");
    ngx_link_func_mock_request_free(req);
    assert_string_equal(released, "pool;");
}

static void lend_twice_and_copy(ngx_link_func_ctx_t *ctx) {
    lend(ctx, 200, "first;");
    lend(ctx, 200, "second;");
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, "copied", 6);
}

static void every_owner_is_told_the_last_one_first(void **state) {
    ngx_link_func_mock_request_t *req = ngx_link_func_mock_request(*state, "GET", "/");

    assert_response_body(ngx_link_func_mock_call(req, lend_twice_and_copy), "copied");
    ngx_link_func_mock_request_free(req);
    assert_string_equal(released, "second;first;");
}

static void lend_body_that_is_not_sent(ngx_link_func_ctx_t *ctx) {
    const char *status = ngx_link_func_get_query_param(ctx, "status");

    lend(ctx, strtoul(status, NULL, 10), "once;");
}

static void assert_released_unsent(void **state, const char *method, const char *target) {
    ngx_link_func_mock_request_t *req = ngx_link_func_mock_request(*state, method, target);

    released[0] = '\0';
    assert_response_body(ngx_link_func_mock_call(req, lend_body_that_is_not_sent), "");
    ngx_link_func_mock_request_free(req);
    assert_string_equal(released, "once;");
}

static void body_that_is_not_sent_has_an_owner_too(void **state) {
    assert_released_unsent(state, "HEAD", "/?status=200");
    assert_released_unsent(state, "GET", "/?status=204");
    assert_released_unsent(state, "GET", "/?status=304");
}

static void lend_refused(ngx_link_func_ctx_t *ctx) {
    assert_int_equal(ngx_link_func_write_resp_ref(ctx, 600, NULL, TEXT("text"), note_release, "refused;"),
                     NGX_LINK_FUNC_INVALID);
}

static void refused_status_is_invalid_and_has_its_owner_told(void **state) {
    ngx_link_func_mock_request_t *req = ngx_link_func_mock_request(*state, "GET", "/");
    ngx_link_func_mock_response_t *resp = ngx_link_func_mock_call(req, lend_refused);

    assert_int_equal(ngx_link_func_mock_response_outcome(resp), NGX_LINK_FUNC_MOCK_REFUSED);
    assert_response_status(resp, 500);
    assert_log_contains(*state, NGX_LINK_FUNC_MOCK_ERR, "refused status 600");
    ngx_link_func_mock_request_free(req);
    assert_string_equal(released, "refused;");
}

static void lend_nothing(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_write_resp(ctx, 404, NULL, NULL, "before", 6);
    assert_int_equal(ngx_link_func_write_resp_ref(ctx, 200, "", NULL, 9, NULL, NULL), NGX_LINK_FUNC_OK);
}

static void lent_null_is_an_empty_body(void **state) {
    ngx_link_func_mock_response_t *resp =
        ngx_link_func_mock_call(ngx_link_func_mock_request(*state, "GET", "/"), lend_nothing);

    assert_response_status(resp, 200);
    assert_response_no_header(resp, "Content-Type");
    assert_response_header(resp, "Content-Length", "0");
    assert_response_body(resp, "");
    assert_string_equal(ngx_link_func_mock_response_body(resp), "");
}

static void decline_with_headers(ngx_link_func_ctx_t *ctx) {
    (void) ngx_link_func_add_header_out(ctx, TEXT("X-A"), TEXT("1"));
    (void) ngx_link_func_add_header_out(ctx, TEXT("ETag"), TEXT("\"a\""));
    (void) ngx_link_func_set_header_out(ctx, TEXT("Content-Type"), TEXT("a/b"));
    lend(ctx, 99, "unsent;");
    assert_int_equal(ngx_link_func_decline(ctx), NGX_LINK_FUNC_OK);
}

static void declined_request_finds_no_file(void **state) {
    ngx_link_func_mock_request_t *req = ngx_link_func_mock_request(*state, "GET", "/");
    ngx_link_func_mock_response_t *resp = ngx_link_func_mock_call(req, decline_with_headers);

    assert_int_equal(ngx_link_func_mock_response_outcome(resp), NGX_LINK_FUNC_MOCK_DECLINED);
    assert_response_status(resp, 404);
    assert_response_header(resp, "Content-Type", "text/html");
    assert_response_header(resp, "X-A", "1");
    assert_response_no_header(resp, "ETag");
    assert_non_null(strstr(ngx_link_func_mock_response_body(resp), "<h1>404 Not Found</h1>"));
    assert_non_null(
        strstr(ngx_link_func_mock_response_exchange(resp), "\nthe handler declined the request\n"));
    ngx_link_func_mock_request_free(req);
    assert_string_equal(released, "unsent;");
}

static void decline(ngx_link_func_ctx_t *ctx) {
    (void) ngx_link_func_decline(ctx);
}

static void declined_request_is_allowed_for_what_files_allow(void **state) {
    static const char *const methods[] = {"GET", "HEAD", "POST", "PUT", "OPTIONS"};
    static const int statuses[] = {404, 404, 404, 405, 405};
    size_t i;

    for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        ngx_link_func_mock_request_t *req = ngx_link_func_mock_request(*state, methods[i], "/");

        assert_response_status(ngx_link_func_mock_call(req, decline), statuses[i]);
    }
    assert_int_equal(ngx_link_func_mock_log_count(*state), 0);
}

static void decline_then_write(ngx_link_func_ctx_t *ctx) {
    (void) ngx_link_func_decline(ctx);
    if (ctx->req_args == NULL) {
        ngx_link_func_write_resp(ctx, 201, NULL, NULL, "", 0);
    } else {
        (void) ngx_link_func_write_resp_ref(ctx, 202, NULL, "", 0, NULL, NULL);
    }
}

static void response_takes_back_a_decline(void **state) {
    ngx_link_func_mock_response_t *resp =
        ngx_link_func_mock_call(ngx_link_func_mock_request(*state, "GET", "/"), decline_then_write);

    assert_int_equal(ngx_link_func_mock_response_outcome(resp), NGX_LINK_FUNC_MOCK_RESPONDED);
    assert_response_status(resp, 201);
    resp = ngx_link_func_mock_call(ngx_link_func_mock_request(*state, "GET", "/?ref"), decline_then_write);
    assert_int_equal(ngx_link_func_mock_response_outcome(resp), NGX_LINK_FUNC_MOCK_RESPONDED);
    assert_response_status(resp, 202);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, ngx_link_func_mock_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(lent_body_is_sent_and_freed),
        TEST(owner_is_told_when_the_response_is_freed),
        TEST(owner_is_told_before_the_worker_ends),
        TEST(every_owner_is_told_the_last_one_first),
        TEST(body_that_is_not_sent_has_an_owner_too),
        TEST(refused_status_is_invalid_and_has_its_owner_told),
        TEST(lent_null_is_an_empty_body),
        TEST(declined_request_finds_no_file),
        TEST(declined_request_is_allowed_for_what_files_allow),
        TEST(response_takes_back_a_decline),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
