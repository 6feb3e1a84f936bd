#ifndef LF_STATUS_H
#define LF_STATUS_H

#include <stdint.h>

#include "lf_str.h"

#pragma GCC visibility push(hidden)

/* A final status that a handler may choose: 200 to 599. */
static inline int lf_status_is_final(uintptr_t status) {
    return status >= 200 && status <= 599;
}

/* 204 and 304 end with the header section (RFC 9110 sections 15.3.5, 15.4.5). */
static inline int lf_status_has_body(uintptr_t status) {
    return status != 204 && status != 304;
}

/* As long as memory can be; snprintf's -1 as a length is longer. */
static inline int lf_status_body_is_possible(size_t len) {
    return len <= PTRDIFF_MAX;
}

/* Bytes that lf_status_line() may write for a line of `len` bytes. */
#define LF_STATUS_LINE_SIZE(len) ((len) + 1)

/* Copies the handler's status line to `dst` when it fits the status: the same
 * three digits, then a space or the end, and no control character.  A line of
 * three digits alone gets the space that RFC 9112 section 4 demands after them.
 * Returns the length written, 0 when the server's own line must be used. */
size_t lf_status_line(char *dst, uintptr_t status, lf_str_t line);

#pragma GCC visibility pop

#endif
