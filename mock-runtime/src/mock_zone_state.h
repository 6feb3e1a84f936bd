/* What the zone is made of, for the files that make it. */

#ifndef MOCK_ZONE_STATE_H
#define MOCK_ZONE_STATE_H

#include <pthread.h>

#include "mock_arena.h"
#include "mock_failure.h"
#include "mock_schedule.h"
#include "mock_slab.h"
#include "mock_zone.h"

/* The process that made the zone; workers have later numbers, each its own. */
#define LFM_OWNER_FIRST 1

/* At the start of the memory, which is shared while there are workers. */
typedef struct {
    pthread_mutex_t store_lock;
    pthread_mutex_t user_lock;
    size_t zone_size;
    uint64_t now; /* ms */
    lf_store_t *store;
    uint64_t generation; /* of the latest store */
    lf_store_t store_memory;
    lfm_slab_t slab;
    lfm_arena_t arena;
    uint64_t first_owner; /* of the workers that there are, or were last */
    uint32_t dead[LFM_WORKERS_MAX];
    int has_foreign; /* threads of a library's own have come, to any process */
} lfm_shared_t;

/* Of one process. */
struct lfm_zone_s {
    lfm_shared_t *shared;
    size_t mapped;
    int is_to_keep;
    int is_contended; /* by other processes, or threads of the mock's */
    uint64_t owner;   /* which process this is */
    lf_zone_t callbacks;
    lfm_zone_user_t user;
    lfm_zone_user_t **threads; /* they keep their places in the store */
    size_t thread_count;

    /* mock_zone_guard.c */
    int has_guard;

    /* mock_zone_foreign.c; what they have left, with the lock of the store */
    uint64_t number; /* no two zones have the same */
    int has_foreign; /* atomic */
    lfm_log_t foreign_log;
    lfm_findings_t foreign_findings;
};

/*
 * mock_zone_foreign.c: threads that no mock knows of
 */

void lfm_zone_number(lfm_zone_t *zone);
lfm_zone_user_t *lfm_zone_foreign(lfm_zone_t *zone);

/* Whether one has come, in this process. */
static inline int lfm_zone_has_foreign(const lfm_zone_t *zone) {
    return __atomic_load_n(&zone->has_foreign, __ATOMIC_RELAXED);
}

/* What this thread has to tell is left to the mock's, with the lock of the store. */
void lfm_zone_hand_over(lfm_zone_t *zone);

/* In the mock's own thread: it tells what was left to it. */
void lfm_zone_take_over(lfm_zone_t *zone);

static inline lfm_zone_user_t *lfm_user(lfm_zone_t *zone) {
    if (lfm_zone_user != NULL) {
        return lfm_zone_user;
    }
    return lfm_thread == LFM_THREAD_FOREIGN ? lfm_zone_foreign(zone) : &zone->user;
}

/*
 * mock_zone_map.c: memory for a zone of that size, and its end.  It is zeroed
 * but for the arena's, of which `high` is known, and the mutexes
 */

size_t lfm_zone_header_size(size_t zone_size);
lfm_shared_t *lfm_zone_map(size_t zone_size, size_t *mapped);
void lfm_zone_unmap(lfm_shared_t *shared);

/* The same, and the next one of that size takes the memory. */
void lfm_zone_keep(lfm_shared_t *shared);

/* The lock of the store, for a look at blocks. */
void lfm_zone_enter_store(lfm_zone_t *zone);
void lfm_zone_leave_store(lfm_zone_t *zone);

/* Opens the handlers' mutex, however often it was locked. */
void lfm_zone_open_lock(lfm_zone_t *zone);

void lfm_zone_free_threads(lfm_zone_t *zone);

/*
 * mock_zone_guard.c: blocks are open for writing, or closed unless the handler
 * holds the mutex, if that is looked for
 */

void lfm_zone_open(lfm_zone_t *zone);

/* With the lock of the store. */
void lfm_zone_close(lfm_zone_t *zone);

/* For good: a thread has come that nothing is known of. */
void lfm_zone_give_up_guard(const lfm_zone_t *zone);

/* The handler or hook has returned. */
void lfm_zone_end(lfm_zone_t *zone);

void lfm_zone_forget_guard(lfm_zone_t *zone);

/*
 * mock_zone_check.c, with that lock held
 */

/* What was written where it should not have been, around or in the block. */
void lfm_zone_check_damage(lfm_zone_t *zone, const lfm_shm_block_t *block, const void *at);

/* What was written to in the block that is no address for others. */
void lfm_zone_check_pointers(lfm_zone_t *zone, lfm_shm_block_t *block, const void *at);

/* The same for addresses of a library that goes, told in any case. */
void lfm_zone_check_unloaded(lfm_zone_t *zone, const lfm_shm_block_t *block, uintptr_t begin, uintptr_t end);

/* shm_free was given what is no block, or no longer. */
void lfm_zone_tell_wrong_free(lfm_zone_t *zone, const lfm_shm_block_t *block, const void *data);

void lfm_zone_tell_unlocked_write(lfm_zone_t *zone, const lfm_touch_t *touch);

/* Blocks that were freed last. */
void lfm_zone_check_recent(lfm_zone_t *zone);

/* All of them; at the end of a worker. */
void lfm_zone_check_all(lfm_zone_t *zone);

#endif
