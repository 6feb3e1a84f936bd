/* Time that no change of the date moves. */

#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>
#include <time.h>

enum { CLOCK_NEVER = 0 }; /* a deadline that is not set */

static inline int64_t clock_ms(void) {
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The earlier of two deadlines. */
static inline int64_t clock_earlier(int64_t one, int64_t other) {
    if (one == CLOCK_NEVER || (other != CLOCK_NEVER && other < one)) {
        return other;
    }
    return one;
}

#endif
