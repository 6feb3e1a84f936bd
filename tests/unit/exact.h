/* Inputs in heap blocks that end exactly where the text ends, so that a
 * sanitizer or valgrind sees one byte of over-read. */

#ifndef EXACT_H
#define EXACT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lf_str.h"

/* Free the data of the result. */
static inline lf_str_t exact_bytes(const char *data, size_t len) {
    char *copy = malloc(len == 0 ? 1 : len);

    assert_non_null(copy);
    memcpy(copy, data, len);
    return lf_str(len == 0 ? copy + 1 : copy, len);
}

static inline void exact_free(lf_str_t exact) {
    free((char *) exact.data - (exact.len == 0));
}

#endif
