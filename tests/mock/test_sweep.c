/* Sweeps over handlers that stand it when memory is short, and over some that do
 * not. */

#include "counting.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static ngx_link_func_mock_request_t *make_request(ngx_link_func_mock_t *mock) {
    return ngx_link_func_mock_request(mock, "GET", "/?a=1");
}

static void answer(ngx_link_func_ctx_t *ctx, uintptr_t status) {
    ngx_link_func_write_resp(ctx, status, NULL, NULL, "", 0);
}

/* What the compiler must not leave out. */
static void *seen(void *block) {
    static void *volatile there;

    there = block;
    block = there;
    there = NULL;
    return block;
}

/* Two of the pool, one of the zone, two of malloc(). */
static void stands_it(ngx_link_func_ctx_t *ctx) {
    char *shared = ngx_link_func_shm_alloc(ctx->shared_mem, 10);
    void *first = seen(malloc(10)), *second = seen(strdup("second"));

    if (ngx_link_func_palloc(ctx, 10) == NULL || ngx_link_func_get_query_param(ctx, "a") == NULL
        || shared == NULL || first == NULL || second == NULL) {
        answer(ctx, 503);
    } else {
        answer(ctx, 200);
    }
    ngx_link_func_shm_free(ctx->shared_mem, shared);
    free(first);
    free(second);
}

static int crash_line;

/* To UndefinedBehaviorSanitizer it is an error before it is a crash. */
__attribute__((no_sanitize("undefined"))) static void writes_without_a_look(ngx_link_func_ctx_t *ctx) {
    char *fine = ngx_link_func_palloc(ctx, 10);
    volatile char *block = ngx_link_func_palloc(ctx, 10);

    crash_line = __LINE__ + 1;
    block[0] = 'x';
    answer(ctx, fine == NULL ? 503 : 200);
}

static void writes_before_it_looks(ngx_link_func_ctx_t *ctx) {
    volatile char *block = ngx_link_func_palloc(ctx, 10);

    crash_line = __LINE__ + 1;
    block[0] = 'x';
    answer(ctx, 200);
}

static int first_line;

static void forgets_to_answer(ngx_link_func_ctx_t *ctx) {
    first_line = __LINE__ - 1;
    if (ngx_link_func_palloc(ctx, 10) != NULL) {
        answer(ctx, 200);
    }
}

/* Of a size that nobody else asks for: the place of a small block may have been
 * another's before, to which a pointer is left somewhere. */
enum { LEAK_LINE = __LINE__ + 4 }; /* of the second block: it is left when there is no first */

static void leaks_one_without_the_other(ngx_link_func_ctx_t *ctx) {
    void *first = seen(malloc(5000));
    void *second = seen(malloc(5000));

    if (first == NULL || second == NULL) {
        answer(ctx, 503); /* NOLINT(clang-analyzer-unix.Malloc): the mistake */
        return;
    }
    free(first);
    free(second);
    answer(ctx, 200);
}

static int shared_line; /* of the second block: it is left when there is no first */

static void leaks_one_of_the_zone(ngx_link_func_ctx_t *ctx) {
    void *first = ngx_link_func_shm_alloc(ctx->shared_mem, 10);
    void *second = ngx_link_func_shm_alloc(ctx->shared_mem, 20);

    shared_line = __LINE__ - 2;
    if (first == NULL || second == NULL) {
        answer(ctx, 503);
        return;
    }
    ngx_link_func_shm_free(ctx->shared_mem, first);
    ngx_link_func_shm_free(ctx->shared_mem, second);
    answer(ctx, 200);
}

static void gives_up(ngx_link_func_ctx_t *ctx) {
    void *block = seen(malloc(10));

    if (block == NULL) {
        abort();
    }
    free(block);
    answer(ctx, 200);
}

static void ends_the_process(ngx_link_func_ctx_t *ctx) {
    if (ngx_link_func_palloc(ctx, 10) == NULL) {
        _exit(7);
    }
    answer(ctx, 200);
}

static void is_wrong_anyway(ngx_link_func_ctx_t *ctx) {
    (void) ngx_link_func_palloc(ctx, 10);
}

static void expect_part(const char *text, const char *part) {
    if (strstr(text, part) == NULL) {
        fail_msg("expected \"%s\" in:\n%s", part, text);
    }
}

