/* With AddressSanitizer a handler's memory mistakes end the process at the
 * line that makes them.  Built only then. */

#include "counting.h"

#include <stdio.h>
#include <stdlib.h>

#include "child.h"

static volatile char sink;

/* The mistake: the parent process reads which line it is. */
#define BLAMED(statement)                                                                                    \
    do {                                                                                                     \
        (void) fprintf(stderr, "the line is %d.\n", __LINE__);                                               \
        statement;                                                                                           \
    } while (0)

static void overflow_a_pool_block(ngx_link_func_ctx_t *ctx) {
    volatile char *block = ngx_link_func_palloc(ctx, 13);

    BLAMED(block[13] = 'x');
}

static void overflow_an_empty_pool_block(ngx_link_func_ctx_t *ctx) {
    volatile char *block = ngx_link_func_palloc(ctx, 0);

    BLAMED(block[0] = 'x');
}

static void underflow_a_pool_block(ngx_link_func_ctx_t *ctx) {
    volatile char *block = ngx_link_func_pcalloc(ctx, 13);

    BLAMED(block[-1] = 'x');
}

static void overread_a_duplicate(ngx_link_func_ctx_t *ctx) {
    const volatile char *copy = ngx_link_func_strdup(ctx, "text");

    BLAMED(sink = copy[5]);
}

static void overread_the_query_string(ngx_link_func_ctx_t *ctx) {
    BLAMED(sink = ((const volatile char *) ctx->req_args)[sizeof("a=1&b=%41%41")]);
}

static void overread_the_body(ngx_link_func_ctx_t *ctx) {
    BLAMED(sink = (char) ((const volatile unsigned char *) ctx->req_body)[ctx->req_body_len + 1]);
}

static void overread_the_path(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_str_t uri = {0, NULL};

    (void) ngx_link_func_get_uri(ctx, &uri);
    BLAMED(sink = (char) ((const volatile unsigned char *) uri.data)[uri.len]);
}

static void overread_a_header(ngx_link_func_ctx_t *ctx) {
    BLAMED(sink = (char) ((const volatile unsigned char *) ngx_link_func_get_header(ctx, "Host", 4))[10]);
}

static void overread_a_query_param(ngx_link_func_ctx_t *ctx) {
    BLAMED(sink = ((const volatile char *) ngx_link_func_get_query_param(ctx, "a"))[2]);
}

static void overread_a_method(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_str_t method = {0, NULL};

    (void) ngx_link_func_get_method(ctx, &method);
    BLAMED(sink = (char) ((const volatile unsigned char *) method.data)[method.len + 1]);
}

static void overread_a_decoded_argument(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_str_t value = {0, NULL};

    (void) ngx_link_func_get_query_arg(ctx, "b", 1, &value);
    BLAMED(sink = (char) ((const volatile unsigned char *) value.data)[value.len + 1]);
}

static int keep_name(void *data, const ngx_link_func_str_t *name, const ngx_link_func_str_t *value) {
    (void) value;
    *(const volatile unsigned char **) data = name->data;
    return 1;
}

static void use_a_visited_name(ngx_link_func_ctx_t *ctx) {
    const volatile unsigned char *name = NULL;

    (void) ngx_link_func_each_header(ctx, keep_name, (void *) &name);
    BLAMED(sink = (char) name[0]);
}

static void free_a_lent_body(ngx_link_func_ctx_t *ctx) {
    char *body = strdup("body");

    (void) ngx_link_func_write_resp_ref(ctx, 200, NULL, body, 4, NULL, NULL);
    BLAMED(free(body));
}

static void overflow_a_shared_block(ngx_link_func_ctx_t *ctx) {
    volatile char *block = ngx_link_func_shm_alloc(ctx->shared_mem, 10);

    BLAMED(block[10] = 'x');
}

static void underflow_a_shared_block(ngx_link_func_ctx_t *ctx) {
    volatile char *block = ngx_link_func_shm_alloc(ctx->shared_mem, 10);

    BLAMED(block[-1] = 'x');
}

static void overflow_a_cache_value(ngx_link_func_ctx_t *ctx) {
    volatile char *value = ngx_link_func_cache_new(ctx->shared_mem, "k", 10);

    BLAMED(value[10] = 'x');
}

static void use_a_freed_shared_block(ngx_link_func_ctx_t *ctx) {
    volatile char *block = ngx_link_func_shm_alloc(ctx->shared_mem, 10);

    ngx_link_func_shm_free(ctx->shared_mem, (void *) block);
    BLAMED(block[0] = 'x');
}

/* What a handler keeps, for a later call to misuse. */
static struct {
    ngx_link_func_ctx_t *ctx;
    volatile char *block;
} kept;

static void use_what_was_kept(ngx_link_func_ctx_t *ctx) {
    if (kept.block == NULL) {
        kept.block = ngx_link_func_pcalloc(ctx, 10);
        return;
    }
    BLAMED(sink = kept.block[0]);
}

