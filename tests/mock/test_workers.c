/* Workers as processes and as threads, over one zone. */

#include "counting.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#define ROUNDS 1000

static int blamed;

static void answer(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, "fine", 4);
}

static void call(ngx_link_func_mock_t *mock, ngx_link_func_mock_handler_t handler) {
    ngx_link_func_mock_request_t *req = ngx_link_func_mock_request(mock, "GET", "/");

    (void) ngx_link_func_mock_call(req, handler);
    ngx_link_func_mock_request_free(req);
}

static int setup(void **state) {
    (void) counting_setup(state);
    ngx_link_func_mock_shm_size(*state, (size_t) 64 * 4096);
    return 0;
}

/* Hooks of this program, which tell of each worker. */
static pid_t initialized;

void ngx_link_func_init_cycle(ngx_link_func_cycle_t *cycle) {
    initialized = getpid();
    ngx_link_func_cyc_log_debug(cycle, "init");
}

void ngx_link_func_exit_cycle(ngx_link_func_cycle_t *cycle) {
    ngx_link_func_cyc_log_debug(cycle, "exit");
}

static size_t count_lines(const ngx_link_func_mock_t *mock, const char *text) {
    size_t count = 0, i;

    for (i = 0; i < ngx_link_func_mock_log_count(mock); i++) {
        count += strcmp(ngx_link_func_mock_log_text(mock, i), text) == 0;
    }
    return count;
}

/*
 * A counter
 */

static volatile int *counter(ngx_link_func_ctx_t *ctx) {
    int *found = ngx_link_func_cache_get(ctx->shared_mem, "counter");

    return found != NULL ? found : ngx_link_func_cache_new(ctx->shared_mem, "counter", sizeof(*found));
}

static void count_with_lock(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_shmtx_lock(ctx->shared_mem);
    ++*counter(ctx);
    ngx_link_func_shmtx_unlock(ctx->shared_mem);
    answer(ctx);
}

static int read_counter;

static void read_the_counter(ngx_link_func_ctx_t *ctx) {
    read_counter = *counter(ctx);
    *counter(ctx) = 0;
    answer(ctx);
}

static void count_often(ngx_link_func_mock_t *mock, size_t worker, void *arg) {
    int i;

    (void) worker;
    for (i = 0; i < ROUNDS; i++) {
        call(mock, *(ngx_link_func_mock_handler_t *) arg);
    }
}

static ngx_link_func_mock_handler_t locked = count_with_lock;

static void locked_increments_of_workers_are_all_there(void **state) {
    assert_int_equal(ngx_link_func_mock_workers(*state, 4, count_often, &locked), 0);
    call(*state, read_the_counter);
    assert_int_equal(read_counter, 4 * ROUNDS);
    assert_int_equal(ngx_link_func_mock_finding_count(*state), 0);
}

static void locked_increments_of_threads_are_all_there(void **state) {
    ngx_link_func_mock_threads(*state, 4, count_often, &locked);
    ngx_link_func_mock_threads(*state, 4, count_often, &locked);
    call(*state, read_the_counter);
    assert_int_equal(read_counter, 8 * ROUNDS);
    assert_int_equal(ngx_link_func_mock_finding_count(*state), 0);
}

/*
 * What comes back
 */

static void say_who(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_log(info, ctx, "%d", initialized == getpid());
}

static void say_it(ngx_link_func_mock_t *mock, size_t worker, void *arg) {
    (void) worker;
    (void) arg;
    call(mock, say_who);
}

static void worker_has_hooks_and_tells_what_it_logs_and_does(void **state) {
    size_t i;

    assert_int_equal(ngx_link_func_mock_workers(*state, 3, say_it, NULL), 0);
    assert_int_equal(count_lines(*state, "init"), 3);
    assert_int_equal(count_lines(*state, "exit"), 3);
    assert_int_equal(count_lines(*state, "1"), 3);
    assert_int_equal(ngx_link_func_mock_finding_count(*state), 3);
    for (i = 0; i < 3; i++) {
        assert_int_equal(ngx_link_func_mock_finding_code(*state, i),
                         NGX_LINK_FUNC_MOCK_CODE_RESPONSE_MISSING);
        assert_string_equal(ngx_link_func_mock_finding_function(*state, i), "say_who");
        assert_non_null(strstr(ngx_link_func_mock_finding_site(*state, i), "test_workers.c:"));
    }
}

