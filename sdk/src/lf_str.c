#include "lf_str.h"

static unsigned char lf_lower(char c) {
    return (unsigned char) (c >= 'A' && c <= 'Z' ? c | 0x20 : c);
}

int lf_str_equal(lf_str_t a, lf_str_t b) {
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

int lf_str_case_equal(lf_str_t a, lf_str_t b) {
    size_t i;

    if (a.len != b.len) {
        return 0;
    }
    for (i = 0; i < a.len; i++) {
        if (lf_lower(a.data[i]) != lf_lower(b.data[i])) {
            return 0;
        }
    }
    return 1;
}

lf_str_t lf_str_cut(lf_str_t *rest, char delimiter) {
    const char *at = memchr(rest->data, delimiter, rest->len);
    size_t len = at == NULL ? rest->len : (size_t) (at - rest->data);
    size_t skip = at == NULL ? len : len + 1;
    lf_str_t part = lf_str(rest->data, len);

    rest->data += skip;
    rest->len -= skip;
    return part;
}
