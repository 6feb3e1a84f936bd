#include "lf_call.h"

#include <stdlib.h>

/* Attempts to reclaim until the owners of the slots in the way are looked at. */
#define LF_CALL_PATIENCE 64

static void lf_queue_append(lf_queue_t *queue, lf_entry_t *entry) {
    entry->next = NULL;
    if (queue->last == NULL) {
        queue->first = entry;
    } else {
        queue->last->next = entry;
    }
    queue->last = entry;
    queue->count++;
}

/* Returns 0 when it is not in there.  The entries behind it that went by its
 * epoch go by that of the next. */
static int lf_queue_take(lf_queue_t *queue, lf_entry_t *entry) {
    lf_entry_t **link = &queue->first;
    lf_entry_t *before = NULL;

    while (*link != NULL && *link != entry) {
        before = *link;
        link = &before->next;
    }
    if (*link == NULL) {
        return 0;
    }
    if (entry->next == NULL) {
        queue->last = before;
    } else if (entry->next->epoch == 0) {
        entry->next->epoch = entry->epoch;
    }
    *link = entry->next;
    queue->count--;
    return 1;
}

static void lf_queue_pop(lf_queue_t *queue) {
    queue->first = queue->first->next;
    if (queue->first == NULL) {
        queue->last = NULL;
    }
    queue->count--;
}

/* The next slot behind `slot` in any chunk, the first for NULL; *chunk is
 * where it is. */
static lf_slot_t *lf_slot_next(lf_store_t *store, lf_slots_t **chunk, lf_slot_t *slot) {
    if (slot == NULL) {
        *chunk = &store->slots;
        return (*chunk)->slot;
    }
    if (++slot < (*chunk)->slot + LF_SLOTS) {
        return slot;
    }
    *chunk = (*chunk)->next;
    return *chunk == NULL ? NULL : (*chunk)->slot;
}

static lf_slot_t *lf_slot_find_free(lf_store_t *store) {
    lf_slots_t *chunk;
    lf_slot_t *slot = NULL;

    while ((slot = lf_slot_next(store, &chunk, slot)) != NULL) {
        if (slot->owner.id == 0) {
            return slot;
        }
    }
    return NULL;
}

static void lf_slots_grow(const lf_op_t *op) {
    lf_slots_t *chunk = lf_store_alloc_quietly(op, sizeof(*chunk), 0);

    if (chunk == NULL) {
        return;
    }
    memset(chunk, 0, sizeof(*chunk));
    chunk->next = op->store->slots.next;
    op->store->slots.next = chunk;
    op->store->fresh[0] = NULL;
}

/* What the call of the slot has retired goes to the queue for all. */
static void lf_slot_settle(lf_store_t *store, lf_slot_t *slot) {
    lf_queue_t *queue = &store->waiting;

    if (slot->retired.count == 0) {
        return;
    }
    slot->retired.first->epoch = ++store->epoch;
    if (queue->last == NULL) {
        queue->first = slot->retired.first;
    } else {
        queue->last->next = slot->retired.first;
    }
    queue->last = slot->retired.last;
    queue->count += slot->retired.count;
    memset(&slot->retired, 0, sizeof(slot->retired));
}

static void lf_slot_give_back(lf_store_t *store, lf_slot_t *slot) {
    lf_slot_settle(store, slot);
    __atomic_store_n(&slot->start, 0, __ATOMIC_SEQ_CST);
    slot->owner.id = 0;
}

/* Gives back the slots of dead processes: those that are in the way, or all. */
static void lf_slots_bury(const lf_op_t *op, int all) {
    lf_slots_t *chunk;
    lf_slot_t *slot = NULL;

    while ((slot = lf_slot_next(op->store, &chunk, slot)) != NULL) {
        int in_the_way = __atomic_load_n(&slot->start, __ATOMIC_SEQ_CST) != 0 || slot->retired.count > 0;

        if (slot->owner.id == 0 || !(all || in_the_way) || op->zone->alive(op->zone->zone, slot->owner)) {
            continue;
        }
        lf_slot_give_back(op->store, slot);
    }
}

