/* For each finding of discipline: a handler that makes the mistake, which must
 * be found with its function and line, and one that nearly does. */

#include "finding_rows.h"

#include <stdlib.h>
#include <unistd.h>

/*
 * response-missing
 */

static void answers_nothing(ngx_link_func_ctx_t *ctx) { /* the line that is named */
    (void) ctx;
}

static void declines(ngx_link_func_ctx_t *ctx) {
    (void) ngx_link_func_decline(ctx);
}

/*
 * response-twice
 */

static void answers_twice(ngx_link_func_ctx_t *ctx) {
    answer(ctx);
    BLAMED(ngx_link_func_write_resp(ctx, 500, NULL, NULL, "", 0));
}

static void declines_after_an_answer(ngx_link_func_ctx_t *ctx) {
    answer(ctx);
    (void) ngx_link_func_decline(ctx);
}

/*
 * header-refused
 */

static void adds_a_header_with_a_line_break(ngx_link_func_ctx_t *ctx) {
    BLAMED((void) ngx_link_func_add_header_out(ctx, "X-Name", 6, "a\r\nb", 4));
    answer(ctx);
}

static void adds_a_content_type_with_a_line_break(ngx_link_func_ctx_t *ctx) {
    BLAMED(ngx_link_func_write_resp(ctx, 200, NULL, "text/html\r\n", "", 0));
}

static void has_a_content_type_with_a_parameter(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_write_resp(ctx, 200, NULL, "text/html; a=\"b\tc\"", "", 0);
}

static void adds_a_header_with_a_tab(ngx_link_func_ctx_t *ctx) {
    (void) ngx_link_func_add_header_out(ctx, "X-Name", 6, "a\tb", 3);
    answer(ctx);
}

/*
 * header-after-return
 */

static ngx_link_func_ctx_t kept;

static void keeps_its_context(ngx_link_func_ctx_t *ctx) {
    kept = *ctx;
    answer(ctx);
}

static void adds_a_header_to_the_call_before(ngx_link_func_ctx_t *ctx) {
    BLAMED((void) ngx_link_func_add_header_out(&kept, "X-Late", 6, "1", 1));
    answer(ctx);
}

static void adds_a_header_to_a_copy_of_its_context(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_ctx_t copy = *ctx;

    (void) ngx_link_func_add_header_out(&copy, "X-Name", 6, "1", 1);
    answer(ctx);
}

/*
 * status-mismatch
 */

static void says_404_with_a_line_of_200(ngx_link_func_ctx_t *ctx) {
    BLAMED(ngx_link_func_write_resp(ctx, 404, "200 OK", NULL, "", 0));
}

static void says_404_in_its_own_words(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_write_resp(ctx, 404, "404 Nobody", NULL, "", 0);
}

/*
 * body-length-mismatch
 */

static void counts_the_nul(ngx_link_func_ctx_t *ctx) {
    BLAMED(ngx_link_func_write_resp(ctx, 200, NULL, ngx_link_func_content_type_json, "{}", 3));
}

/* The health check of the article: 21 bytes. */
static void stops_one_short(ngx_link_func_ctx_t *ctx) {
    static const char *const body = "{\"status\": \"healthy\"}";

    BLAMED(ngx_link_func_write_resp(ctx, 200, NULL, ngx_link_func_content_type_json, body, 20));
}

/* What snprintf answers when it fails, taken for a length. */
static void sends_a_failed_text(ngx_link_func_ctx_t *ctx) {
    BLAMED(ngx_link_func_write_resp(ctx, 200, NULL, NULL, "text", (size_t) -1));
}

static void lends_a_failed_text(ngx_link_func_ctx_t *ctx) {
    BLAMED((void) ngx_link_func_write_resp_ref(ctx, 200, NULL, "text", (size_t) -1, NULL, NULL));
}

static void lends_a_text_that_is_one_short(ngx_link_func_ctx_t *ctx) {
    BLAMED((void) ngx_link_func_write_resp_ref(ctx, 200, "text/plain", "four", 3, NULL, NULL));
}

