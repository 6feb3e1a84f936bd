/* Mistakes that a sanitizer must name the line of: argv[1] says which.  The mock
 * is not built with it, as where it was installed from a package. */

#include <ngx_link_func_mock.h>

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define THREADS 2

static volatile int shared, turn;
static volatile size_t ten = 10;
static volatile int largest = INT_MAX;
static void *volatile lost;

static void answer(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_write_resp(ctx, 200, NULL, "text/plain", "fine", 4);
}

/* Of two handlers the second goes on once the first has come here, which orders
 * nothing between them: ThreadSanitizer believes no relaxed access. */
static void pass_turn(int to) {
    __atomic_store_n(&turn, to, __ATOMIC_RELAXED);
}

static void await_turn(int which) {
    while (__atomic_load_n(&turn, __ATOMIC_RELAXED) != which) {
    }
}

static int is_first(const ngx_link_func_ctx_t *ctx) {
    return strcmp(ctx->req_args, "0") == 0;
}

/* All that is between the two is that both answer. */
static void race(ngx_link_func_ctx_t *ctx) {
    if (is_first(ctx)) {
        shared = 1; /* here */
        answer(ctx);
        pass_turn(1);
    } else {
        await_turn(1);
        answer(ctx);
        shared = 2;
    }
}

static void locks(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_shmtx_lock(ctx->shared_mem);
    shared++;
    ngx_link_func_shmtx_unlock(ctx->shared_mem);
    answer(ctx);
}

static void overflow(ngx_link_func_ctx_t *ctx) {
    volatile char *block = ngx_link_func_palloc(ctx, ten);

    block[ten] = 'x'; /* here */
    answer(ctx);
}

static void undefined(ngx_link_func_ctx_t *ctx) {
    largest = largest + 1; /* here */
    answer(ctx);
}

static void leak(ngx_link_func_ctx_t *ctx) {
    lost = malloc(ten); /* here */
    lost = NULL;
    answer(ctx);
}

static void none(ngx_link_func_ctx_t *ctx) {
    char *block = ngx_link_func_palloc(ctx, ten), *own = malloc(ten);

    memset(block, 'x', ten);
    memset(own, 'x', ten);
    free(own);
    locks(ctx);
}

#define ROW(name)                                                                                            \
    { #name, name }

static const struct {
    const char *name;
    ngx_link_func_mock_handler_t handler;
} rows[] = {
    ROW(race), ROW(locks), ROW(overflow), ROW(undefined), ROW(leak), ROW(none),
};

static void call(ngx_link_func_mock_t *mock, size_t thread, void *handler) {
    ngx_link_func_mock_request_t *req = ngx_link_func_mock_request(mock, "GET", thread == 0 ? "/?0" : "/?1");

    (void) ngx_link_func_mock_call(req, *(ngx_link_func_mock_handler_t *) handler);
}

int main(int argc, char **argv) {
    ngx_link_func_mock_t *mock = ngx_link_func_mock_new();
    size_t i;

    ngx_link_func_mock_shm_size(mock, (size_t) 1 << 20);
    for (i = 0; argc == 3 && i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strcmp(argv[1], rows[i].name) == 0) {
            ngx_link_func_mock_handler_t handler = rows[i].handler;

            if (strcmp(argv[2], "threads") == 0) {
                ngx_link_func_mock_threads(mock, THREADS, call, &handler);
            } else {
                call(mock, 0, &handler);
            }
        }
    }
    ngx_link_func_mock_free(mock);
    return 0;
}
