/* For each finding about shared memory: a handler that makes the mistake, which
 * must be found with its function and line, and one that nearly does. */

#include "finding_rows.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Absent without AddressSanitizer, which stops at the line. */
void __asan_poison_memory_region(const volatile void *address, size_t size);
#pragma weak __asan_poison_memory_region
#define has_asan (__asan_poison_memory_region != NULL)

/* A compiler knows none of these to be wrong. */
static volatile size_t one = 1;

/*
 * shm-overflow
 */

static void writes_behind_a_block(ngx_link_func_ctx_t *ctx) {
    char *block;

    BLAMED(block = ngx_link_func_shm_alloc(ctx->shared_mem, 10));
    block[9 + one] = 'x';
    ngx_link_func_shm_free(ctx->shared_mem, block);
    answer(ctx);
}

static void writes_all_of_a_block(ngx_link_func_ctx_t *ctx) {
    char *block = ngx_link_func_shm_alloc(ctx->shared_mem, 10);

    memset(block, 'x', 10);
    ngx_link_func_shm_free(ctx->shared_mem, block);
    answer(ctx);
}

static void writes_before_a_block(ngx_link_func_ctx_t *ctx) {
    char *block;

    BLAMED(block = ngx_link_func_shm_alloc(ctx->shared_mem, 32));
    *(block - one) = 'x';
    ngx_link_func_shm_free(ctx->shared_mem, block);
    answer(ctx);
}

static void writes_behind_a_value(ngx_link_func_ctx_t *ctx) {
    char *value;

    BLAMED(value = ngx_link_func_cache_new(ctx->shared_mem, "session", 16));
    value[15 + one] = 'x';
    answer(ctx);
}

static void writes_all_of_a_value(ngx_link_func_ctx_t *ctx) {
    memset(ngx_link_func_cache_new(ctx->shared_mem, "session", 16), 'x', 16);
    answer(ctx);
}

static void writes_behind_what_it_finds(ngx_link_func_ctx_t *ctx) {
    char *value;

    BLAMED(value = ngx_link_func_cache_get(ctx->shared_mem, "fixture"));
    value[64] = 'x';
    answer(ctx);
}

/*
 * shm-use-after-remove
 */

static void writes_to_what_it_freed(ngx_link_func_ctx_t *ctx) {
    char *block = ngx_link_func_shm_alloc(ctx->shared_mem, 10);

    BLAMED(ngx_link_func_shm_free(ctx->shared_mem, block));
    block[2 + one] = 'x';
    answer(ctx);
}

static void writes_to_what_it_frees(ngx_link_func_ctx_t *ctx) {
    char *block = ngx_link_func_shm_alloc(ctx->shared_mem, 10);

    block[3] = 'x';
    ngx_link_func_shm_free(ctx->shared_mem, block);
    answer(ctx);
}

/*
 * shm-double-free
 */

static void frees_twice(ngx_link_func_ctx_t *ctx) {
    char *block = ngx_link_func_shm_alloc(ctx->shared_mem, 10);

    ngx_link_func_shm_free(ctx->shared_mem, block);
    BLAMED(ngx_link_func_shm_free(ctx->shared_mem, block));
    answer(ctx);
}

static void frees_two(ngx_link_func_ctx_t *ctx) {
    char *block = ngx_link_func_shm_alloc(ctx->shared_mem, 10);

    ngx_link_func_shm_free(ctx->shared_mem, block);
    block = ngx_link_func_shm_alloc(ctx->shared_mem, 10);
    ngx_link_func_shm_free(ctx->shared_mem, block);
    answer(ctx);
}

static void frees_a_removed_value_twice(ngx_link_func_ctx_t *ctx) {
    void *value;

    (void) ngx_link_func_cache_new(ctx->shared_mem, "session", 16);
    value = ngx_link_func_cache_remove(ctx->shared_mem, "session");
    ngx_link_func_shm_free(ctx->shared_mem, value);
    BLAMED(ngx_link_func_shm_free(ctx->shared_mem, value));
    answer(ctx);
}