static lf_slot_t *lf_slot_make_free(const lf_op_t *op) {
    lf_slot_t *slot = lf_slot_find_free(op->store);

    if (slot == NULL) {
        lf_slots_bury(op, 1);
        slot = lf_slot_find_free(op->store);
    }
    if (slot == NULL) {
        lf_slots_grow(op);
        slot = lf_slot_find_free(op->store);
    }
    return slot;
}

/* One slot more than needed is made, for when the zone is full. */
static lf_slot_t *lf_slot_take(const lf_op_t *op) {
    lf_slot_t *slot = lf_slot_make_free(op);

    if (slot != NULL) {
        slot->owner = op->zone->owner(op->zone->zone);
        (void) lf_slot_make_free(op);
    }
    return slot;
}

static void lf_early_free(lf_call_t *call) {
    free(call->early);
    call->early = NULL;
}

void lf_call_join_now(const lf_op_t *op) {
    lf_call_t *call = op->call;
    lf_store_t *store = op->store;
    uint64_t state = store->state;

    if (call->zone != op->zone || call->slot_generation != store->generation) {
        lf_early_free(call);
        call->generation = 0;
        call->zone = op->zone;
        call->slot = NULL;
        call->slot_generation = store->generation;
    }
    if (call->slot == NULL) {
        lf_store_mark(store, LF_IN_INDEX);
        call->slot = lf_slot_take(op);
        lf_store_mark(store, state);
    }
    if (call->slot != NULL && call->inside) {
        __atomic_store_n(&call->slot->start, store->epoch, __ATOMIC_SEQ_CST);
        call->generation = store->generation;
    }
}

/* Whoever retires something looks at the slots after it, and whoever clears its
 * slot looks at what is retired after it, so the last of them reclaims it.  The
 * slot is cleared only if it is still this call's: an emptied zone has begun
 * later epochs. */
void lf_call_leave(lf_call_t *call) {
    lf_store_t *store = *call->zone->store;
    uint64_t start = __atomic_load_n(&call->slot->start, __ATOMIC_RELAXED);
    lf_op_t op;

    lf_early_free(call);
    if (call->generation == __atomic_load_n(&store->generation, __ATOMIC_RELAXED)) {
        (void) __atomic_compare_exchange_n(&call->slot->start, &start, 0, 0, __ATOMIC_SEQ_CST,
                                           __ATOMIC_RELAXED);
    }
    call->generation = 0;
    if (__atomic_load_n(&store->retired_count, __ATOMIC_SEQ_CST) == 0) {
        return;
    }
    op = lf_op_begin(call->zone, call);
    if (call->slot_generation == op.store->generation) {
        lf_slot_settle(op.store, call->slot);
    }
    (void) lf_call_reclaim(&op);
    lf_op_end(&op);
}

void lf_call_end(lf_call_t *call) {
    if (call->slot != NULL) {
        lf_op_t op = lf_op_begin(call->zone, call);

        if (call->slot_generation == op.store->generation) {
            lf_slot_give_back(op.store, call->slot);
        }
        (void) lf_call_reclaim(&op);
        lf_op_end(&op);
    }
    lf_call_forget(call);
}

void lf_call_forget(lf_call_t *call) {
    lf_early_free(call);
    memset(call, 0, sizeof(*call));
}

static lf_node_t **lf_retired_slot(const lf_op_t *op, const void *value) {
    lf_str_t key = lf_str((const char *) &value, sizeof(value));

    return lf_index_slot(&op->store->retired, lf_hash(op->zone->seed, key), key);
}

int lf_call_is_retired(const lf_op_t *op, const void *value) {
    return op->store->retired_count > 0 && *lf_retired_slot(op, value) != NULL;
}

static void lf_retired_count(lf_store_t *store, size_t count) {
    __atomic_store_n(&store->retired_count, count, __ATOMIC_SEQ_CST);
}

/* Frees the first of the queue. */
static void lf_retired_free(const lf_op_t *op, lf_queue_t *queue) {
    lf_entry_t *entry = queue->first;

    lf_store_doom(op->store, entry, entry->value);
    lf_queue_pop(queue);
    lf_index_unlink(lf_retired_slot(op, entry->value));
    lf_retired_count(op->store, op->store->retired_count - 1);
    lf_store_free_doomed(op);
}

