m4_include(common.m4)m4_include(c.m4)m4_dnl
M4_C_HEAD()m4_dnl
/* Tests of src/M4_NAME().c on the mock runtime: no NGINX is needed. */

#include <stdio.h>

#include <ngx_link_func_cmocka.h>

void gate_check(ngx_link_func_ctx_t *ctx);

static int setup(void **state)
{
    ngx_link_func_mock_setup(state);
    ngx_link_func_mock_shm_size(*state, (size_t) 64 * 1024);
    return 0;
}

static ngx_link_func_mock_request_t *from(void **state, const char *address)
{
    ngx_link_func_mock_request_t *req = ngx_link_func_mock_request(*state, "GET", "/app/");

    ngx_link_func_mock_request_remote_addr(req, address);
    return req;
}

static void assert_passed(ngx_link_func_mock_request_t *req, const char *remaining)
{
    ngx_link_func_mock_response_t *resp = ngx_link_func_mock_call(req, gate_check);

    assert_int_equal(ngx_link_func_mock_response_outcome(resp), NGX_LINK_FUNC_MOCK_DECLINED);
    assert_string_equal(ngx_link_func_mock_request_header_after(req, "X-Remaining"), remaining);
}

static void assert_answered(ngx_link_func_mock_request_t *req, int status)
{
    ngx_link_func_mock_response_t *resp = ngx_link_func_mock_call(req, gate_check);

    assert_response_status(resp, status);
    assert_response_header(resp, "Content-Type", "application/json");
    assert_null(ngx_link_func_mock_request_header_after(req, "X-Remaining"));
}

static void everyone_passes_without_an_allow_list(void **state)
{
    assert_passed(from(state, "192.0.2.1"), "59");
    assert_passed(from(state, "2001:db8::1"), "59");
}

static void listed_addresses_pass(void **state)
{
    ngx_link_func_mock_add_prop(*state, "gate_allow", "  192.0.2.1   ::1 ");
    assert_passed(from(state, "192.0.2.1"), "59");
    assert_passed(from(state, "::1"), "59");
}

static void other_addresses_are_refused(void **state)
{
    static const char *const others[] = {"192.0.2.10", "192.0.2.", "92.0.2.1", "::", "unix:"};
    size_t i;

    ngx_link_func_mock_add_prop(*state, "gate_allow", "192.0.2.1 ::1");
    for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        assert_answered(from(state, others[i]), 403);
    }
}

static void empty_list_lets_nobody_pass(void **state)
{
    ngx_link_func_mock_add_prop(*state, "gate_allow", "");
    assert_answered(from(state, "192.0.2.1"), 403);
}

static void requests_over_the_limit_are_refused(void **state)
{
    ngx_link_func_mock_add_prop(*state, "gate_limit", "2");
    assert_passed(from(state, "192.0.2.1"), "1");
    assert_passed(from(state, "192.0.2.1"), "0");
    assert_answered(from(state, "192.0.2.1"), 429);
}

/* The mock's clock stands still but for what the test tells it. */
static void refused_client_is_told_when_to_come_again(void **state)
{
    ngx_link_func_mock_request_t *req = from(state, "192.0.2.1");

    ngx_link_func_mock_add_prop(*state, "gate_limit", "1");
    assert_passed(req, "0");
    assert_response_header(ngx_link_func_mock_call(req, gate_check), "Retry-After", "60");
    ngx_link_func_mock_advance_ms(*state, 59500);
    assert_response_header(ngx_link_func_mock_call(req, gate_check), "Retry-After", "1");
    ngx_link_func_mock_advance_ms(*state, 501);
    assert_passed(req, "0");
}

static void clients_are_counted_apart(void **state)
{
    ngx_link_func_mock_add_prop(*state, "gate_limit", "1");
    assert_passed(from(state, "192.0.2.1"), "0");
    assert_passed(from(state, "192.0.2.2"), "0");
    assert_answered(from(state, "192.0.2.1"), 429);
}

