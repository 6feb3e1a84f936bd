/* Threads and processes that end, or have no place: what they removed is reclaimed. */

#include "calls.h"

#include <string.h>

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

/* The dead one holds a pointer to what another removed, which fills the zone. */
static void full_zone_takes_what_only_the_dead_could_read(void **state) {
    fixture_t *f = *state;
    const size_t size = f->zone->capacity / 2;

    f->z->self = (lf_owner_t){2, 7};
    (void) new (f, 1, "k", size);
    f->z->self = (lf_owner_t){1, 1};
    (void) take(f, 0, "k");
    leave(f, 0);
    assert_null(new (f, 0, "other", size));
    f->z->dead = 2;
    assert_non_null(new (f, 0, "other", size));
    (void) take(f, 0, "other");
    leave(f, 0);
    assert_zone_empty(f->z);
}

static void full_zone_takes_what_was_given_back_when_only_the_dead_could_read(void **state) {
    fixture_t *f = *state;
    const size_t size = f->zone->capacity / 2;
    char *value;

    f->z->self = (lf_owner_t){2, 7};
    value = new (f, 1, "k", size);
    f->z->self = (lf_owner_t){1, 1};
    (void) take(f, 0, "k");
    lf_store_block_free(f->zone, &f->calls[0], value);
    assert_null(new (f, 0, "other", size));
    f->z->dead = 2;
    assert_non_null(new (f, 0, "other", size));
}

static void free_room_counts_what_only_the_dead_could_read(void **state) {
    fixture_t *f = *state;
    ngx_link_func_dict_stats_t before, after;

    (void) new (f, 0, "other", 8);
    f->z->self = (lf_owner_t){2, 7};
    (void) get(f, 1, "other");
    f->z->self = (lf_owner_t){1, 1};
    lf_dict_stats(f->zone, &before);
    (void) new (f, 0, "k", 8);
    (void) take(f, 0, "k");
    leave(f, 0);
    f->z->dead = 2;
    lf_dict_stats(f->zone, &after);
    assert_int_equal(after.free, before.free);
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

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(call_of_a_dead_process_is_found_out),
        TEST(what_a_dead_process_had_removed_is_reclaimed),
        TEST(full_zone_takes_what_only_the_dead_could_read),
        TEST(full_zone_takes_what_was_given_back_when_only_the_dead_could_read),
        TEST(free_room_counts_what_only_the_dead_could_read),
        TEST(slots_grow_with_the_threads_and_are_used_again),
        TEST(one_slot_more_is_kept_for_when_the_zone_is_full),
        TEST(slots_of_ended_threads_are_used_again),
        TEST(thread_that_ends_gives_up_what_it_removed),
        TEST(thread_that_ends_after_the_zone_was_emptied_takes_no_slot_from_another),
        TEST(child_takes_no_slot_from_its_parent),
        TEST(without_room_for_a_slot_calls_go_on_unprotected),
        TEST(thread_outside_of_calls_may_remove_and_free),
        TEST(thread_outside_of_calls_takes_nothing_from_a_call),
        TEST(without_a_call_values_wait_for_those_that_run),
    };

    return cmocka_run_group_tests_name("slots", tests, NULL, NULL);
}
