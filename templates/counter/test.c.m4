m4_include(common.m4)m4_include(c.m4)m4_dnl
M4_C_HEAD()m4_dnl
/* Tests of src/M4_NAME().c on the mock runtime: no NGINX is needed. */

#include <stdio.h>

#include <ngx_link_func_cmocka.h>

void count_visits(ngx_link_func_ctx_t *ctx);
void count_requests(ngx_link_func_ctx_t *ctx);

static int setup(void **state)
{
    ngx_link_func_mock_setup(state);
    ngx_link_func_mock_shm_size(*state, (size_t) 64 * 1024);
    return 0;
}

static ngx_link_func_mock_response_t *visits(void **state, const char *method, const char *query)
{
    char target[256];

    snprintf(target, sizeof(target), "/api/visits%s", query);
    return ngx_link_func_mock_call(ngx_link_func_mock_request(*state, method, target), count_visits);
}

static ngx_link_func_mock_response_t *requests(void **state, const char *target)
{
    return ngx_link_func_mock_call(ngx_link_func_mock_request(*state, "GET", target), count_requests);
}

static void post_counts_each_page_by_itself(void **state)
{
    assert_response_body(visits(state, "POST", "?page=home"), "{\"page\": \"home\", \"visits\": 1}");
    assert_response_body(visits(state, "POST", "?page=home"), "{\"page\": \"home\", \"visits\": 2}");
    assert_response_body(visits(state, "POST", "?page=about"), "{\"page\": \"about\", \"visits\": 1}");
}

static void get_answers_without_counting(void **state)
{
    assert_response_body(visits(state, "GET", "?page=home"), "{\"page\": \"home\", \"visits\": 0}");
    visits(state, "POST", "?page=home");
    assert_response_body(visits(state, "GET", "?page=home"), "{\"page\": \"home\", \"visits\": 1}");
    assert_response_status(visits(state, "HEAD", "?page=home"), 200);
}

static void answer_is_json(void **state)
{
    ngx_link_func_mock_response_t *resp = visits(state, "POST", "?page=home");

    assert_response_status(resp, 200);
    assert_response_header(resp, "Content-Type", "application/json");
}

static void longest_page_is_accepted(void **state)
{
    assert_response_body(visits(state, "POST", "?page=0123456789abcdefghijklmnopqrst-z"),
                         "{\"page\": \"0123456789abcdefghijklmnopqrst-z\", \"visits\": 1}");
}

static void bad_pages_are_refused(void **state)
{
    static const char *const bad[] = {
        "", "?page", "?page=", "?page=Home", "?page=%00", "?page=%22", "?page=0123456789abcdefghijklmnopqrst-yz",
    };
    size_t i;

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        ngx_link_func_mock_response_t *resp = visits(state, "POST", bad[i]);

        assert_response_status(resp, 400);
        assert_response_body(resp, "{\"error\": \"page must be 1 to 32 of a-z, 0-9 and -\"}");
    }
}

static void other_methods_are_refused(void **state)
{
    ngx_link_func_mock_response_t *resp = visits(state, "DELETE", "?page=home");

    assert_response_status(resp, 405);
    assert_response_header(resp, "Allow", "GET, HEAD, POST");
}

static void record_keeps_both_numbers(void **state)
{
    assert_response_body(requests(state, "/api/requests"), "{\"requests\": 1, \"longest_query\": 0}");
    assert_response_body(requests(state, "/api/requests?abc"), "{\"requests\": 2, \"longest_query\": 3}");
    assert_response_body(requests(state, "/api/requests?a"), "{\"requests\": 3, \"longest_query\": 3}");
}

static void counts_survive_the_worker(void **state)
{
    visits(state, "POST", "?page=home");
    requests(state, "/api/requests");
    ngx_link_func_mock_stop(*state);
    assert_int_equal(ngx_link_func_mock_start(*state), 0);
    assert_response_body(visits(state, "POST", "?page=home"), "{\"page\": \"home\", \"visits\": 2}");
    assert_response_body(requests(state, "/api/requests"), "{\"requests\": 2, \"longest_query\": 0}");
}

static void count_a_lot(ngx_link_func_mock_t *mock, size_t worker, void *arg)
{
    size_t i;

    (void) worker;
    (void) arg;
    for (i = 0; i < 250; i++) {
        ngx_link_func_mock_request_t *req = ngx_link_func_mock_request(mock, "POST", "/api/visits?page=home");

        ngx_link_func_mock_call(req, count_visits);
        ngx_link_func_mock_call(req, count_requests);
        ngx_link_func_mock_request_free(req);
    }
}

static void no_count_of_four_workers_is_lost(void **state)
{
    assert_int_equal(ngx_link_func_mock_workers(*state, 4, count_a_lot, NULL), 0);
    assert_response_body(visits(state, "GET", "?page=home"), "{\"page\": \"home\", \"visits\": 1000}");
    assert_response_body(requests(state, "/"), "{\"requests\": 1001, \"longest_query\": 9}");
}

/* As with "aio threads"; ThreadSanitizer looks on in its build. */
static void no_count_of_four_threads_is_lost(void **state)
{
    ngx_link_func_mock_threads(*state, 4, count_a_lot, NULL);
    assert_response_body(visits(state, "GET", "?page=home"), "{\"page\": \"home\", \"visits\": 1000}");
    assert_response_body(requests(state, "/"), "{\"requests\": 1001, \"longest_query\": 9}");
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

static void full_zone_is_answered(void **state)
{
    ngx_link_func_mock_call(ngx_link_func_mock_request(*state, "GET", "/"), fill_the_zone);
    assert_response_status(visits(state, "POST", "?page=home"), 503);
    assert_log_contains(*state, NGX_LINK_FUNC_MOCK_ERR, "shared memory is full");
    assert_response_status(requests(state, "/api/requests"), 503);
    assert_response_body(visits(state, "GET", "?page=home"), "{\"page\": \"home\", \"visits\": 0}");
}

static void worker_without_a_zone_answers_nobody(void **state)
{
    ngx_link_func_mock_t *mock = ngx_link_func_mock_new();

    (void) state;
    assert_int_equal(ngx_link_func_mock_start(mock), -1);
    assert_log_contains(mock, NGX_LINK_FUNC_MOCK_ERR, "ngx_link_func_shm_size is not set");
    ngx_link_func_mock_free(mock);
}

static ngx_link_func_mock_request_t *good_request(ngx_link_func_mock_t *mock)
{
    return ngx_link_func_mock_request(mock, "POST", "/api/visits?page=home");
}

M4_SWEEP_TEST(good_request, count_visits)

#define MOCK_TEST(test) cmocka_unit_test_setup_teardown(test, setup, ngx_link_func_mock_teardown)

int main(void)
{
    const struct CMUnitTest M4_IDENT()_tests[] = {
        MOCK_TEST(post_counts_each_page_by_itself),
        MOCK_TEST(get_answers_without_counting),
        MOCK_TEST(answer_is_json),
        MOCK_TEST(longest_page_is_accepted),
        MOCK_TEST(bad_pages_are_refused),
        MOCK_TEST(other_methods_are_refused),
        MOCK_TEST(record_keeps_both_numbers),
        MOCK_TEST(counts_survive_the_worker),
        MOCK_TEST(no_count_of_four_workers_is_lost),
        MOCK_TEST(no_count_of_four_threads_is_lost),
        MOCK_TEST(full_zone_is_answered),
        MOCK_TEST(failing_allocations_do_no_harm),
        MOCK_TEST(worker_without_a_zone_answers_nobody),
    };

    return cmocka_run_group_tests(M4_IDENT()_tests, NULL, NULL);
}
