/* Numbers that are random, and the same for the same seed. */

#ifndef RANDOM_H
#define RANDOM_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint64_t state;
} random_t;

void random_seed(random_t *r, uint64_t seed, uint64_t stream);

/* Below `bound`, which is not 0. */
size_t random_below(random_t *r, size_t bound);

/* One of the bytes, or any at all. */
char random_byte(random_t *r, const char *bytes, size_t count);

/* True once in `n` times. */
int random_once_in(random_t *r, size_t n);

#endif
