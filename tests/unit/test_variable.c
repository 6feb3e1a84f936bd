#include "lf_variable.h"

#include "exact.h"

typedef struct {
    const char *text, *header;
    int expected;
} row_t;

static const row_t variables[] = {
    {"http_x_user", "X-User", 1},
    {"HTTP_x_user", "x_user", 1},
    {"http_x_user", "X-Users", 0},
    {"http_x_use", "X-User", 0},
    {"http_", "X", 0},
    {"http", "X", 0},
    {"", "X", 0},
    {"x_user", "X-User", 0},
    {"host", "Host", 1},
    {"hosts", "Host", 0},
    {"host", "Cookie", 0},
    {"content_type", "Content-Type", 1},
    {"content_type", "Content_Type", 1},
    {"remote_user", "Authorization", 1},
    {"cookie_a", "Cookie", 1},
    {"cookie_", "Cookie", 1},
    {"cookie", "Cookie", 0},
    {"proxy_add_x_forwarded_for", "X-Forwarded-For", 1},
    {"proxy_add_x_forwarded_for2", "X-Forwarded-For", 0},
};

static const row_t texts[] = {
    {"$http_x_f, more", "X-F", 1},
    {"more, $http_x_f", "X-F", 1},
    {"${http_x_f}more", "X-F", 1},
    {"$http_x_fmore", "X-F", 0},
    {"$$http_x_f", "X-F", 1},
    {"$a$http_x_f", "X-F", 1},
    {"$http_x_f", "X-G", 0},
    {"http_x_f", "X-F", 0},
    {"", "X-F", 0},
    {"$", "X-F", 0},
    {"${", "X-F", 0},
    {"$proxy_add_x_forwarded_for", "X-Forwarded-For", 1},
    {"$remote_addr", "X-Forwarded-For", 0},
};

static void follow(const row_t *rows, size_t count, int (*is)(lf_str_t text, lf_str_t header)) {
    size_t i;

    for (i = 0; i < count; i++) {
        lf_str_t text = exact_bytes(rows[i].text, strlen(rows[i].text));
        lf_str_t header = exact_bytes(rows[i].header, strlen(rows[i].header));

        if (is(text, header) != rows[i].expected) {
            fail_msg("row %zu: \"%s\" of \"%s\", expected %d", i, rows[i].text, rows[i].header,
                     rows[i].expected);
        }
        exact_free(text);
        exact_free(header);
    }
}

static void variables_are_made_from_headers_by_the_table(void **state) {
    (void) state;
    follow(variables, sizeof(variables) / sizeof(variables[0]), lf_variable_is_made_from);
}

static void texts_name_headers_by_the_table(void **state) {
    (void) state;
    follow(texts, sizeof(texts) / sizeof(texts[0]), lf_variable_names_header);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(variables_are_made_from_headers_by_the_table),
        cmocka_unit_test(texts_name_headers_by_the_table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
