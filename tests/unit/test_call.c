/* What a call has got stays readable until it returns, and not for ever. */

#include "zone.h"

#include <string.h>

#define CALLS 200

typedef struct {
    zone_t *z;
    const lf_zone_t *zone;
    lf_call_t calls[CALLS]; /* as many threads */
} fixture_t;

static int setup_of(void **state, size_t size) {
    fixture_t *f = calloc(1, sizeof(*f));

    assert_non_null(f);
    f->z = zone_new(size);
    f->zone = &f->z->zone;
    *state = f;
    return 0;
}

static int setup(void **state) {
    return setup_of(state, (size_t) 256 * 1024);
}

static int setup_small(void **state) {
    return setup_of(state, (size_t) 8 * 1024);
}

static int teardown(void **state) {
    fixture_t *f = *state;

    zone_free(f->z);
    free(f);
    return 0;
}

static char *get(fixture_t *f, int call, const char *key) {
    zone_enter(&f->calls[call]);
    return lf_cache_get(f->zone, &f->calls[call], lf_cstr(key));
}

/* An entry that is `size` times 'v'. */
static char *new (fixture_t *f, int call, const char *key, size_t size) {
    char *value;

    zone_enter(&f->calls[call]);
    value = lf_cache_new(f->zone, &f->calls[call], lf_cstr(key), size);
    return value == NULL ? NULL : memset(value, 'v', size);
}

static char *take(fixture_t *f, int call, const char *key) {
    zone_enter(&f->calls[call]);
    return lf_cache_remove(f->zone, &f->calls[call], lf_cstr(key));
}

static void leave(fixture_t *f, int call) {
    zone_leave(&f->calls[call]);
}

/* The value is what new() made, and so has not been freed. */
static void assert_whole(const char *value) {
    assert_memory_equal(value, "vvvvvvvv", 8);
}

static void assert_freed(const char *value) {
    assert_int_equal((unsigned char) value[0], ZONE_FREED);
}

static void removed_value_stays_until_its_remover_returns(void **state) {
    fixture_t *f = *state;
    const char *value = new (f, 0, "k", 8);

    assert_ptr_equal(take(f, 0, "k"), value);
    assert_whole(value);
    leave(f, 0);
    assert_freed(value);
    assert_zone_empty(f->z);
}

static void replaced_value_stays_until_its_replacer_returns(void **state) {
    fixture_t *f = *state;
    const char *by_new = new (f, 0, "a", 8), *by_put = new (f, 0, "b", 8);
    char other;

    (void) new (f, 0, "a", 8);
    assert_ptr_equal(lf_cache_put(f->zone, &f->calls[0], lf_cstr("b"), &other), by_put);
    assert_whole(by_new);
    assert_whole(by_put);
    leave(f, 0);
    assert_freed(by_new);
    assert_freed(by_put);
    (void) take(f, 0, "a");
    (void) take(f, 0, "b");
    leave(f, 0);
    assert_zone_empty(f->z);
}

static void removed_value_stays_for_every_call_that_runs(void **state) {
    fixture_t *f = *state;
    const char *value = new (f, 0, "k", 8);

    leave(f, 0);
    assert_ptr_equal(get(f, 1, "k"), value);
    assert_ptr_equal(get(f, 2, "k"), value);
    (void) take(f, 0, "k");
    leave(f, 0);
    assert_whole(value);
    leave(f, 2);
    assert_whole(value);
    leave(f, 1);
    assert_freed(value);
    assert_zone_empty(f->z);
}

static void call_that_began_after_the_removal_keeps_nothing(void **state) {
    fixture_t *f = *state;
    const char *value = new (f, 0, "k", 8);

    (void) new (f, 0, "other", 8);
    leave(f, 0);
    assert_ptr_equal(get(f, 1, "k"), value);
    (void) take(f, 0, "k");
    leave(f, 0);
    (void) get(f, 2, "other");
    leave(f, 1);
    assert_freed(value);
    leave(f, 2);
}

