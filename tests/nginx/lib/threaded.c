/* Functions for the thread pool.  They wait for each other through numbers in
 * shared memory, which requests to any worker can read and change. */

#include <ngx_link_func_module.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

void hold(ngx_link_func_ctx_t *ctx);
void let_go(ngx_link_func_ctx_t *ctx);
void hold_address(ngx_link_func_ctx_t *ctx);
void held(ngx_link_func_ctx_t *ctx);
void returned(ngx_link_func_ctx_t *ctx);
void meet(ngx_link_func_ctx_t *ctx);
void echo_all(ngx_link_func_ctx_t *ctx);
void page(ngx_link_func_ctx_t *ctx);
void holding_page(ngx_link_func_ctx_t *ctx);
void guard(ngx_link_func_ctx_t *ctx);
void show_user(ngx_link_func_ctx_t *ctx);
void by_reference(ngx_link_func_ctx_t *ctx);
void keeps_lock(ngx_link_func_ctx_t *ctx);
void takes_lock(ngx_link_func_ctx_t *ctx);
void wrong_thread(ngx_link_func_ctx_t *ctx);
void nothing(ngx_link_func_ctx_t *ctx);

#define PATIENCE 10000 /* naps of 1 ms */

void ngx_link_func_init_cycle(ngx_link_func_cycle_t *cycle) {
    (void) cycle;
}

void ngx_link_func_exit_cycle(ngx_link_func_cycle_t *cycle) {
    (void) cycle;
}

static void answer(ngx_link_func_ctx_t *ctx, const char *text) {
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, text, strlen(text));
}

static void answer_number(ngx_link_func_ctx_t *ctx, long number) {
    char text[32];

    (void) snprintf(text, sizeof(text), "%ld", number);
    answer(ctx, text);
}

/* A number of that name in shared memory, which is never removed. */
static long *number(void *mem, const char *name) {
    long *found;

    ngx_link_func_shmtx_lock(mem);
    found = ngx_link_func_cache_get(mem, name);
    if (found == NULL) {
        found = ngx_link_func_cache_new(mem, name, sizeof(*found));
    }
    ngx_link_func_shmtx_unlock(mem);
    return found;
}

static long add(void *mem, const char *name, long by) {
    return __atomic_add_fetch(number(mem, name), by, __ATOMIC_SEQ_CST);
}

static void nap(void) {
    const struct timespec pause = {0, 1000000};

    (void) nanosleep(&pause, NULL);
}

/* Until let_go() was called as often as it should be. */
static int stay(ngx_link_func_ctx_t *ctx) {
    long turn = add(ctx->shared_mem, "held", 1);
    int i;

    for (i = 0; i < PATIENCE && add(ctx->shared_mem, "let_go", 0) < turn; i++) {
        nap();
    }
    return i < PATIENCE;
}

void hold(ngx_link_func_ctx_t *ctx) {
    answer(ctx, stay(ctx) ? "let go" : "forgotten");
    (void) add(ctx->shared_mem, "returned", 1);
}

void hold_address(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_str_t addr;

    (void) stay(ctx);
    (void) ngx_link_func_get_remote_addr(ctx, &addr);
    answer(ctx, (const char *) addr.data);
}

void let_go(ngx_link_func_ctx_t *ctx) {
    answer_number(ctx, add(ctx->shared_mem, "let_go", 1));
}

void held(ngx_link_func_ctx_t *ctx) {
    answer_number(ctx, add(ctx->shared_mem, "held", 0));
}

void returned(ngx_link_func_ctx_t *ctx) {
    answer_number(ctx, add(ctx->shared_mem, "returned", 0));
}

/* Returns when four calls are inside at once, and works on its request's
 * headers all the while. */
void meet(ngx_link_func_ctx_t *ctx) {
    const char *id = ngx_link_func_get_query_param(ctx, "id");
    char name[32], *text = ngx_link_func_palloc(ctx, 70000);
    int i;

    (void) add(ctx->shared_mem, "met", 1);
    for (i = 0; i < PATIENCE && add(ctx->shared_mem, "met", 0) % 4 != 0; i++) {
        (void) snprintf(name, sizeof(name), "X-Meet-%d", i % 50);
        (void) ngx_link_func_add_header_in(ctx, name, strlen(name), id, strlen(id));
        (void) ngx_link_func_set_header_out(ctx, name, strlen(name), id, strlen(id));
        (void) ngx_link_func_get_header(ctx, name, strlen(name));
        nap();
    }
    memset(text, id[0], 70000);
    ngx_link_func_log_info(ctx, id);
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, text, i < PATIENCE ? 70000 : 0);
}

static int count_header(void *data, const ngx_link_func_str_t *name, const ngx_link_func_str_t *value) {
    int *count = data;

    (void) name;
    (void) value;
    ++*count;
    return 0;
}

