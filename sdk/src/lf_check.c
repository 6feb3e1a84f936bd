#include "lf_check.h"

/* A trie is as deep as the hash has bits, but for keys of one hash. */
#define LF_CHECK_DEPTH 128

#define LF_CHECK_CHUNKS 4096

typedef struct {
    const lf_zone_t *zone;
    lf_store_t *store;
    size_t count;  /* of nodes met */
    uintptr_t sum; /* of their addresses: two structures that hold the same */
    size_t bytes;
    size_t mortal;
} lf_check_t;

typedef struct {
    const lf_node_t *node;
    uint64_t path; /* the bits that led here */
    unsigned depth;
} lf_step_t;

static int lf_check_block(const lf_zone_t *zone, const void *block, size_t size) {
    const char *at = block;

    return ((uintptr_t) at & 7) == 0 && at >= zone->start && at < zone->end
           && size <= (size_t) (zone->end - at);
}

/* Something leads to the block: it is neither fresh nor doomed. */
static void lf_check_met(lf_store_t *store, const void *block) {
    int i;

    for (i = 0; i < 2; i++) {
        store->fresh[i] = store->fresh[i] == block ? NULL : store->fresh[i];
        store->doomed[i] = store->doomed[i] == block ? NULL : store->doomed[i];
    }
}

static int lf_check_entry(const lf_check_t *check, const lf_entry_t *entry) {
    int put = entry->node.kind == LF_NODE_PUT;

    if (!lf_check_block(check->zone, entry, sizeof(*entry))) {
        return 0;
    }
    lf_check_met(check->store, entry);
    if (!put) {
        lf_check_met(check->store, entry->value);
    }
    return put || lf_check_block(check->zone, entry->value, 1);
}

static int lf_check_item(lf_check_t *check, const lf_item_t *item) {
    size_t size;

    if (!lf_check_block(check->zone, item, sizeof(*item))) {
        return 0;
    }
    size = ((sizeof(*item) + item->node.key_len + 7) & ~(size_t) 7) + (size_t) item->len;
    if (item->len > SIZE_MAX / 2 || !lf_check_block(check->zone, item, size)) {
        return 0;
    }
    lf_check_met(check->store, item);
    check->bytes += check->zone->room(check->zone->zone, size);
    check->mortal += item->expires != 0;
    return 1;
}

typedef int (*lf_check_kind_t)(lf_check_t *check, const lf_node_t *node);

static int lf_check_cached(lf_check_t *check, const lf_node_t *node) {
    return (node->kind == LF_NODE_PUT || node->kind == LF_NODE_OWN)
           && lf_check_entry(check, (const lf_entry_t *) node);
}

static int lf_check_retired(lf_check_t *check, const lf_node_t *node) {
    return (node->kind == LF_NODE_RETIRED || node->kind == LF_NODE_FREED)
           && lf_check_entry(check, (const lf_entry_t *) node);
}

static int lf_check_dict(lf_check_t *check, const lf_node_t *node) {
    return node->kind == LF_NODE_ITEM && lf_check_item(check, (const lf_item_t *) node);
}

/* The node stands where its hash says, and all of its block is in the zone. */
static int lf_check_node(lf_check_t *check, const lf_step_t *step, lf_check_kind_t kind) {
    const lf_node_t *node = step->node;

    if (!lf_check_block(check->zone, node, sizeof(*node))
        || !lf_check_block(check->zone, node, (size_t) node->key_at + node->key_len)) {
        return 0;
    }
    if (step->depth > 0 && step->depth <= 64 && node->hash >> (64 - step->depth) != step->path) {
        return 0;
    }
    return kind(check, node);
}

/* Every node of a trie, of which there must be `expected`: more than that is a
 * circle. */
static int lf_check_trie(lf_check_t *check, const lf_node_t *root, size_t expected, lf_check_kind_t kind) {
    lf_step_t steps[LF_CHECK_DEPTH + 1] = {{root, 0, 0}};
    unsigned left = root != NULL;

    check->count = 0;
    check->sum = 0;
    while (left > 0) {
        lf_step_t step = steps[--left];
        unsigned bit;

        if (check->count++ == expected || !lf_check_node(check, &step, kind)) {
            return 0;
        }
        check->sum += (uintptr_t) step.node;
        for (bit = 0; bit < 2; bit++) {
            if (step.node->child[bit] == NULL) {
                continue;
            }
            if (left == LF_CHECK_DEPTH) {
                return 0;
            }
            steps[left++] = (lf_step_t){step.node->child[bit], step.path << 1 | bit, step.depth + 1};
        }
    }
    return check->count == expected;
}

/* The list of use holds what the trie holds, which was just met. */
static int lf_check_list(lf_check_t *check) {
    const lf_store_t *store = check->store;
    const lf_item_t *item = store->newest;
    const lf_item_t *newer = NULL;
    size_t count = 0;

    while (item != NULL) {
        if (count++ == store->dict_count || !lf_check_block(check->zone, item, sizeof(*item))
            || item->node.kind != LF_NODE_ITEM || item->newer != newer) {
            return 0;
        }
        check->sum -= (uintptr_t) item;
        newer = item;
        item = item->older;
    }
    return count == store->dict_count && store->oldest == newer && check->sum == 0;
}

/* Takes what is in the queue from what was met. */
static int lf_check_queue(lf_check_t *check, const lf_queue_t *queue) {
    const lf_entry_t *entry = queue->first;
    const lf_entry_t *last = NULL;
    size_t count = 0;

    while (entry != NULL) {
        if (count++ == queue->count || !lf_check_block(check->zone, entry, sizeof(*entry))
            || (entry->node.kind != LF_NODE_RETIRED && entry->node.kind != LF_NODE_FREED)) {
            return 0;
        }
        check->sum -= (uintptr_t) entry;
        last = entry;
        entry = entry->next;
    }
    check->count -= count;
    return count == queue->count && queue->last == last;
}

/* The queues of all slots together hold what the trie of the retired holds,
 * which was just met. */
static int lf_check_queues(lf_check_t *check) {
    const lf_slots_t *chunk = &check->store->slots;
    unsigned chunks, i;

    if (!lf_check_queue(check, &check->store->waiting)) {
        return 0;
    }
    for (chunks = 0; chunk != NULL; chunks++, chunk = chunk->next) {
        if (chunks > 0
            && (chunks == LF_CHECK_CHUNKS || !lf_check_block(check->zone, chunk, sizeof(*chunk)))) {
            return 0;
        }
        lf_check_met(check->store, chunk);
        for (i = 0; i < LF_SLOTS; i++) {
            if (!lf_check_queue(check, &chunk->slot[i].retired)) {
                return 0;
            }
        }
    }
    return check->count == 0 && check->sum == 0;
}

int lf_check(const lf_zone_t *zone, lf_store_t *store) {
    lf_check_t check = {zone, store, 0, 0, 0, 0};

    if (!lf_check_trie(&check, store->cache, store->cache_count, lf_check_cached)
        || !lf_check_trie(&check, store->retired, store->retired_count, lf_check_retired)
        || !lf_check_queues(&check) || !lf_check_trie(&check, store->dict, store->dict_count, lf_check_dict)
        || !lf_check_list(&check)) {
        return 0;
    }
    store->dict_bytes = check.bytes;
    store->dict_mortal = check.mortal;
    return 1;
}