/* Two batches of one queue, each for its own readers. */
static void later_removals_wait_for_later_calls(void **state) {
    fixture_t *f = *state;
    const char *first = new (f, 0, "1", 8), *second = new (f, 0, "2", 8);

    leave(f, 0);
    (void) get(f, 1, "1");
    (void) take(f, 0, "1");
    leave(f, 0);
    (void) get(f, 2, "2");
    (void) take(f, 0, "2");
    leave(f, 0);
    leave(f, 1);
    assert_freed(first);
    assert_whole(second);
    leave(f, 2);
    assert_freed(second);
    assert_zone_empty(f->z);
}

/* From the front, the middle and the end of what waits for one call. */
static void value_put_again_leaves_the_others_waiting(void **state) {
    static const char *const keys[] = {"0", "1", "2", "3"};
    char *values[4];
    fixture_t *f = *state;
    int which, i;

    for (which = 0; which < 4; which++) {
        for (i = 0; i < 4; i++) {
            values[i] = new (f, 0, keys[i], 8);
        }
        (void) get(f, 1, "0");
        for (i = 0; i < 4; i++) {
            (void) take(f, 0, keys[i]);
        }
        leave(f, 0);
        assert_null(lf_cache_put(f->zone, &f->calls[1], lf_cstr("again"), values[which]));
        (void) new (f, 2, "later", 8);
        (void) take(f, 2, "later");
        leave(f, 2);
        for (i = 0; i < 4; i++) {
            assert_whole(values[i]);
        }
        leave(f, 1);
        for (i = 0; i < 4; i++) {
            assert_int_equal((unsigned char) values[i][0], i == which ? 'v' : ZONE_FREED);
        }
        assert_ptr_equal(take(f, 0, "again"), values[which]);
        leave(f, 0);
        assert_zone_empty(f->z);
    }
}

/* What one call has removed, another one puts while the first still runs. */
static void value_put_again_by_another_call_stays_when_its_remover_returns(void **state) {
    fixture_t *f = *state;
    char *value = new (f, 0, "k", 8);

    assert_ptr_equal(get(f, 1, "k"), value);
    (void) take(f, 0, "k");
    (void) new (f, 0, "other", 8);
    (void) take(f, 0, "other");
    assert_null(lf_cache_put(f->zone, &f->calls[1], lf_cstr("again"), value));
    leave(f, 0);
    leave(f, 1);
    assert_ptr_equal(get(f, 1, "again"), value);
    assert_whole(value);
    (void) take(f, 1, "again");
    leave(f, 1);
    assert_zone_empty(f->z);
}

static void free_of_a_removed_value_takes_it_from_nobody(void **state) {
    fixture_t *f = *state;
    char *value = new (f, 0, "k", 8);

    leave(f, 0);
    (void) get(f, 1, "k");
    assert_ptr_equal(take(f, 0, "k"), value);
    lf_store_block_free(f->zone, &f->calls[0], value);
    leave(f, 0);
    assert_whole(value);
    leave(f, 1);
    assert_zone_empty(f->z);
}

static void call_keeps_its_last_64_values(void **state) {
    fixture_t *f = *state;
    const char *values[100];
    int i;

    for (i = 0; i < 100; i++) {
        char key[16];

        snprintf(key, sizeof(key), "%d", i);
        values[i] = new (f, 0, key, 8);
    }
    for (i = 0; i < 100; i++) {
        char key[16];

        snprintf(key, sizeof(key), "%d", i);
        (void) take(f, 0, key);
    }
    assert_int_equal(f->z->store->retired_count, LF_CALL_KEEPS);
    assert_freed(values[35]);
    for (i = 36; i < 100; i++) {
        assert_whole(values[i]);
    }
    leave(f, 0);
    assert_zone_empty(f->z);
}