static void use_a_removed_value(ngx_link_func_ctx_t *ctx) {
    if (kept.block == NULL) {
        (void) ngx_link_func_cache_new(ctx->shared_mem, "k", 10);
        kept.block = ngx_link_func_cache_remove(ctx->shared_mem, "k");
        kept.block[0] = 'x'; /* until the call returns */
        return;
    }
    BLAMED(sink = kept.block[0]);
}

static void use_a_kept_context(ngx_link_func_ctx_t *ctx) {
    if (kept.ctx == NULL) {
        kept.ctx = ctx;
        return;
    }
    BLAMED(sink = kept.ctx->req_args[0]);
}

#define HANDLER(handler) #handler, handler

static const struct {
    const char *function;
    ngx_link_func_mock_handler_t handler;
    const char *report;
} rows[] = {
    {HANDLER(overflow_a_pool_block), "heap-buffer-overflow"},
    {HANDLER(overflow_an_empty_pool_block), "use-after-poison"},
    {HANDLER(underflow_a_pool_block), "heap-buffer-overflow"},
    {HANDLER(overread_a_duplicate), "heap-buffer-overflow"},
    {HANDLER(overread_the_query_string), "heap-buffer-overflow"},
    {HANDLER(overread_the_body), "heap-buffer-overflow"},
    {HANDLER(overread_the_path), "heap-buffer-overflow"},
    {HANDLER(overread_a_header), "heap-buffer-overflow"},
    {HANDLER(overread_a_query_param), "heap-buffer-overflow"},
    {HANDLER(overflow_a_shared_block), "use-after-poison"},
    {HANDLER(underflow_a_shared_block), "use-after-poison"},
    {HANDLER(overflow_a_cache_value), "use-after-poison"},
    {HANDLER(use_a_removed_value), "use-after-poison"},
    {HANDLER(use_a_freed_shared_block), "use-after-poison"},
    {HANDLER(use_what_was_kept), "heap-use-after-free"},
    {HANDLER(use_a_kept_context), "use-after-poison"},
    {HANDLER(overread_a_method), "heap-buffer-overflow"},
    {HANDLER(overread_a_decoded_argument), "heap-buffer-overflow"},
    {HANDLER(use_a_visited_name), "heap-use-after-free"},
    {HANDLER(free_a_lent_body), "heap-use-after-free"},
};

static ngx_link_func_mock_handler_t chosen;

static void call_twice(void) {
    ngx_link_func_mock_t *mock = ngx_link_func_mock_new();
    ngx_link_func_mock_request_t *req = ngx_link_func_mock_request(mock, "POST", "/path?a=1&b=%41%41");

    ngx_link_func_mock_on_finding(mock, NGX_LINK_FUNC_MOCK_COUNT);
    ngx_link_func_mock_shm_size(mock, 1 << 20);
    ngx_link_func_mock_request_body(req, "body", 4);
    (void) ngx_link_func_mock_call(req, chosen);
    (void) ngx_link_func_mock_call(req, chosen);
}

/* "in overflow_a_pool_block /.../test_asan.c:14", of the line that it said before */
static void assert_place_printed(const child_result_t *child, const char *function) {
    static const char said[] = "the line is ";
    const char *at = strstr(child->output, said);
    char frame[128], place[64];

    assert_non_null(at);
    (void) snprintf(place, sizeof(place), "test_asan.c:%ld", strtol(at + strlen(said), NULL, 10));

    (void) snprintf(frame, sizeof(frame), " in %s ", function);
    assert_child_printed(child, frame);
    at = strstr(child->output, frame);
    assert_non_null(at);
    at += strcspn(at, "\n:");
    if (strncmp(at - strlen("test_asan.c"), place, strlen(place)) != 0) {
        fail_msg("%s without %s in:\n%s", function, place, child->output);
    }
}

static void memory_mistakes_are_reported(void **state) {
    child_result_t child;
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        chosen = rows[i].handler;
        child_run(&child, call_twice);
        assert_int_not_equal(child.status, 0);
        assert_child_printed(&child, "ERROR: AddressSanitizer: ");
        assert_child_printed(&child, rows[i].report);
        assert_place_printed(&child, rows[i].function);
    }
}

static void stay_inside(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_str_t uri = {0, NULL};
    volatile char *block = ngx_link_func_palloc(ctx, 13);

    (void) ngx_link_func_get_uri(ctx, &uri);
    block[12] = 'x';
    sink = ctx->req_args[3];
    sink = (char) ctx->req_body[ctx->req_body_len];
    sink = (char) uri.data[uri.len - 1];
    sink = (char) ngx_link_func_get_header(ctx, "Host", 4)[9];
}

static void memory_within_the_promises_may_be_used(void **state) {
    child_result_t child;

    (void) state;
    chosen = stay_inside;
    child_run(&child, call_twice);
    assert_int_equal(child.status, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_mistakes_are_reported),
        cmocka_unit_test(memory_within_the_promises_may_be_used),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
