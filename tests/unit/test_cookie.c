#include "lf_cookie.h"

#include "exact.h"

static const struct {
    const char *header, *name, *expected; /* NULL: absent */
} lookups[] = {
    {"a=1", "a", "1"},         {"a=1; b=2", "b", "2"},
    {"a=1;b=2", "b", "2"},     {"a=1; a=2", "a", "1"},
    {"a=; b=2", "a", ""},      {"a", "a", NULL},
    {"a; a=2", "a", "2"},      {"", "a", NULL},
    {";", "a", NULL},          {"; ;a=1;", "a", "1"},
    {"A=1", "a", NULL},        {"aa=1", "a", NULL},
    {"a=1", "aa", NULL},       {"a=b=c", "a", "b=c"},
    {"a=\"q;r\"", "a", "\"q"}, {"a=\"quoted\"", "a", "\"quoted\""},
    {"a=%41+x", "a", "%41+x"}, {"\t a\t=\t 1 \t; b=2", "a", "1"},
    {"a b=1", "a b", "1"},     {"=v", "", "v"},
};

static void cookie_lookup_follows_the_table(void **state) {
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(lookups) / sizeof(lookups[0]); i++) {
        lf_str_t header = exact_bytes(lookups[i].header, strlen(lookups[i].header));
        lf_str_t name = exact_bytes(lookups[i].name, strlen(lookups[i].name));
        lf_str_t value = {NULL, 0};
        int found = lf_cookie_find(header, name, &value);

        if (found != (lookups[i].expected != NULL)
            || (found && !lf_str_equal(value, lf_cstr(lookups[i].expected)))) {
            fail_msg("row %zu: \"%s\" in \"%s\": found %d \"%.*s\"", i, lookups[i].name, lookups[i].header,
                     found, (int) value.len, value.data);
        }
        exact_free(header);
        exact_free(name);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cookie_lookup_follows_the_table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