static void thread_tells_what_it_logs_and_does(void **state) {
    ngx_link_func_mock_threads(*state, 3, say_it, NULL);
    assert_int_equal(count_lines(*state, "init"), 1);
    assert_int_equal(count_lines(*state, "1"), 3);
    assert_int_equal(ngx_link_func_mock_finding_count(*state), 3);
    assert_string_equal(ngx_link_func_mock_finding_function(*state, 2), "say_who");
}

static void ask_for_a_variable(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_str_t value = {0, NULL};

    ngx_link_func_log(info, ctx, "%d", ngx_link_func_get_var(ctx, "uri", 3, &value));
    answer(ctx);
}

static void ask(ngx_link_func_mock_t *mock, size_t worker, void *arg) {
    (void) worker;
    (void) arg;
    call(mock, ask_for_a_variable);
}

static void thread_has_no_variables(void **state) {
    ngx_link_func_mock_threads(*state, 1, ask, NULL);
    assert_int_equal(count_lines(*state, "-7"), 1);
}

static int failures;

static void count_failure(const char *message) {
    failures += strstr(message, "schedule: seed 5\nfinding: response-missing: say_who: ") == message;
    _longjmp(global_expect_assert_env, 1);
}

static void finding_of_a_worker_fails_the_test(void **state) {
    ngx_link_func_mock_schedule(*state, 5);
    ngx_link_func_mock_on_finding(*state, NGX_LINK_FUNC_MOCK_FAIL);
    ngx_link_func_mock_on_failure(count_failure);
    failures = 0;
    if (setjmp(global_expect_assert_env) == 0) {
        (void) ngx_link_func_mock_workers(*state, 2, say_it, NULL);
    }
    if (setjmp(global_expect_assert_env) == 0) {
        ngx_link_func_mock_threads(*state, 2, say_it, NULL);
    }
    ngx_link_func_mock_on_failure(ngx_link_func_cmocka_fail);
    assert_int_equal(failures, 2);
}

static void end_somehow(ngx_link_func_mock_t *mock, size_t worker, void *arg) {
    (void) arg;
    switch (worker) {
    case 0:
        return;
    case 1:
        _exit(3);
    case 2:
        (void) raise(SIGKILL);
        return;
    default:
        (void) ngx_link_func_mock_log_text(mock, 1000); /* a misuse */
    }
}

static void status_of_each_worker_is_known(void **state) {
    assert_int_equal(ngx_link_func_mock_workers(*state, 4, end_somehow, NULL), 3);
    assert_int_equal(ngx_link_func_mock_worker_status(*state, 0), 0);
    assert_int_equal(ngx_link_func_mock_worker_status(*state, 1), 3);
    assert_int_equal(ngx_link_func_mock_worker_status(*state, 2), -SIGKILL);
    assert_int_equal(ngx_link_func_mock_worker_status(*state, 3), 70);
}

/*
 * Deaths
 */

static int has_flag(ngx_link_func_ctx_t *ctx, const char *name) {
    char value[1];
    size_t len = sizeof(value);

    return ngx_link_func_dict_get(ctx->shared_mem, name, strlen(name), value, &len) == NGX_LINK_FUNC_OK;
}

static void set_flag(ngx_link_func_ctx_t *ctx, const char *name) {
    (void) ngx_link_func_dict_set(ctx->shared_mem, name, strlen(name), "x", 1, 0);
}

static void die_with_the_lock(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_shmtx_lock(ctx->shared_mem);
    set_flag(ctx, "locked");
    (void) raise(SIGKILL);
}

static void lock_after_that(ngx_link_func_ctx_t *ctx) {
    while (!has_flag(ctx, "locked")) {
    }
    count_with_lock(ctx);
}

