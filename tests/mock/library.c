/* A handler library; WITHOUT_HOOKS makes one that lacks them, NEEDS_MISSING one
 * that cannot be opened. */

#define EXPORT __attribute__((visibility("default")))

#include <ngx_link_func_module.h>

EXPORT void answer_loaded(ngx_link_func_ctx_t *ctx);
EXPORT void keep_the_lock(ngx_link_func_ctx_t *ctx);
EXPORT void count_calls(ngx_link_func_ctx_t *ctx);
EXPORT void keep_a_function(ngx_link_func_ctx_t *ctx);
EXPORT void put_a_variable(ngx_link_func_ctx_t *ctx);
EXPORT void set_a_text(ngx_link_func_ctx_t *ctx);
EXPORT void put_and_set_numbers(ngx_link_func_ctx_t *ctx);
EXPORT void set_a_text_over(ngx_link_func_ctx_t *ctx);
EXPORT void err_in_a_static(ngx_link_func_ctx_t *ctx);
EXPORT void tell_the_number(ngx_link_func_ctx_t *ctx);

EXPORT void answer_loaded(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, "loaded", 6);
}

/* How often, since the library was opened. */
EXPORT void count_calls(ngx_link_func_ctx_t *ctx) {
    static int count;

    ngx_link_func_log(info, ctx, "call %d", ++count);
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, "", 0);
}

/* A number in shared memory, and beside it what only this library has. */
EXPORT void keep_a_function(ngx_link_func_ctx_t *ctx) {
    struct {
        uint64_t number;
        void (*function)(ngx_link_func_ctx_t *ctx);
    } *kept = ngx_link_func_cache_new(ctx->shared_mem, "kept", sizeof(*kept));

    kept->number = 42;
    kept->function = count_calls;
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, "", 0);
}

EXPORT void put_a_variable(ngx_link_func_ctx_t *ctx) {
    static int own;

    (void) ngx_link_func_cache_put(ctx->shared_mem, "own", &own);
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, "", 0);
}

/* The address of the text, not the text. */
EXPORT void set_a_text(ngx_link_func_ctx_t *ctx) {
    const void *text = "a text";

    (void) ngx_link_func_dict_set(ctx->shared_mem, "key", 3, &text, sizeof(text), 0);
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, "", 0);
}

EXPORT void put_and_set_numbers(ngx_link_func_ctx_t *ctx) {
    uint64_t number = 42;

    (void) ngx_link_func_cache_put(ctx->shared_mem, "own", NULL);
    (void) ngx_link_func_dict_set(ctx->shared_mem, "key", 3, &number, sizeof(number), 0);
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, "", 0);
}

/* The shorter value takes the place of the longer one, whose end stays behind it. */
EXPORT void set_a_text_over(ngx_link_func_ctx_t *ctx) {
    const void *texts[] = {"one", "two", "three"};

    (void) ngx_link_func_dict_set(ctx->shared_mem, "key", 3, texts, sizeof(texts), 0);
    (void) ngx_link_func_dict_set(ctx->shared_mem, "key", 3, "four", 4, 0);
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, "", 0);
}

EXPORT void tell_the_number(ngx_link_func_ctx_t *ctx) {
    const uint64_t *number = ngx_link_func_cache_get(ctx->shared_mem, "kept");

    ngx_link_func_log(info, ctx, "number %d", number == NULL ? 0 : (int) *number);
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, "", 0);
}

EXPORT void keep_the_lock(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_shmtx_lock(ctx->shared_mem);
}

__attribute__((noinline)) static void unlock_what_is_not_locked(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_shmtx_unlock(ctx->shared_mem);
    ngx_link_func_log_info(ctx, "no tail call");
}

EXPORT void err_in_a_static(ngx_link_func_ctx_t *ctx) {
    unlock_what_is_not_locked(ctx);
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, "", 0);
}

EXPORT extern int no_function;
EXPORT int no_function;

#ifdef NEEDS_MISSING
void function_that_nobody_has(void);

EXPORT void (*needs_missing)(void);
EXPORT void (*needs_missing)(void) = function_that_nobody_has;
#endif

#ifndef WITHOUT_HOOKS
EXPORT void ngx_link_func_init_cycle(ngx_link_func_cycle_t *cycle) {
    ngx_link_func_cyc_log_info(cycle, "library init");
    cycle->has_error = ngx_link_func_cyc_get_prop(cycle, "fail", 4) != NULL;
}

EXPORT void ngx_link_func_exit_cycle(ngx_link_func_cycle_t *cycle) {
    ngx_link_func_cyc_log_info(cycle, "library exit");
}
#endif
