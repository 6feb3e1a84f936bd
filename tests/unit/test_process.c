#include "lf_process.h"

#include <stdio.h>

#include "exact.h"

#define UP_TO_21 " S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18"

static void assert_start(const char *stat, uint64_t expected) {
    uint64_t start = 0;

    assert_int_equal(lf_process_start(stat, &start), 1);
    assert_int_equal(start, expected);
}

static void start_is_the_field_after_the_twenty_first(void **state) {
    (void) state;
    assert_start("42 (nginx)" UP_TO_21 " 987654 20 21\n", 987654);
    assert_start("42 (nginx)" UP_TO_21 " 18446744073709551615", UINT64_MAX);
}

static void name_may_hold_spaces_and_parentheses(void **state) {
    (void) state;
    assert_start("42 (a b c)" UP_TO_21 " 5 20\n", 5);
    assert_start("42 (a) S 1 2 (b)" UP_TO_21 " 6 20\n", 6);
    assert_start("42 (:-) ))" UP_TO_21 " 7 20\n", 7);
    assert_start("42 ()" UP_TO_21 " 8 20\n", 8);
}

static void text_that_ends_early_has_none(void **state) {
    static const char *const texts[] = {
        "", "42", "42 (nginx", "42 (nginx)", "42 (nginx)" UP_TO_21, "42 (nginx)" UP_TO_21 " "};
    uint64_t start = 1;
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_int_equal(lf_process_start(texts[i], &start), 0);
        assert_int_equal(start, 1);
    }
}

/* Of what the kernel writes about this process. */
static void this_process_has_one(void **state) {
    FILE *file = fopen("/proc/self/stat", "r");
    uint64_t start = 0;
    char line[1024];

    (void) state;
    if (file == NULL) {
        skip();
    }
    assert_non_null(fgets(line, sizeof(line), file));
    (void) fclose(file);
    assert_int_equal(lf_process_start(line, &start), 1);
    assert_true(start > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(start_is_the_field_after_the_twenty_first),
        cmocka_unit_test(name_may_hold_spaces_and_parentheses),
        cmocka_unit_test(text_that_ends_early_has_none),
        cmocka_unit_test(this_process_has_one),
    };
    return cmocka_run_group_tests_name("process", tests, NULL, NULL);
}
