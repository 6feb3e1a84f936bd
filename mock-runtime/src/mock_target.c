#include "mock_target.h"

#include <stdlib.h>

#include "mock_memory.h"

/* A path as it grows. */
typedef struct {
    char *data;
    size_t len;
    int merges; /* it never holds two slashes in a row */
} path_t;

static int hex_digit(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = (char) (c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte that `%XX` at the start of `text` stands for; 0, which no path may
 * hold, when it is malformed. */
static char percent_decode(lf_str_t text) {
    int high, low;

    if (text.len < 3) {
        return '\0';
    }
    high = hex_digit(text.data[1]);
    low = hex_digit(text.data[2]);
    if (high < 0 || low < 0) {
        return '\0';
    }
    return (char) (high << 4 | low);
}

static int last_segment_is(const path_t *path, const char *segment) {
    size_t len = strlen(segment);

    return path->len > len && path->data[path->len - len - 1] == '/'
           && memcmp(path->data + path->len - len, segment, len) == 0;
}

/* Applies the dot segment that the path ends with.  Returns 0 when it climbs
 * above the root. */
static int close_segment(path_t *path) {
    if (last_segment_is(path, ".")) {
        path->len -= 1;
        return 1;
    }
    if (!last_segment_is(path, "..")) {
        return 1;
    }
    path->len -= 3;
    if (path->len == 0) {
        return 0;
    }
    while (path->data[path->len - 1] != '/') {
        path->len--;
    }
    return 1;
}

static int append(path_t *path, char c) {
    if (c == '/') {
        size_t len = path->len;

        if (!close_segment(path)) {
            return 0;
        }
        if ((path->merges || path->len < len) && path->len > 0 && path->data[path->len - 1] == '/') {
            return 1;
        }
    }
    path->data[path->len++] = c;
    return 1;
}

static const char *normalise(lf_str_t raw, path_t *path) {
    size_t i;

    for (i = 0; i < raw.len; i++) {
        char c = raw.data[i];

        if (c == '%') {
            c = percent_decode(lf_str(raw.data + i, raw.len - i));
            if (c == '\0') {
                return "a malformed percent-encoding in its path";
            }
            i += 2;
        }
        if (!append(path, c)) {
            return "a path that climbs above the root";
        }
    }
    return close_segment(path) ? NULL : "a path that climbs above the root";
}

static const char *check_bytes(lf_str_t target) {
    size_t i;

    if (target.len == 0 || target.data[0] != '/') {
        return "no '/' at its beginning";
    }
    for (i = 0; i < target.len; i++) {
        if ((unsigned char) target.data[i] <= 0x20 || target.data[i] == 0x7f) {
            return "a space or control character";
        }
    }
    return NULL;
}

/* The part before the first of that byte, or all of it. */
static lf_str_t before(lf_str_t text, char byte) {
    const char *found = text.len == 0 ? NULL : memchr(text.data, byte, text.len);

    return lf_str(text.data, found == NULL ? text.len : (size_t) (found - text.data));
}

static const char *parse(lf_str_t target, int merges, lf_str_t *path, lf_str_t *args) {
    lf_str_t raw_path, whole = before(target, '#');
    const char *problem = check_bytes(target);
    path_t result;

    if (problem != NULL) {
        return problem;
    }
    raw_path = before(whole, '?');
    result.data = lfm_alloc(raw_path.len);
    result.len = 0;
    result.merges = merges;
    problem = normalise(raw_path, &result);
    if (problem != NULL) {
        free(result.data);
        return problem;
    }
    *path = lf_str(result.data, result.len);
    *args = raw_path.len == whole.len ? lf_str(NULL, 0)
                                      : lf_str(whole.data + raw_path.len + 1, whole.len - raw_path.len - 1);
    return NULL;
}

const char *lfm_target_parse(lf_str_t target, lf_str_t *path, lf_str_t *args) {
    return parse(target, 1, path, args);
}

const char *lfm_target_parse_unmerged(lf_str_t target, lf_str_t *path, lf_str_t *args) {
    return parse(target, 0, path, args);
}
