/* Which changes linkfunc-run answers, and the colours of its log. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "colour.h"
#include "names.h"

typedef struct {
    const char *path;
    unsigned meaning;
} name_row_t;

static void names_tell_what_follows_from_a_change(void **state) {
    static const name_row_t rows[] = {
        {"src/a.c", NAMES_BUILD},
        {"include/a.hpp", NAMES_BUILD},
        {"Makefile", NAMES_BUILD},
        {"html/page.html", NAMES_BUILD},
        {"src/data.osm", NAMES_BUILD},
        {"nginx.conf", NAMES_CONF},
        {"conf/upstream.conf", NAMES_CONF},
        {"src/.a.c.swp", 0},
        {"src/a.c~", 0},
        {"src/#a.c#", 0},
        {"src/4913", 0},
        {"libshop.so", 0},
        {"libshop.so.1.2", 0},
        {"src/a.o", 0},
        {"compile_commands.json", 0},
    };
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (names_meaning(rows[i].path) != rows[i].meaning) {
            fail_msg("%s", rows[i].path);
        }
    }
}

typedef struct {
    const char *path;
    bool skipped;
} folder_row_t;

static void folders_of_output_and_tests_are_skipped(void **state) {
    static const folder_row_t rows[] = {
        {"src", false},      {"src/tests", false},   {"builders", false}, {"tests", true},
        {"fuzz", true},      {".git", true},         {"build", true},     {"build-asan", true},
        {"sub/build", true}, {"node_modules", true},
    };
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (names_skip_folder(rows[i].path) != rows[i].skipped) {
            fail_msg("%s", rows[i].path);
        }
    }
}

typedef struct {
    const char *line;
    const char *colour;
} colour_row_t;

static void the_first_level_of_a_line_is_its_colour(void **state) {
    static const colour_row_t rows[] = {
        {"2026/01/02 03:04:05 [emerg] 1#1: x", "\033[1;31m"},
        {"nginx: [emerg] x", "\033[1;31m"},
        {"2026/01/02 03:04:05 [error] 1#1: x", "\033[31m"},
        {"2026/01/02 03:04:05 [warn] 1#1: x", "\033[33m"},
        {"2026/01/02 03:04:05 [info] 1#1: [error] sent by a client", ""},
        {"a line of a function that says [error] but is none of nginx", ""},
        {"[err", ""},
        {"", ""},
    };
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_string_equal(colour_of(rows[i].line, strlen(rows[i].line)), rows[i].colour);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_tell_what_follows_from_a_change),
        cmocka_unit_test(folders_of_output_and_tests_are_skipped),
        cmocka_unit_test(the_first_level_of_a_line_is_its_colour),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