/* The epoch in which the oldest running call began. */
static uint64_t lf_call_oldest(lf_store_t *store) {
    uint64_t oldest = UINT64_MAX;
    lf_slots_t *chunk;
    lf_slot_t *slot = NULL;

    while ((slot = lf_slot_next(store, &chunk, slot)) != NULL) {
        uint64_t start = __atomic_load_n(&slot->start, __ATOMIC_SEQ_CST);

        if (start != 0 && start < oldest) {
            oldest = start;
        }
    }
    return oldest;
}

static int lf_call_reclaim_waiting(const lf_op_t *op) {
    uint64_t oldest = lf_call_oldest(op->store);
    int some = 0;

    while (op->store->waiting.first != NULL && op->store->waiting.first->epoch <= oldest) {
        lf_retired_free(op, &op->store->waiting);
        some = 1;
    }
    return some;
}

int lf_call_reclaim_from_dead(const lf_op_t *op) {
    if (op->store->retired_count == 0) {
        return 0;
    }
    lf_slots_bury(op, 0);
    return lf_call_reclaim_waiting(op);
}

int lf_call_reclaim(const lf_op_t *op) {
    lf_store_t *store = op->store;
    int some;

    if (store->retired_count == 0) {
        return 0;
    }
    some = lf_call_reclaim_waiting(op);
    if (store->retired_count > 0 && ++store->blocked % LF_CALL_PATIENCE == 0) {
        some |= lf_call_reclaim_from_dead(op);
    }
    return some;
}

static size_t lf_early_home(const void *block) {
    uint64_t hash = (uint64_t) (uintptr_t) block * 0x9e3779b97f4a7c15u;

    return (size_t) (hash >> (64 - LF_CALL_EARLY_BITS));
}

/* So many places behind the first one. */
static size_t lf_early_distance(size_t from, size_t to) {
    return (to - from) & (((size_t) 1 << LF_CALL_EARLY_BITS) - 1);
}

static size_t lf_early_next(size_t place) {
    return lf_early_distance(0, place + 1);
}

/* Where the block is, or would be. */
static size_t lf_early_find(const lf_early_t *early, const void *block) {
    size_t place = lf_early_home(block);

    while (early->block[place] != NULL && early->block[place] != block) {
        place = lf_early_next(place);
    }
    return place;
}

/* What is found by way of the place moves up to it. */
static void lf_early_clear(lf_early_t *early, size_t place) {
    size_t at;

    for (at = lf_early_next(place); early->block[at] != NULL; at = lf_early_next(at)) {
        if (lf_early_distance(lf_early_home(early->block[at]), at) >= lf_early_distance(place, at)) {
            early->block[place] = early->block[at];
            place = at;
        }
    }
    early->block[place] = NULL;
    early->count--;
}

static int lf_early_forget(lf_call_t *call, const void *block) {
    size_t place = lf_early_find(call->early, block);

    if (call->early->block[place] == NULL) {
        return 0;
    }
    lf_early_clear(call->early, place);
    return 1;
}

/* Returns whether there was room for it. */
static int lf_early_remember(lf_call_t *call, const void *block) {
    size_t place;

    if (call->early == NULL && (call->early = calloc(1, sizeof(*call->early))) == NULL) {
        return 0;
    }
    place = lf_early_find(call->early, block);
    if (call->early->block[place] != NULL) {
        return 1;
    }
    if (call->early->count == LF_CALL_EARLY) {
        return 0;
    }
    call->early->block[place] = block;
    call->early->count++;
    return 1;
}

/* A thread outside of calls never returns: what it has retired waits for the
 * calls that run when it is one too many.  So does what a call frees early when
 * its shm_free of it could no longer be told from that of a new owner. */
static void lf_call_overflow(const lf_op_t *op) {
    lf_queue_t *queue = &op->call->slot->retired;
    lf_entry_t *entry = queue->first;

    if (op->call->inside
        && (entry->node.kind == LF_NODE_FREED || lf_early_remember(op->call, entry->value))) {
        lf_retired_free(op, queue);
        return;
    }
    lf_queue_pop(queue);
    entry->epoch = ++op->store->epoch;
    lf_queue_append(&op->store->waiting, entry);
    (void) lf_call_reclaim(op);
}

/* The queue that the entry waits in at first: for a thread without a slot, the
 * one for all, as if it had returned at once. */