static void sweep_counts_the_allocations_of_each_kind(void **state) {
    const ngx_link_func_mock_sweep_t *sweep = ngx_link_func_mock_oom_sweep(*state, make_request, stands_it);

    assert_string_equal(sweep->text, "");
    assert_int_equal(sweep->problems, 0);
    assert_int_equal(sweep->allocations[NGX_LINK_FUNC_MOCK_ALLOC_POOL], 2);
    assert_int_equal(sweep->allocations[NGX_LINK_FUNC_MOCK_ALLOC_SHM], 1);
    assert_int_equal(sweep->allocations[NGX_LINK_FUNC_MOCK_ALLOC_MALLOC], 2);
    assert_int_equal(sweep->runs, 1 + 2 * (3 + 2 + 3));
    assert_int_equal(ngx_link_func_mock_finding_count(*state), 0);
    assert_oom_sweep_clean(*state, make_request, stands_it);
}

static void crash_is_told_with_its_line(void **state) {
    const ngx_link_func_mock_sweep_t *sweep;
    char site[64];

    (void) ngx_link_func_mock_call(make_request(*state), writes_without_a_look);
    (void) snprintf(site, sizeof(site), "test_sweep.c:%d", crash_line);
    sweep = ngx_link_func_mock_oom_sweep(*state, make_request, writes_without_a_look);
    assert_int_equal(sweep->problems, 3); /* the second once, the first for good, the second for good */
    assert_int_equal(sweep->kind, NGX_LINK_FUNC_MOCK_ALLOC_POOL);
    assert_int_equal(sweep->nth, 2);
    assert_int_equal(sweep->times, 1);
    assert_string_equal(sweep->function, "writes_without_a_look");
    expect_part(sweep->site, site);
    expect_part(sweep->text, "pool allocation 2 fails: writes_without_a_look: ");
    expect_part(sweep->text, "pool allocation 1 fails, and all behind it: writes_without_a_look: ");
    expect_part(sweep->text, "crashed with signal 11");
    assert_int_equal(sweep->allocations[NGX_LINK_FUNC_MOCK_ALLOC_POOL], 2);
}

static void leak_of_shared_memory_is_told_with_its_line(void **state) {
    const ngx_link_func_mock_sweep_t *sweep;
    char site[64];

    (void) ngx_link_func_mock_call(make_request(*state), leaks_one_of_the_zone);
    (void) snprintf(site, sizeof(site), "test_sweep.c:%d", shared_line);
    sweep = ngx_link_func_mock_oom_sweep(*state, make_request, leaks_one_of_the_zone);
    assert_int_equal(sweep->problems, 3); /* either once, and the second for good */
    assert_int_equal(sweep->kind, NGX_LINK_FUNC_MOCK_ALLOC_SHM);
    assert_int_equal(sweep->nth, 1);
    assert_string_equal(sweep->function, "leaks_one_of_the_zone");
    expect_part(sweep->site, site);
    expect_part(sweep->text, "shm-leak: 20 bytes of shm_alloc");
}

/* A crash where there is no such sanitizer. */
static void report_of_a_sanitizer_is_told_with_its_place(void **state) {
    const ngx_link_func_mock_sweep_t *sweep;
    char site[64];

    (void) ngx_link_func_mock_call(make_request(*state), writes_before_it_looks);
    (void) snprintf(site, sizeof(site), "test_sweep.c:%d", crash_line);
    sweep = ngx_link_func_mock_oom_sweep(*state, make_request, writes_before_it_looks);
    assert_int_equal(sweep->problems, 2);
    expect_part(sweep->site, site);
}

static void finding_is_a_problem_unless_it_is_allowed(void **state) {
    const ngx_link_func_mock_sweep_t *sweep;
    char site[64];

    (void) ngx_link_func_mock_call(make_request(*state), forgets_to_answer);
    (void) snprintf(site, sizeof(site), "test_sweep.c:%d", first_line);
    sweep = ngx_link_func_mock_oom_sweep(*state, make_request, forgets_to_answer);

    assert_int_equal(sweep->problems, 2);
    assert_string_equal(sweep->function, "forgets_to_answer");
    expect_part(sweep->site, site);
    expect_part(sweep->text, "response-missing: it returned without a response");
    ngx_link_func_mock_allow(*state, NGX_LINK_FUNC_MOCK_CODE_RESPONSE_MISSING);
    assert_oom_sweep_clean(*state, make_request, forgets_to_answer);
}

