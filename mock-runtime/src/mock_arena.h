/* Where the blocks of the zone really are: each apart from the others, in
 * memory that worker processes can share.  Every byte that is in no live block has
 * one value, by which a write to it is found; where AddressSanitizer runs and
 * the process is alone with the zone, such a write ends in a report.  Freed blocks wait
 * before they are used again.
 *
 * What is kept about a block stands apart from it, so that no overflow of the
 * user's reaches it. */

#ifndef MOCK_ARENA_H
#define MOCK_ARENA_H

#include <stddef.h>
#include <stdint.h>

#define LFM_KEY_KEPT 40

/* No two blocks have a part of one. */
#define LFM_GRANULE ((size_t) 32)

/* How many of the blocks freed last are known. */
#define LFM_RECENT 32

typedef enum {
    LFM_SHM_INTERNAL, /* of the store: entries, the dict */
    LFM_SHM_ALLOC,    /* shm_alloc */
    LFM_SHM_VALUE,    /* cache_new */
} lfm_shm_kind_t;

typedef enum { LFM_SHM_UNUSED, LFM_SHM_LIVE, LFM_SHM_FREED } lfm_shm_state_t;

/* The user has given it to shm_free; its wrong pointers were told; it can be
 * reached; the cache leads to it. */
enum { LFM_SHM_GIVEN = 1, LFM_SHM_TOLD = 2, LFM_SHM_REACHED = 4, LFM_SHM_PUT = 8 };

typedef struct {
    uint32_t begin; /* granule */
    uint32_t granules;
    size_t size;
    uint32_t page; /* of mock_slab.h */
    uint32_t next; /* in the queue of the freed, or of unused records */
    uint8_t state;
    uint8_t kind;
    uint8_t flags;
    char key[LFM_KEY_KEPT + 1]; /* "" without one; cut to fit */
    const void *at;             /* who asked for it */
    const void *freed_at;       /* who removed or freed it; NULL before */
} lfm_shm_block_t;

typedef struct {
    char *start;
    size_t granules;
    uint32_t *map; /* by granule: the number of the block there, 0 for none */
    lfm_shm_block_t *blocks;
    uint32_t block_limit;
    uint32_t block_high; /* records from here on were never used */
    uint32_t unused;     /* the first record of those that can be used again */
    uint32_t cursor;     /* where room is looked for next */
    uint32_t high;       /* granules from here on were never used */
    uint32_t oldest;     /* of the freed */
    uint32_t newest;
    size_t freed_bytes;
    size_t freed_count;
    uint32_t recent[LFM_RECENT]; /* a ring: those freed last */
    uint32_t next_recent;
    int poisons;
} lfm_arena_t;

/* What the arena of a zone of that size takes, and the arena in such memory,
 * which is zeroed but for what an arena there had used and has reset. */
size_t lfm_arena_size(size_t zone_size);
void lfm_arena_init(lfm_arena_t *arena, char *memory, size_t zone_size);

/* The memory is about to go, or to be shared. */
void lfm_arena_unpoison(const lfm_arena_t *arena);

/* The memory is this process's alone again. */
void lfm_arena_poison(const lfm_arena_t *arena);

/* Forgets all blocks. */
void lfm_arena_reset(lfm_arena_t *arena);

/* NULL when there is no room, as there may be again once freed blocks went. */
lfm_shm_block_t *lfm_arena_alloc(lfm_arena_t *arena, size_t size);

/* Of a block that nobody has written to behind `size`, the rest becomes its
 * surroundings. */
void lfm_arena_trim(const lfm_arena_t *arena, lfm_shm_block_t *block, size_t size);

/* A live block begins its wait. */
void lfm_arena_free(lfm_arena_t *arena, lfm_shm_block_t *block);

/* The freed block that has waited longest, or NULL: any, or one that is too
 * many. */
lfm_shm_block_t *lfm_arena_oldest(const lfm_arena_t *arena);
lfm_shm_block_t *lfm_arena_overdue(const lfm_arena_t *arena);

/* The one that lfm_arena_oldest() gives can be used again. */
void lfm_arena_evict(lfm_arena_t *arena);

char *lfm_arena_data(const lfm_arena_t *arena, const lfm_shm_block_t *block);

/* The block that the address is in, or in what surrounds it; NULL for none. */
lfm_shm_block_t *lfm_arena_find(const lfm_arena_t *arena, const void *address);

/* The index-th of those freed last, if it still waits. */
lfm_shm_block_t *lfm_arena_recent(const lfm_arena_t *arena, unsigned index);

/* Bytes from its start on: those that blocks have been in, and all. */
size_t lfm_arena_used(const lfm_arena_t *arena);
size_t lfm_arena_reserved(const lfm_arena_t *arena);

int lfm_arena_has(const lfm_arena_t *arena, const void *address);

/* Where a byte was written that should not have been: behind or before a live
 * block, or in a freed one, from its start.  Returns whether there is one, and
 * puts right what is there, so that it is told once. */
int lfm_arena_damage(const lfm_arena_t *arena, const lfm_shm_block_t *block, ptrdiff_t *offset);

/* For the mock's own look at memory that is poisoned, or that other threads may
 * be writing to. */
#define LFM_UNSEEN __attribute__((noinline, no_sanitize_address, no_sanitize_thread))

#endif
