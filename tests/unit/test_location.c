#include "lf_location.h"

#include "exact.h"

static void modifiers_are_told_from_names(void **state) {
    static const struct {
        const char *modifier, *name;
        int good;
        lf_location_kind_t kind;
        const char *expected;
    } rows[] = {
        {NULL, "/a", 1, LF_LOCATION_PREFIX, "/a"},
        {NULL, "=/a", 1, LF_LOCATION_EXACT, "/a"},
        {NULL, "^~/a", 1, LF_LOCATION_PREFIX_FINAL, "/a"},
        {NULL, "~/a", 1, LF_LOCATION_REGEX, "/a"},
        {NULL, "~*/a", 1, LF_LOCATION_REGEX_CASELESS, "/a"},
        {NULL, "@a", 1, LF_LOCATION_NAMED, "@a"},
        {NULL, "^/a", 1, LF_LOCATION_PREFIX, "^/a"},
        {NULL, "", 1, LF_LOCATION_PREFIX, ""},
        {"=", "/a", 1, LF_LOCATION_EXACT, "/a"},
        {"^~", "/a", 1, LF_LOCATION_PREFIX_FINAL, "/a"},
        {"~", "*/a", 1, LF_LOCATION_REGEX, "*/a"},
        {"~*", "/a", 1, LF_LOCATION_REGEX_CASELESS, "/a"},
        {"==", "/a", 0, LF_LOCATION_PREFIX, ""},
        {"", "/a", 0, LF_LOCATION_PREFIX, ""},
        {"!~", "/a", 0, LF_LOCATION_PREFIX, ""},
    };
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        lf_str_t modifier = rows[i].modifier == NULL
                                ? lf_cstr(NULL)
                                : exact_bytes(rows[i].modifier, strlen(rows[i].modifier));
        lf_str_t name = exact_bytes(rows[i].name, strlen(rows[i].name));
        lf_location_t location;

        assert_int_equal(lf_location_parse(modifier, name, &location), rows[i].good);
        if (rows[i].good) {
            assert_int_equal(location.kind, rows[i].kind);
            assert_true(lf_str_equal(location.name, lf_cstr(rows[i].expected)));
        }
        exact_free(name);
        if (rows[i].modifier != NULL) {
            exact_free(modifier);
        }
    }
}

#define NAME(text)                                                                                           \
    { text, sizeof(text) - 1 }

static const lf_location_t locations[] = {
    {NAME("/"), LF_LOCATION_PREFIX, 0},           {NAME("/api/long"), LF_LOCATION_PREFIX, 0},
    {NAME("/api/"), LF_LOCATION_PREFIX_FINAL, 1}, {NAME("/api/"), LF_LOCATION_EXACT, 0},
    {NAME("/only"), LF_LOCATION_EXACT, 0},        {NAME("/regex"), LF_LOCATION_REGEX, 0},
    {NAME("@named"), LF_LOCATION_NAMED, 0},       {NAME("/dir/"), LF_LOCATION_PREFIX, 1},
    {NAME("/both"), LF_LOCATION_PREFIX, 0},       {NAME("/both/"), LF_LOCATION_PREFIX, 1},
};

static void exact_then_longest_prefix_is_found(void **state) {
    static const struct {
        const char *path;
        lf_location_match_t match;
        size_t index;
    } rows[] = {
        {"/", LF_LOCATION_LONGEST, 0},         {"/x", LF_LOCATION_LONGEST, 0},
        {"/api/", LF_LOCATION_FINAL, 3},       {"/api/x", LF_LOCATION_LONGEST, 2},
        {"/api/long", LF_LOCATION_LONGEST, 1}, {"/api/longer", LF_LOCATION_LONGEST, 1},
        {"/api/lon", LF_LOCATION_LONGEST, 2},  {"/only", LF_LOCATION_FINAL, 4},
        {"/only/x", LF_LOCATION_LONGEST, 0},   {"/regex", LF_LOCATION_LONGEST, 0},
        {"@named", LF_LOCATION_NONE, 99},      {"/dir", LF_LOCATION_REDIRECT, 7},
        {"/di", LF_LOCATION_LONGEST, 0},       {"/both", LF_LOCATION_LONGEST, 8},
        {"/both/", LF_LOCATION_LONGEST, 9},    {"/API/x", LF_LOCATION_LONGEST, 0},
        {"/api", LF_LOCATION_REDIRECT, 2},     {"", LF_LOCATION_NONE, 99},
    };
    size_t i, index;

    (void) state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        lf_str_t path = exact_bytes(rows[i].path, strlen(rows[i].path));

        index = 99;
        if (lf_location_find(locations, sizeof(locations) / sizeof(locations[0]), path, &index)
                != rows[i].match
            || index != rows[i].index) {
            fail_msg("row %zu, %s: index %zu", i, rows[i].path, index);
        }
        exact_free(path);
    }
}

static void nothing_is_found_where_there_is_no_location(void **state) {
    size_t index = 99;

    (void) state;
    assert_int_equal(lf_location_find(NULL, 0, lf_cstr("/"), &index), LF_LOCATION_NONE);
    assert_int_equal(index, 99);
}

static void names_are_rated_as_nginx_prefers_them(void **state) {
    static const struct {
        const char *better, *worse, *host;
    } rows[] = {
        {"a.example.com", "*.example.com", "a.example.com"},
        {"*.a.example.com", "*.example.com", "x.a.example.com"},
        {"*.example.com", "", ".example.com"},
        {"*.com", "www.example.*", "www.example.com"},
        {"www.example.*", "www.*", "www.example.org"},
        {".example.com", "www.other", "example.com"},
        {".example.com", "*.com", "a.example.com"},
        {"A.example.com", "b", "a.EXAMPLE.com"},
        {"_", "", "_"},
    };
    static const struct {
        const char *name, *host;
    } misses[] = {
        {"*.example.com", "example.com"},
        {"*.example.com", "aexample.com"},
        {".example.com", "aexample.com"},
        {"www.example.*", "www.example"},
        {"www.example.*", "www.example."},
        {"a.com", "a.co"},
        {"a.com", "aa.com"},
        {"~.*", "a"},
        {"", "a"},
        {"*", "a"},
        {"a*", "ab"},
    };
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        lf_str_t host = lf_cstr(rows[i].host);
        size_t better = lf_server_name_match(lf_cstr(rows[i].better), host);

        assert_true(better > 0);
        assert_true(better > lf_server_name_match(lf_cstr(rows[i].worse), host));
    }
    for (i = 0; i < sizeof(misses) / sizeof(misses[0]); i++) {
        lf_str_t name = exact_bytes(misses[i].name, strlen(misses[i].name));

        assert_int_equal(lf_server_name_match(name, lf_cstr(misses[i].host)), 0);
        exact_free(name);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(modifiers_are_told_from_names),
        cmocka_unit_test(exact_then_longest_prefix_is_found),
        cmocka_unit_test(nothing_is_found_where_there_is_no_location),
        cmocka_unit_test(names_are_rated_as_nginx_prefers_them),
    };
    return cmocka_run_group_tests_name("location", tests, NULL, NULL);
}
