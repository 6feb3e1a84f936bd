/* The index is a binary trie over the bits of a key's hash, with an entry in
 * every node: one pointer hop per bit, no table to resize, and so no large
 * allocation in a fragmented zone. */

#include "lf_cache.h"

struct lf_cache_node_s {
    lf_cache_node_t *child[2]; /* by the next bit of the hash */
    void *value;
    uint64_t hash;
    size_t key_len;
    char key[];
};

/* FNV-1a from a secret start, with a final mix so that the high bits, which
 * the trie consumes first, depend on every byte. */
static uint64_t lf_cache_hash(const lf_cache_t *cache, lf_str_t key) {
    uint64_t hash = cache->seed ^ 0xcbf29ce484222325u;
    size_t i;

    for (i = 0; i < key.len; i++) {
        hash = (hash ^ (unsigned char) key.data[i]) * 0x100000001b3u;
    }
    hash = (hash ^ (hash >> 32)) * 0x9e3779b97f4a7c15u;
    return hash ^ (hash >> 29);
}

/* The place of the key: where its node hangs, or where it would. */
static lf_cache_node_t **lf_cache_slot(lf_cache_t *cache, uint64_t hash, lf_str_t key) {
    lf_cache_node_t **slot = &cache->root;
    uint64_t path = hash;

    while (*slot != NULL) {
        const lf_cache_node_t *node = *slot;

        if (node->hash == hash && lf_str_equal(lf_str(node->key, node->key_len), key)) {
            break;
        }
        slot = &(*slot)->child[path >> 63];
        path <<= 1;
    }
    return slot;
}

static lf_cache_node_t *lf_cache_node_new(const lf_zone_t *zone, uint64_t hash, lf_str_t key) {
    lf_cache_node_t *node;

    if (key.len > SIZE_MAX - sizeof(*node)) {
        return NULL;
    }
    node = zone->alloc(zone->zone, sizeof(*node) + key.len);
    if (node == NULL) {
        return NULL;
    }
    memset(node, 0, sizeof(*node));
    node->hash = hash;
    node->key_len = key.len;
    if (key.len > 0) {
        memcpy(node->key, key.data, key.len);
    }
    return node;
}

/* Takes the node out of the trie.  Any leaf below it shares the path that led
 * here, so a leaf takes its place. */
static void lf_cache_unlink(lf_cache_node_t **slot) {
    const lf_cache_node_t *removed = *slot;
    lf_cache_node_t **leaf_slot = slot;
    lf_cache_node_t *leaf;

    while ((*leaf_slot)->child[0] != NULL || (*leaf_slot)->child[1] != NULL) {
        leaf_slot = &(*leaf_slot)->child[(*leaf_slot)->child[0] == NULL];
    }
    leaf = *leaf_slot;
    *leaf_slot = NULL;
    if (leaf != removed) {
        leaf->child[0] = removed->child[0];
        leaf->child[1] = removed->child[1];
        *slot = leaf;
    }
}

/* Stores under the lock.  Returns 0, with nothing changed, when the zone is
 * full; *old is the value replaced, or NULL. */
static int lf_cache_store(lf_cache_t *cache, const lf_zone_t *zone, lf_str_t key, void *value, void **old) {
    uint64_t hash = lf_cache_hash(cache, key);
    lf_cache_node_t **slot = lf_cache_slot(cache, hash, key);

    if (*slot == NULL) {
        *slot = lf_cache_node_new(zone, hash, key);
        if (*slot == NULL) {
            return 0;
        }
        cache->entries++;
    }
    *old = (*slot)->value;
    (*slot)->value = value;
    return 1;
}

void *lf_cache_get(lf_cache_t *cache, const lf_zone_t *zone, lf_str_t key) {
    uint64_t hash = lf_cache_hash(cache, key);
    const lf_cache_node_t *node;
    void *value;

    zone->lock(zone->zone);
    node = *lf_cache_slot(cache, hash, key);
    value = node == NULL ? NULL : node->value;
    zone->unlock(zone->zone);
    return value;
}

void *lf_cache_put(lf_cache_t *cache, const lf_zone_t *zone, lf_str_t key, void *value) {
    void *old = NULL;

    zone->lock(zone->zone);
    (void) lf_cache_store(cache, zone, key, value, &old);
    zone->unlock(zone->zone);
    return old;
}

void *lf_cache_new(lf_cache_t *cache, const lf_zone_t *zone, lf_str_t key, size_t size) {
    void *value;
    void *old = NULL;

    zone->lock(zone->zone);
    value = zone->alloc(zone->zone, size);
    if (value != NULL && !lf_cache_store(cache, zone, key, value, &old)) {
        zone->free(zone->zone, value);
        value = NULL;
    }
    if (value != NULL) {
        memset(value, 0, size);
    }
    zone->unlock(zone->zone);
    return value;
}

void *lf_cache_remove(lf_cache_t *cache, const lf_zone_t *zone, lf_str_t key) {
    uint64_t hash = lf_cache_hash(cache, key);
    lf_cache_node_t **slot;
    lf_cache_node_t *node;
    void *value = NULL;

    zone->lock(zone->zone);
    slot = lf_cache_slot(cache, hash, key);
    node = *slot;
    if (node != NULL) {
        value = node->value;
        lf_cache_unlink(slot);
        zone->free(zone->zone, node);
        cache->entries--;
    }
    zone->unlock(zone->zone);
    return value;
}
