#include "lf_variable.h"

#include "lf_header.h"

/* What NGINX makes from a request header beside $http_NAME. */
static const struct {
    const char *header, *variable;
    int is_prefix;
} lf_variable_derived[] = {
    {"Authorization", "remote_user", 0},
    {"Content-Type", "content_type", 0},
    {"Cookie", "cookie_", 1},
    {"Host", "host", 0},
    {"X-Forwarded-For", "proxy_add_x_forwarded_for", 0},
};

#define LF_COUNT(table) (sizeof(table) / sizeof((table)[0]))

static lf_str_t lf_variable_cut(lf_str_t variable, size_t len) {
    return lf_str(variable.data, variable.len < len ? variable.len : len);
}

static int lf_variable_is_http(lf_str_t variable, lf_str_t header) {
    static const size_t len = sizeof("http_") - 1;

    return lf_str_case_equal(lf_variable_cut(variable, len), lf_cstr("http_"))
           && lf_header_alike(lf_str(variable.data + len, variable.len - len), header);
}

int lf_variable_is_made_from(lf_str_t variable, lf_str_t header) {
    size_t i;

    if (lf_variable_is_http(variable, header)) {
        return 1;
    }
    for (i = 0; i < LF_COUNT(lf_variable_derived); i++) {
        lf_str_t name = lf_cstr(lf_variable_derived[i].variable);
        lf_str_t begin = lf_variable_derived[i].is_prefix ? lf_variable_cut(variable, name.len) : variable;

        if (lf_str_case_equal(begin, name)
            && lf_header_alike(lf_cstr(lf_variable_derived[i].header), header)) {
            return 1;
        }
    }
    return 0;
}

static int lf_variable_is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

int lf_variable_names_header(lf_str_t text, lf_str_t header) {
    size_t i, begin;

    for (i = 0; i < text.len; i++) {
        if (text.data[i] != '$') {
            continue;
        }
        begin = i + 1 < text.len && text.data[i + 1] == '{' ? i + 2 : i + 1;
        for (i = begin; i < text.len && lf_variable_is_letter(text.data[i]); i++) {
        }
        if (lf_variable_is_made_from(lf_str(text.data + begin, i - begin), header)) {
            return 1;
        }
        i--;
    }
    return 0;
}