static void lends_a_whole_text(ngx_link_func_ctx_t *ctx) {
    (void) ngx_link_func_write_resp_ref(ctx, 200, "text/plain", "four", 4, NULL, NULL);
}

static void sends_a_nul_in_what_is_no_text(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_write_resp(ctx, 200, NULL, "application/octet-stream", "a\0b", 3);
}

static void sends_the_beginning_of_its_own_text(ngx_link_func_ctx_t *ctx) {
    char text[] = "not a literal";

    ngx_link_func_write_resp(ctx, 200, NULL, NULL, text, 3);
}

static void counts_the_nul_of_a_problem(ngx_link_func_ctx_t *ctx) {
    BLAMED(ngx_link_func_write_resp(ctx, 400, NULL, "application/problem+json; charset=utf-8", "{}", 3));
}

/* Neither has a NUL; what stands behind the first is a text. */
static const char letters[2][4] = {{'a', 'b', 'c', 'd'}, {'e', 'f', 'g', 'h'}};

static void sends_a_constant_array(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, letters[0], sizeof(letters));
}

static const char named[] = "a named text";

static void stops_one_short_in_a_named_text(ngx_link_func_ctx_t *ctx) {
    BLAMED(ngx_link_func_write_resp(ctx, 200, NULL, NULL, named, sizeof(named) - 2));
}

/*
 * log-truncated
 */

__attribute__((noinline)) static void log_letters(ngx_link_func_ctx_t *ctx, int count) {
    char text[300];

    memset(text, 'a', sizeof(text));
    text[count] = '\0';
    BLAMED(ngx_link_func_log(info, ctx, "%s", text));
}

static void logs_200_letters(ngx_link_func_ctx_t *ctx) {
    log_letters(ctx, 200);
    answer(ctx);
}

static void logs_199_letters(ngx_link_func_ctx_t *ctx) {
    log_letters(ctx, 199);
    answer(ctx);
}

/*
 * lock-held-at-return, lock-not-held-unlock
 */

static void keeps_the_lock(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_shmtx_lock(ctx->shared_mem);
    answer(ctx);
}

static void locks_twice_and_opens_twice(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_shmtx_lock(ctx->shared_mem);
    ngx_link_func_shmtx_lock(ctx->shared_mem);
    ngx_link_func_shmtx_unlock(ctx->shared_mem);
    ngx_link_func_shmtx_unlock(ctx->shared_mem);
    answer(ctx);
}

static void opens_what_it_did_not_lock(ngx_link_func_ctx_t *ctx) {
    BLAMED(ngx_link_func_shmtx_unlock(ctx->shared_mem));
    answer(ctx);
}

/*
 * The table
 */

static const finding_row_t rows[] = {
    {CODE(RESPONSE_MISSING), WRONG(answers_nothing), declines, "200 and an empty body"},
    {CODE(RESPONSE_TWICE), WRONG(answers_twice), declines_after_an_answer, "with status 200"},
    {CODE(HEADER_REFUSED), WRONG(adds_a_header_with_a_line_break), adds_a_header_with_a_tab, "\"X-Name\""},
    {CODE(HEADER_REFUSED), WRONG(adds_a_content_type_with_a_line_break), has_a_content_type_with_a_parameter,
     "the content type"},
    {CODE(HEADER_AFTER_RETURN), WRONG(adds_a_header_to_the_call_before),
     adds_a_header_to_a_copy_of_its_context, "has returned"},
    {CODE(STATUS_MISMATCH), WRONG(says_404_with_a_line_of_200), says_404_in_its_own_words, "\"200 OK\""},
    {CODE(BODY_LENGTH_MISMATCH), WRONG(counts_the_nul), sends_a_nul_in_what_is_no_text, "NUL at byte 2"},
    {CODE(BODY_LENGTH_MISMATCH), WRONG(stops_one_short), sends_the_beginning_of_its_own_text,
     "the length is 20, but the string literal has 21 bytes"},
    {CODE(BODY_LENGTH_MISMATCH), WRONG(sends_a_failed_text), lends_a_whole_text, "which no body has"},
    {CODE(BODY_LENGTH_MISMATCH), WRONG(lends_a_failed_text), lends_a_whole_text, "which no body has"},
    {CODE(BODY_LENGTH_MISMATCH), WRONG(lends_a_text_that_is_one_short), lends_a_whole_text,
     "the length is 3"},
    {CODE(BODY_LENGTH_MISMATCH), WRONG(counts_the_nul_of_a_problem), sends_a_constant_array, "NUL at byte 2"},
    {CODE(BODY_LENGTH_MISMATCH), WRONG(stops_one_short_in_a_named_text), sends_a_constant_array,
     "the string literal has 12 bytes"},
    {CODE(LOG_TRUNCATED), "log_letters", logs_200_letters, logs_199_letters, "199 characters"},
    {CODE(LOCK_HELD_AT_RETURN), WRONG(keeps_the_lock), locks_twice_and_opens_twice, "mutex held"},
    {CODE(LOCK_NOT_HELD_UNLOCK), WRONG(opens_what_it_did_not_lock), locks_twice_and_opens_twice,
     "without holding the lock"},
};

