/* The index of shared memory: a binary trie over the bits of a key's hash,
 * with an entry in every node.  One pointer hop per bit, no table to resize,
 * and so no large allocation in a fragmented zone. */

#ifndef LF_INDEX_H
#define LF_INDEX_H

#include <stdint.h>

#include "lf_str.h"

#pragma GCC visibility push(hidden)

typedef struct lf_node_s lf_node_t;

typedef enum {
    LF_NODE_PUT = 1, /* a cache entry whose value is its owner's */
    LF_NODE_OWN,     /* a cache entry whose value came from cache_new */
    LF_NODE_RETIRED, /* such an entry, removed and waiting */
    LF_NODE_FREED,   /* the same, and its value was given to shm_free */
    LF_NODE_ITEM     /* an entry of the dict */
} lf_kind_t;

/* The first member of what is found by a key, which stands in the same block. */
struct lf_node_s {
    lf_node_t *child[2]; /* by the next bit of the hash */
    uint64_t hash;
    uint32_t key_len;
    uint16_t key_at; /* from the start of the block */
    uint16_t kind;   /* lf_kind_t */
};

/* No key is longer, so that the lengths fit their members. */
#define LF_KEY_MAX ((size_t) UINT32_MAX)

/* Keyed by a seed that is unpredictable to whoever chooses the keys. */
uint64_t lf_hash(uint64_t seed, lf_str_t key);

static inline lf_str_t lf_node_key(const lf_node_t *node) {
    return lf_str((const char *) node + node->key_at, node->key_len);
}

/* The place of the key: where its node hangs, or where it would. */
lf_node_t **lf_index_slot(lf_node_t **root, uint64_t hash, lf_str_t key);

/* Hangs the node, whose hash and key are set, where its key belongs. */
void lf_index_link(lf_node_t **root, lf_node_t *node);

/* Takes the node in the slot out of the trie. */
void lf_index_unlink(lf_node_t **slot);

/* Puts another node of the same key into the slot. */
void lf_index_replace(lf_node_t **slot, lf_node_t *node);

#pragma GCC visibility pop

#endif