/* Everything that the request has, and headers of each kind. */
void echo_all(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_str_t uri, method, addr, arg = {0, NULL};
    const unsigned char *header = ngx_link_func_get_header(ctx, "X-Sent", 6);
    const unsigned char *prop = ngx_link_func_get_prop(ctx, "who", 3);
    size_t size = ctx->req_body_len + 512;
    char *text = ngx_link_func_palloc(ctx, size);
    int headers = 0, len;

    (void) ngx_link_func_get_uri(ctx, &uri);
    (void) ngx_link_func_get_method(ctx, &method);
    (void) ngx_link_func_get_remote_addr(ctx, &addr);
    (void) ngx_link_func_get_query_arg(ctx, "a", 1, &arg);
    (void) ngx_link_func_each_header(ctx, count_header, &headers);
    (void) ngx_link_func_add_header_in(ctx, "X-Set", 5, "in", 2);
    (void) ngx_link_func_add_header_out(ctx, "X-Out", 5, "one", 3);
    (void) ngx_link_func_add_header_out(ctx, "X-Out", 5, "two", 3);
    (void) ngx_link_func_add_header_out(ctx, "ETag", 4, "\"v1\"", 4);
    ngx_link_func_log(warn, ctx, "thread line %d", 1);
    (void) ngx_link_func_log_fmt(ctx, NGX_LINK_FUNC_LOG_WARN, "thread line %d", 2);
    (void) ngx_link_func_add_header_out(ctx, "Connection", 10, "close", 5);
    len = snprintf(text, size, "%.*s %.*s %.*s a=%.*s sent=%s who=%s set=%s headers=%s body=%zu:%s",
                   (int) method.len, (const char *) method.data, (int) uri.len, (const char *) uri.data,
                   (int) addr.len, (const char *) addr.data, (int) arg.len, (const char *) arg.data,
                   header ? (const char *) header : "NULL", prop ? (const char *) prop : "NULL",
                   (const char *) ngx_link_func_get_header(ctx, "x-set", 5), headers > 1 ? "some" : "none",
                   ctx->req_body_len, ctx->req_body ? (const char *) ctx->req_body : "NULL");
    ngx_link_func_write_resp(ctx, 201, "201 Made", "text/x", text, (size_t) len);
}

void page(ngx_link_func_ctx_t *ctx) {
    static const char text[] =
        "<!--#include virtual=\"/meet?id=a\" --><!--#include virtual=\"/meet?id=b\" -->"
        "<!--#include virtual=\"/meet?id=c\" --><!--#include virtual=\"/meet?id=d\" -->.";

    ngx_link_func_write_resp(ctx, 200, NULL, "text/html", text, sizeof(text) - 1);
}

void holding_page(ngx_link_func_ctx_t *ctx) {
    static const char text[] = "<!--#include virtual=\"/hold\" --><!--#include virtual=\"/hold\" -->.";

    ngx_link_func_write_resp(ctx, 200, NULL, "text/html", text, sizeof(text) - 1);
}

/* Lets in who names himself. */
void guard(ngx_link_func_ctx_t *ctx) {
    const unsigned char *name = ngx_link_func_get_header(ctx, "X-Name", 6);

    if (name == NULL) {
        (void) ngx_link_func_add_header_out(ctx, "WWW-Authenticate", 16, "Name", 4);
        ngx_link_func_write_resp(ctx, 401, NULL, NULL, "who?", 4);
        return;
    }
    (void) ngx_link_func_add_header_in(ctx, "X-User", 6, (const char *) name, strlen((const char *) name));
    (void) ngx_link_func_add_header_out(ctx, "X-Guard", 7, "open", 4);
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, "in", 2);
}

void show_user(ngx_link_func_ctx_t *ctx) {
    const unsigned char *user = ngx_link_func_get_header(ctx, "X-User", 6);

    answer(ctx, user == NULL ? "nobody" : (const char *) user);
}

static void give_back(void *arg) {
    free(arg);
}

void by_reference(ngx_link_func_ctx_t *ctx) {
    char *text = malloc(300000);

    if (text != NULL) {
        memset(text, 'r', 300000);
        (void) ngx_link_func_write_resp_ref(ctx, 200, NULL, text, 300000, give_back, text);
    }
}

void keeps_lock(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_shmtx_lock(ctx->shared_mem);
    answer(ctx, "kept");
}

void takes_lock(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_shmtx_lock(ctx->shared_mem);
    ngx_link_func_shmtx_unlock(ctx->shared_mem);
    answer(ctx, "taken");
}

void wrong_thread(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_str_t value;
    int got = ngx_link_func_get_var(ctx, "uri", 3, &value);

    answer(ctx, got == NGX_LINK_FUNC_WRONG_THREAD
                        && ngx_link_func_set_var(ctx, "own", 3, "x", 1) == NGX_LINK_FUNC_WRONG_THREAD
                    ? "wrong thread"
                    : "event loop");
}

void nothing(ngx_link_func_ctx_t *ctx) {
    (void) ctx;
}
