/* What works in this project's module and not in the original one. */

#include "finding_rows.h"

static void locks_twice(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_shmtx_lock(ctx->shared_mem);
    BLAMED(ngx_link_func_shmtx_lock(ctx->shared_mem));
    ngx_link_func_shmtx_unlock(ctx->shared_mem);
    ngx_link_func_shmtx_unlock(ctx->shared_mem);
    answer(ctx);
}

static void tries_the_lock_that_it_has(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_shmtx_lock(ctx->shared_mem);
    BLAMED((void) ngx_link_func_shmtx_trylock(ctx->shared_mem));
    ngx_link_func_shmtx_unlock(ctx->shared_mem);
    ngx_link_func_shmtx_unlock(ctx->shared_mem);
    answer(ctx);
}

static void locks_one_time_after_the_other(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_shmtx_lock(ctx->shared_mem);
    ngx_link_func_shmtx_unlock(ctx->shared_mem);
    (void) ngx_link_func_shmtx_trylock(ctx->shared_mem);
    ngx_link_func_shmtx_unlock(ctx->shared_mem);
    answer(ctx);
}

static void reads_the_cache_without_the_lock(ngx_link_func_ctx_t *ctx) {
    BLAMED((void) ngx_link_func_cache_get(ctx->shared_mem, "k"));
    answer(ctx);
}

static void uses_the_cache_with_the_lock(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_shmtx_lock(ctx->shared_mem);
    (void) ngx_link_func_cache_new(ctx->shared_mem, "k", 8);
    (void) ngx_link_func_cache_remove(ctx->shared_mem, "k");
    ngx_link_func_shm_free_locked(ctx->shared_mem, ngx_link_func_shm_alloc_locked(ctx->shared_mem, 8));
    ngx_link_func_shmtx_unlock(ctx->shared_mem);
    answer(ctx);
}

static void allocates_with_the_lock(ngx_link_func_ctx_t *ctx) {
    void *block;

    ngx_link_func_shmtx_lock(ctx->shared_mem);
    BLAMED(block = ngx_link_func_shm_alloc(ctx->shared_mem, 8));
    ngx_link_func_shm_free_locked(ctx->shared_mem, block);
    ngx_link_func_shmtx_unlock(ctx->shared_mem);
    answer(ctx);
}

static void frees_with_the_lock(ngx_link_func_ctx_t *ctx) {
    void *block = ngx_link_func_shm_alloc(ctx->shared_mem, 8);

    ngx_link_func_shmtx_lock(ctx->shared_mem);
    BLAMED(ngx_link_func_shm_free(ctx->shared_mem, block));
    ngx_link_func_shmtx_unlock(ctx->shared_mem);
    answer(ctx);
}

static void allocates_without_the_lock(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_shm_free(ctx->shared_mem, ngx_link_func_shm_alloc(ctx->shared_mem, 8));
    answer(ctx);
}

static void allocates_locked_without_the_lock(ngx_link_func_ctx_t *ctx) {
    void *block;

    BLAMED(block = ngx_link_func_shm_alloc_locked(ctx->shared_mem, 8));
    ngx_link_func_shm_free(ctx->shared_mem, block);
    answer(ctx);
}

static void needs_no_shared_memory(ngx_link_func_ctx_t *ctx) {
    BLAMED(ngx_link_func_shmtx_lock(NULL));
    answer(ctx);
}

static void needs_shared_memory(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_shmtx_lock(ctx->shared_mem);
    ngx_link_func_shmtx_unlock(ctx->shared_mem);
    answer(ctx);
}

static void counts_in_the_dict(ngx_link_func_ctx_t *ctx) {
    BLAMED((void) ngx_link_func_dict_delete(ctx->shared_mem, "k", 1));
    answer(ctx);
}

static void asks_for_the_method(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_str_t method = {0, NULL};

    BLAMED((void) ngx_link_func_get_method(ctx, &method));
    answer(ctx);
}

static void asks_for_the_path(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_str_t uri = {0, NULL};

    (void) ngx_link_func_get_uri(ctx, &uri);
    answer(ctx);
}

