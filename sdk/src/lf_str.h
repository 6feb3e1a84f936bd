/* Bytes with a length: how text travels through sdk/src.  Nothing here is
 * NUL-terminated, nothing allocates, and a slice borrows what it points to. */

#ifndef LF_STR_H
#define LF_STR_H

#include <stddef.h>
#include <string.h>

/* The runtimes are opened with RTLD_GLOBAL beside libraries that may use the
 * same names, so every symbol of sdk/src stays inside the binary it is in. */
#pragma GCC visibility push(hidden)

typedef struct {
    const char *data; /* may be NULL when len is 0 */
    size_t len;
} lf_str_t;

static inline lf_str_t lf_str(const char *data, size_t len) {
    lf_str_t s = {data, len};
    return s;
}

/* NULL gives the empty slice. */
static inline lf_str_t lf_cstr(const char *text) {
    return lf_str(text, text == NULL ? 0 : strlen(text));
}

int lf_str_equal(lf_str_t a, lf_str_t b);

/* ASCII letters compare without regard to case. */
int lf_str_case_equal(lf_str_t a, lf_str_t b);

/* Cuts the part before the next delimiter, or all when there is none, off the
 * front of *rest, which is not empty. */
lf_str_t lf_str_cut(lf_str_t *rest, char delimiter);

#pragma GCC visibility pop

#endif
