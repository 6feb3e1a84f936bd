/* Writes to shared memory without the mutex: while a handler does not hold it,
 * blocks can only be read, and the first write is told by a fault. */

#include "mock_zone_state.h"

#include <sys/mman.h>

#include "mock_guard.h"
#include "mock_state.h"

static void protect(const lfm_zone_t *zone, int protection) {
    const lfm_arena_t *arena = &zone->shared->arena;

    (void) mprotect(arena->start, lfm_arena_used(arena), protection);
}

void lfm_zone_open(lfm_zone_t *zone) {
    if (zone->is_guarded && !zone->is_open) {
        zone->is_open = 1;
        protect(zone, PROT_READ | PROT_WRITE);
    }
}

void lfm_zone_close(lfm_zone_t *zone) {
    if (zone->is_guarded && zone->user.lock_depth == 0) {
        zone->is_open = 0;
        protect(zone, PROT_READ);
    }
}

/* A block of shm_alloc is its handler's alone until the cache leads to it. */
static int is_shared(const lfm_shm_block_t *block) {
    return block != NULL && block->state == LFM_SHM_LIVE
           && (block->kind == LFM_SHM_VALUE || (block->flags & LFM_SHM_PUT) != 0);
}

/* In the signal handler.  What follows goes unnoticed until the API is called
 * again. */
static int caught(void *data, const lfm_fault_t *fault) {
    lfm_zone_t *zone = data;

    if (!zone->is_guarded || zone->is_open) {
        return 0;
    }
    if (zone->unlocked_count < LFM_UNLOCKED_MAX
        && is_shared(lfm_arena_find(&zone->shared->arena, fault->address))) {
        zone->unlocked[zone->unlocked_count].data = fault->address;
        zone->unlocked[zone->unlocked_count++].at = fault->at;
    }
    lfm_zone_open(zone);
    return 1;
}

/* Only one thread's view of memory can be changed when it is the only one. */
void lfm_zone_begin(lfm_zone_t *zone) {
    const lfm_arena_t *arena;

    if (zone == NULL || lfm_zone_user != NULL
        || !lfm_findings_want(zone->user.findings, NGX_LINK_FUNC_MOCK_CODE_UNLOCKED_WRITE)) {
        return;
    }
    arena = &zone->shared->arena;
    if (!zone->has_guard) {
        zone->has_guard = 1;
        lfm_guard_add(arena->start, arena->start + lfm_arena_reserved(arena), caught, zone);
    }
    zone->is_guarded = 1;
    lfm_zone_close(zone);
}

static int was_told(const lfm_zone_t *zone, size_t index) {
    size_t i;

    for (i = 0; i < index; i++) {
        if (zone->unlocked[i].at == zone->unlocked[index].at) {
            return 1;
        }
    }
    return 0;
}

void lfm_zone_end(lfm_zone_t *zone) {
    size_t i;

    if (!zone->is_guarded) {
        return;
    }
    lfm_zone_open(zone);
    zone->is_guarded = 0;
    for (i = 0; i < zone->unlocked_count; i++) {
        if (!was_told(zone, i)) {
            lfm_zone_tell_unlocked_write(zone, &zone->unlocked[i]);
        }
    }
    zone->unlocked_count = 0;
}

void lfm_zone_forget_guard(lfm_zone_t *zone) {
    if (zone->has_guard) {
        lfm_guard_remove(zone->shared->arena.start);
    }
}
