#include "held_calls.h"

#include <time.h>

#define WAIT_ROUNDS 2500 /* of 2 ms */

void wait_for_held_number(held_number_t number, void **state, const char *target, long expected) {
    const struct timespec pause = {0, 2000000};
    int rounds;

    for (rounds = 0; rounds < WAIT_ROUNDS && number(state, target) < expected; rounds++) {
        (void) nanosleep(&pause, NULL);
    }
    assert_int_equal(number(state, target), expected);
}