static int setup(void **state) {
    (void) counting_setup(state);
    ngx_link_func_mock_shm_size(*state, (size_t) 16 * 4096);
    return 0;
}

static void call(void **state, ngx_link_func_mock_handler_t handler) {
    blamed = 0;
    (void) ngx_link_func_mock_call(ngx_link_func_mock_request(*state, "GET", "/"), handler);
}

/* "…/test_findings.c:123" */
static int site_line(const char *site) {
    const char *colon = strrchr(site, ':');

    assert_non_null(colon);
    assert_non_null(strstr(site, "test_findings.c:"));
    return (int) strtol(colon + 1, NULL, 10);
}

static void mistake_is_found(void **state, const finding_row_t *row) {
    call(state, row->wrong);
    assert_int_equal(ngx_link_func_mock_finding_count(*state), 1);
    assert_int_equal(ngx_link_func_mock_finding_code(*state, 0), row->code);
    assert_string_equal(ngx_link_func_mock_finding_function(*state, 0), row->function);
    if (blamed != 0) {
        assert_int_equal(site_line(ngx_link_func_mock_finding_site(*state, 0)), blamed);
    }
    if (strstr(ngx_link_func_mock_finding_text(*state, 0), row->text) == NULL) {
        fail_msg("%s: expected \"%s\" in \"%s\"", row->function, row->text,
                 ngx_link_func_mock_finding_text(*state, 0));
    }
    ngx_link_func_mock_findings_clear(*state);
}

static void each_mistake_is_found_where_it_is_made(void **state) {
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        call(state, keeps_its_context);
        mistake_is_found(state, &rows[i]);
    }
}

static void what_is_nearly_a_mistake_is_none(void **state) {
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        call(state, rows[i].nearly);
        if (ngx_link_func_mock_finding_count(*state) != 0) {
            fail_msg("near %s: %s", rows[i].function, ngx_link_func_mock_finding_text(*state, 0));
        }
    }
}

/*
 * Contexts that are kept for longer than their requests
 */

static void keep_a_context_of_a_request_that_goes(void **state) {
    ngx_link_func_mock_request_t *req = ngx_link_func_mock_request(*state, "GET", "/");

    (void) ngx_link_func_mock_call(req, keeps_its_context);
    ngx_link_func_mock_request_free(req);
}

static void assert_found_alone(void **state, const char *function, ngx_link_func_mock_code_t code) {
    assert_int_equal(ngx_link_func_mock_finding_count(*state), 1);
    assert_string_equal(ngx_link_func_mock_finding_function(*state, 0), function);
    assert_int_equal(ngx_link_func_mock_finding_code(*state, 0), code);
    assert_int_equal(site_line(ngx_link_func_mock_finding_site(*state, 0)), blamed);
    ngx_link_func_mock_findings_clear(*state);
}