static void header_that_the_client_sent_is_replaced(void **state)
{
    ngx_link_func_mock_request_t *req = from(state, "192.0.2.1");

    ngx_link_func_mock_request_header(req, "X-Remaining", "1000");
    assert_passed(req, "59");
}

static void limit_that_is_no_number_stops_the_worker(void **state)
{
    static const char *const bad[] = {"", "0", "-1", "+5", " 5", "5x", "1000001", "99999999999999999999"};
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        ngx_link_func_mock_t *mock = ngx_link_func_mock_new();

        ngx_link_func_mock_shm_size(mock, (size_t) 64 * 1024);
        ngx_link_func_mock_add_prop(mock, "gate_limit", bad[i]);
        assert_int_equal(ngx_link_func_mock_start(mock), -1);
        assert_log_contains(mock, NGX_LINK_FUNC_MOCK_ERR, "gate_limit must be from 1 to 1000000");
        ngx_link_func_mock_free(mock);
    }
}

static void worker_without_a_zone_answers_nobody(void **state)
{
    ngx_link_func_mock_t *mock = ngx_link_func_mock_new();

    (void) state;
    assert_int_equal(ngx_link_func_mock_start(mock), -1);
    assert_log_contains(mock, NGX_LINK_FUNC_MOCK_ERR, "ngx_link_func_shm_size is not set");
    ngx_link_func_mock_free(mock);
}

/* Another server of the same configuration may have a limit of its own. */
static void bad_limit_of_another_server_closes_the_gate(void **state)
{
    assert_int_equal(ngx_link_func_mock_start(*state), 0);
    ngx_link_func_mock_add_prop(*state, "gate_limit", "many");
    assert_answered(from(state, "192.0.2.1"), 500);
}

/* Takes all that is left of the zone, in entries that the dict cannot evict. */
static void fill_the_zone(ngx_link_func_ctx_t *ctx)
{
    char key[32];
    size_t size;
    int number = 0;

    for (size = 4096; size > 0; size /= 2) {
        do {
            snprintf(key, sizeof(key), "fill-%d", number++);
        } while (ngx_link_func_cache_new(ctx->shared_mem, key, size) != NULL);
    }
    ngx_link_func_write_resp(ctx, 204, NULL, "", NULL, 0);
}

static void full_zone_closes_the_gate(void **state)
{
    ngx_link_func_mock_call(from(state, "192.0.2.1"), fill_the_zone);
    assert_answered(from(state, "192.0.2.1"), 503);
    assert_log_contains(*state, NGX_LINK_FUNC_MOCK_ERR, "shared memory is full");
}

static ngx_link_func_mock_request_t *good_request(ngx_link_func_mock_t *mock)
{
    return ngx_link_func_mock_request(mock, "GET", "/app/");
}

M4_SWEEP_TEST(good_request, gate_check)

#define MOCK_TEST(test) cmocka_unit_test_setup_teardown(test, setup, ngx_link_func_mock_teardown)

int main(void)
{
    const struct CMUnitTest M4_IDENT()_tests[] = {
        MOCK_TEST(everyone_passes_without_an_allow_list),
        MOCK_TEST(listed_addresses_pass),
        MOCK_TEST(other_addresses_are_refused),
        MOCK_TEST(empty_list_lets_nobody_pass),
        MOCK_TEST(requests_over_the_limit_are_refused),
        MOCK_TEST(refused_client_is_told_when_to_come_again),
        MOCK_TEST(clients_are_counted_apart),
        MOCK_TEST(header_that_the_client_sent_is_replaced),
        MOCK_TEST(limit_that_is_no_number_stops_the_worker),
        MOCK_TEST(failing_allocations_do_no_harm),
        MOCK_TEST(worker_without_a_zone_answers_nobody),
        MOCK_TEST(bad_limit_of_another_server_closes_the_gate),
        MOCK_TEST(full_zone_closes_the_gate),
    };

    return cmocka_run_group_tests(M4_IDENT()_tests, NULL, NULL);
}
