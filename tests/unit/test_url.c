#include "lf_url.h"

#include <stdio.h>

#include "exact.h"

/* "scheme|credentials|authority|path|query|fragment", "-" for what is absent. */
static void describe(lf_str_t text, char *out, size_t size) {
    lf_url_t url;

    if (!lf_url_parse(text, &url)) {
        (void) snprintf(out, size, "refused");
        return;
    }
    (void) snprintf(out, size, "%s|%.*s|%.*s|%.*s|%.*s|%.*s", url.secure ? "https" : "http",
                    url.credentials.data == NULL ? 1 : (int) url.credentials.len,
                    url.credentials.data == NULL ? "-" : url.credentials.data, (int) url.authority.len,
                    url.authority.data, (int) url.path.len, url.path.data, (int) url.query.len,
                    url.query.data, url.fragment.data == NULL ? 1 : (int) url.fragment.len,
                    url.fragment.data == NULL ? "-" : url.fragment.data);
}

static void parts_are_found(void **state) {
    static const struct {
        const char *text;
        const char *parts;
    } rows[] = {
        {"http://a", "http|-|a|||-"},
        {"HTTPS://a:81/b/c?d=/e#f?g", "https|-|a:81|/b/c|?d=/e|f?g"},
        {"http://u:p@a/b", "http|u:p|a|/b||-"},
        {"http://u:p@q@a/b@c", "http|u:p@q|a|/b@c||-"},
        {"http://@a#", "http||a|||"},
        {"http://a?b@c#d", "http|-|a||?b@c|d"},
        {"http://[::1]:80/", "http|-|[::1]:80|/||-"},
        {"", "refused"},
        {"http://", "refused"},
        {"http:///b", "refused"},
        {"http://u:p@", "refused"},
        {"http:/a", "refused"},
        {"ftp://a", "refused"},
        {"file:///etc/passwd", "refused"},
        {"//a/b", "refused"},
        {"http://a/b c", "refused"},
        {"http://a/b\nc", "refused"},
        {"http://a\\@b/", "refused"},
        {"http://a/\177", "refused"},
    };
    char parts[256];
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        lf_str_t text = exact_bytes(rows[i].text, strlen(rows[i].text));

        describe(text, parts, sizeof(parts));
        assert_string_equal(parts, rows[i].parts);
        exact_free(text);
    }
}

static void nothing_secret_is_shown_of_what_is_no_url(void **state) {
    static const struct {
        const char *text;
        const char *shown;
    } rows[] = {
        {"", ""},
        {"ftp://a/b", "ftp://a/b"},
        {"http://a/b c#d", "http://a/b c#d"},
        {"ftp://u:p@a/b", "a/b"},
        {"http://u:p@q@", ""},
        {"ftp://a/b?token", "ftp://a/b"},
        {"ftp://u:p@a/b?token", "a/b"},
        {"ftp://u:p?q@a/b", ""},
        {"ftp://a/?token=b@c", ""},
        {"http://a/b\nc", "http://a/b"},
        {"http://a/\177", "http://a/"},
        {"http://a/\303\251 b", "http://a/\303\251 b"},
    };
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        lf_str_t text = exact_bytes(rows[i].text, strlen(rows[i].text)), shown = lf_url_harmless(text);

        assert_int_equal(shown.len, strlen(rows[i].shown));
        if (shown.len > 0) {
            assert_memory_equal(shown.data, rows[i].shown, shown.len);
        }
        exact_free(text);
    }
}

static void origin_is_scheme_host_and_port(void **state) {
    static const struct {
        const char *a, *b;
        int same;
    } rows[] = {
        {"http://a/b", "http://u:p@A/c?d", 1}, {"http://a/", "https://a/", 0},  {"http://a/", "http://b/", 0},
        {"http://a/", "http://a:81/", 0},      {"http://a/", "http://a.b/", 0},
    };
    lf_url_t a, b;
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(lf_url_parse(lf_cstr(rows[i].a), &a), 1);
        assert_int_equal(lf_url_parse(lf_cstr(rows[i].b), &b), 1);
        assert_int_equal(lf_url_same_origin(&a, &b), rows[i].same);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_are_found),
        cmocka_unit_test(nothing_secret_is_shown_of_what_is_no_url),
        cmocka_unit_test(origin_is_scheme_host_and_port),
    };
    return cmocka_run_group_tests_name("url", tests, NULL, NULL);
}