static void uses_a_kept_context_for_all_it_can(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_str_t text;

    (void) ngx_link_func_palloc(&kept, 100);
    (void) ngx_link_func_get_uri(&kept, &text);
    (void) ngx_link_func_get_header(&kept, "Host", 4);
    (void) ngx_link_func_add_header_in(&kept, "X-Late", 6, "1", 1);
    ngx_link_func_log_info(&kept, "late");
    answer(&kept);
    answer(ctx);
}

static void context_of_a_freed_request_is_found_when_it_is_used(void **state) {
    keep_a_context_of_a_request_that_goes(state);
    call(state, adds_a_header_to_the_call_before);
    assert_found_alone(state, "adds_a_header_to_the_call_before", CODE(HEADER_AFTER_RETURN));
    call(state, uses_a_kept_context_for_all_it_can);
    assert_int_equal(ngx_link_func_mock_finding_count(*state), 6);
}

static void context_of_long_ago_is_found_when_it_is_used(void **state) {
    int i;

    call(state, keeps_its_context);
    for (i = 0; i < 200; i++) {
        call(state, answer);
    }
    call(state, adds_a_header_to_the_call_before);
    assert_found_alone(state, "adds_a_header_to_the_call_before", CODE(HEADER_AFTER_RETURN));
}

static void request_that_is_freed_leaves_the_next_its_context(void **state) {
    ngx_link_func_mock_request_t *req;

    keep_a_context_of_a_request_that_goes(state);
    req = ngx_link_func_mock_request(*state, "GET", "/");
    assert_response_header(ngx_link_func_mock_call(req, adds_a_header_to_a_copy_of_its_context), "X-Name",
                           "1");
    assert_int_equal(ngx_link_func_mock_finding_count(*state), 0);
}

/*
 * Handlers that are left by a jump
 */

static jmp_buf out_of_the_handler;

static void jumps_out_with_the_lock(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_shmtx_lock(ctx->shared_mem);
    longjmp(out_of_the_handler, 1);
}

static void jumps_out(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_shmtx_lock(ctx->shared_mem);
    ngx_link_func_shmtx_unlock(ctx->shared_mem);
    longjmp(out_of_the_handler, 1);
}

static void leave_by_a_jump(void **state, ngx_link_func_mock_handler_t handler) {
    if (setjmp(out_of_the_handler) == 0) {
        call(state, handler);
    }
}

static void assert_jumper_is_blamed(void **state) {
    assert_int_equal(ngx_link_func_mock_finding_count(*state), 1);
    assert_string_equal(ngx_link_func_mock_finding_function(*state, 0), "jumps_out_with_the_lock");
    assert_int_equal(ngx_link_func_mock_finding_code(*state, 0), CODE(LOCK_HELD_AT_RETURN));
}

static void lock_that_a_jump_left_held_is_told_of_who_jumped(void **state) {
    leave_by_a_jump(state, jumps_out_with_the_lock);
    call(state, locks_twice_and_opens_twice);
    assert_jumper_is_blamed(state);
}

static void lock_that_a_jump_left_held_is_told_when_the_worker_stops(void **state) {
    leave_by_a_jump(state, jumps_out_with_the_lock);
    ngx_link_func_mock_stop(*state);
    assert_jumper_is_blamed(state);
}

static void jump_without_the_lock_is_no_finding(void **state) {
    leave_by_a_jump(state, jumps_out);
    call(state, locks_twice_and_opens_twice);
    ngx_link_func_mock_stop(*state);
    assert_int_equal(ngx_link_func_mock_finding_count(*state), 0);
}

/*
 * Policies
 */

static int failures;

static void count_failure(const char *message) {
    failures += strstr(message, "finding: response-missing: answers_nothing: ") != NULL
                && strstr(message, "> GET /") != NULL;
    _longjmp(global_expect_assert_env, 1);
}

static int fails(void **state) {
    int before = failures;

    ngx_link_func_mock_on_failure(count_failure);
    if (setjmp(global_expect_assert_env) == 0) {
        call(state, answers_nothing);
    }
    ngx_link_func_mock_on_failure(ngx_link_func_cmocka_fail);
    return failures > before;
}

