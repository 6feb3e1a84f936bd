#include "zone.h"

#include <string.h>

typedef struct {
    zone_t *z;
    const lf_zone_t *zone;
    lf_call_t call;
} fixture_t;

static int setup(void **state) {
    fixture_t *f = calloc(1, sizeof(*f));

    assert_non_null(f);
    f->z = zone_new((size_t) 256 * 1024);
    f->zone = &f->z->zone;
    zone_enter(&f->call);
    *state = f;
    return 0;
}

/* Each test removes what it made, or puts what is not the zone's. */
static int teardown(void **state) {
    fixture_t *f = *state;

    zone_leave(&f->call);
    assert_zone_empty(f->z);
    zone_free(f->z);
    free(f);
    return 0;
}

static void *get(fixture_t *f, const char *key) {
    return lf_cache_get(f->zone, &f->call, lf_cstr(key));
}

static void *put(fixture_t *f, const char *key, void *value) {
    return lf_cache_put(f->zone, &f->call, lf_cstr(key), value);
}

static void *new (fixture_t *f, const char *key, size_t size) {
    return lf_cache_new(f->zone, &f->call, lf_cstr(key), size);
}

static void *take(fixture_t *f, const char *key) {
    return lf_cache_remove(f->zone, &f->call, lf_cstr(key));
}

static void new_entry_is_zeroed_and_found(void **state) {
    static const char zeroes[100];
    fixture_t *f = *state;
    char *value = new (f, "session:abc", sizeof(zeroes));

    assert_non_null(value);
    assert_memory_equal(value, zeroes, sizeof(zeroes));
    assert_ptr_equal(get(f, "session:abc"), value);
    assert_null(get(f, "session:ab"));
    assert_int_equal(f->z->store->cache_count, 1);
    assert_ptr_equal(take(f, "session:abc"), value);
}

static void removed_entry_is_gone(void **state) {
    fixture_t *f = *state;
    void *value = new (f, "k", 8);

    assert_ptr_equal(take(f, "k"), value);
    assert_null(get(f, "k"));
    assert_null(take(f, "k"));
    assert_int_equal(f->z->store->cache_count, 0);
}

static void put_returns_what_it_replaces(void **state) {
    fixture_t *f = *state;
    char first, second;

    assert_null(put(f, "k", &first));
    assert_ptr_equal(put(f, "k", &second), &first);
    assert_ptr_equal(get(f, "k"), &second);
    assert_int_equal(f->z->store->cache_count, 1);
    assert_ptr_equal(take(f, "k"), &second);
}

static void new_replaces_an_entry_of_the_key(void **state) {
    fixture_t *f = *state;
    void *first = new (f, "k", 8);
    void *second = new (f, "k", 16);

    assert_ptr_not_equal(first, second);
    assert_ptr_equal(get(f, "k"), second);
    assert_int_equal(f->z->store->cache_count, 1);
    assert_ptr_equal(take(f, "k"), second);
}

/* Whose memory a value is depends on how it came in, not on its neighbours. */
static void values_put_are_never_freed(void **state) {
    fixture_t *f = *state;
    void *own = lf_store_block_new(f->zone, &f->call, 100);
    void *made;

    assert_null(put(f, "k", own));
    made = new (f, "k", 8);
    assert_ptr_equal(put(f, "k", own), made);
    assert_ptr_equal(take(f, "k"), own);
    zone_leave(&f->call);
    assert_int_equal(zone_left(f->z), f->zone->capacity - 128);
    memset(own, 1, 100);
    lf_store_block_free(f->zone, &f->call, own);
}

/* The n-th allocation of cache_new fails: no value, no entry, no block left. */
static void full_zone_leaves_no_half_made_entry(void **state) {
    fixture_t *f = *state;
    int n;

    for (n = 0; n < 2; n++) {
        f->z->allocations_left = n;
        assert_null(new (f, "k", 8));
        f->z->allocations_left = -1;
        assert_zone_empty(f->z);
        assert_null(get(f, "k"));
    }
    assert_int_equal(f->z->reports[LF_EVENT_FULL], 1);
}

static void full_zone_leaves_the_old_entry(void **state) {
    fixture_t *f = *state;
    void *value = new (f, "k", 8);
    char other;

    f->z->allocations_left = 0;
    assert_null(new (f, "k", 8));
    assert_ptr_equal(get(f, "k"), value);
    assert_null(put(f, "other", value));
    assert_null(get(f, "other"));
    assert_null(put(f, "k", &other));
    assert_ptr_equal(get(f, "k"), value);
    assert_ptr_equal(take(f, "k"), value);
}

/* One entry under another key, the way that version 34 has it. */
static void removed_value_can_be_put_under_another_key(void **state) {
    fixture_t *f = *state;
    char *value = new (f, "old", 8);

    value[0] = 'v';
    assert_ptr_equal(take(f, "old"), value);
    assert_null(put(f, "new", value));
    zone_leave(&f->call);
    zone_enter(&f->call);
    assert_ptr_equal(get(f, "new"), value);
    assert_int_equal(value[0], 'v');
    assert_null(get(f, "old"));
    assert_int_equal(f->z->store->retired_count, 0);
    assert_ptr_equal(take(f, "new"), value);
    assert_int_equal(f->z->store->retired_count, 1);
}

