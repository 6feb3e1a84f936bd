#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ngx_link_func_module.h"

static void version_is_that_of_the_header(void **state) {
    (void) state;
    assert_int_equal(ngx_link_func_abi_version(), 35);
    assert_int_equal(ngx_link_func_abi_version(), NGX_LINK_FUNC_ABI_VERSION);
}

static void every_status_has_a_text(void **state) {
    static const struct {
        int status;
        const char *expected;
    } cases[] = {
        {0, "success"},
        {-1, "error"},
        {-2, "not found"},
        {-3, "out of memory"},
        {-4, "invalid argument"},
        {-5, "exists already"},
        {-6, "not a number"},
        {-7, "not possible in a pool thread"},
        {1, "unknown status"},
        {-8, "unknown status"},
        {INT32_MIN, "unknown status"},
    };
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_string_equal(ngx_link_func_strerror(cases[i].status), cases[i].expected);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(version_is_that_of_the_header),
        cmocka_unit_test(every_status_has_a_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
