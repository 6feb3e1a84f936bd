/* The rows of libc_handlers.h, linked into this program with --wrap, and again
 * as the library LIBRARY. */

#include "finding_rows.h"

#include <dlfcn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "libc_handlers.h"

#define LINKED(code, wrong, nearly, text) {CODE(code), WRONG(wrong), nearly, text},

static const finding_row_t rows[] = {LIBC_ROWS(LINKED)};

#define NAME(code, wrong, nearly, text) #nearly,

static const char *const nearly_names[] = {LIBC_ROWS(NAME)};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static int has_leak_sanitizer(void) {
    return dlsym(RTLD_DEFAULT, "__lsan_do_leak_check") != NULL;
}

static int has_thread_sanitizer(void) {
    return dlsym(RTLD_DEFAULT, "__tsan_init") != NULL;
}

/* LeakSanitizer would end the test for these, and ThreadSanitizer's memory is
 * not looked through. */
static int is_for_this_build(const finding_row_t *row) {
    return row->code != CODE(HEAP_LEAK) || (!has_leak_sanitizer() && !has_thread_sanitizer());
}

static ngx_link_func_mock_t *mock_new(const char *library) {
    ngx_link_func_mock_t *mock = ngx_link_func_mock_new();

    ngx_link_func_mock_on_finding(mock, NGX_LINK_FUNC_MOCK_COUNT);
    ngx_link_func_mock_detect(mock, CODE(BLOCKING_CALL));
    if (library != NULL) {
        assert_int_equal(ngx_link_func_mock_load(mock, library), 0);
    }
    return mock;
}

static void call(ngx_link_func_mock_t *mock, ngx_link_func_mock_handler_t handler, const char *name) {
    ngx_link_func_mock_request_t *req = ngx_link_func_mock_request(mock, "GET", "/?a=1");

    if (name == NULL) {
        (void) ngx_link_func_mock_call(req, handler);
    } else {
        (void) ngx_link_func_mock_call_name(req, name);
    }
    ngx_link_func_mock_stop(mock); /* when leaks are looked for */
}

static int line_of_library(void) {
    void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    const int *line = dlsym(library, "libc_blamed");

    assert_non_null(line);
    return *line;
}

static void each_mistake_is_found_in_a_linked_handler(void **state) {
    size_t i;

    (void) state;
    for (i = 0; i < ROWS; i++) {
        ngx_link_func_mock_t *mock = mock_new(NULL);

        if (is_for_this_build(&rows[i])) {
            call(mock, rows[i].wrong, NULL);
            blamed = libc_blamed;
            assert_found(mock, &rows[i]);
        }
        ngx_link_func_mock_free(mock);
    }
}

static void each_mistake_is_found_in_a_library(void **state) {
    size_t i;

    (void) state;
    for (i = 0; i < ROWS; i++) {
        ngx_link_func_mock_t *mock = mock_new(LIBRARY);

        if (is_for_this_build(&rows[i])) {
            call(mock, NULL, rows[i].function);
            blamed = line_of_library();
            assert_found(mock, &rows[i]);
        }
        ngx_link_func_mock_free(mock);
    }
}

static void what_is_nearly_a_mistake_is_none(void **state) {
    const char *libraries[] = {NULL, LIBRARY};
    size_t i, k;

    (void) state;
    for (k = 0; k < 2; k++) {
        for (i = 0; i < ROWS; i++) {
            ngx_link_func_mock_t *mock = mock_new(libraries[k]);

            call(mock, rows[i].nearly, libraries[k] == NULL ? NULL : nearly_names[i]);
            assert_nothing_found(mock, rows[i].function);
            ngx_link_func_mock_free(mock);
        }
    }
}

/* Of the library when it is named, else linked. */
typedef struct {
    ngx_link_func_mock_handler_t handler;
    const char *name;
} called_t;

static void call_in_thread(ngx_link_func_mock_t *mock, size_t worker, void *arg) {
    const called_t *called = arg;
    ngx_link_func_mock_request_t *req = ngx_link_func_mock_request(mock, "GET", "/?a=1");

    (void) worker;
    if (called->name == NULL) {
        (void) ngx_link_func_mock_call(req, called->handler);
    } else {
        (void) ngx_link_func_mock_call_name(req, called->name);
    }
}

static void call_row_in_thread(ngx_link_func_mock_t *mock, ngx_link_func_mock_handler_t handler,
                               const char *name) {
    called_t called = {handler, name};

    ngx_link_func_mock_threads(mock, 1, call_in_thread, &called);
    ngx_link_func_mock_stop(mock);
}

