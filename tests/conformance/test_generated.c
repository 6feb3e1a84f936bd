/* Random requests that carry random programs: both runtimes run the same ones
 * in the same order, and must give the same exchange for each.
 *
 *   LINKFUNC_SEED=N   what another run printed; else 1, and the clock in long runs
 *   LINKFUNC_LONG=1   10,000 of them, not 500 */

#define _GNU_SOURCE

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "shrink.h"

static uint64_t chosen_seed(void) {
    const char *seed = getenv("LINKFUNC_SEED");

    if (seed != NULL) {
        return strtoull(seed, NULL, 10);
    }
    return getenv("LINKFUNC_LONG") == NULL ? 1 : (uint64_t) time(NULL);
}

static size_t case_count(void) {
    return getenv("LINKFUNC_LONG") == NULL ? 500 : 10000;
}

static void print_case(const generated_t *g) {
    char *text = generated_text_dup(g);

    print_error("%s\n", text);
    free(text);
}

static void print_difference(generated_runtimes_t *runtimes, const session_t *session) {
    generated_exchanges_t exchanges = session_run(runtimes, session);
    size_t i;

    for (i = 0; i < session->count; i++) {
        if (session->cases[i] != NULL) {
            print_case(session->cases[i]);
        }
    }
    print_error("the mock gave:\n%s\n\nNGINX gave:\n%s\n", exchanges.mock, exchanges.nginx);
    if (!generated_exchanges_differ(&exchanges)) {
        print_error("which is the same: the difference did not come back\n");
    }
    generated_exchanges_free(&exchanges);
}

static void session_free(session_t *session) {
    size_t i;

    for (i = 0; i < session->count; i++) {
        generated_free(session->cases[i]);
    }
}

/* Returns 0 when a case makes a difference, which is then the session's last. */
static int session_is_the_same(generated_runtimes_t *runtimes, session_t *session, uint64_t seed,
                               size_t begin) {
    int differ = 0;

    generated_runtimes_restart(runtimes);
    for (session->count = 0; session->count < SESSION_MAX && !differ;) {
        generated_t *g = generated_new(seed, begin + session->count);
        generated_exchanges_t exchanges = generated_run(runtimes, g);

        session->cases[session->count++] = g;
        differ = generated_exchanges_differ(&exchanges);
        if (differ) {
            print_error("case %zu of seed %ju:\n", begin + session->count - 1, (uintmax_t) seed);
            print_case(g);
            print_error("the mock gave:\n%s\n\nNGINX gave:\n%s\n", exchanges.mock, exchanges.nginx);
        }
        generated_exchanges_free(&exchanges);
    }
    return !differ;
}

static void generated_programs_do_the_same_in_both_runtimes(void **state) {
    generated_runtimes_t *runtimes = *state;
    generated_t *cases[SESSION_MAX];
    session_t session = {cases, 0};
    uint64_t seed = chosen_seed();
    size_t begin;

    print_message("# LINKFUNC_SEED=%ju\n", (uintmax_t) seed);
    for (begin = 0; begin < case_count(); begin += SESSION_MAX) {
        int same = session_is_the_same(runtimes, &session, seed, begin);

        if (!same) {
            session_shrink(runtimes, &session);
            print_error("\nwhat is needed of it, and of cases before it:\n");
            print_difference(runtimes, &session);
        }
        session_free(&session);
        assert_true(same);
    }
}

static int start(void **state) {
    *state = generated_runtimes_start();
    return 0;
}

static int stop(void **state) {
    generated_runtimes_stop(*state);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(generated_programs_do_the_same_in_both_runtimes),
    };

    return cmocka_run_group_tests_name("generated", tests, start, stop);
}
