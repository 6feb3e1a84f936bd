#include "lf_cache.h"

#include <stdio.h>

#include "exact.h"

/* A zone on the heap that counts blocks, checks the lock and can run full. */
typedef struct {
    lf_zone_t zone;
    lf_cache_t cache;
    int locked;
    int blocks;
    int allocations_left;
} fixture_t;

static void *fixture_alloc(void *zone, size_t size) {
    fixture_t *f = zone;
    char *block;

    assert_int_equal(f->locked, 1);
    if (f->allocations_left == 0) {
        return NULL;
    }
    f->allocations_left--;
    f->blocks++;
    block = malloc(size == 0 ? 1 : size);
    assert_non_null(block);
    memset(block, 0xa5, size);
    return block;
}

static void fixture_free(void *zone, void *ptr) {
    fixture_t *f = zone;

    assert_int_equal(f->locked, 1);
    f->blocks--;
    free(ptr);
}

static void fixture_lock(void *zone) {
    fixture_t *f = zone;

    assert_int_equal(f->locked, 0);
    f->locked = 1;
}

static void fixture_unlock(void *zone) {
    fixture_t *f = zone;

    assert_int_equal(f->locked, 1);
    f->locked = 0;
}

static int setup(void **state) {
    fixture_t *f = calloc(1, sizeof(*f));

    f->zone = (lf_zone_t){fixture_alloc, fixture_free, fixture_lock, fixture_unlock, f};
    f->cache.seed = 42;
    f->allocations_left = -1;
    *state = f;
    return 0;
}

static int teardown(void **state) {
    const fixture_t *f = *state;
    int leftover = f->blocks;

    free(*state);
    return leftover;
}

static void release(fixture_t *f, void *value) {
    f->blocks--;
    free(value);
}

static void remove_and_release(fixture_t *f, const char *key) {
    void *value = lf_cache_remove(&f->cache, &f->zone, lf_cstr(key));

    assert_non_null(value);
    release(f, value);
}

static void new_entry_is_zeroed_and_found(void **state) {
    static const char zeroes[32];
    fixture_t *f = *state;
    char *value = lf_cache_new(&f->cache, &f->zone, lf_cstr("session:abc"), sizeof(zeroes));

    assert_non_null(value);
    assert_memory_equal(value, zeroes, sizeof(zeroes));
    assert_ptr_equal(lf_cache_get(&f->cache, &f->zone, lf_cstr("session:abc")), value);
    assert_null(lf_cache_get(&f->cache, &f->zone, lf_cstr("session:ab")));
    assert_int_equal(f->cache.entries, 1);
    remove_and_release(f, "session:abc");
}

static void removed_entry_is_gone(void **state) {
    fixture_t *f = *state;
    void *value = lf_cache_new(&f->cache, &f->zone, lf_cstr("k"), 8);

    assert_ptr_equal(lf_cache_remove(&f->cache, &f->zone, lf_cstr("k")), value);
    assert_null(lf_cache_get(&f->cache, &f->zone, lf_cstr("k")));
    assert_null(lf_cache_remove(&f->cache, &f->zone, lf_cstr("k")));
    assert_int_equal(f->cache.entries, 0);
    release(f, value);
}

static void put_returns_what_it_replaces(void **state) {
    fixture_t *f = *state;
    char first, second;

    assert_null(lf_cache_put(&f->cache, &f->zone, lf_cstr("k"), &first));
    assert_ptr_equal(lf_cache_put(&f->cache, &f->zone, lf_cstr("k"), &second), &first);
    assert_ptr_equal(lf_cache_get(&f->cache, &f->zone, lf_cstr("k")), &second);
    assert_int_equal(f->cache.entries, 1);
    assert_ptr_equal(lf_cache_remove(&f->cache, &f->zone, lf_cstr("k")), &second);
}

static void new_replaces_an_entry_of_the_key(void **state) {
    fixture_t *f = *state;
    void *first = lf_cache_new(&f->cache, &f->zone, lf_cstr("k"), 8);
    void *second = lf_cache_new(&f->cache, &f->zone, lf_cstr("k"), 16);

    assert_ptr_not_equal(first, second);
    assert_ptr_equal(lf_cache_get(&f->cache, &f->zone, lf_cstr("k")), second);
    assert_int_equal(f->cache.entries, 1);
    remove_and_release(f, "k");
    release(f, first);
}

