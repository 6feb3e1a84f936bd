#include "random.h"

#include <string.h>

/* SplitMix64 (Steele, Lea and Flood, 2014). */
static uint64_t next(random_t *r) {
    uint64_t z = r->state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

void random_seed(random_t *r, uint64_t seed, uint64_t stream) {
    r->state = seed;
    r->state = next(r) ^ stream;
    r->state = next(r);
}

size_t random_below(random_t *r, size_t bound) {
    return (size_t) (next(r) % bound);
}

int random_once_in(random_t *r, size_t n) {
    return random_below(r, n) == 0;
}

char random_byte(random_t *r, const char *bytes, size_t count) {
    char byte = bytes[random_below(r, count)];

    if (random_once_in(r, 3)) {
        unsigned char any = (unsigned char) random_below(r, 256);

        memcpy(&byte, &any, 1);
    }
    return byte;
}
