#ifndef LF_PROCESS_H
#define LF_PROCESS_H

#include <stdint.h>

#pragma GCC visibility push(hidden)

/* When the process began whose /proc/PID/stat the NUL-terminated text is, in
 * ticks since the machine began.  Returns 0, and *start is untouched, when the
 * text is none. */
int lf_process_start(const char *stat, uint64_t *start);

#pragma GCC visibility pop

#endif
