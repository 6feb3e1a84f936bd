#include "zone.h"

#include <string.h>

typedef struct {
    zone_t *z;
    const lf_zone_t *zone;
    lf_call_t call;
} fixture_t;

static int setup_of(void **state, size_t size) {
    fixture_t *f = calloc(1, sizeof(*f));

    assert_non_null(f);
    f->z = zone_new(size);
    f->zone = &f->z->zone;
    zone_enter(&f->call);
    *state = f;
    return 0;
}

static int setup(void **state) {
    return setup_of(state, (size_t) 256 * 1024);
}

static int setup_small(void **state) {
    return setup_of(state, (size_t) 4 * 1024);
}

/* With pages of 4 KiB. */
static int setup_paged(void **state) {
    int result = setup_of(state, (size_t) 256 * 1024);

    ((fixture_t *) *state)->z->zone.page = 4096;
    return result;
}

static int teardown(void **state) {
    fixture_t *f = *state;

    zone_leave(&f->call);
    zone_free(f->z);
    free(f);
    return 0;
}

static int set(fixture_t *f, const char *key, const char *value, uint64_t ttl) {
    return lf_dict_set(f->zone, &f->call, lf_cstr(key), lf_cstr(value), ttl);
}

static int incr(fixture_t *f, const char *key, int64_t by, int64_t init, int64_t *out) {
    const lf_dict_incr_t how = {by, init, 0};

    return lf_dict_incr(f->zone, lf_cstr(key), &how, out);
}

static void assert_value(fixture_t *f, const char *key, const char *value) {
    char buf[256];
    size_t len = sizeof(buf);

    assert_int_equal(lf_dict_get(f->zone, lf_cstr(key), buf, &len), NGX_LINK_FUNC_OK);
    assert_int_equal(len, strlen(value));
    assert_memory_equal(buf, value, len);
}

static void assert_absent(fixture_t *f, const char *key) {
    size_t len = 0;

    assert_int_equal(lf_dict_get(f->zone, lf_cstr(key), NULL, &len), NGX_LINK_FUNC_NOT_FOUND);
}

static void delete (fixture_t *f, const char *key) {
    assert_int_equal(lf_dict_delete(f->zone, lf_cstr(key)), NGX_LINK_FUNC_OK);
}

static void value_is_copied_in_and_out(void **state) {
    fixture_t *f = *state;
    char in[] = "value";

    assert_int_equal(set(f, "k", in, 0), NGX_LINK_FUNC_OK);
    memset(in, 'x', sizeof(in));
    assert_value(f, "k", "value");
    assert_absent(f, "K");
    assert_int_equal(f->z->clock_reads, 0);
    delete (f, "k");
    assert_absent(f, "k");
    assert_int_equal(lf_dict_delete(f->zone, lf_cstr("k")), NGX_LINK_FUNC_NOT_FOUND);
    assert_zone_empty(f->z);
}

static void values_of_other_lengths_replace_one_another(void **state) {
    static const size_t lengths[] = {0, 1, 8, 40, 41, 100, 200, 3, 200, 0};
    fixture_t *f = *state;
    char value[256];
    size_t i;

    for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        memset(value, 'a' + (int) i, sizeof(value));
        value[lengths[i]] = '\0';
        assert_int_equal(set(f, "k", value, 0), NGX_LINK_FUNC_OK);
        assert_value(f, "k", value);
        assert_int_equal(f->z->store->dict_count, 1);
    }
    delete (f, "k");
    assert_zone_empty(f->z);
}

static void too_small_a_buffer_is_told_the_size(void **state) {
    fixture_t *f = *state;
    char buf[5] = "....";
    size_t len = 4;

    assert_int_equal(set(f, "k", "value", 0), NGX_LINK_FUNC_OK);
    assert_int_equal(lf_dict_get(f->zone, lf_cstr("k"), buf, &len), NGX_LINK_FUNC_INVALID);
    assert_int_equal(len, 5);
    assert_string_equal(buf, "....");
    assert_int_equal(lf_dict_get(f->zone, lf_cstr("k"), buf, &len), NGX_LINK_FUNC_OK);
    assert_memory_equal(buf, "value", 5);
    len = 0;
    assert_int_equal(lf_dict_get(f->zone, lf_cstr("k"), NULL, &len), NGX_LINK_FUNC_INVALID);
    assert_int_equal(len, 5);
}