/* Makes and removes entries until the first is freed, and returns it. */
static char *freed_early(fixture_t *f, int call) {
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

static void free_of_a_value_freed_early_spares_who_has_the_address_now(void **state) {
    fixture_t *f = *state;
    char *value = freed_early(f, 0);

    assert_ptr_equal(new (f, 1, "new owner", 8), value);
    lf_store_block_free(f->zone, &f->calls[0], value);
    assert_whole(value);
    assert_ptr_equal(get(f, 1, "new owner"), value);
    (void) take(f, 1, "new owner");
    leave(f, 1);
    leave(f, 0);
    assert_zone_empty(f->z);
}

/* More values than a call remembers addresses of. */
static void free_of_any_number_of_values_freed_early_spares_new_owners(void **state) {
    enum { VALUES = 1500 };
    static char *values[VALUES], *blocks[VALUES];
    fixture_t *f = *state;
    char key[16];
    int i;

    for (i = 0; i < VALUES; i++) {
        snprintf(key, sizeof(key), "%d", i);
        values[i] = new (f, 0, key, 8);
        assert_non_null(values[i]);
    }
    for (i = 0; i < VALUES; i++) {
        snprintf(key, sizeof(key), "%d", i);
        (void) take(f, 0, key);
    }
    for (i = 0; i < VALUES; i++) {
        blocks[i] = lf_store_block_new(f->zone, &f->calls[1], 8);
        assert_non_null(blocks[i]);
        memset(blocks[i], 'v', 8);
    }
    for (i = 0; i < VALUES; i++) {
        lf_store_block_free(f->zone, &f->calls[0], values[i]);
    }
    for (i = 0; i < VALUES; i++) {
        assert_whole(blocks[i]);
        lf_store_block_free(f->zone, &f->calls[1], blocks[i]);
    }
    leave(f, 0);
    assert_zone_empty(f->z);
}

/* Three ways to get an address again that was freed early: each makes it the
 * call's to free. */
static void free_of_an_address_that_the_call_got_again_frees(void **state) {
    fixture_t *f = *state;
    char *value = freed_early(f, 0);

    assert_ptr_equal(lf_store_block_new(f->zone, &f->calls[0], 8), value);
    lf_store_block_free(f->zone, &f->calls[0], value);
    assert_freed(value);
    leave(f, 0);
    value = freed_early(f, 0);
    assert_ptr_equal(lf_store_block_new(f->zone, &f->calls[1], 8), value);
    (void) lf_cache_put(f->zone, &f->calls[1], lf_cstr("handed over"), value);
    assert_ptr_equal(take(f, 0, "handed over"), value);
    lf_store_block_free(f->zone, &f->calls[0], value);
    leave(f, 0);
    value = freed_early(f, 0);
    leave(f, 0);
    while (lf_store_block_new(f->zone, &f->calls[1], 8) != value) {
    }
    lf_store_block_free(f->zone, &f->calls[0], value);
    assert_freed(value);
}

static void any_number_of_rounds_in_one_call_leaves_the_zone_as_it_was(void **state) {
    fixture_t *f = *state;
    int i;

    (void) get(f, 1, "a call that lasts");
    for (i = 0; i < 20000; i++) {
        char *value = new (f, 0, "k", 100);
        assert_non_null(value);
        if (i % 3 == 0) {
            (void) take(f, 0, "k");
        }
        if (i % 6 == 0) {
            lf_store_block_free(f->zone, &f->calls[0], value);
        }
        assert_true(zone_left(f->z) > f->zone->capacity / 2);
    }
    (void) take(f, 0, "k");
    leave(f, 0);
    leave(f, 1);
    assert_zone_empty(f->z);
}

/* 64 values are more than the zone holds, and the call may read each of them. */
static void full_zone_takes_no_retired_value_from_its_call(void **state) {
    fixture_t *f = *state;
    const char *values[LF_CALL_KEEPS];
    int i, count = 0;

    for (;;) {
        char *value = new (f, 0, "k", 1000);

        if (value == NULL) {
            break;
        }
        (void) take(f, 0, "k");
        if (count % 2 == 0) {
            lf_store_block_free(f->zone, &f->calls[0], value);
        }
        values[count++] = value;
        assert_true(count < LF_CALL_KEEPS);
    }
    for (i = 0; i < count; i++) {
        assert_whole(values[i]);
    }
    assert_int_equal(f->z->reports[LF_EVENT_FULL], 1);
    leave(f, 0);
    assert_zone_empty(f->z);
}

/* The removed value is what the dict is to copy, into a zone that is full. */
static void full_zone_keeps_a_removed_value_that_the_dict_copies(void **state) {
    fixture_t *f = *state;
    const char *value = new (f, 0, "k", 1000);
    int result;

    while (new (f, 0, "filler", 1000) != NULL) {
    }
    (void) take(f, 0, "k");
    result = lf_dict_set(f->zone, &f->calls[0], lf_cstr("copy"), lf_str(value, 1000), 0);
    assert_int_equal(result, NGX_LINK_FUNC_NO_MEMORY);
    assert_whole(value);
}

static void full_zone_takes_no_retired_value_from_another_call(void **state) {
    fixture_t *f = *state;
    const char *value = new (f, 0, "k", 1000);

    assert_ptr_equal(get(f, 1, "k"), value);
    (void) take(f, 0, "k");
    while (new (f, 0, "filler", 1000) != NULL) {
    }
    assert_whole(value);
}

static void full_zone_takes_what_was_given_back_only_while_nobody_can_read_it(void **state) {
    fixture_t *f = *state;
    char *value = new (f, 0, "k", 1000);

    assert_ptr_equal(get(f, 1, "k"), value);
    (void) take(f, 0, "k");
    lf_store_block_free(&f->z->zone, &f->calls[0], value);
    while (new (f, 0, "filler", 1000) != NULL) {
        assert_ptr_not_equal(get(f, 0, "filler"), value);
    }
    assert_whole(value);
    leave(f, 1);
    assert_ptr_equal(new (f, 0, "last", 1000), value);
}

static void call_of_a_dead_process_is_found_out(void **state) {
    fixture_t *f = *state;
    int i;

    f->z->self = (lf_owner_t){2, 7};
    (void) new (f, 1, "k", 8);
    f->z->self = (lf_owner_t){1, 1};
    f->z->dead = 2;
    for (i = 0; i < 64; i++) {
        (void) new (f, 0, "k", 8);
        leave(f, 0);
    }
    assert_int_equal(f->z->store->retired_count, 0);
    assert_true(f->z->asked <= 2);
    (void) take(f, 0, "k");
    leave(f, 0);
    assert_zone_empty(f->z);
}

static void what_a_dead_process_had_removed_is_reclaimed(void **state) {
    fixture_t *f = *state;
    int i;

    f->z->self = (lf_owner_t){2, 7};
    (void) new (f, 1, "k", 8);
    (void) take(f, 1, "k");
    f->z->dead = 2;
    f->z->self = (lf_owner_t){1, 1};
    (void) new (f, 0, "other", 8);
    for (i = 0; i < 64; i++) {
        (void) get(f, 0, "other");
        leave(f, 0);
    }
    (void) take(f, 0, "other");
    leave(f, 0);
    assert_zone_empty(f->z);
}

static void slots_grow_with_the_threads_and_are_used_again(void **state) {
    fixture_t *f = *state;
    const char *value = new (f, 0, "k", 8);
    size_t left;
    int i;

    f->z->self = (lf_owner_t){2, 7};
    for (i = 1; i < CALLS / 2; i++) {
        assert_ptr_equal(get(f, i, "k"), value);
    }
    (void) take(f, 0, "k");
    leave(f, 0);
    for (i = 1; i < CALLS / 2; i++) {
        assert_whole(value);
        leave(f, i);
    }
    assert_freed(value);
    left = zone_left(f->z);
    f->z->dead = 2;
    f->z->self = (lf_owner_t){3, 9};
    (void) new (f, 0, "k", 8);
    for (i = CALLS / 2; i < CALLS - 10; i++) {
        (void) get(f, i, "k");
        leave(f, i);
    }
    (void) take(f, 0, "k");
    leave(f, 0);
    assert_int_equal(zone_left(f->z), left);
}

static void one_slot_more_is_kept_for_when_the_zone_is_full(void **state) {
    fixture_t *f = *state;
    const char *value = new (f, 0, "k", 8);
    int i;

    for (i = 1; i < LF_SLOTS; i++) {
        (void) get(f, i, "k");
    }
    f->z->allocations_left = 0;
    (void) get(f, LF_SLOTS, "k");
    (void) take(f, 0, "k");
    for (i = 0; i < LF_SLOTS; i++) {
        leave(f, i);
    }
    assert_whole(value);
    leave(f, LF_SLOTS);
    assert_freed(value);
}

static void impossible_sizes_cost_no_removed_value(void **state) {
    fixture_t *f = *state;
    const char *value = new (f, 0, "k", 8);

    (void) take(f, 0, "k");
    assert_null(lf_store_block_new(f->zone, &f->calls[0], f->zone->capacity + 1));
    assert_whole(value);
}

/* One after the other, far more than there are slots. */
static void slots_of_ended_threads_are_used_again(void **state) {
    fixture_t *f = *state;
    lf_call_t *call = &f->calls[0];
    int i;

    for (i = 0; i < 100000; i++) {
        zone_enter(call);
        assert_null(lf_cache_get(f->zone, call, lf_cstr("k")));
        assert_non_null(lf_cache_new(f->zone, call, lf_cstr("k"), 8));
        (void) lf_cache_remove(f->zone, call, lf_cstr("k"));
        zone_leave(call);
        lf_call_end(call);
        assert_null(call->slot);
        assert_null(call->early);
    }
    assert_zone_empty(f->z);
    assert_int_equal(f->z->asked, 0);
}

/* Within its call, or a thread that was in none. */
static void thread_that_ends_gives_up_what_it_removed(void **state) {
    fixture_t *f = *state;
    lf_call_t *outside = &f->calls[1];
    const char *value = new (f, 0, "k", 8), *other = lf_cache_new(f->zone, outside, lf_cstr("o"), 8);

    (void) freed_early(f, 0);
    (void) take(f, 0, "k");
    (void) lf_cache_remove(f->zone, outside, lf_cstr("o"));
    lf_call_end(outside);
    assert_int_equal(other[0], 0);
    lf_call_end(&f->calls[0]);
    assert_freed(value);
    assert_freed(other);
    assert_zone_empty(f->z);
    lf_call_end(&f->calls[2]);
}

static void thread_that_ends_after_the_zone_was_emptied_takes_no_slot_from_another(void **state) {
    fixture_t *f = *state;
    char *value;

    (void) new (f, 0, "k", 8);
    f->z->store->state = LF_IN_ALLOCATOR;
    value = new (f, 1, "k", 8);
    lf_call_end(&f->calls[0]);
    (void) lf_cache_remove(f->zone, NULL, lf_cstr("k"));
    (void) new (f, 2, "other", 8);
    leave(f, 2);
    assert_whole(value);
    leave(f, 1);
    assert_freed(value);
}

/* A child that its library forks inside of a call. */
static void child_takes_no_slot_from_its_parent(void **state) {
    fixture_t *f = *state;
    const char *value = new (f, 0, "k", 8);

    f->calls[1] = f->calls[0];
    lf_call_forget(&f->calls[1]);
    f->z->self = (lf_owner_t){2, 7};
    assert_ptr_equal(get(f, 1, "k"), value);
    assert_ptr_not_equal(f->calls[1].slot, f->calls[0].slot);
    leave(f, 1);
    (void) take(f, 1, "k");
    leave(f, 1);
    assert_whole(value);
    leave(f, 0);
    assert_freed(value);
}

/* Reads, and stays sound, though nothing is promised to the last threads. */
static void without_room_for_a_slot_calls_go_on_unprotected(void **state) {
    fixture_t *f = *state;
    const char *value = new (f, 0, "k", 8);
    int i;

    f->z->allocations_left = 0;
    for (i = 1; i < CALLS; i++) {
        assert_ptr_equal(get(f, i, "k"), value);
    }
    assert_int_equal(f->z->reports[LF_EVENT_FULL], 0);
    (void) take(f, CALLS - 1, "k");
    for (i = 0; i < CALLS; i++) {
        leave(f, i);
    }
    assert_freed(value);
    assert_zone_empty(f->z);
}

/* A library's own thread never returns: it keeps its last 64. */
static void thread_outside_of_calls_may_remove_and_free(void **state) {
    fixture_t *f = *state;
    lf_call_t *outside = &f->calls[1];
    int i;

    for (i = 0; i < 1000; i++) {
        char *value = lf_cache_new(f->zone, outside, lf_cstr("k"), 8);

        assert_ptr_equal(lf_cache_remove(f->zone, outside, lf_cstr("k")), value);
        assert_int_equal(value[0], 0);
        lf_store_block_free(f->zone, outside, value);
    }
    assert_int_equal(f->z->store->retired_count, LF_CALL_KEEPS);
    assert_int_equal(outside->generation, 0);
}

static void thread_outside_of_calls_takes_nothing_from_a_call(void **state) {
    fixture_t *f = *state;
    const char *value = new (f, 0, "first", 8);
    lf_call_t *outside = &f->calls[1];
    int i;

    (void) lf_cache_remove(f->zone, outside, lf_cstr("first"));
    for (i = 0; i < 100; i++) {
        (void) lf_cache_new(f->zone, outside, lf_cstr("k"), 8);
    }
    assert_whole(value);
    leave(f, 0);
    assert_freed(value);
}

/* No thread state at all: as a call that has returned at once. */
static void without_a_call_values_wait_for_those_that_run(void **state) {
    fixture_t *f = *state;
    const char *value = new (f, 0, "k", 8);

    (void) lf_cache_remove(f->zone, NULL, lf_cstr("k"));
    (void) take(f, 1, "none");
    (void) new (f, 1, "other", 8);
    (void) take(f, 1, "other");
    leave(f, 1);
    assert_whole(value);
    leave(f, 0);
    assert_freed(value);
    assert_zone_empty(f->z);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define TEST_SMALL(name) cmocka_unit_test_setup_teardown(name, setup_small, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(removed_value_stays_until_its_remover_returns),
        TEST(replaced_value_stays_until_its_replacer_returns),
        TEST(removed_value_stays_for_every_call_that_runs),
        TEST(call_that_began_after_the_removal_keeps_nothing),
        TEST(later_removals_wait_for_later_calls),
        TEST(value_put_again_leaves_the_others_waiting),
        TEST(value_put_again_by_another_call_stays_when_its_remover_returns),
        TEST(free_of_a_removed_value_takes_it_from_nobody),
        TEST(call_keeps_its_last_64_values),
        TEST(free_of_a_value_freed_early_spares_who_has_the_address_now),
        TEST(free_of_any_number_of_values_freed_early_spares_new_owners),
        TEST(free_of_an_address_that_the_call_got_again_frees),
        TEST(any_number_of_rounds_in_one_call_leaves_the_zone_as_it_was),
        TEST_SMALL(full_zone_takes_no_retired_value_from_its_call),
        TEST_SMALL(full_zone_keeps_a_removed_value_that_the_dict_copies),
        TEST_SMALL(full_zone_takes_no_retired_value_from_another_call),
        TEST_SMALL(full_zone_takes_what_was_given_back_only_while_nobody_can_read_it),
        TEST(call_of_a_dead_process_is_found_out),
        TEST(what_a_dead_process_had_removed_is_reclaimed),
        TEST(slots_grow_with_the_threads_and_are_used_again),
        TEST(one_slot_more_is_kept_for_when_the_zone_is_full),
        TEST(slots_of_ended_threads_are_used_again),
        TEST(thread_that_ends_gives_up_what_it_removed),
        TEST(thread_that_ends_after_the_zone_was_emptied_takes_no_slot_from_another),
        TEST(child_takes_no_slot_from_its_parent),
        TEST(impossible_sizes_cost_no_removed_value),
        TEST(without_room_for_a_slot_calls_go_on_unprotected),
        TEST(thread_outside_of_calls_may_remove_and_free),
        TEST(thread_outside_of_calls_takes_nothing_from_a_call),
        TEST(without_a_call_values_wait_for_those_that_run),
    };

    return cmocka_run_group_tests_name("call", tests, NULL, NULL);
}
