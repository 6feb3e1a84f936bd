/* One library, one table of cases, two runtimes: each case must give the
 * exchange of the table on the mock and on NGINX with the module. */

#define _GNU_SOURCE

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runtimes.h"

typedef struct {
    ngx_link_func_mock_t *mock;
    nginx_server_t *nginx; /* NULL before the first case */
} runtimes_t;

/* What a test of one case is given. */
typedef struct {
    const conformance_case_t *c;
    runtimes_t *runtimes;
} fixture_t;

size_t conformance_case_count(void) {
    return conformance_case_count34 + conformance_case_count35;
}

const conformance_case_t *conformance_case(size_t index) {
    return index < conformance_case_count34 ? &conformance_cases34[index]
                                            : &conformance_cases35[index - conformance_case_count34];
}

char *conformance_function_dup(const conformance_case_t *c) {
    return strndup(c->target + 1, strcspn(c->target + 1, "/?"));
}

static int differs(const char *runtime, const char *got, const char *expected) {
    if (strcmp(got, expected) == 0) {
        return 0;
    }
    print_error("expected:\n%s\n%s gave:\n%s\n", expected, runtime, got);
    return 1;
}

static void case_is_the_same_in_both_runtimes(void **state) {
    const fixture_t *f = *state;
    char *mock, *nginx;
    int differences;

    mock = conformance_run_mock(f->runtimes->mock, f->c);
    nginx = conformance_run_nginx(f->runtimes->nginx, f->c);
    differences = differs("the mock", mock, f->c->expected) + differs("NGINX", nginx, f->c->expected);
    free(mock);
    free(nginx);
    assert_int_equal(differences, 0);
}

static void table_has_at_least_200_cases(void **state) {
    (void) state;
    assert_true(conformance_case_count() >= 200);
}

static void both_runtimes_start(void **state) {
    runtimes_t *runtimes = *state;

    runtimes->mock = conformance_mock_new();
    assert_int_equal(ngx_link_func_mock_log_count(runtimes->mock), 1);
    assert_string_equal(ngx_link_func_mock_log_text(runtimes->mock, 0), "Hello API initialized");
    runtimes->nginx = conformance_nginx_start();
    nginx_server_wait_for_log(runtimes->nginx, "Hello API initialized");
}

static void both_runtimes_stop(void **state) {
    const runtimes_t *runtimes = *state;

    ngx_link_func_mock_log_clear(runtimes->mock);
    ngx_link_func_mock_stop(runtimes->mock);
    assert_int_equal(ngx_link_func_mock_log_count(runtimes->mock), 1);
    assert_string_equal(ngx_link_func_mock_log_text(runtimes->mock, 0), "Hello API shutting down");
    ngx_link_func_mock_free(runtimes->mock);
    nginx_server_expect_log(runtimes->nginx, "returned with the shared memory mutex held");
    nginx_server_expect_log(runtimes->nginx, "called without holding the lock");
    nginx_server_stop(runtimes->nginx);
}

int main(void) {
    runtimes_t runtimes = {NULL, NULL};
    size_t cases = conformance_case_count(), count = cases + 3, i;
    struct CMUnitTest *tests = calloc(count, sizeof(*tests));
    fixture_t *fixtures = calloc(cases, sizeof(*fixtures));
    int failures;

    if (tests == NULL || fixtures == NULL) {
        abort();
    }
    tests[0] = (struct CMUnitTest){"both_runtimes_start", both_runtimes_start, NULL, NULL, &runtimes};
    for (i = 0; i < cases; i++) {
        fixtures[i] = (fixture_t){conformance_case(i), &runtimes};
        tests[i + 1] = (struct CMUnitTest){fixtures[i].c->name, case_is_the_same_in_both_runtimes, NULL, NULL,
                                           &fixtures[i]};
    }
    tests[count - 2] =
        (struct CMUnitTest){"table_has_at_least_200_cases", table_has_at_least_200_cases, NULL, NULL, NULL};
    tests[count - 1] = (struct CMUnitTest){"both_runtimes_stop", both_runtimes_stop, NULL, NULL, &runtimes};
    failures = _cmocka_run_group_tests("conformance", tests, count, NULL, NULL);
    free(fixtures);
    free(tests);
    return failures;
}