static void replaces_a_request_header(ngx_link_func_ctx_t *ctx) {
    BLAMED((void) ngx_link_func_add_header_in(ctx, "Host", 4, "here", 4));
    answer(ctx);
}

static void replaces_a_response_header(ngx_link_func_ctx_t *ctx) {
    (void) ngx_link_func_add_header_out(ctx, "ETag", 4, "\"1\"", 3);
    BLAMED((void) ngx_link_func_add_header_out(ctx, "ETag", 4, "\"2\"", 3));
    answer(ctx);
}

static void appends_headers(ngx_link_func_ctx_t *ctx) {
    (void) ngx_link_func_add_header_in(ctx, "X-Name", 6, "1", 1);
    (void) ngx_link_func_add_header_out(ctx, "ETag", 4, "\"1\"", 3);
    (void) ngx_link_func_add_header_out(ctx, "X-Name", 6, "1", 1);
    (void) ngx_link_func_add_header_out(ctx, "X-Name", 6, "2", 1);
    answer(ctx);
}

static const finding_row_t rows[] = {
    {CODE(PORTABILITY), WRONG(locks_twice), locks_one_time_after_the_other, "does not nest"},
    {CODE(PORTABILITY), WRONG(tries_the_lock_that_it_has), locks_one_time_after_the_other, "does not nest"},
    {CODE(PORTABILITY), WRONG(reads_the_cache_without_the_lock), uses_the_cache_with_the_lock,
     "cache_get() without the mutex"},
    {CODE(PORTABILITY), WRONG(allocates_with_the_lock), allocates_without_the_lock,
     "shm_alloc() with the mutex held"},
    {CODE(PORTABILITY), WRONG(frees_with_the_lock), allocates_without_the_lock,
     "shm_free() with the mutex held"},
    {CODE(PORTABILITY), WRONG(allocates_locked_without_the_lock), uses_the_cache_with_the_lock,
     "shm_alloc_locked() without the mutex"},
    {CODE(PORTABILITY), WRONG(needs_no_shared_memory), needs_shared_memory,
     "shmtx_lock() without shared memory"},
    {CODE(PORTABILITY), WRONG(counts_in_the_dict), answer, "dict_delete() is not in the original module"},
    {CODE(PORTABILITY), WRONG(asks_for_the_method), asks_for_the_path, "get_method() is not in"},
    {CODE(PORTABILITY), WRONG(replaces_a_request_header), appends_headers, "\"Host\""},
    {CODE(PORTABILITY), WRONG(replaces_a_response_header), appends_headers, "\"ETag\""},
};

static int setup(void **state) {
    (void) counting_setup(state);
    ngx_link_func_mock_shm_size(*state, (size_t) 16 * 4096);
    return 0;
}

static void what_breaks_on_the_original_module_is_found(void **state) {
    size_t i;

    ngx_link_func_mock_target(*state, NGX_LINK_FUNC_MOCK_TARGET_324);
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        run(*state, rows[i].wrong);
        assert_found(*state, &rows[i]);
        ngx_link_func_mock_findings_clear(*state);
        run(*state, rows[i].nearly);
        assert_nothing_found(*state, rows[i].function);
    }
}

static void without_the_target_it_is_nothing_to_tell(void **state) {
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        run(*state, rows[i].wrong);
        assert_nothing_found(*state, rows[i].function);
    }
}

/*
 * Functions of version 35, each in a handler of its own
 */

static int stop_at_once(void *data, const ngx_link_func_str_t *name, const ngx_link_func_str_t *value) {
    (void) data;
    (void) name;
    (void) value;
    return 1;
}