static void leak_is_a_problem(void **state) {
    const ngx_link_func_mock_sweep_t *sweep;
    char site[64];

    if (dlsym(RTLD_DEFAULT, "__tsan_init") != NULL) {
        return; /* its memory is not looked through */
    }
    sweep = ngx_link_func_mock_oom_sweep(*state, make_request, leaks_one_without_the_other);
    assert_int_equal(sweep->kind, NGX_LINK_FUNC_MOCK_ALLOC_MALLOC);
    assert_int_equal(sweep->nth, 1);
    assert_string_equal(sweep->function, "leaks_one_without_the_other");
    (void) snprintf(site, sizeof(site), "test_sweep.c:%d", LEAK_LINE);
    expect_part(sweep->site, site);
    expect_part(sweep->text, "5000 byte");
}

static void abort_is_told_with_who_called_it(void **state) {
    const ngx_link_func_mock_sweep_t *sweep = ngx_link_func_mock_oom_sweep(*state, make_request, gives_up);

    assert_int_equal(sweep->problems, 2);
    assert_string_equal(sweep->function, "gives_up");
    expect_part(sweep->text, "crashed with signal 6");
}

static void end_of_the_process_is_a_problem(void **state) {
    const ngx_link_func_mock_sweep_t *sweep =
        ngx_link_func_mock_oom_sweep(*state, make_request, ends_the_process);

    assert_int_equal(sweep->problems, 2);
    expect_part(sweep->text, "it ended the process with status 7");
}

static void what_is_wrong_anyway_is_told_once(void **state) {
    const ngx_link_func_mock_sweep_t *sweep =
        ngx_link_func_mock_oom_sweep(*state, make_request, is_wrong_anyway);

    assert_int_equal(sweep->runs, 1);
    assert_int_equal(sweep->nth, 0);
    expect_part(sweep->text, "no allocation fails: is_wrong_anyway: ");
}

/* Its body tells which blocks of the zone were NULL. */
static void allocates_five_blocks(ngx_link_func_ctx_t *ctx) {
    void *blocks[5];
    char body[5];
    size_t i;

    for (i = 0; i < 5; i++) {
        blocks[i] = ngx_link_func_shm_alloc(ctx->shared_mem, 16);
        body[i] = blocks[i] == NULL ? '-' : '+';
    }
    for (i = 0; i < 5; i++) {
        ngx_link_func_shm_free(ctx->shared_mem, blocks[i]);
    }
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, body, sizeof(body));
}

static void blocks_of_the_zone_fail_by_number_and_times(void **state) {
    static const struct {
        size_t nth, times, failed;
        const char *body;
    } rows[] = {{1, 1, 1, "-++++"}, {2, 2, 2, "+--++"}, {4, 0, 2, "+++--"},
                {5, 9, 1, "++++-"}, {6, 0, 0, "+++++"}, {0, 0, 0, "+++++"}};
    const ngx_link_func_mock_alloc_t kind = NGX_LINK_FUNC_MOCK_ALLOC_SHM;
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ngx_link_func_mock_fail_alloc(*state, kind, rows[i].nth, rows[i].times);
        assert_response_body(ngx_link_func_mock_call(make_request(*state), allocates_five_blocks),
                             rows[i].body);
        assert_int_equal(ngx_link_func_mock_failed_allocs(*state, kind), rows[i].failed);
    }
    assert_int_equal(ngx_link_func_mock_finding_count(*state), 0);
}

static void count_release(void *arg) {
    ++*(int *) arg;
}

static int released;

static void lends_its_body(ngx_link_func_ctx_t *ctx) {
    (void) ngx_link_func_write_resp_ref(ctx, 200, NULL, "body", 4, count_release, &released);
}

static void lent_body_without_memory_is_released_and_500(void **state) {
    released = 0;
    ngx_link_func_mock_fail_alloc(*state, NGX_LINK_FUNC_MOCK_ALLOC_POOL, 1, 1);
    assert_response_status(ngx_link_func_mock_call(make_request(*state), lends_its_body), 500);
    assert_int_equal(released, 1);
    assert_response_status(ngx_link_func_mock_call(make_request(*state), lends_its_body), 200);
}