static void frees_a_removed_value(ngx_link_func_ctx_t *ctx) {
    (void) ngx_link_func_cache_new(ctx->shared_mem, "session", 16);
    ngx_link_func_shm_free(ctx->shared_mem, ngx_link_func_cache_remove(ctx->shared_mem, "session"));
    answer(ctx);
}

/*
 * shm-foreign-free
 */

static void frees_from_within_a_block(ngx_link_func_ctx_t *ctx) {
    char *block = ngx_link_func_shm_alloc(ctx->shared_mem, 64);

    BLAMED(ngx_link_func_shm_free(ctx->shared_mem, block + 8));
    ngx_link_func_shm_free(ctx->shared_mem, block);
    answer(ctx);
}

static void frees_a_heap_block(ngx_link_func_ctx_t *ctx) {
    void *block = malloc(8);

    BLAMED(ngx_link_func_shm_free(ctx->shared_mem, block));
    free(block);
    answer(ctx);
}

static void frees_a_value_of_the_cache(ngx_link_func_ctx_t *ctx) {
    void *value = ngx_link_func_cache_new(ctx->shared_mem, "session", 16);

    BLAMED(ngx_link_func_shm_free(ctx->shared_mem, value));
    answer(ctx);
}

static void frees_nothing(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_shm_free(ctx->shared_mem, NULL);
    answer(ctx);
}

static void frees_a_block_of_the_cache(ngx_link_func_ctx_t *ctx) {
    void *block = ngx_link_func_shm_alloc(ctx->shared_mem, 64);

    (void) ngx_link_func_cache_put(ctx->shared_mem, "put", block);
    ngx_link_func_shm_free(ctx->shared_mem, ngx_link_func_cache_remove(ctx->shared_mem, "put"));
    answer(ctx);
}

/*
 * shm-pointer-to-heap
 */

typedef struct {
    uint64_t number;
    const void *next;
} node_t;

static char *heap; /* as long as the test runs */

static void keeps_a_heap_pointer(ngx_link_func_ctx_t *ctx) {
    node_t *node;

    BLAMED(node = ngx_link_func_cache_new(ctx->shared_mem, "node", sizeof(*node)));
    node->next = heap;
    answer(ctx);
}

static void keeps_pointers_to_blocks_and_numbers(ngx_link_func_ctx_t *ctx) {
    node_t *node = ngx_link_func_cache_new(ctx->shared_mem, "node", sizeof(*node));

    node->number = 0x7fff00001234;
    node->next = ngx_link_func_cache_new(ctx->shared_mem, "text", 32);
    memset((char *) ngx_link_func_cache_get(ctx->shared_mem, "text"), 'x', 32);
    answer(ctx);
}

static void keeps_a_stack_pointer(ngx_link_func_ctx_t *ctx) {
    node_t *node;

    BLAMED(node = ngx_link_func_cache_new(ctx->shared_mem, "node", sizeof(*node)));
    node->next = &node;
    answer(ctx);
}

static void point(node_t *node, void *where) {
    node->next = where;
}

static void forgets_a_heap_pointer(ngx_link_func_ctx_t *ctx) {
    node_t *node = ngx_link_func_cache_new(ctx->shared_mem, "node", sizeof(*node));

    point(node, heap);
    point(node, NULL);
    answer(ctx);
}

static void keeps_a_literal(ngx_link_func_ctx_t *ctx) {
    node_t *node;

    BLAMED(node = ngx_link_func_cache_new(ctx->shared_mem, "node", sizeof(*node)));
    node->next = "literal";
    answer(ctx);
}

static void puts_a_heap_pointer(ngx_link_func_ctx_t *ctx) {
    BLAMED((void) ngx_link_func_cache_put(ctx->shared_mem, "put", heap));
    answer(ctx);
}

static void sets_a_heap_pointer_in_the_dict(ngx_link_func_ctx_t *ctx) {
    const void *const value[] = {NULL, heap};

    BLAMED((void) ngx_link_func_dict_set(ctx->shared_mem, "set", 3, value, sizeof(value), 0));
    answer(ctx);
}