#define NEW_CALLS(CALL)                                                                                      \
    CALL(abi_version, ())                                                                                    \
    CALL(strerror, (0))                                                                                      \
    CALL(get_method, (ctx, &text))                                                                           \
    CALL(get_remote_addr, (ctx, &text))                                                                      \
    CALL(get_var, (ctx, "uri", 3, &text))                                                                    \
    CALL(set_var, (ctx, "args", 4, "", 0))                                                                   \
    CALL(each_header, (ctx, stop_at_once, NULL))                                                             \
    CALL(get_query_arg, (ctx, "a", 1, &text))                                                                \
    CALL(get_form_arg, (ctx, "a", 1, &text))                                                                 \
    CALL(get_cookie, (ctx, "a", 1, &text))                                                                   \
    CALL(del_header_in, (ctx, "X-A", 3))                                                                     \
    CALL(set_header_out, (ctx, "X-A", 3, "1", 1))                                                            \
    CALL(del_header_out, (ctx, "X-A", 3))                                                                    \
    CALL(decline, (ctx))                                                                                     \
    CALL(write_resp_ref, (ctx, 200, NULL, "", 0, NULL, NULL))                                                \
    CALL(log_fmt, (ctx, 4, "%d", 1))                                                                         \
    CALL(dict_get, (ctx->shared_mem, "k", 1, bytes, &len))                                                   \
    CALL(dict_set, (ctx->shared_mem, "k", 1, "v", 1, 0))                                                     \
    CALL(dict_add, (ctx->shared_mem, "k", 1, "v", 1, 0))                                                     \
    CALL(dict_incr, (ctx->shared_mem, "n", 1, 1, 0, 0, &number))                                             \
    CALL(dict_delete, (ctx->shared_mem, "k", 1))                                                             \
    CALL(dict_ttl, (ctx->shared_mem, "k", 1, &number))                                                       \
    CALL(dict_expire, (ctx->shared_mem, "k", 1, 1))                                                          \
    CALL(dict_stats, (ctx->shared_mem, &stats))

#define HANDLER(name, arguments)                                                                             \
    static void calls_##name(ngx_link_func_ctx_t *ctx) {                                                     \
        ngx_link_func_dict_stats_t stats = {0, 0, 0, 0, 0};                                                  \
        ngx_link_func_str_t text = {0, NULL};                                                                \
        char bytes[8];                                                                                       \
        size_t len = sizeof(bytes);                                                                          \
        int64_t number = 0;                                                                                  \
                                                                                                             \
        (void) stats;                                                                                        \
        (void) text;                                                                                         \
        (void) len;                                                                                          \
        (void) number;                                                                                       \
        BLAMED((void) ngx_link_func_##name arguments);                                                       \
        if (strcmp(#name, "write_resp_ref") != 0) {                                                          \
            answer(ctx);                                                                                     \
        }                                                                                                    \
    }

NEW_CALLS(HANDLER)

#define ROW(name, arguments)                                                                                 \
    {CODE(PORTABILITY), WRONG(calls_##name), answer, #name "() is not in the original"},

static const finding_row_t new_calls[] = {NEW_CALLS(ROW)};

static void each_function_of_version_35_is_found(void **state) {
    size_t i;

    for (i = 0; i < sizeof(new_calls) / sizeof(new_calls[0]); i++) {
        ngx_link_func_mock_target(*state, NGX_LINK_FUNC_MOCK_TARGET_324);
        run(*state, new_calls[i].wrong);
        assert_found(*state, &new_calls[i]);
        ngx_link_func_mock_findings_clear(*state);
        ngx_link_func_mock_target(*state, NGX_LINK_FUNC_MOCK_TARGET_THIS);
        run(*state, new_calls[i].wrong);
        assert_nothing_found(*state, new_calls[i].function);
    }
}

static void answers_nothing(ngx_link_func_ctx_t *ctx) {
    (void) ctx;
}

static void empty_200_is_found_beside_the_missing_response(void **state) {
    ngx_link_func_mock_target(*state, NGX_LINK_FUNC_MOCK_TARGET_324);
    run(*state, answers_nothing);
    assert_int_equal(ngx_link_func_mock_finding_count(*state), 2);
    assert_int_equal(ngx_link_func_mock_finding_code(*state, 0), CODE(RESPONSE_MISSING));
    assert_int_equal(ngx_link_func_mock_finding_code(*state, 1), CODE(PORTABILITY));
    assert_string_equal(ngx_link_func_mock_finding_function(*state, 1), "answers_nothing");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, ngx_link_func_mock_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(what_breaks_on_the_original_module_is_found),
        TEST(without_the_target_it_is_nothing_to_tell),
        TEST(each_function_of_version_35_is_found),
        TEST(empty_200_is_found_beside_the_missing_response),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
