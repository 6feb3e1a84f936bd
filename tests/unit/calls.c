/* What the tests of calls share. */

#include "calls.h"

#include <string.h>

static int setup_of(void **state, size_t size) {
    fixture_t *f = calloc(1, sizeof(*f));

    assert_non_null(f);
    f->z = zone_new(size);
    f->zone = &f->z->zone;
    *state = f;
    return 0;
}

int calls_setup(void **state) {
    return setup_of(state, (size_t) 256 * 1024);
}

int calls_setup_small(void **state) {
    return setup_of(state, (size_t) 8 * 1024);
}

int calls_teardown(void **state) {
    fixture_t *f = *state;

    zone_free(f->z);
    free(f);
    return 0;
}

char *get(fixture_t *f, int call, const char *key) {
    zone_enter(&f->calls[call]);
    return lf_cache_get(f->zone, &f->calls[call], lf_cstr(key));
}

char *new (fixture_t *f, int call, const char *key, size_t size) {
    char *value;

    zone_enter(&f->calls[call]);
    value = lf_cache_new(f->zone, &f->calls[call], lf_cstr(key), size);
    return value == NULL ? NULL : memset(value, 'v', size);
}

char *take(fixture_t *f, int call, const char *key) {
    zone_enter(&f->calls[call]);
    return lf_cache_remove(f->zone, &f->calls[call], lf_cstr(key));
}

void leave(fixture_t *f, int call) {
    zone_leave(&f->calls[call]);
}

void assert_whole(const char *value) {
    assert_memory_equal(value, "vvvvvvvv", 8);
}

void assert_freed(const char *value) {
    assert_int_equal((unsigned char) value[0], ZONE_FREED);
}

char *freed_early(fixture_t *f, int call) {
    char *value = new (f, call, "early", 8);
    char key[16];
    int i;

    (void) take(f, call, "early");
    for (i = 0; i < LF_CALL_KEEPS; i++) {
        snprintf(key, sizeof(key), "%d", i);
        (void) new (f, call, key, 8);
    }
    for (i = 0; i < LF_CALL_KEEPS; i++) {
        snprintf(key, sizeof(key), "%d", i);
        (void) take(f, call, key);
    }
    assert_freed(value);
    return value;
}