static void adds_a_stack_pointer_to_the_dict(ngx_link_func_ctx_t *ctx) {
    const void *value = &ctx;

    BLAMED((void) ngx_link_func_dict_add(ctx->shared_mem, "added", 5, &value, sizeof(value), 0));
    answer(ctx);
}

static void sets_text_and_numbers_in_the_dict(ngx_link_func_ctx_t *ctx) {
    static const char text[] = "The quick brown fox jumps over the lazy dog.";
    const uint64_t numbers[] = {0, 1, UINT64_MAX, 1700000000, 1700000000000, 1700000000000000, 0x100000000};
    const double real = 3.14;

    (void) ngx_link_func_dict_set(ctx->shared_mem, "set", 3, text, sizeof(text), 0);
    (void) ngx_link_func_dict_set(ctx->shared_mem, "set", 3, numbers, sizeof(numbers), 0);
    (void) ngx_link_func_dict_set(ctx->shared_mem, "set", 3, &real, sizeof(real), 0);
    (void) ngx_link_func_dict_set(ctx->shared_mem, "set", 3, &heap, sizeof(heap) - 1, 0);
    answer(ctx);
}

/* What the dict does not take is not looked at, which for such a length would crash. */
static void has_pointers_refused_by_the_dict(ngx_link_func_ctx_t *ctx) {
    const void *value = &heap;

    (void) ngx_link_func_dict_set(ctx->shared_mem, "set", 3, "", 0, 0);
    if (ngx_link_func_dict_add(ctx->shared_mem, "set", 3, &value, sizeof(value), 0) == NGX_LINK_FUNC_EXISTS
        && ngx_link_func_dict_set(ctx->shared_mem, "huge", 4, &value, (size_t) 1 << 40, 0) != NGX_LINK_FUNC_OK
        && ngx_link_func_dict_add(ctx->shared_mem, "huge", 4, NULL, SIZE_MAX, 0) != NGX_LINK_FUNC_OK) {
        answer(ctx);
    }
}

static void puts_a_number(ngx_link_func_ctx_t *ctx) {
    uintptr_t number = 42;
    void *value;

    memcpy(&value, &number, sizeof(value));
    (void) ngx_link_func_cache_put(ctx->shared_mem, "put", value);
    answer(ctx);
}

/*
 * unlocked-write, which is asked for
 */

static void writes_without_the_lock(ngx_link_func_ctx_t *ctx) {
    char *value = ngx_link_func_cache_get(ctx->shared_mem, "fixture");

    BLAMED(value[3] = 'x');
    answer(ctx);
}

static void writes_before_it_locks(ngx_link_func_ctx_t *ctx) {
    char *value = ngx_link_func_cache_new(ctx->shared_mem, "session", 100);

    ngx_link_func_shmtx_lock(ctx->shared_mem);
    value[0] = 'x';
    ngx_link_func_shmtx_unlock(ctx->shared_mem);
    BLAMED(memset(value, 0, 50 + one));
    ngx_link_func_shmtx_lock(ctx->shared_mem);
    value[0] = 'x';
    ngx_link_func_shmtx_unlock(ctx->shared_mem);
    answer(ctx);
}

static void writes_to_its_own_block_first(ngx_link_func_ctx_t *ctx) {
    char *value = ngx_link_func_cache_get(ctx->shared_mem, "fixture");
    char *fresh = ngx_link_func_shm_alloc(ctx->shared_mem, 20);

    memset(fresh, 'x', (size_t) 19 + one);
    BLAMED(value[3] = 'x');
    ngx_link_func_shm_free(ctx->shared_mem, fresh);
    answer(ctx);
}

#define PAGES ((size_t) 3 * 4096)

static void writes_to_its_own_pages_first(ngx_link_func_ctx_t *ctx) {
    char *value = ngx_link_func_cache_new(ctx->shared_mem, "session", 100);
    char *fresh = ngx_link_func_shm_alloc(ctx->shared_mem, PAGES);

    memset(fresh, 'x', PAGES);
    BLAMED(value[99] = 'x');
    fresh[0] = 'y';
    ngx_link_func_shm_free(ctx->shared_mem, fresh);
    answer(ctx);
}

