/* Threads of a handler library's own: they use shared memory as handlers do, and
 * nothing else of the API. */

#include "counting.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "child.h"

static volatile char sink;
static ngx_link_func_ctx_t kept;

static void keeps_its_context(ngx_link_func_ctx_t *ctx) {
    kept = *ctx;
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, "fine", 4);
}

static void *adds_a_header(void *data) {
    (void) data;
    (void) ngx_link_func_add_header_out(&kept, "X-Late", 6, "1", 1);
    return data;
}

static void *reads_the_request(void *data) {
    (void) data;
    sink = *(volatile char *) kept.__r__;
    return data;
}

static void run_thread(void *(*run)(void *data), void *data) {
    pthread_t started;

    assert_int_equal(pthread_create(&started, NULL, run, data), 0);
    assert_int_equal(pthread_join(started, NULL), 0);
}

static void adds_a_header_in_a_thread(ngx_link_func_ctx_t *ctx) {
    run_thread(adds_a_header, NULL);
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, "fine", 4);
}

static void reads_the_request_in_a_thread(ngx_link_func_ctx_t *ctx) {
    kept = *ctx;
    run_thread(reads_the_request, NULL);
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, "fine", 4);
}

/*
 * What is the handler's thread's: the process ends with a message, for no jump
 * leads out of a thread of somebody's
 */

static void *mock_of_the_child;

static void jump_out(const char *text) {
    (void) printf("jumped: %s\n", text);
    (void) fflush(stdout);
    _exit(0);
}

static void use_the_context_of_a_freed_request(void) {
    ngx_link_func_mock_request_t *req = ngx_link_func_mock_request(mock_of_the_child, "GET", "/");

    ngx_link_func_mock_on_failure(jump_out);
    (void) ngx_link_func_mock_call(req, keeps_its_context);
    ngx_link_func_mock_request_free(req);
    run_thread(adds_a_header, NULL);
}

static void use_the_context_of_a_handler_that_has_returned(void) {
    ngx_link_func_mock_request_t *req = ngx_link_func_mock_request(mock_of_the_child, "GET", "/");

    ngx_link_func_mock_on_failure(jump_out);
    (void) ngx_link_func_mock_call(req, keeps_its_context);
    (void) ngx_link_func_mock_call(req, adds_a_header_in_a_thread);
}

static void touch_the_request(void) {
    ngx_link_func_mock_on_failure(jump_out);
    (void) ngx_link_func_mock_call(ngx_link_func_mock_request(mock_of_the_child, "GET", "/"),
                                   reads_the_request_in_a_thread);
}

static void expect_end(void *mock, void (*action)(void), const char *function, const char *text) {
    child_result_t child;
    char begin[128];

    mock_of_the_child = mock;
    child_run(&child, action);
    assert_child_signalled(&child, SIGABRT);
    (void) snprintf(begin, sizeof(begin), "ngx_link_func_mock: %s: ", function);
    assert_child_printed(&child, begin);
    assert_child_printed(&child, "test_own_threads.c:");
    assert_child_printed(&child, text);
}

static void context_of_a_freed_request_ends_the_process_with_the_place(void **state) {
    expect_end(*state, use_the_context_of_a_freed_request, "adds_a_header",
               ": the context of a call was used whose request is gone\n");
}

static void context_of_a_call_that_is_over_ends_the_process_with_the_place(void **state) {
    expect_end(*state, use_the_context_of_a_handler_that_has_returned, "adds_a_header",
               ": the context of a handler that has returned was used in a thread of its own\n");
}

static void private_member_ends_the_process_with_the_place(void **state) {
    expect_end(*state, touch_the_request, "reads_the_request", ": ctx->__r__ was touched");
}

/*
 * Shared memory is for all threads
 */

#define TURNS 200

static int has_thread; /* from init to exit */
static pthread_t thread;
static int is_stopping;

/* Both numbers change together, or a lock does not hold. */
static void count_both(void *mem) {
    volatile int64_t *number;
    int64_t seen;

    ngx_link_func_shmtx_lock(mem);
    number = ngx_link_func_cache_get(mem, "number");
    if (number == NULL) {
        number = ngx_link_func_cache_new(mem, "number", sizeof(*number));
    }
    seen = *number;
    (void) sched_yield();
    (void) ngx_link_func_dict_incr(mem, "number", 6, 1, 0, 0, NULL);
    *number = seen + 1;
    ngx_link_func_shmtx_unlock(mem);
}

static void use_memory(void *mem) {
    void *block = ngx_link_func_shm_alloc(mem, 100);

    count_both(mem);
    memset(block, 'x', 100);
    ngx_link_func_shm_free(mem, block);
}

static void *uses_memory_until_the_end(void *mem) {
    do {
        use_memory(mem);
    } while (!__atomic_load_n(&is_stopping, __ATOMIC_ACQUIRE));
    return NULL;
}

void ngx_link_func_init_cycle(ngx_link_func_cycle_t *cycle) {
    __atomic_store_n(&is_stopping, 0, __ATOMIC_RELEASE);
    cycle->has_error =
        has_thread && pthread_create(&thread, NULL, uses_memory_until_the_end, cycle->shared_mem) != 0;
}

