#include "lf_cache.h"

#include "lf_call.h"

/* A live entry has its key where a retired one has its links. */
#define LF_CACHE_KEY_AT offsetof(lf_entry_t, next)

static size_t lf_cache_entry_size(size_t key_len) {
    size_t size = LF_CACHE_KEY_AT + key_len;

    return size < sizeof(lf_entry_t) ? sizeof(lf_entry_t) : size;
}

static lf_node_t **lf_cache_slot(const lf_op_t *op, uint64_t hash, lf_str_t key) {
    return lf_index_slot(&op->store->cache, hash, key);
}

/* store->fresh[1] until it is linked. */
static lf_entry_t *lf_cache_entry_new(const lf_op_t *op, uint64_t hash, lf_str_t key) {
    lf_entry_t *entry;

    if (key.len > LF_KEY_MAX) {
        lf_store_full(op);
        return NULL;
    }
    entry = lf_store_alloc(op, lf_cache_entry_size(key.len), 1);
    if (entry == NULL) {
        return NULL;
    }
    entry->node.child[0] = entry->node.child[1] = NULL;
    entry->node.hash = hash;
    entry->node.key_len = (uint32_t) key.len;
    entry->node.key_at = LF_CACHE_KEY_AT;
    if (key.len > 0) {
        memcpy((char *) entry + LF_CACHE_KEY_AT, key.data, key.len);
    }
    return entry;
}

/* What the entry holds belongs to whoever gets it: memory of cache_new is the
 * call's only until it is reclaimed. */
static void *lf_cache_hand_out(const lf_op_t *op, const lf_entry_t *entry) {
    if (entry->node.kind == LF_NODE_PUT) {
        lf_call_got(op->call, entry->value);
    }
    return entry->value;
}

static void lf_cache_doom(const lf_op_t *op, lf_entry_t *entry) {
    lf_store_doom(op->store, entry, entry->node.kind == LF_NODE_OWN ? entry->value : NULL);
}

/* The end of an entry that was taken out of the index. */
static void lf_cache_bury(const lf_op_t *op, lf_entry_t *entry) {
    if (entry->node.kind == LF_NODE_OWN) {
        lf_call_retire(op, entry);
    } else {
        lf_store_free_doomed(op);
    }
}

/* The entry takes the slot of its key.  What stood there is replaced whole,
 * because memory of cache_new is retired with the entry that it had.  Returns
 * the value replaced, or NULL. */
static void *lf_cache_link(const lf_op_t *op, lf_node_t **slot, lf_entry_t *entry) {
    lf_entry_t *replaced = (lf_entry_t *) *slot;
    void *old = NULL;

    if (replaced == NULL) {
        *slot = &entry->node;
        op->store->cache_count++;
    } else {
        old = lf_cache_hand_out(op, replaced);
        lf_cache_doom(op, replaced);
        lf_index_replace(slot, &entry->node);
    }
    op->store->fresh[0] = op->store->fresh[1] = NULL;
    if (replaced != NULL) {
        lf_cache_bury(op, replaced);
    }
    return old;
}

void *lf_cache_get(const lf_zone_t *zone, lf_call_t *call, lf_str_t key) {
    uint64_t hash = lf_hash(zone->seed, key);
    void *value = NULL;
    lf_op_t op = lf_op_look(zone, call);
    const lf_entry_t *entry = (const lf_entry_t *) *lf_cache_slot(&op, hash, key);

    if (entry != NULL) {
        lf_call_join(&op);
        value = lf_cache_hand_out(&op, entry);
    }
    lf_op_end(&op);
    return value;
}

void *lf_cache_put(const lf_zone_t *zone, lf_call_t *call, lf_str_t key, void *value) {
    uint64_t hash = lf_hash(zone->seed, key);
    void *old = NULL;
    lf_op_t op = lf_op_begin(zone, call);
    lf_node_t **slot = lf_cache_slot(&op, hash, key);
    lf_entry_t *entry = (lf_entry_t *) *slot;

    lf_call_join(&op);
    if (entry != NULL && entry->value == value) {
        old = lf_cache_hand_out(&op, entry);
    } else if (entry != NULL && entry->node.kind == LF_NODE_PUT && !lf_call_is_retired(&op, value)) {
        old = lf_cache_hand_out(&op, entry);
        entry->value = value;
    } else if ((entry = lf_cache_entry_new(&op, hash, key)) != NULL) {
        entry->node.kind = lf_call_take_back(&op, value) ? LF_NODE_OWN : LF_NODE_PUT;
        entry->value = value;
        old = lf_cache_link(&op, slot, entry);
    }
    lf_op_end(&op);
    return old;
}

/* An entry with its value; NULL, and nothing kept, when one does not fit. */
static lf_entry_t *lf_cache_make(const lf_op_t *op, uint64_t hash, lf_str_t key, size_t size) {
    void *value = lf_store_alloc(op, size, 0);
    lf_entry_t *entry = value == NULL ? NULL : lf_cache_entry_new(op, hash, key);

    if (entry == NULL) {
        if (value != NULL) {
            lf_store_doom(op->store, value, NULL);
            op->store->fresh[0] = NULL;
            lf_store_free_doomed(op);
        }
        return NULL;
    }
    memset(value, 0, size);
    entry->node.kind = LF_NODE_OWN;
    entry->value = value;
    return entry;
}

void *lf_cache_new(const lf_zone_t *zone, lf_call_t *call, lf_str_t key, size_t size) {
    uint64_t hash = lf_hash(zone->seed, key);
    void *value = NULL;
    lf_op_t op = lf_op_begin(zone, call);
    lf_entry_t *entry;

    lf_call_join(&op);
    entry = lf_cache_make(&op, hash, key, size);
    if (entry != NULL) {
        value = entry->value;
        (void) lf_cache_link(&op, lf_cache_slot(&op, hash, key), entry);
    }
    lf_op_end(&op);
    return value;
}

void *lf_cache_remove(const lf_zone_t *zone, lf_call_t *call, lf_str_t key) {
    uint64_t hash = lf_hash(zone->seed, key);
    void *value = NULL;
    lf_op_t op = lf_op_begin(zone, call);
    lf_node_t **slot = lf_cache_slot(&op, hash, key);
    lf_entry_t *entry = (lf_entry_t *) *slot;

    if (entry != NULL) {
        lf_call_join(&op);
        value = lf_cache_hand_out(&op, entry);
        lf_cache_doom(&op, entry);
        lf_index_unlink(slot);
        op.store->cache_count--;
        lf_cache_bury(&op, entry);
    }
    lf_op_end(&op);
    return value;
}
