/* The zone is an arena in which blocks stand apart from each other; how many
 * fit is reckoned by a model of NGINX's slab. */

#include "mock_zone_state.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lf_message.h"
#include "mock_memory.h"
#include "mock_state.h"

/* When the clock of a new zone begins: 0 would be "never" in places. */
#define CLOCK_START 1000000

static size_t page_size(void) {
    return (size_t) sysconf(_SC_PAGESIZE);
}

size_t lfm_zone_min_size(void) {
    return 8 * page_size();
}

/*
 * Blocks, as the store sees them
 */

static void evict(lfm_zone_t *zone, const lfm_shm_block_t *oldest) {
    lfm_zone_check_damage(zone, oldest, oldest->freed_at);
    lfm_arena_evict(&zone->shared->arena);
}

/* Those that wait give way where there is no other room. */
static lfm_shm_block_t *arena_alloc(lfm_zone_t *zone, size_t size) {
    lfm_arena_t *arena = &zone->shared->arena;
    lfm_shm_block_t *block = lfm_arena_alloc(arena, size);
    const lfm_shm_block_t *oldest;

    if (block != NULL) {
        return block;
    }
    while ((oldest = lfm_arena_oldest(arena)) != NULL) {
        evict(zone, oldest);
    }
    return lfm_arena_alloc(arena, size);
}

/* As large as in the slab: the dict lets what is in a block grow to that. */
static void *zone_alloc(void *data, size_t size) {
    lfm_zone_t *zone = data;
    lfm_shared_t *shared = zone->shared;
    lfm_shm_block_t *block;
    uint32_t page;

    if (size > zone->callbacks.capacity || lfm_fault_fires(NGX_LINK_FUNC_MOCK_ALLOC_SHM, lfm_at)) {
        return NULL;
    }
    page = lfm_slab_alloc(&shared->slab, size);
    block = page == LFM_SLAB_NONE ? NULL : arena_alloc(zone, lfm_slab_room(&shared->slab, size));

    if (block == NULL) {
        if (page != LFM_SLAB_NONE) {
            lfm_slab_free(&shared->slab, page);
        }
        return NULL;
    }
    block->page = page;
    block->at = lfm_at;
    return lfm_arena_data(&shared->arena, block);
}

/* What a user gives that is still the map's would go twice. */
static int is_to_free(lfm_zone_t *zone, const lfm_shm_block_t *block, const void *data) {
    if (block == NULL || block->state != LFM_SHM_LIVE
        || lfm_arena_data(&zone->shared->arena, block) != (const char *) data) {
        return 0;
    }
    return lfm_user(zone)->giving != data || block->kind == LFM_SHM_ALLOC;
}

static void zone_release(void *callback_data, void *data) {
    lfm_zone_t *zone = callback_data;
    lfm_arena_t *arena = &zone->shared->arena;
    lfm_shm_block_t *block = lfm_arena_find(arena, data);
    const lfm_shm_block_t *overdue;

    if (!is_to_free(zone, block, data)) {
        lfm_zone_tell_wrong_free(zone, block, data);
        return;
    }
    lfm_zone_check_damage(zone, block, block->freed_at == NULL ? block->at : block->freed_at);
    block->freed_at = block->freed_at == NULL ? lfm_at : block->freed_at;
    lfm_slab_free(&zone->shared->slab, block->page);
    lfm_arena_free(arena, block);
    while ((overdue = lfm_arena_overdue(arena)) != NULL) {
        evict(zone, overdue);
    }
}

static lfm_slab_page_t *slab_pages(const lfm_shared_t *shared) {
    return (lfm_slab_page_t *) (void *) ((char *) shared + sizeof(*shared));
}

static void make_empty(lfm_shared_t *shared, size_t page_count) {
    memset(&shared->store_memory, 0, sizeof(shared->store_memory));
    shared->store = &shared->store_memory;
    lfm_slab_init(&shared->slab, slab_pages(shared), page_count);
    (void) lfm_slab_alloc(&shared->slab, sizeof(lf_store_t));
}

static void zone_reset(void *data) {
    lfm_zone_t *zone = data;

    lfm_arena_reset(&zone->shared->arena);
    make_empty(zone->shared, zone->shared->slab.count);
}

static void zone_lock(void *zone) {
    lfm_zone_enter_store(zone);
}

static void zone_unlock(void *zone) {
    lfm_zone_leave_store(zone);
}

static uint64_t zone_now(void *data) {
    const lfm_zone_t *zone = data;

    return __atomic_load_n(&zone->shared->now, __ATOMIC_RELAXED);
}

void lfm_zone_advance(lfm_zone_t *zone, uint64_t ms) {
    (void) __atomic_add_fetch(&zone->shared->now, ms, __ATOMIC_RELAXED);
}

static lf_owner_t zone_owner(void *data) {
    const lfm_zone_t *zone = data;
    const lf_owner_t owner = {zone->owner, 0};

    return owner;
}

