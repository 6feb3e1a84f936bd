#include "lf_query.h"

#include "exact.h"

static const struct {
    const char *query, *key, *expected; /* NULL: absent */
} lookups[] = {
    {"name=NGINX", "name", "NGINX"},
    {"a=1&b=2&c=3", "b", "2"},
    {"a=1&b=2&c=3", "c", "3"},
    {"a=1&a=2", "a", "1"},
    {"a&a=2", "a", "2"},
    {"a=&b=2", "a", ""},
    {"b=2&a=", "a", ""},
    {"a", "a", NULL},
    {"", "a", NULL},
    {"&", "a", NULL},
    {"&&a=1&&", "a", "1"},
    {"aa=1", "a", NULL},
    {"a=1", "aa", NULL},
    {"xa=1&a=2", "a", "2"},
    {"A=1&a=2", "a", "2"},
    {"a=b=c", "a", "b=c"},
    {"a=%20+x", "a", "%20+x"},
    {"a=?x", "a", "?x"},
    {"=v", "", "v"},
    {"a=1", "a=1", NULL},
    {"a=1=2", "a=1", "2"},
};

static void query_lookup_follows_the_table(void **state) {
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(lookups) / sizeof(lookups[0]); i++) {
        lf_str_t query = exact_bytes(lookups[i].query, strlen(lookups[i].query));
        lf_str_t key = exact_bytes(lookups[i].key, strlen(lookups[i].key));
        lf_str_t value = {NULL, 0};
        int found = lf_query_find(query, key, &value);

        if (found != (lookups[i].expected != NULL)
            || (found && !lf_str_equal(value, lf_cstr(lookups[i].expected)))) {
            fail_msg("row %zu: \"%s\" in \"%s\": found %d \"%.*s\"", i, lookups[i].key, lookups[i].query,
                     found, (int) value.len, value.data);
        }
        exact_free(query);
        exact_free(key);
    }
}

static void query_value_points_into_the_query(void **state) {
    static const char query[] = "a=1&b=22";
    lf_str_t value;

    (void) state;
    assert_true(lf_query_find(lf_cstr(query), lf_cstr("b"), &value));
    assert_ptr_equal(value.data, query + 6);
    assert_int_equal(value.len, 2);
}

static void query_value_is_untouched_when_the_key_is_absent(void **state) {
    lf_str_t value = lf_cstr("before");

    (void) state;
    assert_false(lf_query_find(lf_cstr("a=1"), lf_cstr("b"), &value));
    assert_string_equal(value.data, "before");
}

static void query_without_data_has_no_keys(void **state) {
    lf_str_t value;

    (void) state;
    assert_false(lf_query_find(lf_str(NULL, 0), lf_cstr("a"), &value));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(query_lookup_follows_the_table),
        cmocka_unit_test(query_value_points_into_the_query),
        cmocka_unit_test(query_value_is_untouched_when_the_key_is_absent),
        cmocka_unit_test(query_without_data_has_no_keys),
    };
    return cmocka_run_group_tests_name("query", tests, NULL, NULL);
}