static void empty_keys_and_values_are_allowed(void **state) {
    fixture_t *f = *state;
    size_t len = 1;
    char byte;

    assert_int_equal(lf_dict_set(f->zone, &f->call, lf_str(NULL, 0), lf_str(NULL, 0), 0), NGX_LINK_FUNC_OK);
    assert_int_equal(lf_dict_get(f->zone, lf_cstr(""), &byte, &len), NGX_LINK_FUNC_OK);
    assert_int_equal(len, 0);
    delete (f, NULL);
    assert_zone_empty(f->z);
}

static void keys_may_hold_any_byte(void **state) {
    fixture_t *f = *state;
    char buf[2];
    size_t len = sizeof(buf);

    (void) lf_dict_set(f->zone, &f->call, lf_str("a\0b", 3), lf_cstr("1"), 0);
    (void) lf_dict_set(f->zone, &f->call, lf_str("a\0c", 3), lf_cstr("2"), 0);
    assert_int_equal(lf_dict_get(f->zone, lf_str("a\0b", 3), buf, &len), NGX_LINK_FUNC_OK);
    assert_int_equal(buf[0], '1');
    assert_absent(f, "a");
}

static void keys_of_dict_and_cache_are_apart(void **state) {
    fixture_t *f = *state;
    char *cached = lf_cache_new(f->zone, &f->call, lf_cstr("k"), 8);

    assert_absent(f, "k");
    assert_int_equal(set(f, "k", "of the dict", 0), NGX_LINK_FUNC_OK);
    assert_ptr_equal(lf_cache_get(f->zone, &f->call, lf_cstr("k")), cached);
    (void) lf_cache_remove(f->zone, &f->call, lf_cstr("k"));
    assert_value(f, "k", "of the dict");
}

static void add_stores_only_what_is_absent(void **state) {
    fixture_t *f = *state;

    assert_int_equal(lf_dict_add(f->zone, &f->call, lf_cstr("k"), lf_cstr("1"), 10), NGX_LINK_FUNC_OK);
    assert_int_equal(lf_dict_add(f->zone, &f->call, lf_cstr("k"), lf_cstr("2"), 0), NGX_LINK_FUNC_EXISTS);
    assert_value(f, "k", "1");
    f->z->now += 10;
    assert_int_equal(lf_dict_add(f->zone, &f->call, lf_cstr("k"), lf_cstr("3"), 0), NGX_LINK_FUNC_OK);
    assert_value(f, "k", "3");
    assert_int_equal(lf_dict_add(f->zone, &f->call, lf_cstr("l"), lf_str("", SIZE_MAX), 0),
                     NGX_LINK_FUNC_NO_MEMORY);
}

static void counter_starts_and_counts(void **state) {
    fixture_t *f = *state;
    int64_t out = 0;

    assert_int_equal(incr(f, "n", 5, 100, &out), NGX_LINK_FUNC_OK);
    assert_int_equal(out, 105);
    assert_int_equal(incr(f, "n", -200, 100, &out), NGX_LINK_FUNC_OK);
    assert_int_equal(out, -95);
    assert_int_equal(incr(f, "n", 0, 0, NULL), NGX_LINK_FUNC_OK);
    assert_int_equal(f->z->clock_reads, 0);
}

static void numbers_are_values_of_eight_bytes(void **state) {
    fixture_t *f = *state;
    int64_t number = 41, out = 0;
    size_t len = sizeof(out);

    (void) lf_dict_set(f->zone, &f->call, lf_cstr("odd key length"), lf_str((const char *) &number, 8), 0);
    assert_int_equal(incr(f, "odd key length", 1, 0, NULL), NGX_LINK_FUNC_OK);
    assert_int_equal(lf_dict_get(f->zone, lf_cstr("odd key length"), &out, &len), NGX_LINK_FUNC_OK);
    assert_int_equal(out, 42);
    (void) set(f, "t", "1234567", 0);
    assert_int_equal(incr(f, "t", 1, 0, &out), NGX_LINK_FUNC_TYPE);
    assert_value(f, "t", "1234567");
    assert_int_equal(out, 42);
}

