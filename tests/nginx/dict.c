/* The dict, in four workers. */

#include "fixture.h"

#include <unistd.h>

#define WORKERS 4

static void start(void **state, const char *size) {
    static const char calls[] = LIB("dictionary") CALL("/calls", "dict_calls") CALL("/times", "dict_times")
        CALL("/counts", "dict_counts") CALL("/evicts", "dict_evicts") CALL("/pages", "dict_evicts_pages")
            CALL("/count",
                 "dict_count_up") "location /threads { aio threads; ngx_link_func_call dict_count_up; }\n";

    *state = nginx_server_start(&(nginx_config_t){.http = size, .server = calls, .workers = WORKERS});
}

static void dict_does_what_it_says(void **state) {
    start(state, "ngx_link_func_shm_size 1m;");
    assert_get(*state, "/calls", 200, "right");
    assert_get(*state, "/calls", 200, "right");
    assert_get(*state, "/counts", 200, "right");
}

static void entries_live_as_long_as_they_were_told(void **state) {
    start(state, "ngx_link_func_shm_size 1m;");
    assert_get(*state, "/times", 200, "right");
}

static void full_zone_evicts_from_the_dict_but_not_from_the_cache(void **state) {
    start(state, "ngx_link_func_shm_size 256k;");
    assert_get(*state, "/evicts", 200, "right");
    assert_logged(*state, "[error]", "shared memory zone is full");
    assert_int_equal(log_count_of(*state, "shared memory zone is full"), 1);
}

static void larger_entries_cost_few_smaller_ones(void **state) {
    start(state, "ngx_link_func_shm_size 1m;");
    assert_get(*state, "/pages", 200, "right");
}

/* Inline and in pool threads, so that workers and threads are at it together. */
static void no_increment_is_lost_between_workers_and_threads(void **state) {
    static const char *const targets[2] = {"/threads", "/count"};

    start(state, "ngx_link_func_shm_size 1m;");
    assert_none_is_lost(*state, targets, 2000000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        test_with_server(dict_does_what_it_says),
        test_with_server(entries_live_as_long_as_they_were_told),
        test_with_server(full_zone_evicts_from_the_dict_but_not_from_the_cache),
        test_with_server(larger_entries_cost_few_smaller_ones),
        test_with_server(no_increment_is_lost_between_workers_and_threads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