static void writes_to_its_own_pages(ngx_link_func_ctx_t *ctx) {
    char *fresh = ngx_link_func_shm_alloc(ctx->shared_mem, PAGES);

    memset(fresh, 'x', PAGES);
    ngx_link_func_log_info(ctx, "the pages are closed again");
    memset(fresh, 'y', PAGES);
    assert_null(memchr(fresh, 'x', PAGES));
    ngx_link_func_shm_free(ctx->shared_mem, fresh);
    answer(ctx);
}

static void writes_with_the_lock(ngx_link_func_ctx_t *ctx) {
    char *value, *fresh = ngx_link_func_shm_alloc(ctx->shared_mem, 20);

    fresh[19] = 'x'; /* which nobody else knows */
    ngx_link_func_shmtx_lock(ctx->shared_mem);
    value = ngx_link_func_cache_get(ctx->shared_mem, "fixture");
    value[3] = 'x';
    (void) ngx_link_func_cache_new(ctx->shared_mem, "session", 100);
    value[4] = 'x';
    ngx_link_func_shmtx_unlock(ctx->shared_mem);
    ngx_link_func_shm_free(ctx->shared_mem, fresh);
    blamed = (unsigned char) value[3];
    answer(ctx);
}

/*
 * The table
 */

/* Of these codes the first mistake ends the process. */
static int is_for_asan(const finding_row_t *row) {
    return has_asan && (row->code == CODE(SHM_OVERFLOW) || row->code == CODE(SHM_USE_AFTER_REMOVE));
}

static const finding_row_t rows[] = {
    {CODE(SHM_OVERFLOW), WRONG(writes_behind_a_block), writes_all_of_a_block,
     "byte 10 of a block of shm_alloc (10 bytes)"},
    {CODE(SHM_OVERFLOW), WRONG(writes_before_a_block), writes_all_of_a_block,
     "1 before a block of shm_alloc (32 bytes)"},
    {CODE(SHM_OVERFLOW), WRONG(writes_behind_a_value), writes_all_of_a_value,
     "byte 16 of the value of \"session\" (16 bytes)"},
    {CODE(SHM_OVERFLOW), WRONG(writes_behind_what_it_finds), answer, "byte 64 of the value of \"fixture\""},
    {CODE(SHM_USE_AFTER_REMOVE), WRONG(writes_to_what_it_freed), writes_to_what_it_frees,
     "byte 3 of a block of shm_alloc (10 bytes) was written after it was freed"},
    {CODE(SHM_DOUBLE_FREE), WRONG(frees_twice), frees_two, "was freed before, at "},
    {CODE(SHM_DOUBLE_FREE), WRONG(frees_a_removed_value_twice), frees_a_removed_value,
     "the value of \"session\" (16 bytes) was freed before"},
    {CODE(SHM_FOREIGN_FREE), WRONG(frees_from_within_a_block), frees_nothing, "to byte 8 of a block"},
    {CODE(SHM_FOREIGN_FREE), WRONG(frees_a_heap_block), frees_nothing, "into the heap"},
    {CODE(SHM_FOREIGN_FREE), WRONG(frees_a_value_of_the_cache), frees_a_block_of_the_cache,
     "the value of \"session\" (16 bytes), which is the cache's"},
    {CODE(SHM_POINTER_TO_HEAP), WRONG(keeps_a_heap_pointer), keeps_pointers_to_blocks_and_numbers,
     "the value of \"node\" (16 bytes), which was got here, has a pointer into the heap at byte 8"},
    {CODE(SHM_POINTER_TO_HEAP), WRONG(keeps_a_stack_pointer), forgets_a_heap_pointer, "into the stack"},
    {CODE(SHM_POINTER_TO_HEAP), WRONG(keeps_a_literal), forgets_a_heap_pointer, "into test_mock_zone"},
    {CODE(SHM_POINTER_TO_HEAP), WRONG(puts_a_heap_pointer), puts_a_number,
     "put for \"put\" points into the heap"},
    {CODE(SHM_POINTER_TO_HEAP), WRONG(sets_a_heap_pointer_in_the_dict), sets_text_and_numbers_in_the_dict,
     "the value set for \"set\" has a pointer into the heap at byte 8"},
    {CODE(SHM_POINTER_TO_HEAP), WRONG(adds_a_stack_pointer_to_the_dict), has_pointers_refused_by_the_dict,
     "the value set for \"added\" has a pointer into the stack at byte 0"},
    {CODE(UNLOCKED_WRITE), WRONG(writes_without_the_lock), writes_with_the_lock,
     "byte 3 of the value of \"fixture\" (64 bytes) is written without the mutex"},
    {CODE(UNLOCKED_WRITE), WRONG(writes_before_it_locks), writes_with_the_lock,
     "of the value of \"session\""},
    {CODE(UNLOCKED_WRITE), WRONG(writes_to_its_own_block_first), writes_with_the_lock,
     "byte 3 of the value of \"fixture\""},
    {CODE(UNLOCKED_WRITE), WRONG(writes_to_its_own_pages_first), writes_to_its_own_pages,
     "byte 99 of the value of \"session\""},
};

