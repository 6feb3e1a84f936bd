#include "lf_prop.h"

#include "exact.h"

static const lf_prop_t props[] = {
    {{"db_host", 7}, {"http", 4}},
    {{"only_http", 9}, {"yes", 3}},
    {{"db_host", 7}, {"server", 6}},
    {{"DB_Port", 7}, {"5432", 4}},
};

static const lf_prop_t *find(size_t count, const char *key) {
    return lf_prop_find(props, count, lf_str(key, strlen(key)));
}

static void later_property_wins(void **state) {
    (void) state;
    assert_string_equal(find(4, "db_host")->value.data, "server");
    assert_string_equal(find(2, "db_host")->value.data, "http");
}

static void property_keys_ignore_case(void **state) {
    (void) state;
    assert_string_equal(find(4, "db_port")->value.data, "5432");
    assert_string_equal(find(4, "ONLY_HTTP")->value.data, "yes");
}

static void absent_property_is_null(void **state) {
    (void) state;
    assert_null(find(4, "db_hos"));
    assert_null(find(4, "db_hosts"));
    assert_null(find(4, ""));
    assert_null(lf_prop_find(NULL, 0, lf_cstr("db_host")));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(later_property_wins),
        cmocka_unit_test(property_keys_ignore_case),
        cmocka_unit_test(absent_property_is_null),
    };
    return cmocka_run_group_tests_name("prop", tests, NULL, NULL);
}