static void counter_that_would_overflow_stays(void **state) {
    fixture_t *f = *state;
    int64_t out = 7;

    assert_int_equal(incr(f, "n", INT64_MAX, 1, &out), NGX_LINK_FUNC_INVALID);
    assert_absent(f, "n");
    assert_int_equal(incr(f, "n", INT64_MAX, 0, NULL), NGX_LINK_FUNC_OK);
    assert_int_equal(incr(f, "n", 1, 0, &out), NGX_LINK_FUNC_INVALID);
    assert_int_equal(out, 7);
    assert_int_equal(incr(f, "n", 0, 0, &out), NGX_LINK_FUNC_OK);
    assert_true(out == INT64_MAX);
    assert_int_equal(incr(f, "m", INT64_MIN, 0, NULL), NGX_LINK_FUNC_OK);
    assert_int_equal(incr(f, "m", -1, 0, NULL), NGX_LINK_FUNC_INVALID);
}

static void entry_lives_as_long_as_it_was_told(void **state) {
    fixture_t *f = *state;

    (void) set(f, "k", "v", 10);
    f->z->now += 9;
    assert_value(f, "k", "v");
    f->z->now += 1;
    assert_absent(f, "k");
    assert_int_equal(f->z->store->expirations, 1);
    assert_zone_empty(f->z);
}

static void counter_lives_from_its_start(void **state) {
    const lf_dict_incr_t how = {1, 0, 10};
    fixture_t *f = *state;
    int64_t out;

    assert_int_equal(lf_dict_incr(f->zone, lf_cstr("n"), &how, &out), NGX_LINK_FUNC_OK);
    f->z->now += 9;
    assert_int_equal(lf_dict_incr(f->zone, lf_cstr("n"), &how, &out), NGX_LINK_FUNC_OK);
    assert_int_equal(out, 2);
    f->z->now += 1;
    assert_int_equal(lf_dict_incr(f->zone, lf_cstr("n"), &how, &out), NGX_LINK_FUNC_OK);
    assert_int_equal(out, 1);
}

static void time_to_live_can_be_asked_and_changed(void **state) {
    fixture_t *f = *state;
    int64_t ttl = 0;

    assert_int_equal(lf_dict_ttl(f->zone, lf_cstr("k"), &ttl), NGX_LINK_FUNC_NOT_FOUND);
    assert_int_equal(lf_dict_expire(f->zone, lf_cstr("k"), 5), NGX_LINK_FUNC_NOT_FOUND);
    (void) set(f, "k", "v", 0);
    assert_int_equal(lf_dict_ttl(f->zone, lf_cstr("k"), &ttl), NGX_LINK_FUNC_OK);
    assert_int_equal(ttl, -1);
    assert_int_equal(lf_dict_expire(f->zone, lf_cstr("k"), 5), NGX_LINK_FUNC_OK);
    f->z->now += 2;
    assert_int_equal(lf_dict_ttl(f->zone, lf_cstr("k"), &ttl), NGX_LINK_FUNC_OK);
    assert_int_equal(ttl, 3);
    assert_int_equal(lf_dict_expire(f->zone, lf_cstr("k"), UINT64_MAX), NGX_LINK_FUNC_OK);
    assert_int_equal(lf_dict_ttl(f->zone, lf_cstr("k"), &ttl), NGX_LINK_FUNC_OK);
    assert_true(ttl == INT64_MAX);
    assert_int_equal(lf_dict_expire(f->zone, lf_cstr("k"), 0), NGX_LINK_FUNC_OK);
    f->z->now += 1000000;
    assert_value(f, "k", "v");
}