/* The n-th allocation of cache_new fails: no value, no entry, no block left. */
static void full_zone_leaves_no_half_made_entry(void **state) {
    fixture_t *f = *state;
    int n;

    for (n = 0; n < 2; n++) {
        f->allocations_left = n;
        assert_null(lf_cache_new(&f->cache, &f->zone, lf_cstr("k"), 8));
        assert_int_equal(f->blocks, 0);
        assert_int_equal(f->cache.entries, 0);
        assert_null(lf_cache_get(&f->cache, &f->zone, lf_cstr("k")));
    }
}

static void full_zone_leaves_the_old_entry(void **state) {
    fixture_t *f = *state;
    void *value = lf_cache_new(&f->cache, &f->zone, lf_cstr("k"), 8);

    f->allocations_left = 0;
    assert_null(lf_cache_new(&f->cache, &f->zone, lf_cstr("k"), 8));
    assert_ptr_equal(lf_cache_get(&f->cache, &f->zone, lf_cstr("k")), value);
    assert_null(lf_cache_put(&f->cache, &f->zone, lf_cstr("other"), value));
    assert_null(lf_cache_get(&f->cache, &f->zone, lf_cstr("other")));
    remove_and_release(f, "k");
}

static void put_into_an_existing_entry_needs_no_memory(void **state) {
    fixture_t *f = *state;
    char first, second;

    assert_null(lf_cache_put(&f->cache, &f->zone, lf_cstr("k"), &first));
    f->allocations_left = 0;
    assert_ptr_equal(lf_cache_put(&f->cache, &f->zone, lf_cstr("k"), &second), &first);
    assert_ptr_equal(lf_cache_remove(&f->cache, &f->zone, lf_cstr("k")), &second);
}

static void the_empty_key_is_a_key(void **state) {
    fixture_t *f = *state;

    assert_null(lf_cache_put(&f->cache, &f->zone, lf_str(NULL, 0), f));
    assert_ptr_equal(lf_cache_remove(&f->cache, &f->zone, lf_cstr("")), f);
}

/* Against a plain array: random puts and removes of 2,000 keys. */
static void thousands_of_entries_come_and_go_like_in_an_array(void **state) {
    enum { KEYS = 2000, ROUNDS = 40000 };
    static char values[ROUNDS];
    void *model[KEYS] = {NULL};
    fixture_t *f = *state;
    uint32_t seed = 1;
    size_t i, present = 0;

    for (i = 0; i < ROUNDS; i++) {
        char key[16];
        size_t k = (seed = seed * 1664525u + 1013904223u) / 7 % KEYS;
        int put = seed >> 30 != 0 || i < KEYS;
        void *old;

        snprintf(key, sizeof(key), "key:%zu", k);
        assert_ptr_equal(lf_cache_get(&f->cache, &f->zone, lf_cstr(key)), model[k]);
        old = put ? lf_cache_put(&f->cache, &f->zone, lf_cstr(key), &values[i])
                  : lf_cache_remove(&f->cache, &f->zone, lf_cstr(key));
        assert_ptr_equal(old, model[k]);
        present += (size_t) put - (model[k] != NULL);
        model[k] = put ? &values[i] : NULL;
        assert_int_equal(f->cache.entries, present);
        assert_int_equal(f->blocks, present);
    }
    for (i = 0; i < KEYS; i++) {
        char key[16];

        snprintf(key, sizeof(key), "key:%zu", i);
        assert_ptr_equal(lf_cache_remove(&f->cache, &f->zone, lf_cstr(key)), model[i]);
    }
    assert_null(f->cache.root);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(new_entry_is_zeroed_and_found, setup, teardown),
        cmocka_unit_test_setup_teardown(removed_entry_is_gone, setup, teardown),
        cmocka_unit_test_setup_teardown(put_returns_what_it_replaces, setup, teardown),
        cmocka_unit_test_setup_teardown(new_replaces_an_entry_of_the_key, setup, teardown),
        cmocka_unit_test_setup_teardown(full_zone_leaves_no_half_made_entry, setup, teardown),
        cmocka_unit_test_setup_teardown(full_zone_leaves_the_old_entry, setup, teardown),
        cmocka_unit_test_setup_teardown(put_into_an_existing_entry_needs_no_memory, setup, teardown),
        cmocka_unit_test_setup_teardown(the_empty_key_is_a_key, setup, teardown),
        cmocka_unit_test_setup_teardown(thousands_of_entries_come_and_go_like_in_an_array, setup, teardown),
    };
    return cmocka_run_group_tests_name("cache", tests, NULL, NULL);
}