static void leak_of_a_thread_is_found(void **state) {
    const char *libraries[] = {NULL, LIBRARY};
    size_t i, k;

    (void) state;
    for (k = 0; k < 2; k++) {
        for (i = 0; i < ROWS; i++) {
            ngx_link_func_mock_t *mock = mock_new(libraries[k]);

            if (rows[i].code == CODE(HEAP_LEAK) && is_for_this_build(&rows[i])) {
                call_row_in_thread(mock, rows[i].nearly, k == 0 ? NULL : nearly_names[i]);
                assert_nothing_found(mock, rows[i].function);
                call_row_in_thread(mock, rows[i].wrong, k == 0 ? NULL : rows[i].function);
                blamed = k == 0 ? libc_blamed : line_of_library();
                assert_found(mock, &rows[i]);
            }
            ngx_link_func_mock_free(mock);
        }
    }
}

static void block_that_is_kept_from_call_to_call_is_no_leak(void **state) {
    ngx_link_func_mock_t *mock = mock_new(NULL);

    (void) state;
    call(mock, keeps_a_list_in_a_static, NULL);
    call(mock, keeps_a_list_in_a_static, NULL);
    call(mock, frees_what_it_kept, NULL);
    assert_nothing_found(mock, "keeps_a_list_in_a_static");
    ngx_link_func_mock_free(mock);
}

static void leaks_of_one_place_are_one_finding(void **state) {
    ngx_link_func_mock_t *mock = mock_new(NULL);
    int i;

    (void) state;
    for (i = 0; i < 3 && !has_leak_sanitizer() && !has_thread_sanitizer(); i++) {
        (void) ngx_link_func_mock_call(ngx_link_func_mock_request(mock, "GET", "/"), forgets_a_block);
    }
    ngx_link_func_mock_stop(mock);
    if (i == 3) {
        assert_int_equal(ngx_link_func_mock_finding_count(mock), 1);
        expect_part("forgets_a_block", ngx_link_func_mock_finding_text(mock, 0), "30 bytes in 3 blocks");
    }
    ngx_link_func_mock_free(mock);
}

/*
 * blocking-call
 */

static void unknown_wait_is_found_without_a_name(void **state) {
    ngx_link_func_mock_t *mock = mock_new(NULL);

    (void) state;
    call(mock, waits_in_an_unknown_way, NULL);
    assert_int_equal(ngx_link_func_mock_finding_count(mock), 1);
    assert_int_equal(ngx_link_func_mock_finding_code(mock, 0), CODE(BLOCKING_CALL));
    assert_string_equal(ngx_link_func_mock_finding_function(mock, 0), "waits_in_an_unknown_way");
    ngx_link_func_mock_free(mock);
}

static int is_mprotect_slow;

/* For the mock as well, which has it from libc else.
 * NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): libc has other names */
__attribute__((visibility("default"))) int mprotect(void *address, size_t size, int protection) {
    static const struct timespec moment = {0, 1000000};

    if (is_mprotect_slow) {
        (void) syscall(SYS_nanosleep, &moment, NULL);
    }
    return (int) syscall(SYS_mprotect, address, size, protection);
}

static void changes_an_entry(ngx_link_func_ctx_t *ctx) {
    volatile char *entry;

    ngx_link_func_shmtx_lock(ctx->shared_mem);
    entry = ngx_link_func_cache_new(ctx->shared_mem, "entry", 8);
    entry[0] = 'x';
    ngx_link_func_shmtx_unlock(ctx->shared_mem);
    answer(ctx);
}

static void protection_that_takes_long_is_not_the_handlers_wait(void **state) {
    ngx_link_func_mock_t *mock = mock_new(NULL);

    (void) state;
    ngx_link_func_mock_shm_size(mock, 1 << 20);
    ngx_link_func_mock_detect(mock, CODE(UNLOCKED_WRITE));
    is_mprotect_slow = 1;
    call(mock, changes_an_entry, NULL);
    is_mprotect_slow = 0;
    assert_nothing_found(mock, "changes_an_entry");
    ngx_link_func_mock_free(mock);
}

static void handler_in_a_thread_may_wait(void **state) {
    ngx_link_func_mock_t *mock = mock_new(NULL);
    ngx_link_func_mock_request_t *req = ngx_link_func_mock_request(mock, "GET", "/");

    (void) state;
    ngx_link_func_mock_request_in_thread(req);
    (void) ngx_link_func_mock_call(req, sleeps);
    (void) ngx_link_func_mock_call(req, waits_in_an_unknown_way);
    assert_nothing_found(mock, "sleeps");
    ngx_link_func_mock_free(mock);
}