static void lock_and_die(ngx_link_func_mock_t *mock, size_t worker, void *arg) {
    (void) arg;
    call(mock, worker == 0 ? die_with_the_lock : lock_after_that);
}

static void killed_holder_of_the_lock_blocks_nobody(void **state) {
    assert_int_equal(ngx_link_func_mock_workers(*state, 3, lock_and_die, NULL), 1);
    assert_int_equal(ngx_link_func_mock_worker_status(*state, 0), -SIGKILL);
    call(*state, read_the_counter);
    assert_int_equal(read_counter, 2);
}

static void killed_holder_is_passed_by_a_schedule(void **state) {
    ngx_link_func_mock_schedule(*state, 7);
    killed_holder_of_the_lock_blocks_nobody(state);
}

static void store_for_ever(ngx_link_func_ctx_t *ctx) {
    unsigned i;

    for (i = 0;; i++) {
        char key[16];

        (void) snprintf(key, sizeof(key), "%u", i % 50);
        (void) ngx_link_func_cache_new(ctx->shared_mem, key, i % 500);
        (void) ngx_link_func_dict_set(ctx->shared_mem, key, strlen(key), key, strlen(key), 0);
        (void) ngx_link_func_cache_remove(ctx->shared_mem, key);
    }
}

/* A signal that ends the process wherever it is. */
static void be_killed(ngx_link_func_mock_t *mock, size_t worker, void *arg) {
    const struct itimerval soon = {{0, 0}, {0, 1000 + 1000 * (suseconds_t) worker}};

    (void) arg;
    (void) signal(SIGALRM, SIG_DFL);
    (void) setitimer(ITIMER_REAL, &soon, NULL);
    call(mock, store_for_ever);
}

static void zone_can_be_used_after_deaths_anywhere(void **state) {
    int round;

    for (round = 0; round < 10; round++) {
        assert_int_equal(ngx_link_func_mock_workers(*state, 4, be_killed, NULL), 4);
        assert_int_equal(ngx_link_func_mock_worker_status(*state, 3), -SIGALRM);
    }
    assert_int_equal(ngx_link_func_mock_workers(*state, 2, count_often, &locked), 0);
    call(*state, read_the_counter);
    assert_int_equal(read_counter, 2 * ROUNDS);
    assert_int_equal(ngx_link_func_mock_finding_count(*state), 0);
}

/*
 * A write to what another worker removed
 */

static char *kept;

static void keep_a_value(ngx_link_func_ctx_t *ctx) {
    kept = ngx_link_func_cache_new(ctx->shared_mem, "session", 20);
    set_flag(ctx, "kept");
    answer(ctx);
}

static void remove_the_value(ngx_link_func_ctx_t *ctx) {
    while (!has_flag(ctx, "kept")) {
    }
    blamed = __LINE__ + 1;
    (void) ngx_link_func_cache_remove(ctx->shared_mem, "session");
    answer(ctx);
}

static void say_it_is_removed(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_log(info, ctx, "removed in line %d", blamed);
    set_flag(ctx, "removed");
    answer(ctx);
}

static void write_to_the_value(ngx_link_func_ctx_t *ctx) {
    while (!has_flag(ctx, "removed")) {
    }
    kept[5] = 'x';
    answer(ctx);
}

static void remove_and_write(ngx_link_func_mock_t *mock, size_t worker, void *arg) {
    (void) arg;
    call(mock, worker == 0 ? keep_a_value : remove_the_value);
    call(mock, worker == 0 ? write_to_the_value : say_it_is_removed);
}

static void stale_write_of_another_process_is_found(void **state) {
    char line[64];

    assert_int_equal(ngx_link_func_mock_workers(*state, 2, remove_and_write, NULL), 0);
    ngx_link_func_mock_stop(*state);
    assert_int_equal(ngx_link_func_mock_finding_count(*state), 1);
    assert_int_equal(ngx_link_func_mock_finding_code(*state, 0),
                     NGX_LINK_FUNC_MOCK_CODE_SHM_USE_AFTER_REMOVE);
    assert_string_equal(ngx_link_func_mock_finding_function(*state, 0), "remove_the_value");
    assert_non_null(strstr(ngx_link_func_mock_finding_text(*state, 0), "byte 5 of the value of \"session\""));
    (void) snprintf(line, sizeof(line), "removed in line %s",
                    strrchr(ngx_link_func_mock_finding_site(*state, 0), ':') + 1);
    assert_int_equal(count_lines(*state, line), 1);
}

