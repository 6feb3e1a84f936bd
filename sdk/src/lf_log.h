#ifndef LF_LOG_H
#define LF_LOG_H

#include "lf_str.h"

#pragma GCC visibility push(hidden)

/* Bytes that always suffice for lf_log_escape() of `len` bytes. */
#define LF_LOG_ESCAPED_SIZE(len) (4 * (len))

/* Writes `text` as one log line: a trailing newline (LF or CR LF) is dropped,
 * other control characters become \xHH.  Writes at most `size` bytes, no NUL,
 * never half an escape, and returns the length written. */
size_t lf_log_escape(char *dst, size_t size, lf_str_t text);

/* The same for a part of a line: a trailing newline is escaped too. */
size_t lf_log_escape_controls(char *dst, size_t size, lf_str_t text);

#pragma GCC visibility pop

#endif