static void set_gives_a_new_time_to_live(void **state) {
    fixture_t *f = *state;

    (void) set(f, "k", "v", 5);
    (void) set(f, "k", "w", 0);
    f->z->now += 5;
    assert_value(f, "k", "w");
    (void) set(f, "k", "long enough to need another block than the one that it had before", 5);
    f->z->now += 5;
    assert_absent(f, "k");
    assert_zone_empty(f->z);
}

/* Sets keys "0", "1", ... until one more evicts; returns how many there are. */
static int fill(fixture_t *f, uint64_t ttl) {
    uint64_t before = f->z->store->evictions + f->z->store->expirations;
    char key[16];
    int i;

    for (i = 0; f->z->store->evictions + f->z->store->expirations == before; i++) {
        snprintf(key, sizeof(key), "%d", i);
        assert_int_equal(set(f, key, "v", ttl), NGX_LINK_FUNC_OK);
    }
    return i - 1;
}

static void full_zone_evicts_what_was_used_least_recently(void **state) {
    fixture_t *f = *state;
    int count = fill(f, 0);

    assert_absent(f, "0");
    assert_value(f, "1", "v");
    (void) set(f, "one more", "v", 0);
    assert_absent(f, "2");
    assert_value(f, "1", "v");
    assert_int_equal(incr(f, "a counter", 1, 0, NULL), NGX_LINK_FUNC_OK);
    assert_absent(f, "3");
    assert_int_equal(f->z->store->evictions, 3);
    assert_int_equal(f->z->store->dict_count, count);
    assert_int_equal(f->z->reports[LF_EVENT_FULL], 0);
}

static void full_zone_expires_before_it_evicts(void **state) {
    fixture_t *f = *state;

    (void) set(f, "older", "v", 0);
    (void) set(f, "brief", "v", 1);
    f->z->now += 1;
    (void) fill(f, 0);
    assert_int_equal(f->z->store->evictions, 0);
    assert_int_equal(f->z->store->expirations, 1);
    assert_value(f, "older", "v");
    assert_absent(f, "brief");
}

static void full_zone_evicts_for_cache_and_blocks_too(void **state) {
    fixture_t *f = *state;
    void *block;

    (void) fill(f, 0);
    assert_non_null(lf_cache_new(f->zone, &f->call, lf_cstr("c"), 8));
    block = lf_store_block_new(f->zone, &f->call, 256);
    assert_non_null(block);
    lf_store_block_free(f->zone, &f->call, block);
    assert_int_equal(f->z->store->evictions, 4);
    assert_non_null(lf_cache_get(f->zone, &f->call, lf_cstr("c")));
}

static void nothing_is_evicted_for_what_cannot_fit(void **state) {
    fixture_t *f = *state;
    int count = fill(f, 0);

    assert_null(lf_store_block_new(f->zone, &f->call, f->zone->capacity + 1));
    assert_non_null(lf_cache_new(f->zone, &f->call, lf_cstr("c"), 8));
    assert_null(lf_store_block_new(f->zone, &f->call, f->zone->capacity));
    assert_int_equal(lf_dict_set(f->zone, &f->call, lf_cstr("k"), lf_str("", SIZE_MAX - 60), 0),
                     NGX_LINK_FUNC_NO_MEMORY);
    assert_int_equal(f->z->store->dict_count, count - 1);
    assert_int_equal(f->z->reports[LF_EVENT_FULL], 1);
    f->z->now += 1000;
    assert_null(lf_store_block_new(f->zone, &f->call, SIZE_MAX));
    assert_int_equal(f->z->reports[LF_EVENT_FULL], 2);
}

/* The one entry is the only one that could be evicted for its successor. */
static void entry_that_cannot_be_replaced_keeps_its_value(void **state) {
    fixture_t *f = *state;
    char large[2 * 1024];

    memset(large, 'x', sizeof(large));
    large[sizeof(large) - 1] = '\0';
    (void) set(f, "other", "v", 0);
    (void) set(f, "k", "v", 0);
    f->z->allocations_left = 0;
    assert_int_equal(set(f, "k", large, 5), NGX_LINK_FUNC_NO_MEMORY);
    assert_value(f, "k", "v");
    f->z->now += 5;
    assert_value(f, "k", "v");
    assert_absent(f, "other");
    assert_int_equal(f->z->reports[LF_EVENT_FULL], 1);
}