static void make_fixture(ngx_link_func_ctx_t *ctx) {
    (void) ngx_link_func_cache_new(ctx->shared_mem, "fixture", 64);
    answer(ctx);
}

static void call(void **state, ngx_link_func_mock_handler_t handler) {
    (void) ngx_link_func_mock_call(ngx_link_func_mock_request(*state, "GET", "/"), handler);
}

static int setup(void **state) {
    (void) counting_setup(state);
    heap = calloc(1, 100);
    ngx_link_func_mock_shm_size(*state, (size_t) 64 * 4096);
    call(state, make_fixture);
    return 0;
}

static int teardown(void **state) {
    int result = ngx_link_func_mock_teardown(state);

    free(heap);
    return result;
}

/* "…/test_zone.c:123" */
static int site_line(const char *site) {
    const char *colon = strrchr(site, ':');

    assert_non_null(colon);
    if (strstr(site, "test_zone.c:") == NULL) {
        fail_msg("\"%s\" is not in this file", site);
    }
    return (int) strtol(colon + 1, NULL, 10);
}

static void mistake_is_found(void **state, const finding_row_t *row) {
    if (ngx_link_func_mock_finding_count(*state) != 1) {
        size_t count = ngx_link_func_mock_finding_count(*state);

        fail_msg("%s: %zu findings, the last: %s", row->function, count,
                 count == 0 ? "none" : ngx_link_func_mock_finding_text(*state, count - 1));
    }
    assert_int_equal(ngx_link_func_mock_finding_code(*state, 0), row->code);
    assert_string_equal(ngx_link_func_mock_finding_function(*state, 0), row->function);
    assert_int_equal(site_line(ngx_link_func_mock_finding_site(*state, 0)), blamed);
    if (strstr(ngx_link_func_mock_finding_text(*state, 0), row->text) == NULL) {
        fail_msg("%s: expected \"%s\" in \"%s\"", row->function, row->text,
                 ngx_link_func_mock_finding_text(*state, 0));
    }
    ngx_link_func_mock_findings_clear(*state);
}

/* Writes without the mutex are looked for only where the row is about them:
 * the other handlers do without it. */
static void look_for(void **state, const finding_row_t *row) {
    if (row->code == CODE(UNLOCKED_WRITE)) {
        ngx_link_func_mock_detect(*state, row->code);
    }
}

static void each_mistake_is_found_where_it_is_made(void **state) {
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (is_for_asan(&rows[i])) {
            continue;
        }
        look_for(state, &rows[i]);
        call(state, rows[i].wrong);
        mistake_is_found(state, &rows[i]);
    }
}

static void what_is_nearly_a_mistake_is_none(void **state) {
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        look_for(state, &rows[i]);
        call(state, rows[i].nearly);
        if (ngx_link_func_mock_finding_count(*state) != 0) {
            fail_msg("near %s: %s", rows[i].function, ngx_link_func_mock_finding_text(*state, 0));
        }
    }
}

