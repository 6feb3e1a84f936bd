/* What the targets share: pieces of the input in heap blocks that end where the
 * piece ends, so that ASan sees one byte of over-read. */

#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lf_str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must hold for any input. */
static inline void fuzz_check(int holds) {
    if (!holds) {
        abort();
    }
}

/* The caller frees the data. */
static inline lf_str_t fuzz_dup(lf_str_t piece) {
    char *data = malloc(piece.len);

    if (piece.len > 0) {
        memcpy(data, piece.data, piece.len);
    }
    return lf_str(data, piece.len);
}

/* The next line of the input. */
static inline lf_str_t fuzz_line_dup(lf_str_t *rest) {
    return fuzz_dup(rest->len == 0 ? lf_cstr("") : lf_str_cut(rest, '\n'));
}

static inline void fuzz_free(lf_str_t piece) {
    free((char *) piece.data);
}

static inline lf_str_t fuzz_input(const uint8_t *data, size_t size) {
    return lf_str((const char *) data, size);
}

/* A slice that was found in a text lies in it. */
static inline void fuzz_check_within(lf_str_t slice, lf_str_t text) {
    fuzz_check(slice.len <= text.len);
    fuzz_check(slice.len == 0 || (slice.data >= text.data && slice.data + slice.len <= text.data + text.len));
}

#endif
