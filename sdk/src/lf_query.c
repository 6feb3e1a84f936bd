#include "lf_query.h"

int lf_query_find(lf_str_t query, lf_str_t key, lf_str_t *value) {
    while (query.len > 0) {
        lf_str_t part = lf_str_cut(&query, '&');

        if (part.len > key.len && part.data[key.len] == '='
            && lf_str_equal(lf_str(part.data, key.len), key)) {
            *value = lf_str(part.data + key.len + 1, part.len - key.len - 1);
            return 1;
        }
    }
    return 0;
}

/* The value of a hex digit, or -1. */
static int lf_query_hex(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return -1;
}

/* Cuts one decoded byte off the front of *raw, which is not empty. */
static char lf_query_next_byte(lf_str_t *raw) {
    char c = raw->data[0];
    size_t used = 1;

    if (c == '+') {
        c = ' ';
    } else if (c == '%' && raw->len > 2 && lf_query_hex(raw->data[1]) >= 0
               && lf_query_hex(raw->data[2]) >= 0) {
        c = (char) (lf_query_hex(raw->data[1]) << 4 | lf_query_hex(raw->data[2]));
        used = 3;
    }
    raw->data += used;
    raw->len -= used;
    return c;
}

static int lf_query_name_is(lf_str_t raw, lf_str_t key) {
    size_t i;

    for (i = 0; i < key.len; i++) {
        if (raw.len == 0 || lf_query_next_byte(&raw) != key.data[i]) {
            return 0;
        }
    }
    return raw.len == 0;
}

int lf_query_find_decoded(lf_str_t query, lf_str_t key, lf_str_t *value) {
    while (query.len > 0) {
        lf_str_t part = lf_str_cut(&query, '&');
        const char *equals = part.len == 0 ? NULL : memchr(part.data, '=', part.len);

        if (equals != NULL && lf_query_name_is(lf_str(part.data, (size_t) (equals - part.data)), key)) {
            *value = lf_str(equals + 1, (size_t) (part.data + part.len - equals) - 1);
            return 1;
        }
    }
    return 0;
}

size_t lf_query_decode(char *dst, lf_str_t raw) {
    size_t len = 0;

    while (raw.len > 0) {
        dst[len++] = lf_query_next_byte(&raw);
    }
    return len;
}