static int zone_alive(void *data, lf_owner_t owner) {
    const lfm_zone_t *zone = data;

    uint64_t number = owner.id - zone->shared->first_owner;

    return owner.id == LFM_OWNER_FIRST
           || (number < LFM_WORKERS_MAX && !__atomic_load_n(&zone->shared->dead[number], __ATOMIC_RELAXED));
}

static void zone_report(void *zone, lf_event_t event) {
    lfm_log_t *log = lfm_user(zone)->log;

    switch (event) {
    case LF_EVENT_FULL:
        lfm_log_shm(log, NGX_LINK_FUNC_MOCK_ERR, lf_cstr(LF_MESSAGE_ZONE_FULL));
        return;
    case LF_EVENT_SOUND:
        lfm_log_shm(log, NGX_LINK_FUNC_MOCK_INFO, lf_cstr(LF_MESSAGE_ZONE_SOUND));
        return;
    case LF_EVENT_EMPTIED:
        lfm_log_shm(log, NGX_LINK_FUNC_MOCK_ALERT, lf_cstr(LF_MESSAGE_ZONE_EMPTIED));
        return;
    }
}

static size_t zone_room(void *data, size_t size) {
    const lfm_zone_t *zone = data;

    return lfm_slab_room(&zone->shared->slab, size);
}

static size_t zone_free_bytes(void *data) {
    const lfm_zone_t *zone = data;

    return lfm_slab_free_bytes(&zone->shared->slab);
}

static int may_be_item(const lfm_shm_block_t *block) {
    return block->state == LFM_SHM_LIVE && block->kind == LFM_SHM_INTERNAL
           && block->size >= sizeof(lf_item_t);
}

/* Blocks that share a page in NGINX do not here: the model knows them. */
static void zone_each_place(void *data, const void *place, size_t pages, lf_visit_t visit, void *visited) {
    const lfm_zone_t *zone = data;
    lfm_arena_t *arena = &zone->shared->arena;
    uint32_t first = lfm_arena_find(arena, place)->page, page, i;

    for (page = first; page < first + pages; page++) {
        for (i = 1; i < arena->block_high; i++) {
            const lfm_shm_block_t *block = &arena->blocks[i];

            if (block->page == page && may_be_item(block)) {
                visit(visited, lfm_arena_data(arena, block));
            }
        }
    }
}

static const lf_zone_t zone_callbacks = {
    .alloc = zone_alloc,
    .free = zone_release,
    .lock = zone_lock,
    .unlock = zone_unlock,
    .reset = zone_reset,
    .now = zone_now,
    .owner = zone_owner,
    .alive = zone_alive,
    .report = zone_report,
    .room = zone_room,
    .free_bytes = zone_free_bytes,
    .each_place = zone_each_place,
};

/*
 * The zone
 */

static void begin(lfm_shared_t *shared, size_t size) {
    shared->now = CLOCK_START;
    shared->first_owner = LFM_OWNER_FIRST + 1;
    lfm_arena_init(&shared->arena, (char *) shared + lfm_zone_header_size(size), size);
    make_empty(shared, lfm_slab_page_count(size));
}

lfm_zone_t *lfm_zone_new(size_t size, lfm_log_t *log, lfm_findings_t *findings) {
    lfm_zone_t *zone = lfm_zalloc(sizeof(*zone));
    lfm_shared_t *shared = zone->shared = lfm_zone_map(size, &zone->mapped);

    begin(shared, size);
    lfm_zone_number(zone);
    zone->owner = LFM_OWNER_FIRST;
    zone->user.log = log;
    zone->user.findings = findings;
    zone->user.call.inside = 1;
    zone->callbacks = zone_callbacks;
    zone->callbacks.store = &shared->store;
    zone->callbacks.generation = &shared->generation;
    zone->callbacks.start = shared->arena.start;
    zone->callbacks.end = shared->arena.start + lfm_arena_size(size);
    zone->callbacks.page = shared->slab.page_size;
    zone->callbacks.capacity = shared->slab.count * page_size() - zone_room(zone, sizeof(lf_store_t));
    zone->callbacks.zone = zone;
    lf_store_init(&zone->callbacks);
    return zone;
}

void lfm_zone_free(lfm_zone_t *zone) {
    if (zone == NULL) {
        return;
    }
    lfm_zone_end(zone);
    lfm_zone_take_over(zone);
    lfm_zone_check_leaks(zone);
    lf_call_forget(&zone->user.call);
    lfm_zone_forget_guard(zone);
    if (zone->is_to_keep) {
        lfm_zone_keep(zone->shared);
    } else {
        lfm_zone_unmap(zone->shared);
    }
    free(zone->user.touched);
    lfm_zone_free_threads(zone);
    free(zone);
}

void lfm_zone_comes_again(lfm_zone_t *zone) {
    zone->is_to_keep = 1;
}

const lf_zone_t *lfm_zone_callbacks(const lfm_zone_t *zone) {
    return &zone->callbacks;
}

lf_call_t *lfm_zone_call(lfm_zone_t *zone) {
    return &lfm_user(zone)->call;
}
