#include "lf_cookie.h"

static int lf_cookie_is_blank(char c) {
    return c == ' ' || c == '\t';
}

static lf_str_t lf_cookie_trim(lf_str_t text) {
    while (text.len > 0 && lf_cookie_is_blank(text.data[0])) {
        text.data++;
        text.len--;
    }
    while (text.len > 0 && lf_cookie_is_blank(text.data[text.len - 1])) {
        text.len--;
    }
    return text;
}

int lf_cookie_find(lf_str_t header, lf_str_t name, lf_str_t *value) {
    while (header.len > 0) {
        lf_str_t pair = lf_str_cut(&header, ';');
        const char *equals = pair.len == 0 ? NULL : memchr(pair.data, '=', pair.len);
        size_t name_len;

        if (equals == NULL) {
            continue;
        }
        name_len = (size_t) (equals - pair.data);
        if (lf_str_equal(lf_cookie_trim(lf_str(pair.data, name_len)), name)) {
            *value = lf_cookie_trim(lf_str(equals + 1, pair.len - name_len - 1));
            return 1;
        }
    }
    return 0;
}
