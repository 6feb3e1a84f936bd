#include "lf_store.h"

#include "lf_call.h"
#include "lf_check.h"
#include "lf_dict.h"

#define LF_STORE_FULL_PAUSE 1000 /* ms between two reports */

/* Entries of the dict that a block may cost, and one more for each 64 bytes. */
#define LF_STORE_EVICTIONS 256

void lf_store_init(const lf_zone_t *zone) {
    lf_store_t *store = *zone->store;
    uint64_t generation = ++*zone->generation;

    store->seed = zone->seed;
    store->epoch = generation << 32;
    __atomic_store_n(&store->generation, generation, __ATOMIC_RELAXED);
    lf_store_mark(store, LF_IDLE);
}

/* Calls that run keep pointers into what is emptied; that cannot be helped. */
static lf_store_t *lf_store_empty(const lf_zone_t *zone) {
    lf_store_mark(*zone->store, LF_IN_ALLOCATOR);
    zone->reset(zone->zone);
    lf_store_init(zone);
    zone->report(zone->zone, LF_EVENT_EMPTIED);
    return *zone->store;
}

/* What nothing leads to goes, and so does what was half written. */
static void lf_store_tidy(const lf_zone_t *zone, lf_store_t *store) {
    lf_op_t op = {zone, store, NULL, NULL};
    void *fresh[2];

    memcpy(fresh, store->fresh, sizeof(fresh));
    lf_store_free_doomed(&op);
    lf_store_doom(store, fresh[0], fresh[1]);
    store->fresh[0] = store->fresh[1] = NULL;
    lf_store_free_doomed(&op);
    if (store->torn != NULL) {
        lf_dict_drop(&op, store->torn);
        store->torn = NULL;
    }
}

lf_store_t *lf_store_recover(const lf_zone_t *zone) {
    lf_store_t *store = *zone->store;

    if (store->state != LF_IN_INDEX || !lf_check(zone, store)) {
        return lf_store_empty(zone);
    }
    lf_store_tidy(zone, store);
    lf_store_mark(store, LF_IDLE);
    zone->report(zone->zone, LF_EVENT_SOUND);
    return store;
}

void lf_store_full(const lf_op_t *op) {
    uint64_t now = op->zone->now(op->zone->zone);
    lf_store_t *store = op->store;

    if (store->full_said != 0 && now - store->full_said < LF_STORE_FULL_PAUSE) {
        return;
    }
    store->full_said = now;
    op->zone->report(op->zone->zone, LF_EVENT_FULL);
}

static void *lf_store_try(const lf_op_t *op, size_t size, int which) {
    void *block;

    lf_store_mark(op->store, LF_IN_ALLOCATOR);
    block = op->zone->alloc(op->zone->zone, size);
    op->store->fresh[which] = block;
    lf_store_mark(op->store, LF_IN_INDEX);
    return block;
}

/* Whether a dict without all that may be evicted would leave enough, in blocks
 * however small. */
static int lf_store_would_fit(const lf_op_t *op, size_t size) {
    const lf_zone_t *zone = op->zone;
    size_t kept = op->keep == NULL ? 0 : lf_dict_room(op, op->keep);

    return size <= zone->capacity
           && zone->room(zone->zone, size) <= zone->free_bytes(zone->zone) + op->store->dict_bytes - kept;
}

/* Gives up a little, what is missed least first; never what a running call may
 * still read.  *evicted counts the entries of the dict.  Returns 0 when there
 * is nothing more. */
static int lf_store_make_room(const lf_op_t *op, size_t size, size_t *evicted) {
    size_t more = 0;

    if (size > op->zone->capacity) {
        return 0;
    }
    if (lf_call_reclaim(op) || lf_call_shed_freed(op)) {
        return 1;
    }
    if (*evicted < LF_STORE_EVICTIONS + size / 64 && lf_store_would_fit(op, size)) {
        more = lf_dict_evict(op, size);
        *evicted += more;
    }
    return more > 0 || lf_call_reclaim_from_dead(op) || lf_call_shed_freed(op);
}

void *lf_store_alloc_quietly(const lf_op_t *op, size_t size, int which) {
    void *block = lf_store_try(op, size, which);
    size_t evicted = 0;

    while (block == NULL && lf_store_make_room(op, size, &evicted)) {
        block = lf_store_try(op, size, which);
    }
    return block;
}

void *lf_store_alloc(const lf_op_t *op, size_t size, int which) {
    void *block = lf_store_alloc_quietly(op, size, which);

    if (block == NULL) {
        lf_store_full(op);
    }
    return block;
}

void lf_store_doom(lf_store_t *store, void *block, void *other) {
    store->doomed[0] = block;
    store->doomed[1] = other;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
}

void lf_store_free_doomed(const lf_op_t *op) {
    lf_store_t *store = op->store;
    int i;

    lf_store_mark(store, LF_IN_ALLOCATOR);
    for (i = 0; i < 2; i++) {
        if (store->doomed[i] != NULL) {
            op->zone->free(op->zone->zone, store->doomed[i]);
            store->doomed[i] = NULL;
        }
    }
    lf_store_mark(store, LF_IN_INDEX);
}

void *lf_store_block_new(const lf_zone_t *zone, lf_call_t *call, size_t size) {
    lf_op_t op = lf_op_begin(zone, call);
    void *block = lf_store_alloc(&op, size, 0);

    op.store->fresh[0] = NULL;
    lf_call_got(call, block);
    lf_op_end(&op);
    return block;
}

void lf_store_block_free(const lf_zone_t *zone, lf_call_t *call, void *block) {
    lf_op_t op = lf_op_begin(zone, call);

    if (!lf_call_knows_freed(&op, block)) {
        lf_store_doom(op.store, block, NULL);
        lf_store_free_doomed(&op);
    }
    lf_op_end(&op);
}
