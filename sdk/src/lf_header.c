#include "lf_header.h"

#include "lf_host.h"

/* What delimits messages or belongs to one connection (RFC 9110 section 7.6.1):
 * a handler that set it would desynchronise the connection. */
static const char *const lf_header_framing[] = {
    "Connection", "Content-Length",    "Keep-Alive", "Proxy-Connection",
    "Trailer",    "Transfer-Encoding", "Upgrade",
};

static const char *const lf_header_out_single[] = {
    "Content-Disposition", "Content-Encoding", "Content-Type", "Date", "ETag",
    "Last-Modified",       "Location",         "Server",
};

static const char *const lf_header_of_body[] = {
    "Content-Encoding",
    "ETag",
    "Last-Modified",
    "Location",
};

#define LF_COUNT(table) (sizeof(table) / sizeof((table)[0]))

static char lf_header_letter(char c) {
    if (c == '_') {
        return '-';
    }
    return (char) (c >= 'A' && c <= 'Z' ? c | 0x20 : c);
}

int lf_header_alike(lf_str_t a, lf_str_t b) {
    size_t i;

    if (a.len != b.len) {
        return 0;
    }
    for (i = 0; i < a.len; i++) {
        if (lf_header_letter(a.data[i]) != lf_header_letter(b.data[i])) {
            return 0;
        }
    }
    return 1;
}

static int lf_header_listed(const char *const *table, size_t count, lf_str_t name,
                            int (*equal)(lf_str_t a, lf_str_t b)) {
    size_t i;

    for (i = 0; i < count; i++) {
        if (equal(lf_cstr(table[i]), name)) {
            return 1;
        }
    }
    return 0;
}

/* tchar of RFC 9110 section 5.6.2. */
static int lf_header_is_tchar(char c) {
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) {
        return 1;
    }
    return c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL;
}

static int lf_header_is_token(lf_str_t name) {
    size_t i;

    for (i = 0; i < name.len; i++) {
        if (!lf_header_is_tchar(name.data[i])) {
            return 0;
        }
    }
    return name.len > 0;
}

int lf_header_value_is_clean(lf_str_t value) {
    size_t i;

    for (i = 0; i < value.len; i++) {
        if (value.data[i] == '\r' || value.data[i] == '\n' || value.data[i] == '\0') {
            return 0;
        }
    }
    return 1;
}

static lf_header_verdict_t lf_header_judge(lf_str_t name, lf_str_t value,
                                           int (*equal)(lf_str_t a, lf_str_t b)) {
    if (!lf_header_is_token(name)) {
        return LF_HEADER_NAME_NOT_TOKEN;
    }
    if (!lf_header_value_is_clean(value)) {
        return LF_HEADER_VALUE_CONTROL;
    }
    if (lf_header_listed(lf_header_framing, LF_COUNT(lf_header_framing), name, equal)) {
        return LF_HEADER_FRAMES_MESSAGE;
    }
    return LF_HEADER_OK;
}

lf_header_verdict_t lf_header_check(lf_str_t name, lf_str_t value) {
    return lf_header_judge(name, value, lf_str_case_equal);
}

lf_header_verdict_t lf_header_check_request(lf_str_t name, lf_str_t value) {
    lf_header_verdict_t verdict = lf_header_judge(name, value, lf_header_alike);

    if (verdict == LF_HEADER_OK && lf_str_case_equal(name, lf_cstr("Host")) && !lf_host_is_valid(value)) {
        return LF_HEADER_NO_HOST;
    }
    return verdict;
}

/* RFC 9112 section 3.2 wants a Host in each request. */
lf_header_verdict_t lf_header_check_removal(lf_str_t name) {
    if (lf_str_case_equal(name, lf_cstr("Host"))) {
        return LF_HEADER_REQUIRED;
    }
    return lf_header_check_request(name, lf_str(NULL, 0));
}

int lf_header_out_is_single(lf_str_t name) {
    return lf_header_listed(lf_header_out_single, LF_COUNT(lf_header_out_single), name, lf_str_case_equal);
}

int lf_header_describes_body(lf_str_t name) {
    return lf_header_listed(lf_header_of_body, LF_COUNT(lf_header_of_body), name, lf_str_case_equal);
}
