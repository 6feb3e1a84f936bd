#include "counting.h"

#define ZONE_SIZE ((size_t) 16 * 4096)

static int setup(void **state) {
    (void) counting_setup(state);
    ngx_link_func_mock_shm_size(*state, ZONE_SIZE);
    return 0;
}

static void call(void **state, ngx_link_func_mock_handler_t handler) {
    assert_response_status(ngx_link_func_mock_call(ngx_link_func_mock_request(*state, "GET", "/"), handler),
                           200);
}

static void store_and_find(ngx_link_func_ctx_t *ctx) {
    char *first = ngx_link_func_cache_new(ctx->shared_mem, "k", 8);
    char *second = ngx_link_func_cache_new(ctx->shared_mem, "k", 16);

    assert_ptr_not_equal(first, second);
    assert_memory_equal(second, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
    assert_ptr_equal(ngx_link_func_cache_get(ctx->shared_mem, "k"), second);
    assert_null(ngx_link_func_cache_get(ctx->shared_mem, "K"));
    assert_ptr_equal(ngx_link_func_cache_remove(ctx->shared_mem, "k"), second);
    assert_null(ngx_link_func_cache_get(ctx->shared_mem, "k"));
    assert_null(ngx_link_func_cache_remove(ctx->shared_mem, "k"));
}

static void cache_stores_finds_replaces_and_removes(void **state) {
    call(state, store_and_find);
}

static void put_pointers(ngx_link_func_ctx_t *ctx) {
    void *first = ngx_link_func_shm_alloc(ctx->shared_mem, 8);
    void *second = ngx_link_func_shm_alloc(ctx->shared_mem, 8);

    assert_null(ngx_link_func_cache_put(ctx->shared_mem, "p", first));
    assert_ptr_equal(ngx_link_func_cache_put(ctx->shared_mem, "p", second), first);
    assert_ptr_equal(ngx_link_func_cache_get(ctx->shared_mem, "p"), second);
    ngx_link_func_shm_free(ctx->shared_mem, first);
}

static void put_keeps_the_pointer_and_returns_the_old_one(void **state) {
    call(state, put_pointers);
}

static void store_a_counter(ngx_link_func_ctx_t *ctx) {
    int *counter = ngx_link_func_cache_get(ctx->shared_mem, "counter");

    if (counter == NULL) {
        counter = ngx_link_func_cache_new(ctx->shared_mem, "counter", sizeof(*counter));
    }
    (*counter)++;
    ngx_link_func_log(info, ctx, "%d", *counter);
}

static void zone_outlives_requests_and_workers(void **state) {
    call(state, store_a_counter);
    call(state, store_a_counter);
    ngx_link_func_mock_stop(*state);
    call(state, store_a_counter);
    assert_string_equal(ngx_link_func_mock_log_text(*state, 2), "3");
}

static void fill_with_pages(ngx_link_func_ctx_t *ctx) {
    void *blocks[ZONE_SIZE / 4096] = {NULL};
    size_t count = 0, i;

    while ((blocks[count] = ngx_link_func_shm_alloc(ctx->shared_mem, 4096)) != NULL) {
        memset(blocks[count++], 0xff, 4096);
    }
    assert_int_equal(count, ZONE_SIZE / 4096 - 2);
    assert_null(ngx_link_func_cache_new(ctx->shared_mem, "k", 8));
    assert_null(ngx_link_func_cache_put(ctx->shared_mem, "k", blocks[0]));
    assert_null(ngx_link_func_cache_get(ctx->shared_mem, "k"));
    for (i = 0; i < count; i++) {
        ngx_link_func_shm_free(ctx->shared_mem, blocks[i]);
    }
    assert_non_null(ngx_link_func_shm_alloc(ctx->shared_mem, (count - 1) * 4096));
}

static void full_zone_gives_null_says_so_and_recovers(void **state) {
    call(state, fill_with_pages);
    assert_log_contains(*state, NGX_LINK_FUNC_MOCK_ERR,
                        "shared memory zone is full, increase ngx_link_func_shm_size");
    assert_true(ngx_link_func_mock_log_count(*state) <= 2); /* at most one a second */
}

static void fill_with_small_blocks(ngx_link_func_ctx_t *ctx) {
    size_t count = 0;

    while (ngx_link_func_shm_alloc_locked(ctx->shared_mem, 100) != NULL) {
        count++;
    }
    assert_int_equal(count, (ZONE_SIZE - (size_t) 2 * 4096) / 128);
}

/* The zone's header and the store have a page each. */
static void small_blocks_cost_a_power_of_two(void **state) {
    call(state, fill_with_small_blocks);
}

static void ask_too_much(ngx_link_func_ctx_t *ctx) {
    assert_null(ngx_link_func_shm_alloc(ctx->shared_mem, SIZE_MAX));
    assert_null(ngx_link_func_cache_new(ctx->shared_mem, "k", SIZE_MAX));
    assert_non_null(ngx_link_func_shm_alloc(ctx->shared_mem, 0));
}

static void impossible_sizes_are_null(void **state) {
    call(state, ask_too_much);
}

static void new_and_remove_for_ever(ngx_link_func_ctx_t *ctx) {
    int i;

    for (i = 0; i < 1000; i++) {
        void *value = ngx_link_func_cache_new(ctx->shared_mem, "k", 4000);

        assert_non_null(value);
        assert_ptr_equal(ngx_link_func_cache_remove(ctx->shared_mem, "k"), value);
        ngx_link_func_shm_free_locked(ctx->shared_mem, value);
    }
}

static void freed_blocks_can_be_had_again(void **state) {
    call(state, new_and_remove_for_ever);
}

static void free_what_is_no_block(ngx_link_func_ctx_t *ctx) {
    char *block = ngx_link_func_shm_alloc(ctx->shared_mem, 8);

    ngx_link_func_shm_free(ctx->shared_mem, NULL);
    ngx_link_func_shm_free(ctx->shared_mem, block + 1);
    ngx_link_func_shm_free(ctx->shared_mem, block);
}

static void free_of_what_is_no_block_is_an_alert(void **state) {
    call(state, free_what_is_no_block);
    assert_int_equal(ngx_link_func_mock_log_count(*state), 1);
    assert_log_contains(*state, NGX_LINK_FUNC_MOCK_ALERT, "ngx_link_func_shm_free()");
}

static void use_no_zone(ngx_link_func_ctx_t *ctx) {
    int x;

    assert_null(ctx->shared_mem);
    assert_null(ngx_link_func_shm_alloc(NULL, 1));
    assert_null(ngx_link_func_shm_alloc_locked(NULL, 1));
    ngx_link_func_shm_free(NULL, &x);
    ngx_link_func_shm_free_locked(NULL, &x);
    assert_null(ngx_link_func_cache_get(NULL, "k"));
    assert_null(ngx_link_func_cache_put(NULL, "k", &x));
    assert_null(ngx_link_func_cache_new(NULL, "k", 1));
    assert_null(ngx_link_func_cache_remove(NULL, "k"));
    assert_int_equal(ngx_link_func_shmtx_trylock(NULL), 0);
    ngx_link_func_shmtx_lock(NULL);
    ngx_link_func_shmtx_unlock(NULL);
}

static void without_a_zone_everything_fails_quietly(void **state) {
    call(state, use_no_zone);
    assert_int_equal(ngx_link_func_mock_log_count(*state), 0);
}

static void lock_three_times(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_shmtx_lock(ctx->shared_mem);
    ngx_link_func_shmtx_lock(ctx->shared_mem);
    assert_int_equal(ngx_link_func_shmtx_trylock(ctx->shared_mem), 1);
    ngx_link_func_shmtx_unlock(ctx->shared_mem);
    ngx_link_func_shmtx_unlock(ctx->shared_mem);
    ngx_link_func_shmtx_unlock(ctx->shared_mem);
}

static void lock_nests(void **state) {
    call(state, lock_three_times);
    assert_int_equal(ngx_link_func_mock_log_count(*state), 0);
}

static void unlock_once_too_often(ngx_link_func_ctx_t *ctx) {
    lock_three_times(ctx);
    ngx_link_func_shmtx_unlock(ctx->shared_mem);
}

static void unlock_of_a_free_lock_is_an_alert(void **state) {
    call(state, unlock_once_too_often);
    assert_int_equal(ngx_link_func_mock_log_count(*state), 1);
    assert_log_contains(*state, NGX_LINK_FUNC_MOCK_ALERT,
                        "ngx_link_func_shmtx_unlock() called without holding the lock");
}

static void keep_the_lock(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_shmtx_lock(ctx->shared_mem);
    ngx_link_func_shmtx_lock(ctx->shared_mem);
}

static void lock_that_is_kept_is_an_alert_and_released(void **state) {
    call(state, keep_the_lock);
    assert_int_equal(ngx_link_func_mock_log_count(*state), 1);
    assert_log_contains(*state, NGX_LINK_FUNC_MOCK_ALERT,
                        "returned with the shared memory mutex held, it is released");
    ngx_link_func_mock_log_clear(*state);
    call(state, unlock_once_too_often);
    assert_int_equal(ngx_link_func_mock_log_count(*state), 1);
    assert_log_contains(*state, NGX_LINK_FUNC_MOCK_ALERT, "called without holding the lock");
}

/* Both values take blocks of one size, so the second stands where the first was. */
static void store_longer(ngx_link_func_ctx_t *ctx) {
    static const char value[] = "a value that is longer than the one before";
    char found[sizeof(value)];
    size_t len = sizeof(found);

    assert_int_equal(ngx_link_func_dict_set(ctx->shared_mem, "k", 1, "short", 5, 0), NGX_LINK_FUNC_OK);
    assert_int_equal(ngx_link_func_dict_set(ctx->shared_mem, "k", 1, value, sizeof(value), 0),
                     NGX_LINK_FUNC_OK);
    assert_int_equal(ngx_link_func_dict_get(ctx->shared_mem, "k", 1, found, &len), NGX_LINK_FUNC_OK);
    assert_string_equal(found, value);
}

static void dict_value_may_grow_in_its_block(void **state) {
    call(state, store_longer);
}

static void say_before_an_unlock(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_log_info(ctx, "first");
    ngx_link_func_shmtx_unlock(ctx->shared_mem);
    ngx_link_func_log_info(ctx, "second");
}

static void assert_line(void **state, size_t index, const char *text) {
    assert_non_null(strstr(ngx_link_func_mock_log_text(*state, index), text));
}

/* As in NGINX, where the lines of a request wait for the event loop. */
static void mutex_speaks_before_a_pool_thread(void **state) {
    ngx_link_func_mock_request_t *req = ngx_link_func_mock_request(*state, "GET", "/");

    ngx_link_func_mock_request_in_thread(req);
    (void) ngx_link_func_mock_call(req, say_before_an_unlock);
    assert_int_equal(ngx_link_func_mock_log_count(*state), 3);
    assert_line(state, 0, "without holding the lock");
    assert_line(state, 1, "first");
    assert_line(state, 2, "second");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, ngx_link_func_mock_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(cache_stores_finds_replaces_and_removes),
        TEST(put_keeps_the_pointer_and_returns_the_old_one),
        TEST(zone_outlives_requests_and_workers),
        TEST(full_zone_gives_null_says_so_and_recovers),
        TEST(small_blocks_cost_a_power_of_two),
        TEST(impossible_sizes_are_null),
        TEST(freed_blocks_can_be_had_again),
        TEST(free_of_what_is_no_block_is_an_alert),
        cmocka_unit_test_setup_teardown(without_a_zone_everything_fails_quietly, counting_setup,
                                        ngx_link_func_mock_teardown),
        TEST(lock_nests),
        TEST(unlock_of_a_free_lock_is_an_alert),
        TEST(lock_that_is_kept_is_an_alert_and_released),
        TEST(dict_value_may_grow_in_its_block),
        TEST(mutex_speaks_before_a_pool_thread),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
