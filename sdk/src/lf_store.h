/* Shared memory as both runtimes offer it: an allocator and a lock that they
 * give as callbacks, and one lf_store_t in the zone, which the cache, the dict
 * and the calls that use them share. */

#ifndef LF_STORE_H
#define LF_STORE_H

#include "lf_index.h"

#pragma GCC visibility push(hidden)

typedef struct lf_store_s lf_store_t;
typedef struct lf_call_s lf_call_t;

/* A process, told from a later one of the same number. */
typedef struct {
    uint64_t id; /* never 0 */
    uint64_t since;
} lf_owner_t;

typedef enum {
    LF_EVENT_FULL,   /* LF_MESSAGE_ZONE_FULL; at most once a second */
    LF_EVENT_SOUND,  /* LF_MESSAGE_ZONE_SOUND */
    LF_EVENT_EMPTIED /* LF_MESSAGE_ZONE_EMPTIED */
} lf_event_t;

/* It may free the block that begins there, and no other. */
typedef void (*lf_visit_t)(void *data, char *place);

/* Of one process.  Every callback but lock is called with the lock held; the
 * zone is mapped at the same address in every process. */
typedef struct {
    void *(*alloc)(void *zone, size_t size); /* not zeroed, aligned to 8; NULL when full */
    void (*free)(void *zone, void *block);
    void (*lock)(void *zone);
    void (*unlock)(void *zone);
    void (*reset)(void *zone);                  /* frees every block; *store is a zeroed one then */
    uint64_t (*now)(void *zone);                /* in ms, never back */
    lf_owner_t (*owner)(void *zone);            /* this process */
    int (*alive)(void *zone, lf_owner_t owner); /* may be slow */
    void (*report)(void *zone, lf_event_t event);
    size_t (*room)(void *zone, size_t size); /* what a block of that size takes */
    size_t (*free_bytes)(void *zone);
    /* Visits, page by page, where a block of the dict's may begin: on that many
     * pages, from the block's own on.  NULL: pages are those of the addresses. */
    void (*each_place)(void *zone, const void *block, size_t pages, lf_visit_t visit, void *data);
    lf_store_t **store;   /* where the zone keeps it */
    uint64_t *generation; /* of the latest store; in the zone, 0 at first, and outlives a reset */
    const char *start;    /* blocks are between these two */
    const char *end;
    size_t page;     /* small blocks of one room share one; 0: there are none */
    size_t capacity; /* free bytes of an empty zone */
    uint64_t seed;   /* of the store */
    void *zone;
} lf_zone_t;

/* An entry of the cache.  A removed one becomes the record of its retirement,
 * in the same block, so that retiring needs no memory. */
typedef struct lf_entry_s lf_entry_t;
struct lf_entry_s {
    lf_node_t node;
    void *value;
    lf_entry_t *next; /* from here on: once retired; the key before */
    uint64_t epoch;   /* calls that began before it keep the value; 0: as the one before */
};

/* An entry of the dict: key and value stand behind it. */
typedef struct lf_item_s lf_item_t;
struct lf_item_s {
    lf_node_t node;
    lf_item_t *newer;
    lf_item_t *older;
    uint64_t expires; /* 0: never */
    uint64_t len;     /* of the value */
};

typedef struct {
    lf_entry_t *first;
    lf_entry_t *last;
    size_t count;
} lf_queue_t;

/* A thread that uses shared memory in calls.  It keeps its slot between them. */
typedef struct {
    lf_owner_t owner;   /* id 0: the slot is free */
    uint64_t start;     /* the epoch in which its call began; 0: none runs */
    lf_queue_t retired; /* by that call */
} lf_slot_t;

/* With this many the store, and each further chunk, fill a block of 1 KiB. */
#define LF_SLOTS 16

typedef struct lf_slots_s lf_slots_t;
struct lf_slots_s {
    lf_slots_t *next;
    lf_slot_t slot[LF_SLOTS];
};

/* What the holder of the lock is doing, for the next one to find if it dies.
 * No other value, 0 included, is that of a store in order. */
enum { LF_IDLE = 0x1d1e, LF_IN_INDEX, LF_IN_ALLOCATOR };

struct lf_store_s {
    uint64_t state;
    uint64_t generation; /* another one after the zone was emptied */
    uint64_t seed;
    uint64_t epoch;
    uint64_t full_said; /* ms */

    /* Blocks that nothing leads to while they are linked or unlinked. */
    void *fresh[2];
    void *doomed[2];
    lf_item_t *torn; /* its value is being overwritten */

    lf_node_t *cache;
    size_t cache_count;

    lf_node_t *dict;
    size_t dict_count;
    size_t dict_bytes;
    size_t dict_mortal; /* items that expire */
    lf_item_t *newest;
    lf_item_t *oldest;
    uint64_t evictions;
    uint64_t expirations;

    lf_node_t *retired; /* by the address of the value */
    size_t retired_count;
    lf_queue_t waiting; /* their calls have returned; oldest first */
    size_t blocked;     /* attempts to reclaim that a call was in the way of */
    lf_slots_t slots;
};

/* One operation, from lock to unlock. */
typedef struct {
    const lf_zone_t *zone;
    lf_store_t *store;
    lf_call_t *call;       /* NULL: the dict's, which hands out no memory */
    const lf_item_t *keep; /* not to be evicted */
} lf_op_t;

/* Makes the zeroed *zone->store an empty one. */
void lf_store_init(const lf_zone_t *zone);

/* Puts in order what a process left that died with the lock. */
lf_store_t *lf_store_recover(const lf_zone_t *zone);

/* The marks are for other processes to find, so the compiler may not move a
 * change across one; the lock and the end of a process order the rest. */
static inline void lf_store_mark(lf_store_t *store, uint64_t state) {
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    store->state = state;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
}

/* Takes the lock, to look. */
static inline lf_op_t lf_op_look(const lf_zone_t *zone, lf_call_t *call) {
    lf_op_t op;

    zone->lock(zone->zone);
    op.zone = zone;
    op.store = *zone->store;
    op.call = call;
    op.keep = NULL;
    if (__builtin_expect(op.store->state != LF_IDLE, 0)) {
        op.store = lf_store_recover(zone);
    }
    return op;
}

/* Takes the lock, to change. */
static inline lf_op_t lf_op_begin(const lf_zone_t *zone, lf_call_t *call) {
    lf_op_t op = lf_op_look(zone, call);

    lf_store_mark(op.store, LF_IN_INDEX);
    return op;
}

static inline void lf_op_end(const lf_op_t *op) {
    lf_store_mark(op->store, LF_IDLE);
    op->zone->unlock(op->zone->zone);
}

/* A block, for which what can be reclaimed or evicted is; NULL, reported when
 * it is not quiet.  It is `which` of store->fresh until that is made NULL. */
void *lf_store_alloc(const lf_op_t *op, size_t size, int which);
void *lf_store_alloc_quietly(const lf_op_t *op, size_t size, int which);

/* Says that it is full. */
void lf_store_full(const lf_op_t *op);

/* Before its last link goes: up to two blocks (the second may be NULL). */
void lf_store_doom(lf_store_t *store, void *block, void *other);

/* Frees what is doomed. */
void lf_store_free_doomed(const lf_op_t *op);

/* Semantics as documented at ngx_link_func_shm_* in the public header. */
void *lf_store_block_new(const lf_zone_t *zone, lf_call_t *call, size_t size);
void lf_store_block_free(const lf_zone_t *zone, lf_call_t *call, void *block);

#pragma GCC visibility pop

#endif
