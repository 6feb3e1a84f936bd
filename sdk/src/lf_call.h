/* Calls, and the memory that they may still be reading.
 *
 * A value of cache_new whose entry was removed is retired: every call that runs
 * at that moment may hold a pointer to it.  A call owns a slot in the zone that
 * tells in which epoch it began; what it retires waits there until it returns,
 * and then, under the number of a new epoch, in one queue for all, from which
 * it is freed once no running call began in an earlier one.  The slots of dead
 * processes are found out when they stand in the way. */

#ifndef LF_CALL_H
#define LF_CALL_H

#include "lf_store.h"

#pragma GCC visibility push(hidden)

/* How many values a call keeps; the oldest of more is freed at once. */
#define LF_CALL_KEEPS 64

/* Values freed at once whose addresses a call knows, so that its shm_free of
 * one does not free what was put there since: by hash, half of the places at most.
 * One more is kept until the call returns; which one that is must not depend on
 * addresses, or the same calls would not leave the same room everywhere. */
#define LF_CALL_EARLY 1024
#define LF_CALL_EARLY_BITS 11

typedef struct {
    size_t count;
    const void *block[1 << LF_CALL_EARLY_BITS];
} lf_early_t;

/* Of one thread; zeroed at first.  Small, because it is thread-local. */
struct lf_call_s {
    int inside;          /* a call runs; set by the runtime */
    uint64_t generation; /* of the store that this call has joined; 0: none */

    /* kept between calls */
    const lf_zone_t *zone;
    lf_slot_t *slot;
    uint64_t slot_generation;

    lf_early_t *early; /* NULL until a value is freed early */
};

/* The slow part of lf_call_join. */
void lf_call_join_now(const lf_op_t *op);

/* To be called before a pointer into the zone is handed out or retired.
 * Without a slot, in a zone that is too full to have one more, the call goes
 * on without protection; so does a thread that is in no call. */
static inline void lf_call_join(const lf_op_t *op) {
    if (op->call != NULL && op->call->generation != op->store->generation) {
        lf_call_join_now(op);
    }
}

/* The end of a call that has joined (its generation is not 0). */
void lf_call_leave(lf_call_t *call);

/* The end of the thread: gives its slot back. */
void lf_call_end(lf_call_t *call);

/* The zone is gone, or the slot is that of the thread that forked this process. */
void lf_call_forget(lf_call_t *call);

/* Retires an entry that has just been taken out of the cache and is doomed. */
void lf_call_retire(const lf_op_t *op, lf_entry_t *entry);

/* Makes a retired value no longer so, for an entry that is to own it; until
 * then it is store->fresh[0].  Returns 0 when it is not retired. */
int lf_call_take_back(const lf_op_t *op, const void *value);

/* Whether the value is retired. */
int lf_call_is_retired(const lf_op_t *op, const void *value);

/* Whether shm_free of the block is to do nothing, because the block is retired
 * or was reclaimed in this call. */
int lf_call_knows_freed(const lf_op_t *op, const void *block);

/* The call got the block, which is its own to free from now on. */
void lf_call_got(lf_call_t *call, const void *block);

/* Frees what no call needs any more.  Returns whether there was such. */
int lf_call_reclaim(const lf_op_t *op);

/* Also what only calls of dead processes stand in the way of: looks at them all. */
int lf_call_reclaim_from_dead(const lf_op_t *op);

/* Frees the oldest value that this call has removed and then given to shm_free
 * itself, unless another call runs.  Returns whether there was one. */
int lf_call_shed_freed(const lf_op_t *op);

#pragma GCC visibility pop

#endif
