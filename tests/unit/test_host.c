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

/* As NGINX takes them from clients. */
static void hosts_that_name_no_folder_are_valid(void **state) {
    static const char *const valid[] = {"", "a", "A.example.:80", "a_b-c", "[::1]:80", "a.b.c", "\xc3\xa4"};
    static const char *const invalid[] = {"..",   "a/b", "a..b", "../a", "a b", "a\tb",
                                          "\x7f", ".",   ":80",  "a:/",  "a:.."};
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(valid) / sizeof(valid[0]); i++) {
        assert_true(lf_host_is_valid(lf_cstr(valid[i])));
    }
    for (i = 0; i < sizeof(invalid) / sizeof(invalid[0]); i++) {
        assert_false(lf_host_is_valid(lf_cstr(invalid[i])));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(host_names_follow_the_table),
        cmocka_unit_test(hosts_that_name_no_folder_are_valid),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
