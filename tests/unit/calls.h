/* Calls of as many threads, in one zone. */

#ifndef CALLS_H
#define CALLS_H

#include "zone.h"

#define CALLS 200

typedef struct {
    zone_t *z;
    const lf_zone_t *zone;
    lf_call_t calls[CALLS];
} fixture_t;

int calls_setup(void **state);
int calls_setup_small(void **state);
int calls_teardown(void **state);

/* Each in a call that begins then, unless it has begun. */
char *get(fixture_t *f, int call, const char *key);
char *take(fixture_t *f, int call, const char *key);

/* An entry that is `size` times 'v'. */
char *new (fixture_t *f, int call, const char *key, size_t size);

/* Makes and removes entries until the first is freed, and returns it. */
char *freed_early(fixture_t *f, int call);

void leave(fixture_t *f, int call);

/* The value is what new() made, and so has not been freed. */
void assert_whole(const char *value);

void assert_freed(const char *value);

#define TEST(name) cmocka_unit_test_setup_teardown(name, calls_setup, calls_teardown)
#define TEST_SMALL(name) cmocka_unit_test_setup_teardown(name, calls_setup_small, calls_teardown)

#endif
