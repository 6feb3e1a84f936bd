/* The assertions of ngx_link_func_cmocka.h: FAILING_ASSERTIONS is a program
 * whose tests fail, each in its own way. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#define EXCHANGE                                                                                             \
    "> GET /hello HTTP/1.1", "> Host: localhost", "< HTTP/1.1 200 OK", "< Content-Type: text/plain",         \
        "< X-A: 1", "< hello", "[warn] said hello"

typedef struct {
    int exit_status;
    char output[65536];
} run_t;

static void run_program(run_t *run, const char *name) {
    char command[4096];
    size_t len;
    FILE *out;

    (void) snprintf(command, sizeof(command), "CMOCKA_MESSAGE_OUTPUT=STDOUT '%s' %s 2>&1", FAILING_ASSERTIONS,
                    name);
    out = popen(command, "r"); /* NOLINT(cert-env33-c): a path that the build chose */
    assert_non_null(out);
    len = fread(run->output, 1, sizeof(run->output) - 1, out);
    run->output[len] = '\0';
    run->exit_status = WEXITSTATUS(pclose(out));
}

static void assert_fails_and_prints(const char *name, const char *const *texts) {
    run_t run;

    run_program(&run, name);
    assert_int_equal(run.exit_status, 1);
    for (; *texts != NULL; texts++) {
        if (strstr(run.output, *texts) == NULL) {
            fail_msg("%s: expected \"%s\" in:\n%s", name, *texts, run.output);
        }
    }
}

static void true_assertions_pass(void **state) {
    run_t run;

    (void) state;
    run_program(&run, "passing");
    assert_int_equal(run.exit_status, 0);
    assert_non_null(strstr(run.output, "1 test(s) run"));
}

static void failed_assertion_prints_the_exchange(void **state) {
    static const struct {
        const char *name;
        const char *texts[12];
    } rows[] = {
        {"wrong_status", {"expected status 201, got 200", EXCHANGE}},
        {"wrong_header", {"expected header \"X-A\" \"2\", got \"1\"", EXCHANGE}},
        {"missing_header", {"expected header \"X-B\" \"2\", got none", EXCHANGE}},
        {"unwanted_header", {"expected header \"X-A\" to be absent, got \"1\"", EXCHANGE}},
        {"wrong_body", {"expected a body of 5 bytes:\nhella\n", EXCHANGE}},
        {"short_body", {"expected a body of 4 bytes:\nhell\n", EXCHANGE}},
        {"wrong_bytes", {"expected a body of 5 bytes:", EXCHANGE}},
    };
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_fails_and_prints(rows[i].name, rows[i].texts);
    }
}

static void failed_assertion_prints_all_of_a_long_exchange(void **state) {
    static const char *const texts[] = {"> POST /much HTTP/1.1",     "bbben\n<", "< X-Last: last", "bbben\n[",
                                        "[warn] line 99 of the log", NULL};
    static const char *const found[] = {"finding: response-missing: answers_nothing: ", "vvv\n>\n<",
                                        "the handler wrote no response", "[warn] said nothing", NULL};

    (void) state;
    assert_fails_and_prints("wrong_status_of_much", texts);
    assert_fails_and_prints("finds_much", found);
}

static void failed_log_assertion_prints_the_log(void **state) {
    static const char *const text[] = {
        "expected a log line [warn] with \"goodbye\", got 1 lines:", "  [warn] said hello", NULL};
    static const char *const level[] = {
        "expected a log line [error] with \"hello\", got 1 lines:", "  [warn] said hello", NULL};

    (void) state;
    assert_fails_and_prints("wrong_log_text", text);
    assert_fails_and_prints("wrong_log_level", level);
}

static void failure_is_at_the_line_of_the_assertion(void **state) {
    static const char *const texts[] = {"failing_assertions.c:", NULL};

    (void) state;
    assert_fails_and_prints("wrong_status", texts);
    assert_fails_and_prints("wrong_log_level", texts);
}

static void misuse_fails_the_test_with_its_message(void **state) {
    static const char *const texts[] = {"malformed target \"no slash\"", "1 FAILED TEST(S)", NULL};

    (void) state;
    assert_fails_and_prints("misuse", texts);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(true_assertions_pass),
        cmocka_unit_test(failed_assertion_prints_the_exchange),
        cmocka_unit_test(failed_assertion_prints_all_of_a_long_exchange),
        cmocka_unit_test(failed_log_assertion_prints_the_log),
        cmocka_unit_test(failure_is_at_the_line_of_the_assertion),
        cmocka_unit_test(misuse_fails_the_test_with_its_message),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