static void request_of_a_problem_is_written_for_replay(void **state) {
    char path[] = "/tmp/linkfunc-sweep-XXXXXX", text[256];
    int fd = mkstemp(path);
    ssize_t len;

    assert_true(fd >= 0);
    assert_int_equal(setenv("LINKFUNC_SWEEP_HTTP", path, 1), 0);
    assert_oom_sweep_clean(*state, make_request, stands_it);
    assert_int_equal(read(fd, text, sizeof(text)), 0);
    (void) ngx_link_func_mock_oom_sweep(*state, make_request, is_wrong_anyway);
    assert_int_equal(unsetenv("LINKFUNC_SWEEP_HTTP"), 0);
    (void) close(fd);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    len = read(fd, text, sizeof(text) - 1);
    (void) close(fd);
    assert_int_equal(unlink(path), 0);
    assert_true(len > 0);
    text[len] = '\0';
    expect_part(text, "GET /?a=1 HTTP/1.1\r\n");
}

/* Goes wrong only for what this request has, all of it. */
static void forgets_to_answer_a_form(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_str_t value = {0, NULL};
    const unsigned char *mode = ngx_link_func_get_header(ctx, "X-Mode", 6);

    if (mode != NULL && strcmp((const char *) mode, "form") == 0 && strcmp(ctx->req_args, "a=1") == 0
        && ngx_link_func_get_form_arg(ctx, "name", 4, &value) == NGX_LINK_FUNC_NO_MEMORY) {
        return;
    }
    answer(ctx, 200);
}

static ngx_link_func_mock_request_t *make_form(ngx_link_func_mock_t *mock) {
    ngx_link_func_mock_request_t *req = ngx_link_func_mock_request(mock, "POST", "/?a=1");

    ngx_link_func_mock_request_header(req, "X-Mode", "form");
    ngx_link_func_mock_request_body(req, "x=\r\n&name=value", 15);
    return req;
}

static int call_with_the_fault(ngx_link_func_mock_request_t *req, void *state) {
    const ngx_link_func_mock_sweep_t *sweep = ((void **) state)[1];

    ngx_link_func_mock_fail_alloc(((void **) state)[0], sweep->kind, sweep->nth, sweep->times);
    (void) ngx_link_func_mock_call(req, forgets_to_answer_a_form);
    return 0;
}

static void replay_of_a_problem_comes_to_the_same_finding(void **state) {
    char path[] = "/tmp/linkfunc-sweep-XXXXXX";
    int fd = mkstemp(path);
    void *both[2] = {*state, NULL};
    ngx_link_func_mock_sweep_t sweep;

    assert_true(fd >= 0);
    (void) close(fd);
    assert_int_equal(setenv("LINKFUNC_SWEEP_HTTP", path, 1), 0);
    sweep = *ngx_link_func_mock_oom_sweep(*state, make_form, forgets_to_answer_a_form);
    assert_int_equal(unsetenv("LINKFUNC_SWEEP_HTTP"), 0);
    assert_true(sweep.nth > 0);
    both[1] = &sweep;
    assert_int_equal(ngx_link_func_mock_replay_http(*state, path, call_with_the_fault, both), 1);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(ngx_link_func_mock_finding_count(*state), 1);
    assert_string_equal(ngx_link_func_mock_finding_function(*state, 0), sweep.function);
    assert_string_equal(ngx_link_func_mock_finding_site(*state, 0), sweep.site);
    expect_part(sweep.text, ngx_link_func_mock_finding_text(*state, 0));
}

static int setup(void **state) {
    (void) counting_setup(state);
    ngx_link_func_mock_shm_size(*state, (size_t) 16 * 4096);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, ngx_link_func_mock_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(sweep_counts_the_allocations_of_each_kind),
        TEST(crash_is_told_with_its_line),
        TEST(leak_of_shared_memory_is_told_with_its_line),
        TEST(report_of_a_sanitizer_is_told_with_its_place),
        TEST(finding_is_a_problem_unless_it_is_allowed),
        TEST(leak_is_a_problem),
        TEST(abort_is_told_with_who_called_it),
        TEST(end_of_the_process_is_a_problem),
        TEST(what_is_wrong_anyway_is_told_once),
        TEST(lent_body_without_memory_is_released_and_500),
        TEST(blocks_of_the_zone_fail_by_number_and_times),
        TEST(request_of_a_problem_is_written_for_replay),
        TEST(replay_of_a_problem_comes_to_the_same_finding),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