/* The room of the entry itself would be needed, and only the others could go. */
static void nothing_is_evicted_for_a_value_that_its_predecessor_leaves_no_room(void **state) {
    static char large[3 * 1024];
    fixture_t *f = *state;
    size_t count;

    assert_int_equal(lf_dict_set(f->zone, &f->call, lf_cstr("k"), lf_str(large, 1024), 0), NGX_LINK_FUNC_OK);
    (void) set(f, "other", "v", 0);
    count = f->z->store->dict_count;
    assert_int_equal(lf_dict_set(f->zone, &f->call, lf_cstr("k"), lf_str(large, 2048), 0),
                     NGX_LINK_FUNC_NO_MEMORY);
    assert_int_equal(f->z->store->dict_count, count);
    assert_value(f, "other", "v");
}

/* A larger value for the entry that is the least recently used one. */
static void entry_is_not_evicted_for_its_own_successor(void **state) {
    fixture_t *f = *state;
    char large[101];
    int count = fill(f, 0);

    memset(large, 'x', sizeof(large));
    large[sizeof(large) - 1] = '\0';
    assert_int_equal(set(f, "1", large, 0), NGX_LINK_FUNC_OK);
    assert_value(f, "1", large);
    assert_absent(f, "2");
    assert_true(f->z->store->dict_count < (size_t) count);
    assert_int_equal(f->zone->free_bytes(f->z) + f->z->store->dict_bytes, f->zone->capacity);
}

/* Uses every entry of fill() once, in an order that has nothing to do with
 * where they are. */
static void use_all(fixture_t *f, int count) {
    char key[16], buf[8];
    size_t len;
    int i;

    for (i = 0; i <= count; i++) {
        len = sizeof(buf);
        snprintf(key, sizeof(key), "%d", (int) ((long) i * 7919 % (count + 1)));
        (void) lf_dict_get(f->zone, lf_cstr(key), buf, &len);
    }
}

static int set_size(fixture_t *f, const char *key, size_t size) {
    static char value[64 * 1024];

    return lf_dict_set(f->zone, &f->call, lf_cstr(key), lf_str(value, size), 0);
}

/* 32 of the entries that fill() sets, or 16 of the larger ones, are on a page. */
static void larger_entries_take_whole_pages_of_smaller_ones(void **state) {
    fixture_t *f = *state;
    int count = fill(f, 0), i;
    uint64_t before;
    char key[16];

    use_all(f, count);
    before = f->z->store->evictions;
    for (i = 0; i < 320; i++) {
        snprintf(key, sizeof(key), "large %d", i);
        assert_int_equal(set_size(f, key, 150), NGX_LINK_FUNC_OK);
        assert_true(f->z->store->evictions - before <= (uint64_t) 32 * (uint64_t) (i / 16 + 1));
    }
    assert_int_equal(set_size(f, "pages", 10000), NGX_LINK_FUNC_OK);
    assert_true(f->z->store->evictions - before <= (uint64_t) 32 * (20 + 3));
    assert_int_equal(f->z->reports[LF_EVENT_FULL], 0);
}

static void entry_as_large_goes_before_a_page_does(void **state) {
    fixture_t *f = *state;

    (void) set(f, "older", "v", 0);
    assert_int_equal(set_size(f, "as large", 150), NGX_LINK_FUNC_OK);
    while (f->z->store->evictions == 0) {
        assert_non_null(lf_store_block_new(f->zone, &f->call, 200));
    }
    assert_absent(f, "as large");
    assert_value(f, "older", "v");
    assert_int_equal(f->z->store->evictions, 1);
}

