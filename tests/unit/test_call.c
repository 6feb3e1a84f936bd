/* What a call has got stays readable until it returns, and not for ever. */

#include "calls.h"

#include <string.h>

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

static void impossible_sizes_cost_no_removed_value(void **state) {
    fixture_t *f = *state;
    const char *value = new (f, 0, "k", 8);

    (void) take(f, 0, "k");
    assert_null(lf_store_block_new(f->zone, &f->calls[0], f->zone->capacity + 1));
    assert_whole(value);
}

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
        TEST(impossible_sizes_cost_no_removed_value),
    };

    return cmocka_run_group_tests_name("call", tests, NULL, NULL);
}