/*
 * Schedules
 */

static void count_without_lock(ngx_link_func_ctx_t *ctx) {
    volatile int *number = counter(ctx);
    int before = *number;

    ngx_link_func_log_debug(ctx, "between");
    *number = before + 1;
    answer(ctx);
}

static void count_once(ngx_link_func_mock_t *mock, size_t worker, void *arg) {
    (void) worker;
    call(mock, *(ngx_link_func_mock_handler_t *) arg);
}

typedef void (*run_all_t)(ngx_link_func_mock_t *mock, ngx_link_func_mock_handler_t *handler);

static void run_workers(ngx_link_func_mock_t *mock, ngx_link_func_mock_handler_t *handler) {
    assert_int_equal(ngx_link_func_mock_workers(mock, 2, count_once, handler), 0);
}

static void run_threads(ngx_link_func_mock_t *mock, ngx_link_func_mock_handler_t *handler) {
    ngx_link_func_mock_threads(mock, 2, count_once, handler);
}

/* What two of them count to by that seed. */
static int count_by(void **state, unsigned seed, run_all_t run_all, ngx_link_func_mock_handler_t handler) {
    call(*state, read_the_counter);
    ngx_link_func_mock_schedule(*state, seed);
    run_all(*state, &handler);
    call(*state, read_the_counter);
    return read_counter;
}

static void seed_finds_the_lost_update_again_and_again(void **state, run_all_t run_all) {
    unsigned seed = 1, i;

    while (seed <= 200 && count_by(state, seed, run_all, count_without_lock) == 2) {
        seed++;
    }
    assert_true(seed <= 200);
    for (i = 0; i < 20; i++) {
        assert_int_equal(count_by(state, seed, run_all, count_without_lock), 1);
        assert_int_equal(count_by(state, seed + i, run_all, count_with_lock), 2);
    }
}

static void seed_finds_the_lost_update_of_workers(void **state) {
    seed_finds_the_lost_update_again_and_again(state, run_workers);
}

static void seed_finds_the_lost_update_of_threads(void **state) {
    seed_finds_the_lost_update_again_and_again(state, run_threads);
}

/*
 * Time
 */

static int is_there;

static void remember_for_a_minute(ngx_link_func_ctx_t *ctx) {
    (void) ngx_link_func_dict_set(ctx->shared_mem, "k", 1, "v", 1, 60000);
    answer(ctx);
}

static void look(ngx_link_func_ctx_t *ctx) {
    is_there = has_flag(ctx, "k");
    answer(ctx);
}

static void minute_passes_when_the_test_says_so(void **state) {
    call(*state, remember_for_a_minute);
    ngx_link_func_mock_advance_ms(*state, 59999);
    call(*state, look);
    assert_true(is_there);
    ngx_link_func_mock_advance_ms(*state, 1);
    call(*state, look);
    assert_false(is_there);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, ngx_link_func_mock_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(locked_increments_of_workers_are_all_there),
        TEST(locked_increments_of_threads_are_all_there),
        TEST(worker_has_hooks_and_tells_what_it_logs_and_does),
        TEST(thread_tells_what_it_logs_and_does),
        TEST(thread_has_no_variables),
        TEST(finding_of_a_worker_fails_the_test),
        TEST(status_of_each_worker_is_known),
        TEST(killed_holder_of_the_lock_blocks_nobody),
        TEST(killed_holder_is_passed_by_a_schedule),
        TEST(zone_can_be_used_after_deaths_anywhere),
        TEST(stale_write_of_another_process_is_found),
        TEST(seed_finds_the_lost_update_of_workers),
        TEST(seed_finds_the_lost_update_of_threads),
        TEST(minute_passes_when_the_test_says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