static void finding_fails_the_test_once_the_call_has_returned(void **state) {
    ngx_link_func_mock_on_finding(*state, NGX_LINK_FUNC_MOCK_FAIL);
    assert_true(fails(state));
    assert_true(fails(state));
    assert_int_equal(ngx_link_func_mock_finding_count(*state), 2);
}

static int went_on; /* behind the mistake */

static void answers_twice_and_goes_on(ngx_link_func_ctx_t *ctx) {
    answer(ctx);
    answer(ctx);
    went_on++;
}

static void handler_goes_on_behind_its_mistake(void **state) {
    went_on = 0;
    ngx_link_func_mock_on_finding(*state, NGX_LINK_FUNC_MOCK_FAIL);
    ngx_link_func_mock_on_failure(count_failure);
    if (setjmp(global_expect_assert_env) == 0) {
        call(state, answers_twice_and_goes_on);
        fail_msg("it did not fail");
    }
    ngx_link_func_mock_on_failure(ngx_link_func_cmocka_fail);
    assert_int_equal(went_on, 1);
}

static void allowed_finding_is_counted_and_fails_nothing(void **state) {
    ngx_link_func_mock_on_finding(*state, NGX_LINK_FUNC_MOCK_FAIL);
    ngx_link_func_mock_allow(*state, CODE(RESPONSE_MISSING));
    assert_false(fails(state));
    assert_int_equal(ngx_link_func_mock_finding_count(*state), 1);
    ngx_link_func_mock_detect(*state, CODE(RESPONSE_MISSING));
    assert_true(fails(state));
}

/* What a call prints on stderr. */
static void run_and_read_stderr(void **state, char *text, size_t size) {
    int back = dup(STDERR_FILENO);
    FILE *file = tmpfile();
    size_t len;

    assert_non_null(file);
    (void) fflush(stderr);
    (void) dup2(fileno(file), STDERR_FILENO);
    call(state, answers_nothing);
    (void) fflush(stderr);
    (void) dup2(back, STDERR_FILENO);
    (void) close(back);
    rewind(file);
    len = fread(text, 1, size - 1, file);
    text[len] = '\0';
    (void) fclose(file);
}

static void logged_finding_is_a_line_on_stderr(void **state) {
    char text[1024];

    ngx_link_func_mock_on_finding(*state, NGX_LINK_FUNC_MOCK_LOG);
    run_and_read_stderr(state, text, sizeof(text));
    assert_ptr_equal(strstr(text, "finding: response-missing: answers_nothing: "), text);
    assert_non_null(strstr(text, "test_findings.c:"));
    assert_non_null(strstr(text, ": it returned without a response"));
    assert_string_equal(strchr(text, '\n'), "\n");
}

static void code_has_a_stable_name(void **state) {
    (void) state;
    assert_string_equal(ngx_link_func_mock_code_name(CODE(POOL_OVERFLOW)), "pool-overflow");
    assert_string_equal(ngx_link_func_mock_code_name(CODE(PORTABILITY)), "portability");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, ngx_link_func_mock_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(each_mistake_is_found_where_it_is_made),
        TEST(what_is_nearly_a_mistake_is_none),
        TEST(context_of_a_freed_request_is_found_when_it_is_used),
        TEST(context_of_long_ago_is_found_when_it_is_used),
        TEST(request_that_is_freed_leaves_the_next_its_context),
        TEST(lock_that_a_jump_left_held_is_told_of_who_jumped),
        TEST(lock_that_a_jump_left_held_is_told_when_the_worker_stops),
        TEST(jump_without_the_lock_is_no_finding),
        TEST(finding_fails_the_test_once_the_call_has_returned),
        TEST(handler_goes_on_behind_its_mistake),
        TEST(allowed_finding_is_counted_and_fails_nothing),
        TEST(logged_finding_is_a_line_on_stderr),
        TEST(code_has_a_stable_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
