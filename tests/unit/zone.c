#include "zone.h"

#include <string.h>
#include <sys/mman.h>

/* In a zone with pages as NGINX has it: powers of two up to half of one, whole
 * ones above. */
static size_t steps_of(const zone_t *zone, size_t size) {
    size_t count = size == 0 ? 1 : size / ZONE_STEP + (size % ZONE_STEP != 0);
    size_t page = zone->zone.page / ZONE_STEP, rounded = 1;

    if (page == 0) {
        return count;
    }
    if (count > page / 2) {
        return (count + page - 1) / page * page;
    }
    while (rounded < count) {
        rounded *= 2;
    }
    return rounded;
}

/* Whether the page, if there is such, has no block of another size. */
static int suits_page(const zone_t *zone, size_t at, size_t count) {
    size_t page = zone->zone.page / ZONE_STEP, i;

    if (page == 0 || count >= page) {
        return page == 0 || at % page == 0;
    }
    for (i = at - at % page; i < at - at % page + page; i++) {
        if (zone->taken[i] != 0 && zone->taken[i] != UINT32_MAX && zone->taken[i] != count) {
            return 0;
        }
    }
    return count == 0 || at % count == 0;
}

static int fits_at(const zone_t *zone, size_t at, size_t count) {
    size_t i;

    for (i = 0; i < count; i++) {
        if (zone->taken[at + i] != 0) {
            return 0;
        }
    }
    return suits_page(zone, at, count);
}

/* The steps inside of a block are marked too, by UINT32_MAX. */
static void *take(zone_t *zone, size_t at, size_t count) {
    zone->taken[at] = (uint32_t) count;
    if (count > 1) {
        memset(&zone->taken[at + 1], 0xff, (count - 1) * sizeof(*zone->taken));
    }
    zone->steps_free -= count;
    return memset(zone->memory + at * ZONE_STEP, 0xa5, count * ZONE_STEP);
}

static void *zone_alloc(void *data, size_t size) {
    zone_t *zone = data;
    size_t count = steps_of(zone, size), at;

    assert_int_equal(zone->locked, 1);
    if (zone->allocations_left == 0 || count > zone->steps) {
        return NULL;
    }
    zone->allocations_left -= zone->allocations_left > 0;
    for (at = zone->search_from; at + count <= zone->steps; at++) {
        if (fits_at(zone, at, count)) {
            zone->search_from = count == 1 && zone->zone.page == 0 ? at + 1 : zone->search_from;
            return take(zone, at, count);
        }
    }
    return NULL;
}

static void zone_free_block(void *data, void *block) {
    zone_t *zone = data;
    size_t at = (size_t) ((char *) block - zone->memory) / ZONE_STEP, count;

    assert_int_equal(zone->locked, 1);
    assert_true(at < zone->steps);
    assert_ptr_equal(block, zone->memory + at * ZONE_STEP);
    count = zone->taken[at];
    assert_true(count != 0 && count != UINT32_MAX);
    memset(&zone->taken[at], 0, count * sizeof(*zone->taken));
    memset(block, ZONE_FREED, count * ZONE_STEP);
    zone->steps_free += count;
    zone->search_from = at < zone->search_from ? at : zone->search_from;
}

static void zone_lock(void *data) {
    zone_t *zone = data;

    assert_int_equal(zone->locked, 0);
    zone->locked = 1;
}

static void zone_unlock(void *data) {
    zone_t *zone = data;

    assert_int_equal(zone->locked, 1);
    zone->locked = 0;
}

static void zone_reset(void *data) {
    zone_t *zone = data;

    assert_int_equal(zone->locked, 1);
    memset(zone->taken, 0, zone->steps * sizeof(*zone->taken));
    zone->steps_free = zone->steps;
    zone->search_from = 0;
    zone->store = take(zone, 0, steps_of(zone, sizeof(lf_store_t)));
    memset(zone->store, 0, sizeof(lf_store_t));
}

static uint64_t zone_now(void *data) {
    zone_t *zone = data;

    zone->clock_reads++;
    return zone->now;
}

static lf_owner_t zone_owner(void *data) {
    return ((zone_t *) data)->self;
}

static int zone_alive(void *data, lf_owner_t owner) {
    zone_t *zone = data;

    zone->asked++;
    return owner.id != zone->dead;
}

static void zone_report(void *data, lf_event_t event) {
    ((zone_t *) data)->reports[event]++;
}

static size_t zone_room(void *data, size_t size) {
    return steps_of(data, size) * ZONE_STEP;
}

static size_t zone_free_bytes(void *data) {
    return ((zone_t *) data)->steps_free * ZONE_STEP;
}

static const lf_zone_t zone_callbacks = {
    .alloc = zone_alloc,
    .free = zone_free_block,
    .lock = zone_lock,
    .unlock = zone_unlock,
    .reset = zone_reset,
    .now = zone_now,
    .owner = zone_owner,
    .alive = zone_alive,
    .report = zone_report,
    .room = zone_room,
    .free_bytes = zone_free_bytes,
    .seed = 42,
};

static void zone_start(zone_t *zone, size_t size) {
    zone->steps = size / ZONE_STEP;
    zone->memory = (char *) (zone + 1) + (ZONE_STEP - sizeof(*zone) % ZONE_STEP);
    zone->taken = (uint32_t *) (zone->memory + size);
    zone->self = (lf_owner_t){1, 1};
    zone->allocations_left = -1;
    zone->now = 5000;
    zone->zone = zone_callbacks;
    zone->zone.zone = zone;
    zone->zone.store = &zone->store;
    zone->zone.generation = &zone->generation;
    zone->zone.start = zone->memory;
    zone->zone.end = zone->memory + size;
    zone->locked = 1;
    zone_reset(zone);
    zone->locked = 0;
    zone->zone.capacity = zone_left(zone);
    lf_store_init(&zone->zone);
}

zone_t *zone_new(size_t size) {
    size_t mapped = sizeof(zone_t) + ZONE_STEP + size + size / ZONE_STEP * sizeof(uint32_t);
    zone_t *zone = mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    assert_ptr_not_equal(zone, MAP_FAILED);
    zone->mapped = mapped;
    zone_start(zone, size);
    return zone;
}

void zone_free(zone_t *zone) {
    assert_int_equal(munmap(zone, zone->mapped), 0);
}

size_t zone_left(const zone_t *zone) {
    return zone->steps_free * ZONE_STEP;
}

void assert_zone_empty(const zone_t *zone) {
    assert_int_equal(zone->locked, 0);
    assert_int_equal(zone->store->cache_count, 0);
    assert_int_equal(zone->store->dict_count, 0);
    assert_int_equal(zone->store->dict_bytes, 0);
    assert_int_equal(zone->store->dict_mortal, 0);
    assert_int_equal(zone->store->retired_count, 0);
    assert_int_equal(zone_left(zone), zone->zone.capacity);
}

void zone_enter(lf_call_t *call) {
    call->inside = 1;
}

void zone_leave(lf_call_t *call) {
    call->inside = 0;
    if (call->generation != 0) {
        lf_call_leave(call);
    }
}