/* On every page there is a block that stays, so that no page gets free. */
static void what_finds_no_room_costs_only_so_many_entries(void **state) {
    fixture_t *f = *state;
    char key[16];
    size_t count;
    int i;

    for (i = 0; f->z->store->evictions == 0; i++) {
        snprintf(key, sizeof(key), "%d", i);
        assert_int_equal(set(f, key, "v", 0), NGX_LINK_FUNC_OK);
        if (i % 8 == 0) {
            assert_non_null(lf_store_block_new(f->zone, &f->call, 128));
        }
    }
    count = f->z->store->dict_count;
    assert_true(count > 1000);
    assert_int_equal(set_size(f, "large", 150), NGX_LINK_FUNC_NO_MEMORY);
    assert_in_range(count - f->z->store->dict_count, 256, 256 + 32 + 4);
    assert_int_equal(f->z->reports[LF_EVENT_FULL], 1);
    assert_int_equal(set(f, "small", "v", 0), NGX_LINK_FUNC_OK);
}

/* What an application has copied into a block of its own is no entry. */
static void copy_of_an_entry_is_not_evicted(void **state) {
    fixture_t *f = *state;
    char *copies[8], *kept[8];
    int i;

    (void) set(f, "0", "v", 0);
    for (i = 0; i < 8; i++) {
        copies[i] = lf_store_block_new(f->zone, &f->call, 128);
        kept[i] = malloc(128);
        assert_non_null(kept[i]);
        memcpy(copies[i], f->z->store->oldest, 128);
        memcpy(kept[i], copies[i], 128);
    }
    (void) fill(f, 0);
    assert_int_equal(set_size(f, "large", 150), NGX_LINK_FUNC_OK);
    for (i = 0; i < 8; i++) {
        assert_memory_equal(copies[i], kept[i], 128);
        free(kept[i]);
    }
}

static void stats_tell_the_state_of_the_zone(void **state) {
    fixture_t *f = *state;
    ngx_link_func_dict_stats_t stats;

    lf_dict_stats(f->zone, &stats);
    assert_true(stats.capacity == f->zone->capacity && stats.free == stats.capacity && stats.entries == 0);
    (void) set(f, "k", "v", 1);
    lf_dict_stats(f->zone, &stats);
    assert_true(stats.entries == 1 && stats.free == stats.capacity - 128);
    f->z->now += 1;
    assert_absent(f, "k");
    (void) fill(f, 0);
    lf_dict_stats(f->zone, &stats);
    assert_true(stats.expirations == 1 && stats.free < 256);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define TEST_PAGED(name) cmocka_unit_test_setup_teardown(name, setup_paged, teardown)
#define TEST_SMALL(name) cmocka_unit_test_setup_teardown(name, setup_small, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(value_is_copied_in_and_out),
        TEST(values_of_other_lengths_replace_one_another),
        TEST(too_small_a_buffer_is_told_the_size),
        TEST(empty_keys_and_values_are_allowed),
        TEST(keys_may_hold_any_byte),
        TEST(keys_of_dict_and_cache_are_apart),
        TEST(add_stores_only_what_is_absent),
        TEST(counter_starts_and_counts),
        TEST(numbers_are_values_of_eight_bytes),
        TEST(counter_that_would_overflow_stays),
        TEST(entry_lives_as_long_as_it_was_told),
        TEST(counter_lives_from_its_start),
        TEST(time_to_live_can_be_asked_and_changed),
        TEST(set_gives_a_new_time_to_live),
        TEST_SMALL(full_zone_evicts_what_was_used_least_recently),
        TEST_SMALL(full_zone_expires_before_it_evicts),
        TEST_SMALL(full_zone_evicts_for_cache_and_blocks_too),
        TEST_SMALL(nothing_is_evicted_for_what_cannot_fit),
        TEST_SMALL(entry_that_cannot_be_replaced_keeps_its_value),
        TEST_SMALL(nothing_is_evicted_for_a_value_that_its_predecessor_leaves_no_room),
        TEST_SMALL(entry_is_not_evicted_for_its_own_successor),
        TEST_PAGED(larger_entries_take_whole_pages_of_smaller_ones),
        TEST_PAGED(entry_as_large_goes_before_a_page_does),
        TEST_PAGED(what_finds_no_room_costs_only_so_many_entries),
        TEST_PAGED(copy_of_an_entry_is_not_evicted),
        TEST_SMALL(stats_tell_the_state_of_the_zone),
    };

    return cmocka_run_group_tests_name("dict", tests, NULL, NULL);
}
