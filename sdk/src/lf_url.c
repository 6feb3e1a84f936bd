#include "lf_url.h"

static int is_control(unsigned char c) {
    return c < ' ' || c == 0x7f;
}

static int has_strange_bytes(lf_str_t text) {
    size_t i;

    for (i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char) text.data[i];

        if (is_control(c) || c == ' ' || c == '\\') {
            return 1;
        }
    }
    return 0;
}

/* Cuts what stands before any of `ends`, or all, off the front of *rest. */
static lf_str_t cut_until(lf_str_t *rest, const char *ends) {
    lf_str_t taken = lf_str(rest->data, 0);

    while (taken.len < rest->len && strchr(ends, rest->data[taken.len]) == NULL) {
        taken.len++;
    }
    *rest = lf_str(rest->data + taken.len, rest->len - taken.len);
    return taken;
}

static int cut_scheme(lf_str_t *rest, const char *scheme) {
    size_t len = strlen(scheme);

    if (rest->len < len || !lf_str_case_equal(lf_str(rest->data, len), lf_cstr(scheme))) {
        return 0;
    }
    *rest = lf_str(rest->data + len, rest->len - len);
    return 1;
}

/* A password may hold an "@" itself, a host never. */
static void part_credentials(lf_url_t *url) {
    size_t i;

    for (i = url->authority.len; i > 0; i--) {
        if (url->authority.data[i - 1] == '@') {
            url->credentials = lf_str(url->authority.data, i - 1);
            url->authority = lf_str(url->authority.data + i, url->authority.len - i);
            return;
        }
    }
}

int lf_url_parse(lf_str_t text, lf_url_t *url) {
    lf_str_t rest = text;

    memset(url, 0, sizeof(*url));
    if (has_strange_bytes(text)) {
        return 0;
    }
    url->secure = cut_scheme(&rest, "https://");
    if (!url->secure && !cut_scheme(&rest, "http://")) {
        return 0;
    }
    url->authority = cut_until(&rest, "/?#");
    part_credentials(url);
    url->path = cut_until(&rest, "?#");
    url->query = cut_until(&rest, "#");
    if (rest.len > 0) {
        url->fragment = lf_str(rest.data + 1, rest.len - 1);
    }
    return url->authority.len > 0;
}

lf_str_t lf_url_harmless(lf_str_t text) {
    size_t i, start = 0, end = 0;

    for (i = 0; i < text.len; i++) {
        if (text.data[i] == '@') {
            start = i + 1;
        }
    }
    while (end < text.len && text.data[end] != '?' && !is_control((unsigned char) text.data[end])) {
        end++;
    }
    return end < start ? lf_str(text.data, 0) : lf_str(text.data + start, end - start);
}

int lf_url_same_origin(const lf_url_t *a, const lf_url_t *b) {
    return a->secure == b->secure && lf_str_case_equal(a->authority, b->authority);
}