static void mistake_is_told_once(void **state) {
    call(state, keeps_a_heap_pointer);
    call(state, make_fixture);
    ngx_link_func_mock_stop(*state);
    assert_int_equal(ngx_link_func_mock_finding_count(*state), 1);
}

/*
 * The signal by which a write is let through
 */

static volatile sig_atomic_t traps;

static void count_trap(int signal) {
    (void) signal;
    traps++;
}

static void writes_to_its_own_block_and_traps(ngx_link_func_ctx_t *ctx) {
    char *fresh = ngx_link_func_shm_alloc(ctx->shared_mem, 20);

    traps = 0;
    (void) signal(SIGTRAP, count_trap);
    fresh[0] = 'x';
    assert_int_equal(traps, 0);
    (void) kill(getpid(), SIGTRAP);
    (void) signal(SIGTRAP, SIG_DFL);
    ngx_link_func_shm_free(ctx->shared_mem, fresh);
    answer(ctx);
}

static void writes_with_the_trap_blocked(ngx_link_func_ctx_t *ctx) {
    char *fresh = ngx_link_func_shm_alloc(ctx->shared_mem, 20);
    sigset_t trap, before;

    (void) sigemptyset(&trap);
    (void) sigaddset(&trap, SIGTRAP);
    (void) sigprocmask(SIG_BLOCK, &trap, &before);
    fresh[0] = 'x';
    (void) sigprocmask(SIG_SETMASK, &before, NULL);
    ngx_link_func_shm_free(ctx->shared_mem, fresh);
    answer(ctx);
}

static void trap_is_the_handlers_own_behind_a_write(void **state) {
    ngx_link_func_mock_detect(*state, CODE(UNLOCKED_WRITE));
    call(state, writes_to_its_own_block_and_traps);
    assert_int_equal(traps, 1);
}

static void handler_may_block_the_trap(void **state) {
    ngx_link_func_mock_detect(*state, CODE(UNLOCKED_WRITE));
    call(state, writes_with_the_trap_blocked);
    assert_int_equal(ngx_link_func_mock_finding_count(*state), 0);
}

/*
 * Values that a later call still uses
 */

static char *kept;

static void removes_a_value(ngx_link_func_ctx_t *ctx) {
    (void) ngx_link_func_cache_new(ctx->shared_mem, "session", 40);
    BLAMED(kept = ngx_link_func_cache_remove(ctx->shared_mem, "session"));
    kept[39] = 'x'; /* it may be used until the call returns */
    answer(ctx);
}

static void replaces_a_value(ngx_link_func_ctx_t *ctx) {
    kept = ngx_link_func_cache_new(ctx->shared_mem, "session", 40);
    BLAMED((void) ngx_link_func_cache_new(ctx->shared_mem, "session", 10));
    kept[39] = 'x';
    answer(ctx);
}

static void writes_to_what_was_kept(ngx_link_func_ctx_t *ctx) {
    kept[7] = 'x';
    answer(ctx);
}

static void late_write_is_found(void **state, const char *function, ngx_link_func_mock_handler_t remove) {
    const finding_row_t row = {
        CODE(SHM_USE_AFTER_REMOVE), function, remove, NULL,
        "byte 7 of the value of \"session\" (40 bytes) was written after it was removed"};

    call(state, remove);
    assert_int_equal(ngx_link_func_mock_finding_count(*state), 0);
    call(state, writes_to_what_was_kept);
    ngx_link_func_mock_stop(*state);
    mistake_is_found(state, &row);
}

static void write_to_a_removed_value_is_found_by_the_end(void **state) {
    if (!has_asan) {
        late_write_is_found(state, WRONG(removes_a_value));
        late_write_is_found(state, WRONG(replaces_a_value));
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(each_mistake_is_found_where_it_is_made),
        TEST(what_is_nearly_a_mistake_is_none),
        TEST(mistake_is_told_once),
        TEST(trap_is_the_handlers_own_behind_a_write),
        TEST(handler_may_block_the_trap),
        TEST(write_to_a_removed_value_is_found_by_the_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
