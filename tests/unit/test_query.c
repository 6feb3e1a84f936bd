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

static const struct {
    const char *query, *key, *expected; /* decoded; NULL: absent */
} decoded[] = {
    {"name=a%20b+c", "name", "a b c"},
    {"na%6De=x", "name", "x"},
    {"a+b=x", "a b", "x"},
    {"a%2Bb=x", "a+b", "x"},
    {"a%3Db=x", "a=b", "x"},
    {"a=1&%61=2", "a", "1"},
    {"a&a=2", "a", "2"},
    {"a", "a", NULL},
    {"a=", "a", ""},
    {"a=%", "a", "%"},
    {"a=%4", "a", "%4"},
    {"a=%4g%g4%%41", "a", "%4g%g4%A"},
    {"a=%e4%C3%a4", "a", "\xe4\xc3\xa4"},
    {"a=%26%3d", "a", "&="},
    {"a%", "a%", NULL},
    {"a%=1", "a%", "1"},
    {"a%4=1", "a%4", "1"},
    {"", "a", NULL},
    {"&&", "a", NULL},
    {"ab=1", "a", NULL},
    {"a=1", "ab", NULL},
    {"=v", "", "v"},
};

static void decoded_lookup_follows_the_table(void **state) {
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(decoded) / sizeof(decoded[0]); i++) {
        lf_str_t query = exact_bytes(decoded[i].query, strlen(decoded[i].query));
        lf_str_t key = exact_bytes(decoded[i].key, strlen(decoded[i].key));
        lf_str_t raw = {NULL, 0};
        char text[64];
        int found = lf_query_find_decoded(query, key, &raw);
        size_t len = found ? lf_query_decode(text, raw) : 0;

        if (found != (decoded[i].expected != NULL)
            || (found && !lf_str_equal(lf_str(text, len), lf_cstr(decoded[i].expected)))) {
            fail_msg("row %zu: \"%s\" in \"%s\": found %d \"%.*s\"", i, decoded[i].key, decoded[i].query,
                     found, (int) len, text);
        }
        exact_free(query);
        exact_free(key);
    }
}

static void decoding_may_give_a_nul(void **state) {
    char text[3];

    (void) state;
    assert_int_equal(lf_query_decode(text, lf_cstr("a%00b")), 3);
    assert_memory_equal(text, "a\0b", 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(query_lookup_follows_the_table),
        cmocka_unit_test(query_value_points_into_the_query),
        cmocka_unit_test(decoded_lookup_follows_the_table),
        cmocka_unit_test(decoding_may_give_a_nul),
        cmocka_unit_test(query_value_is_untouched_when_the_key_is_absent),
        cmocka_unit_test(query_without_data_has_no_keys),
    };
    return cmocka_run_group_tests_name("query", tests, NULL, NULL);
}
