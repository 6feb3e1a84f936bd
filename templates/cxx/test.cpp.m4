m4_include(common.m4)m4_include(c.m4)m4_dnl
M4_C_HEAD()m4_dnl
/* Tests of src/M4_NAME().cpp on the mock runtime: no NGINX is needed. */

#include <cstring>
#include <stdexcept>
#include <string>

#include <ngx_link_func_cmocka.h>

#include "../src/request.hpp"

extern "C" void sum_json(ngx_link_func_ctx_t *ctx);

namespace
{

ngx_link_func_mock_t *mock_of(void **state)
{
    return static_cast<ngx_link_func_mock_t *>(*state);
}

int setup(void **state)
{
    ngx_link_func_mock_setup(state);
    ngx_link_func_mock_shm_size(mock_of(state), 64 * 1024);
    return 0;
}

ngx_link_func_mock_response_t *get(void **state, const char *target, ngx_link_func_mock_handler_t handler = sum_json)
{
    return ngx_link_func_mock_call(ngx_link_func_mock_request(mock_of(state), "GET", target), handler);
}

void numbers_are_added(void **state)
{
    ngx_link_func_mock_response_t *resp = get(state, "/api/sum?numbers=1,2,3");

    assert_response_status(resp, 200);
    assert_response_header(resp, "Content-Type", "application/json");
    assert_response_body(resp, "{\"sum\": 6, \"largest\": 6}");
}

void largest_sum_is_kept(void **state)
{
    assert_response_body(get(state, "/api/sum?numbers=-5"), "{\"sum\": -5, \"largest\": -5}");
    assert_response_body(get(state, "/api/sum?numbers=7"), "{\"sum\": 7, \"largest\": 7}");
    assert_response_body(get(state, "/api/sum?numbers=1%2C1"), "{\"sum\": 2, \"largest\": 7}");
}

void bad_numbers_are_refused(void **state)
{
    static const char *const bad[] = {
        "/api/sum",
        "/api/sum?numbers",
        "/api/sum?numbers=",
        "/api/sum?numbers=1,",
        "/api/sum?numbers=,1",
        "/api/sum?numbers=1x",
        "/api/sum?numbers=%00",
        "/api/sum?numbers=9223372036854775808",
        "/api/sum?numbers=9223372036854775807,1",
    };

    for (const char *target : bad) {
        ngx_link_func_mock_response_t *resp = get(state, target);

        assert_response_status(resp, 400);
        assert_response_header(resp, "Content-Type", "application/json");
    }
}

void what_is_refused_is_escaped(void **state)
{
    assert_response_body(get(state, "/api/sum?numbers=%22%5C%FC"), "{\"error\": \"not a number: \\\"\\\\\\u00fc\"}");
}

void long_input_is_told_in_part(void **state)
{
    const std::string target = "/api/sum?numbers=" + std::string(3000, 'a');
    const std::string told = "{\"error\": \"not a number: " + std::string(40, 'a') + "\"}";

    assert_response_body(get(state, target.c_str()), told.c_str());
}

void throw_an_error(ngx_link_func_ctx_t *ctx)
{
    linkfunc::handle(ctx, [](const linkfunc::Request &) { throw std::logic_error("the secret reason"); });
}

void exception_becomes_an_answer_and_a_log_line(void **state)
{
    ngx_link_func_mock_response_t *resp = get(state, "/", throw_an_error);

    assert_response_status(resp, 500);
    assert_response_body(resp, "{\"error\": \"internal error\"}");
    assert_log_contains(mock_of(state), NGX_LINK_FUNC_MOCK_ERR, "the secret reason");
}

void throw_a_number(ngx_link_func_ctx_t *ctx)
{
    linkfunc::handle(ctx, [](const linkfunc::Request &) { throw 1; });
}

void exception_of_any_type_stays_inside(void **state)
{
    assert_response_status(get(state, "/", throw_a_number), 500);
    assert_log_contains(mock_of(state), NGX_LINK_FUNC_MOCK_ERR, "unknown exception");
}

void throw_under_the_lock(ngx_link_func_ctx_t *ctx)
{
    linkfunc::handle(ctx, [](const linkfunc::Request &request) {
        const linkfunc::Lock lock(request);
        throw linkfunc::BadRequest("under the lock");
    });
}

/* The mock would find a lock that is held when the handler returns. */
void exception_releases_the_lock(void **state)
{
    assert_response_status(get(state, "/", throw_under_the_lock), 400);
    assert_response_status(get(state, "/", throw_under_the_lock), 400);
}

/* Takes all that is left of the zone. */
void fill_the_zone(ngx_link_func_ctx_t *ctx)
{
    int number = 0;

    for (std::size_t size = 4096; size > 0; size /= 2) {
        while (ngx_link_func_cache_new(ctx->shared_mem, ("fill-" + std::to_string(number)).c_str(), size) != nullptr) {
            number++;
        }
    }
    ngx_link_func_write_resp(ctx, 204, nullptr, "", nullptr, 0);
}

void full_zone_is_answered(void **state)
{
    get(state, "/", fill_the_zone);
    assert_response_status(get(state, "/api/sum?numbers=1"), 500);
    assert_log_contains(mock_of(state), NGX_LINK_FUNC_MOCK_ERR, "shared memory is full");
}

void worker_without_a_zone_answers_nobody(void **)
{
    ngx_link_func_mock_t *mock = ngx_link_func_mock_new();

    assert_int_equal(ngx_link_func_mock_start(mock), -1);
    assert_log_contains(mock, NGX_LINK_FUNC_MOCK_ERR, "ngx_link_func_shm_size is not set");
    ngx_link_func_mock_free(mock);
}

/* The client cannot help it, so this is no 400. */
void query_without_memory_is_an_error_of_the_server(void **state)
{
    ngx_link_func_mock_fail_alloc(mock_of(state), NGX_LINK_FUNC_MOCK_ALLOC_POOL, 1, 1);
    assert_response_status(get(state, "/api/sum?numbers=1%2C2"), 500);
    assert_log_contains(mock_of(state), NGX_LINK_FUNC_MOCK_ERR, "bad_alloc");
}

ngx_link_func_mock_request_t *good_request(ngx_link_func_mock_t *mock)
{
    return ngx_link_func_mock_request(mock, "GET", "/api/sum?numbers=1,2,3");
}

/* Each allocation fails in its turn, alone and with all that follow it. */
void failing_allocations_do_no_harm(void **state)
{
    const ngx_link_func_mock_sweep_t *sweep = ngx_link_func_mock_oom_sweep(mock_of(state), good_request, sum_json);

    assert_string_equal(sweep->text, "");
    assert_true(sweep->runs > 1);
}

} // namespace

#define MOCK_TEST(test) cmocka_unit_test_setup_teardown(test, setup, ngx_link_func_mock_teardown)

int main()
{
    const struct CMUnitTest M4_IDENT()_tests[] = {
        MOCK_TEST(numbers_are_added),
        MOCK_TEST(largest_sum_is_kept),
        MOCK_TEST(bad_numbers_are_refused),
        MOCK_TEST(what_is_refused_is_escaped),
        MOCK_TEST(long_input_is_told_in_part),
        MOCK_TEST(exception_becomes_an_answer_and_a_log_line),
        MOCK_TEST(exception_of_any_type_stays_inside),
        MOCK_TEST(exception_releases_the_lock),
        MOCK_TEST(full_zone_is_answered),
        MOCK_TEST(query_without_memory_is_an_error_of_the_server),
        MOCK_TEST(failing_allocations_do_no_harm),
        MOCK_TEST(worker_without_a_zone_answers_nobody),
    };

    return cmocka_run_group_tests(M4_IDENT()_tests, nullptr, nullptr);
}