void ngx_link_func_exit_cycle(ngx_link_func_cycle_t *cycle) {
    (void) cycle;
    __atomic_store_n(&is_stopping, 1, __ATOMIC_RELEASE);
    if (has_thread) {
        (void) pthread_join(thread, NULL);
    }
}

static void uses_memory(ngx_link_func_ctx_t *ctx) {
    int i;

    for (i = 0; i < TURNS; i++) {
        use_memory(ctx->shared_mem);
    }
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, "fine", 4);
}

static void compares_the_numbers(ngx_link_func_ctx_t *ctx) {
    void *mem = ctx->shared_mem;
    int64_t other = 0;
    const int64_t *number;
    int is_equal;

    ngx_link_func_shmtx_lock(mem);
    number = ngx_link_func_cache_get(mem, "number");
    (void) ngx_link_func_dict_incr(mem, "number", 6, 0, 0, 0, &other);
    is_equal = number != NULL && *number == other && other > TURNS;
    ngx_link_func_shmtx_unlock(mem);
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, is_equal ? "equal" : "apart", 5);
}

static ngx_link_func_mock_response_t *call(ngx_link_func_mock_t *mock, ngx_link_func_mock_handler_t handler) {
    return ngx_link_func_mock_call(ngx_link_func_mock_request(mock, "GET", "/"), handler);
}

static void expect_equal_numbers(ngx_link_func_mock_t *mock) {
    assert_response_body(call(mock, compares_the_numbers), "equal");
    ngx_link_func_mock_stop(mock);
    assert_int_equal(ngx_link_func_mock_finding_count(mock), 0);
}

static void memory_is_used_beside_a_thread_of_the_librarys_own(void **state) {
    int i;

    for (i = 0; i < 10; i++) {
        assert_response_body(call(*state, uses_memory), "fine");
    }
    expect_equal_numbers(*state);
}

static void writes_of_the_thread_are_no_fault_where_handlers_may_only_read(void **state) {
    ngx_link_func_mock_detect(*state, NGX_LINK_FUNC_MOCK_CODE_UNLOCKED_WRITE);
    memory_is_used_beside_a_thread_of_the_librarys_own(state);
}

static int thread_got_it;

static void *tries_the_mutex(void *mem) {
    thread_got_it = (int) ngx_link_func_shmtx_trylock(mem);
    return NULL;
}

static void starts_a_thread_with_the_mutex_held(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_shmtx_lock(ctx->shared_mem);
    run_thread(tries_the_mutex, ctx->shared_mem);
    ngx_link_func_shmtx_unlock(ctx->shared_mem);
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, "fine", 4);
}

static void thread_does_not_get_the_mutex_that_the_handler_holds(void **state) {
    (void) call(*state, starts_a_thread_with_the_mutex_held);
    assert_false(thread_got_it);
    assert_int_equal(ngx_link_func_mock_finding_count(*state), 0);
}

static void *unlocks_what_it_has_not_locked(void *mem) {
    ngx_link_func_shmtx_unlock(mem);
    return NULL;
}

static void unlocks_in_a_thread(ngx_link_func_ctx_t *ctx) {
    run_thread(unlocks_what_it_has_not_locked, ctx->shared_mem);
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, "fine", 4);
}

static void mistake_of_the_thread_is_found_behind_the_handler(void **state) {
    (void) call(*state, unlocks_in_a_thread);
    assert_int_equal(ngx_link_func_mock_finding_count(*state), 1);
    assert_int_equal(ngx_link_func_mock_finding_code(*state, 0),
                     NGX_LINK_FUNC_MOCK_CODE_LOCK_NOT_HELD_UNLOCK);
    assert_string_equal(ngx_link_func_mock_finding_function(*state, 0), "unlocks_what_it_has_not_locked");
    assert_int_equal(ngx_link_func_mock_log_count(*state), 1);
}

static int setup_memory(void **state) {
    (void) counting_setup(state);
    ngx_link_func_mock_shm_size(*state, (size_t) 64 * 4096);
    return 0;
}

static int setup_thread(void **state) {
    has_thread = 1;
    (void) alarm(60);
    return setup_memory(state);
}

static int teardown(void **state) {
    (void) ngx_link_func_mock_teardown(state);
    has_thread = 0;
    (void) alarm(0);
    return 0;
}

#define TEST_THREAD(name) cmocka_unit_test_setup_teardown(name, setup_thread, teardown)
#define TEST_MEMORY(name) cmocka_unit_test_setup_teardown(name, setup_memory, teardown)
#define TEST(name) cmocka_unit_test_setup_teardown(name, counting_setup, ngx_link_func_mock_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(context_of_a_freed_request_ends_the_process_with_the_place),
        TEST(context_of_a_call_that_is_over_ends_the_process_with_the_place),
        TEST(private_member_ends_the_process_with_the_place),
        TEST_THREAD(memory_is_used_beside_a_thread_of_the_librarys_own),
        TEST_THREAD(writes_of_the_thread_are_no_fault_where_handlers_may_only_read),
        TEST_MEMORY(thread_does_not_get_the_mutex_that_the_handler_holds),
        TEST_MEMORY(mistake_of_the_thread_is_found_behind_the_handler),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
