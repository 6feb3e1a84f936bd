/* Everything at once against a naive model, also when memory runs out. */

#include "zone.h"

#include <string.h>

enum { KEYS = 60, STEPS = 30000, VALUE = 300 };

typedef struct {
    int cached; /* 0: absent, 1: from cache_new, 2: put */
    unsigned char *value;
    size_t size;
    unsigned char fill;
    int in_dict;
    size_t len;
    unsigned char byte;
    uint64_t expires;
} entry_t;

typedef struct {
    zone_t *z;
    const lf_zone_t *zone;
    lf_call_t call;
    entry_t model[KEYS];
    char keys[KEYS][48];
    uint32_t random;
    size_t failed;
} fixture_t;

static unsigned pick(fixture_t *f, unsigned below) {
    f->random = f->random * 1664525u + 1013904223u;
    return (f->random >> 8) % below;
}

static int setup(void **state) {
    fixture_t *f = calloc(1, sizeof(*f));
    int i;

    assert_non_null(f);
    f->z = zone_new((size_t) 256 * 1024);
    f->zone = &f->z->zone;
    f->random = 7;
    for (i = 0; i < KEYS; i++) {
        snprintf(f->keys[i], sizeof(f->keys[i]), "%.*s%d", i % 30, "a key that is of no fixed length", i);
    }
    *state = f;
    return 0;
}

static int teardown(void **state) {
    fixture_t *f = *state;

    zone_free(f->z);
    free(f);
    return 0;
}

static lf_str_t key_of(const fixture_t *f, int k) {
    return lf_cstr(f->keys[k]);
}

static void assert_filled(const unsigned char *value, size_t size, unsigned char fill) {
    size_t i;

    for (i = 0; i < size; i++) {
        assert_int_equal(value[i], fill);
    }
}

static void check_cached(fixture_t *f, int k) {
    const entry_t *e = &f->model[k];

    assert_ptr_equal(lf_cache_get(f->zone, &f->call, key_of(f, k)), e->cached ? e->value : NULL);
    if (e->cached == 1) {
        assert_filled(e->value, e->size, e->fill);
    }
}

static void check_dict(fixture_t *f, int k) {
    entry_t *e = &f->model[k];
    unsigned char buf[VALUE];
    size_t len = sizeof(buf);
    int result = lf_dict_get(f->zone, key_of(f, k), buf, &len);

    e->in_dict &= e->expires == 0 || e->expires > f->z->now;
    assert_int_equal(result, e->in_dict ? NGX_LINK_FUNC_OK : NGX_LINK_FUNC_NOT_FOUND);
    if (e->in_dict) {
        assert_int_equal(len, e->len);
        assert_filled(buf, len, e->byte);
    }
}

static void step_new(fixture_t *f, int k) {
    entry_t *e = &f->model[k];
    size_t size = pick(f, VALUE);
    unsigned char *value = lf_cache_new(f->zone, &f->call, key_of(f, k), size);

    if (value == NULL) {
        f->failed++;
        return;
    }
    assert_filled(value, size, 0);
    *e = (entry_t){1, value, size, (unsigned char) pick(f, 200), e->in_dict, e->len, e->byte, e->expires};
    memset(value, e->fill, size);
}

static void step_put(fixture_t *f, int k) {
    entry_t *e = &f->model[k];
    unsigned char *value = (unsigned char *) &f->keys[pick(f, KEYS)];
    int must_work = e->cached == 2 || f->z->allocations_left != 0;
    void *old = lf_cache_put(f->zone, &f->call, key_of(f, k), value);

    if (!must_work) {
        assert_null(old);
        f->failed++;
        return;
    }
    assert_ptr_equal(old, e->cached ? e->value : NULL);
    e->cached = 2;
    e->value = value;
}

static void step_remove(fixture_t *f, int k) {
    entry_t *e = &f->model[k];
    void *value = lf_cache_remove(f->zone, &f->call, key_of(f, k));

    assert_ptr_equal(value, e->cached ? e->value : NULL);
    if (e->cached == 1) {
        assert_filled(value, e->size, e->fill);
        if (pick(f, 2)) {
            lf_store_block_free(f->zone, &f->call, value);
        }
    }
    e->cached = 0;
}

static void step_set(fixture_t *f, int k) {
    entry_t *e = &f->model[k];
    char value[VALUE];
    size_t len = pick(f, VALUE);
    uint64_t ttl = pick(f, 3) ? 0 : 1 + pick(f, 50);
    unsigned char byte = (unsigned char) pick(f, 200);

    memset(value, byte, sizeof(value));
    if (lf_dict_set(f->zone, &f->call, key_of(f, k), lf_str(value, len), ttl) == NGX_LINK_FUNC_NO_MEMORY) {
        f->failed++;
        return;
    }
    e->in_dict = 1;
    e->len = len;
    e->byte = byte;
    e->expires = ttl == 0 ? 0 : f->z->now + ttl;
}

static void step_delete(fixture_t *f, int k) {
    entry_t *e = &f->model[k];
    int present = e->in_dict && (e->expires == 0 || e->expires > f->z->now);

    assert_int_equal(lf_dict_delete(f->zone, key_of(f, k)),
                     present ? NGX_LINK_FUNC_OK : NGX_LINK_FUNC_NOT_FOUND);
    e->in_dict = 0;
}

static void step(fixture_t *f) {
    static void (*const steps[])(fixture_t *, int) = {check_cached, check_dict, step_new,   step_put,
                                                      step_remove,  step_set,   step_delete};

    if (pick(f, 20) == 0) {
        zone_leave(&f->call);
    }
    zone_enter(&f->call);
    f->z->now += pick(f, 3);
    steps[pick(f, sizeof(steps) / sizeof(steps[0]))](f, (int) pick(f, KEYS));
    assert_int_equal(f->z->locked, 0);
}

static void remove_all(fixture_t *f) {
    int k;

    for (k = 0; k < KEYS; k++) {
        check_cached(f, k);
        check_dict(f, k);
        step_remove(f, k);
        step_delete(f, k);
    }
    zone_leave(&f->call);
    assert_zone_empty(f->z);
}

static void cache_and_dict_do_what_a_naive_model_does(void **state) {
    fixture_t *f = *state;
    int i;

    for (i = 0; i < STEPS; i++) {
        step(f);
    }
    assert_int_equal(f->failed, 0);
    remove_all(f);
}

/* From step to step the allocator fails for good after 0, 1 or 2 blocks.  To
 * make room the dict is evicted: what it lost is no failure. */
static void failed_allocations_change_nothing_and_leak_nothing(void **state) {
    fixture_t *f = *state;
    int i, k;

    for (i = 0; i < STEPS; i++) {
        uint64_t evicted = f->z->store->evictions + f->z->store->expirations;

        f->z->allocations_left = (int) pick(f, 6);
        f->z->allocations_left -= f->z->allocations_left > 2 ? f->z->allocations_left + 1 : 0;
        step(f);
        f->z->allocations_left = -1;
        for (k = 0; evicted != f->z->store->evictions + f->z->store->expirations && k < KEYS; k++) {
            size_t len = VALUE;
            char buf[VALUE];

            f->model[k].in_dict = lf_dict_get(f->zone, key_of(f, k), buf, &len) == NGX_LINK_FUNC_OK;
        }
    }
    assert_true(f->failed > 1000);
    remove_all(f);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(cache_and_dict_do_what_a_naive_model_does),
        TEST(failed_allocations_change_nothing_and_leak_nothing),
    };

    return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
