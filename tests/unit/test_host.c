#include "lf_host.h"

#include "exact.h"

static const struct {
    const char *host, *expected;
} names[] = {
    {"", ""},
    {"a", "a"},
    {"a.example", "a.example"},
    {"a.example:80", "a.example"},
    {"a.example.", "a.example"},
    {"a.example.:80", "a.example"},
    {"a:b:c", "a"},
    {":80", ""},
    {".", ""},
    {"[::1]", "[::1]"},
    {"[::1]:80", "[::1]"},
    {"[::1", "["},
    {"[", "["},
    {"[]", "[]"},
};

static void host_names_follow_the_table(void **state) {
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        lf_str_t host = exact_bytes(names[i].host, strlen(names[i].host));
        lf_str_t name = lf_host_name(host);

        if (!lf_str_equal(name, lf_cstr(names[i].expected))) {
            fail_msg("row %zu: \"%s\" gave \"%.*s\"", i, names[i].host, (int) name.len, name.data);
        }
        exact_free(host);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(host_names_follow_the_table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