static void replaced_value_can_be_put_over_what_was_put(void **state) {
    fixture_t *f = *state;
    char *value = new (f, "k", 8), other;

    value[0] = 'v';
    assert_null(put(f, "other", &other));
    assert_ptr_not_equal(new (f, "k", 8), value);
    assert_ptr_equal(put(f, "other", value), &other);
    assert_ptr_not_equal(put(f, "k", value), value);
    zone_leave(&f->call);
    assert_int_equal(value[0], 'v');
    zone_enter(&f->call);
    assert_ptr_equal(take(f, "other"), value);
    assert_ptr_equal(take(f, "k"), value);
}

static void value_that_the_key_has_can_be_put_again(void **state) {
    fixture_t *f = *state;
    char *value = new (f, "k", 8);

    f->z->allocations_left = 0;
    assert_ptr_equal(put(f, "k", value), value);
    f->z->allocations_left = -1;
    zone_leave(&f->call);
    zone_enter(&f->call);
    assert_ptr_equal(take(f, "k"), value);
    assert_int_equal(value[0], 0);
}

static void removed_value_that_could_not_be_put_is_reclaimed(void **state) {
    fixture_t *f = *state;
    char *value = new (f, "k", 8), other;

    assert_null(put(f, "other", &other));
    (void) take(f, "k");
    f->z->allocations_left = 0;
    assert_null(put(f, "k", value));
    assert_null(put(f, "other", value));
    f->z->allocations_left = -1;
    assert_null(get(f, "k"));
    assert_ptr_equal(take(f, "other"), &other);
    zone_leave(&f->call);
    assert_zone_empty(f->z);
}

static void put_over_put_needs_no_memory(void **state) {
    fixture_t *f = *state;
    char first, second;

    assert_null(put(f, "k", &first));
    f->z->allocations_left = 0;
    assert_ptr_equal(put(f, "k", &second), &first);
    assert_ptr_equal(take(f, "k"), &second);
}

static void the_empty_key_is_a_key(void **state) {
    fixture_t *f = *state;

    assert_null(lf_cache_put(f->zone, &f->call, lf_str(NULL, 0), f));
    assert_ptr_equal(take(f, ""), f);
}

static void impossible_sizes_are_refused(void **state) {
    fixture_t *f = *state;

    assert_null(new (f, "k", SIZE_MAX));
    assert_null(new (f, "k", f->zone->capacity + 1));
    assert_null(lf_store_block_new(f->zone, &f->call, SIZE_MAX));
}

/* Against a plain array: random puts and removes of 2,000 keys. */
static void thousands_of_entries_come_and_go_like_in_an_array(void **state) {
    enum { KEYS = 2000, ROUNDS = 40000 };
    static char values[ROUNDS];
    void *model[KEYS] = {NULL};
    fixture_t *f = *state;
    uint32_t seed = 1;
    size_t i, present = 0;
    char key[16];

    for (i = 0; i < ROUNDS; i++) {
        size_t k = (seed = seed * 1664525u + 1013904223u) / 7 % KEYS;
        int putting = seed >> 30 != 0 || i < KEYS;

        snprintf(key, sizeof(key), "key:%zu", k);
        assert_ptr_equal(get(f, key), model[k]);
        assert_ptr_equal(putting ? put(f, key, &values[i]) : take(f, key), model[k]);
        present += (size_t) putting - (model[k] != NULL);
        model[k] = putting ? &values[i] : NULL;
        assert_int_equal(f->z->store->cache_count, present);
    }
    for (i = 0; i < KEYS; i++) {
        snprintf(key, sizeof(key), "key:%zu", i);
        assert_ptr_equal(take(f, key), model[i]);
    }
    assert_null(f->z->store->cache);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(new_entry_is_zeroed_and_found),
        TEST(removed_entry_is_gone),
        TEST(put_returns_what_it_replaces),
        TEST(new_replaces_an_entry_of_the_key),
        TEST(values_put_are_never_freed),
        TEST(full_zone_leaves_no_half_made_entry),
        TEST(full_zone_leaves_the_old_entry),
        TEST(removed_value_can_be_put_under_another_key),
        TEST(replaced_value_can_be_put_over_what_was_put),
        TEST(value_that_the_key_has_can_be_put_again),
        TEST(removed_value_that_could_not_be_put_is_reclaimed),
        TEST(put_over_put_needs_no_memory),
        TEST(the_empty_key_is_a_key),
        TEST(impossible_sizes_are_refused),
        TEST(thousands_of_entries_come_and_go_like_in_an_array),
    };
    return cmocka_run_group_tests_name("cache", tests, NULL, NULL);
}
