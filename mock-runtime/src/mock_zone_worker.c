/* The zone and those who share it. */

#include "mock_zone_state.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "mock_memory.h"
#include "mock_state.h"

/*
 * Processes.  Each has its own notes about what is poisoned, and cannot see
 * what the others do: for as long as they run, nothing is
 */

/* The parts of the memory that have been used. */
typedef struct {
    char *start;
    size_t size;
    char *copy;
} part_t;

#define PARTS 4

static void find_parts(const lfm_zone_t *zone, part_t *parts) {
    const lfm_arena_t *arena = &zone->shared->arena;

    parts[0].start = (char *) zone->shared;
    parts[0].size = (size_t) (arena->start - parts[0].start);
    parts[1].start = arena->start;
    parts[1].size = lfm_arena_used(arena);
    parts[2].start = (char *) arena->map;
    parts[2].size = arena->high * sizeof(*arena->map);
    parts[3].start = (char *) arena->blocks;
    parts[3].size = arena->block_high * sizeof(*arena->blocks);
}

/* The same memory at the same place, of another kind: only workers share it,
 * so that a test can fork for other reasons. */
static void remap(const lfm_zone_t *zone, int kind) {
    part_t parts[PARTS];
    size_t i;

    find_parts(zone, parts);
    for (i = 0; i < PARTS; i++) {
        parts[i].copy = lfm_alloc(parts[i].size);
        memcpy(parts[i].copy, parts[i].start, parts[i].size);
    }
    if (mmap(zone->shared, zone->mapped, PROT_READ | PROT_WRITE,
             MAP_FIXED | MAP_ANONYMOUS | MAP_NORESERVE | kind, -1, 0)
        == MAP_FAILED) {
        lfm_out_of_memory();
    }
    for (i = 0; i < PARTS; i++) {
        memcpy(parts[i].start, parts[i].copy, parts[i].size);
        free(parts[i].copy);
    }
}

void lfm_zone_share(lfm_zone_t *zone, size_t count) {
    lfm_shared_t *shared = zone->shared;

    memset(shared->dead, 0, count * sizeof(shared->dead[0]));
    lfm_arena_unpoison(&shared->arena);
    shared->arena.poisons = 0;
    remap(zone, MAP_SHARED);
    zone->is_contended = 1;
}

void lfm_zone_join(lfm_zone_t *zone, size_t number) {
    zone->owner = zone->shared->first_owner + number;
    lf_call_forget(&zone->user.call);
    zone->user.call.inside = 1;
}

void lfm_zone_bury(const lfm_zone_t *zone, size_t number) {
    __atomic_store_n(&zone->shared->dead[number], 1, __ATOMIC_RELAXED);
}

/* A call that its worker died in is in the way of what it may have read, until
 * somebody looks after it. */
void lfm_zone_own(lfm_zone_t *zone) {
    zone->shared->first_owner += LFM_WORKERS_MAX;
    zone->is_contended = 0;
    remap(zone, MAP_PRIVATE);
    zone->shared->arena.poisons = 1;
    lfm_arena_poison(&zone->shared->arena);
}

/*
 * Threads
 */

void lfm_zone_contend(lfm_zone_t *zone, size_t count) {
    if (zone->thread_count < count) {
        zone->threads = lfm_resize(zone->threads, count * sizeof(lfm_zone_user_t *));
    }
    while (zone->thread_count < count) {
        lfm_zone_user_t *user = lfm_zalloc(sizeof(*user));

        user->call.inside = 1;
        zone->threads[zone->thread_count++] = user;
    }
    zone->is_contended = 1;
}

void lfm_zone_enter_thread(lfm_zone_t *zone, size_t number, lfm_log_t *log, lfm_findings_t *findings) {
    lfm_zone_user = zone->threads[number];
    lfm_zone_user->log = log;
    lfm_zone_user->findings = findings;
}

void lfm_zone_calm(lfm_zone_t *zone) {
    zone->is_contended = 0;
}

void lfm_zone_free_threads(lfm_zone_t *zone) {
    size_t i;

    for (i = 0; i < zone->thread_count; i++) {
        lf_call_forget(&zone->threads[i]->call);
        free(zone->threads[i]->touched);
        free(zone->threads[i]);
    }
    free(zone->threads);
}