static void lf_call_enqueue(const lf_op_t *op, lf_entry_t *entry) {
    lf_call_t *call = op->call;

    if (call == NULL || call->slot == NULL) {
        entry->epoch = ++op->store->epoch;
        lf_queue_append(&op->store->waiting, entry);
        return;
    }
    entry->epoch = 0;
    lf_queue_append(&call->slot->retired, entry);
    if (call->slot->retired.count > LF_CALL_KEEPS) {
        lf_call_overflow(op);
    }
}

/* Out of whichever queue it waits in. */
static void lf_call_dequeue(lf_store_t *store, lf_entry_t *entry) {
    lf_slots_t *chunk;
    lf_slot_t *slot = NULL;

    if (lf_queue_take(&store->waiting, entry)) {
        return;
    }
    while ((slot = lf_slot_next(store, &chunk, slot)) != NULL && !lf_queue_take(&slot->retired, entry)) {
    }
}

int lf_call_take_back(const lf_op_t *op, const void *value) {
    lf_store_t *store = op->store;
    lf_entry_t *entry;

    if (!lf_call_is_retired(op, value)) {
        return 0;
    }
    entry = (lf_entry_t *) *lf_retired_slot(op, value);
    store->fresh[0] = entry->value;
    lf_store_doom(store, entry, NULL);
    lf_call_dequeue(store, entry);
    lf_index_unlink(lf_retired_slot(op, value));
    lf_retired_count(store, store->retired_count - 1);
    lf_store_free_doomed(op);
    return 1;
}

void lf_call_retire(const lf_op_t *op, lf_entry_t *entry) {
    lf_str_t key = lf_str((const char *) &entry->value, sizeof(entry->value));

    entry->node.kind = LF_NODE_RETIRED;
    entry->node.key_at = offsetof(lf_entry_t, value);
    entry->node.key_len = sizeof(entry->value);
    entry->node.hash = lf_hash(op->zone->seed, key);
    lf_index_link(&op->store->retired, &entry->node);
    lf_retired_count(op->store, op->store->retired_count + 1);
    lf_store_doom(op->store, NULL, NULL);
    lf_call_enqueue(op, entry);
}

int lf_call_knows_freed(const lf_op_t *op, const void *block) {
    if (op->store->retired_count > 0) {
        lf_node_t *node = *lf_retired_slot(op, block);

        if (node != NULL) {
            node->kind = LF_NODE_FREED;
            return 1;
        }
    }
    return op->call != NULL && op->call->early != NULL && lf_early_forget(op->call, block);
}

void lf_call_got(lf_call_t *call, const void *block) {
    if (call != NULL && call->early != NULL) {
        (void) lf_early_forget(call, block);
    }
}

/* Whether no other call runs, which could be reading what this one gives up. */
static int lf_call_is_alone(const lf_op_t *op) {
    lf_slots_t *chunk;
    lf_slot_t *slot = NULL;

    while ((slot = lf_slot_next(op->store, &chunk, slot)) != NULL) {
        if (slot != op->call->slot && __atomic_load_n(&slot->start, __ATOMIC_SEQ_CST) != 0) {
            return 0;
        }
    }
    return 1;
}

static lf_queue_t *lf_call_queue(const lf_op_t *op) {
    lf_call_t *call = op->call;

    if (call == NULL || call->slot == NULL || call->zone != op->zone
        || call->slot_generation != op->store->generation) {
        return NULL;
    }
    return &call->slot->retired;
}

/* Moves the oldest value that was given to shm_free to the front. */
static int lf_call_find_freed(lf_queue_t *queue) {
    lf_entry_t *entry = queue->first;
    lf_entry_t *before = NULL;

    while (entry != NULL && entry->node.kind != LF_NODE_FREED) {
        before = entry;
        entry = entry->next;
    }
    if (entry != NULL && before != NULL) {
        before->next = entry->next;
        entry->next = queue->first;
        queue->first = entry;
        queue->last = queue->last == entry ? before : queue->last;
    }
    return entry != NULL;
}

int lf_call_shed_freed(const lf_op_t *op) {
    lf_queue_t *queue = lf_call_queue(op);

    if (queue == NULL || !lf_call_is_alone(op) || !lf_call_find_freed(queue)) {
        return 0;
    }
    lf_retired_free(op, queue);
    return 1;
}
