/* Writes to shared memory without the mutex: while a handler does not hold it,
 * blocks can only be read, and the first write is told by a fault. */

#include "mock_zone_state.h"

#include <sys/mman.h>

#include "mock_blocking.h"
#include "mock_guard.h"
#include "mock_state.h"
#include "mock_step.h"

/* The kernel may make this wait for others who change the process's memory: no
 * wait of the handler's. */
static int protect_pages(void *begin, size_t size, int protection) {
    long of_handler = lfm_own_wait_begin();
    int result = mprotect(begin, size, protection);

    lfm_own_wait_end(of_handler);
    return result;
}

static void protect(const lfm_zone_t *zone, int protection) {
    const lfm_arena_t *arena = &zone->shared->arena;

    (void) protect_pages(arena->start, lfm_arena_used(arena), protection);
}

void lfm_zone_open(lfm_zone_t *zone) {
    lfm_zone_user_t *user = lfm_user(zone);

    if (user->is_guarded && !user->is_open) {
        user->is_open = 1;
        protect(zone, PROT_READ | PROT_WRITE);
    }
}

void lfm_zone_close(lfm_zone_t *zone) {
    lfm_zone_user_t *user = lfm_user(zone);

    if (user->is_guarded && user->lock_depth == 0 && !lfm_zone_has_foreign(zone)) {
        user->is_open = 0;
        protect(zone, PROT_READ);
    }
}

void lfm_zone_give_up_guard(const lfm_zone_t *zone) {
    if (zone->has_guard) {
        protect(zone, PROT_READ | PROT_WRITE);
    }
}

void lfm_zone_turn(void *data) {
    lfm_zone_t *zone = data;
    const lfm_zone_user_t *user = lfm_user(zone);

    if (zone->has_guard && !lfm_zone_has_foreign(zone)) {
        protect(zone, user->is_guarded && !user->is_open ? PROT_READ : PROT_READ | PROT_WRITE);
    }
}

/* A block of shm_alloc is its handler's alone until the cache leads to it. */
static int is_shared(const lfm_shm_block_t *block) {
    return block != NULL && block->state == LFM_SHM_LIVE
           && (block->kind == LFM_SHM_VALUE || (block->flags & LFM_SHM_PUT) != 0);
}

/* A page without anything shared stays open until the API is called again. */
static int open_page(const lfm_arena_t *arena, const void *address) {
    uintptr_t size = lfm_page_size(), page = (uintptr_t) address & ~(size - 1), at;

    for (at = page; at < page + size; at += LFM_GRANULE) {
        if (is_shared(lfm_arena_find(arena, lfm_pointer(at)))) {
            return 0;
        }
    }
    return protect_pages(lfm_pointer(page), size, PROT_READ | PROT_WRITE) == 0;
}

void lfm_zone_close_again(void *zone) {
    lfm_zone_enter_store(zone);
    lfm_zone_leave_store(zone);
}

/* A write to what only its handler knows, in whose page there may be more. */
static void let_through(lfm_zone_t *zone, const lfm_fault_t *fault) {
    lfm_zone_user_t *user = lfm_user(zone);

    if (open_page(&zone->shared->arena, fault->address)) {
        return;
    }
    lfm_zone_open(zone);
    if (user->steps < LFM_STEPS_MAX) {
        user->steps++;
        (void) lfm_step(fault, lfm_zone_close_again, zone);
    }
}

static void note_unlocked(lfm_zone_user_t *user, const void *data, const void *at) {
    if (user->unlocked_count < LFM_UNLOCKED_MAX) {
        user->unlocked[user->unlocked_count].data = data;
        user->unlocked[user->unlocked_count++].at = at;
    }
}

/* In the signal handler.  What follows a write that is told, or one that is no
 * single step, goes unnoticed until the API is called again. */
static int caught(void *data, const lfm_fault_t *fault) {
    lfm_zone_t *zone = data;
    lfm_zone_user_t *user = lfm_user(zone);

    if (!user->is_guarded || user->is_open) {
        return 0;
    }
    if (!is_shared(lfm_arena_find(&zone->shared->arena, fault->address))) {
        let_through(zone, fault);
        return 1;
    }
    note_unlocked(user, fault->address, fault->at);
    lfm_zone_open(zone);
    return 1;
}

int lfm_zone_fill(lfm_zone_t *zone, const void *data, const void *at) {
    const lfm_arena_t *arena = &zone->shared->arena;
    lfm_zone_user_t *user = lfm_user(zone);

    if (!user->is_guarded || user->is_open || !lfm_arena_has(arena, data)) {
        return 0;
    }
    lfm_zone_open(zone);
    if (is_shared(lfm_arena_find(arena, data))) {
        note_unlocked(user, data, at);
        return 0;
    }
    return 1;
}

/* All threads have one view of memory: this is for one that runs alone, if only
 * until its next call of the API. */
void lfm_zone_begin(lfm_zone_t *zone) {
    const lfm_arena_t *arena;

    if (zone == NULL || lfm_zone_has_foreign(zone) || (lfm_zone_user != NULL && lfm_turn.schedule == NULL)
        || !lfm_findings_want(lfm_user(zone)->findings, NGX_LINK_FUNC_MOCK_CODE_UNLOCKED_WRITE)) {
        return;
    }
    arena = &zone->shared->arena;
    if (!zone->has_guard) {
        zone->has_guard = 1;
        lfm_guard_add(arena->start, arena->start + lfm_arena_reserved(arena), caught, zone);
    }
    lfm_user(zone)->is_guarded = 1;
    lfm_user(zone)->steps = 0;
    lfm_zone_enter_store(zone);
    lfm_zone_leave_store(zone);
}

static int was_told(const lfm_zone_user_t *user, size_t index) {
    size_t i;

    for (i = 0; i < index; i++) {
        if (user->unlocked[i].at == user->unlocked[index].at) {
            return 1;
        }
    }
    return 0;
}

void lfm_zone_end(lfm_zone_t *zone) {
    lfm_zone_user_t *user = lfm_user(zone);
    size_t i;

    if (!user->is_guarded) {
        return;
    }
    lfm_zone_enter_store(zone);
    user->is_guarded = 0;
    lfm_zone_leave_store(zone);
    for (i = 0; i < user->unlocked_count; i++) {
        if (!was_told(user, i)) {
            lfm_zone_tell_unlocked_write(zone, &user->unlocked[i]);
        }
    }
    user->unlocked_count = 0;
}

void lfm_zone_forget_guard(lfm_zone_t *zone) {
    if (zone->has_guard) {
        lfm_guard_remove(zone->shared->arena.start);
    }
}