static void waiting_is_nothing_to_tell_unless_it_is_asked_for(void **state) {
    (void) ngx_link_func_mock_call(ngx_link_func_mock_request(*state, "GET", "/"), sleeps);
    assert_nothing_found(*state, "sleeps");
}

/*
 * Faults
 */

static void assert_allocations(ngx_link_func_mock_t *mock, const char *function, const char *expected) {
    ngx_link_func_mock_request_t *req = ngx_link_func_mock_request(mock, "GET", "/");

    if (function == NULL) {
        assert_response_body(ngx_link_func_mock_call(req, allocates_in_each_way), expected);
    } else {
        assert_response_body(ngx_link_func_mock_call_name(req, function), expected);
    }
}

static void fail_allocations(ngx_link_func_mock_t *mock, const char *function) {
    const ngx_link_func_mock_alloc_t kind = NGX_LINK_FUNC_MOCK_ALLOC_MALLOC;

    ngx_link_func_mock_fail_alloc(mock, kind, 3, 2);
    assert_allocations(mock, function, "++--+++e");
    assert_int_equal(ngx_link_func_mock_failed_allocs(mock, kind), 2);
    ngx_link_func_mock_fail_alloc(mock, kind, 5, 0);
    assert_allocations(mock, function, "++++---e");
    ngx_link_func_mock_fail_alloc(mock, kind, 1, 0);
    assert_allocations(mock, function, "-------e");
    ngx_link_func_mock_fail_alloc(mock, kind, 0, 0);
}

static void allocations_of_a_linked_handler_fail_as_told(void **state) {
    fail_allocations(*state, NULL);
}

static void allocations_of_a_library_fail_as_told(void **state) {
    assert_int_equal(ngx_link_func_mock_load(*state, LIBRARY), 0);
    fail_allocations(*state, "allocates_in_each_way");
}

static ngx_link_func_mock_request_t *make_request(ngx_link_func_mock_t *mock) {
    return ngx_link_func_mock_request(mock, "GET", "/");
}

static ngx_link_func_mock_handler_t handler_of_library(const char *name) {
    void *symbol = dlsym(dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL), name);
    ngx_link_func_mock_handler_t handler;

    assert_non_null(symbol);
    memcpy(&handler, &symbol, sizeof(handler));
    return handler;
}

static void sweep_goes_through_a_library(void **state) {
    const ngx_link_func_mock_sweep_t *sweep;

    assert_int_equal(ngx_link_func_mock_load(*state, LIBRARY), 0);
    sweep = ngx_link_func_mock_oom_sweep(*state, make_request, handler_of_library("allocates_in_each_way"));
    assert_string_equal(sweep->text, "");
    assert_int_equal(sweep->allocations[NGX_LINK_FUNC_MOCK_ALLOC_MALLOC], 7);
}

static void sweep_blames_the_line_of_a_library(void **state) {
    const ngx_link_func_mock_sweep_t *sweep;

    if (has_leak_sanitizer() || has_thread_sanitizer()) {
        return;
    }
    assert_int_equal(ngx_link_func_mock_load(*state, LIBRARY), 0);
    sweep = ngx_link_func_mock_oom_sweep(*state, make_request, handler_of_library("forgets_a_block"));
    assert_true(sweep->problems > 0);
    assert_string_equal(sweep->function, "forgets_a_block");
    expect_part(sweep->function, sweep->site, "libc_handlers.c:");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, counting_setup, ngx_link_func_mock_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_mistake_is_found_in_a_linked_handler),
        cmocka_unit_test(each_mistake_is_found_in_a_library),
        cmocka_unit_test(what_is_nearly_a_mistake_is_none),
        cmocka_unit_test(block_that_is_kept_from_call_to_call_is_no_leak),
        cmocka_unit_test(leaks_of_one_place_are_one_finding),
        cmocka_unit_test(unknown_wait_is_found_without_a_name),
        cmocka_unit_test(protection_that_takes_long_is_not_the_handlers_wait),
        cmocka_unit_test(handler_in_a_thread_may_wait),
        TEST(waiting_is_nothing_to_tell_unless_it_is_asked_for),
        TEST(allocations_of_a_linked_handler_fail_as_told),
        TEST(allocations_of_a_library_fail_as_told),
        TEST(sweep_goes_through_a_library),
        TEST(sweep_blames_the_line_of_a_library),
        cmocka_unit_test(leak_of_a_thread_is_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
