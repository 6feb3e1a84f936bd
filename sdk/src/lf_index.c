#include "lf_index.h"

__extension__ typedef unsigned __int128 lf_product_t;

/* Both halves of the product: a change in any bit of the input reaches the
 * high bits of the result, which the trie consumes first. */
static uint64_t lf_hash_fold(uint64_t a, uint64_t b) {
    lf_product_t product = (lf_product_t) a * b;

    return (uint64_t) product ^ (uint64_t) (product >> 64);
}

/* Up to eight bytes as a number; the length, hashed too, tells apart what
 * would be the same one. */
static uint64_t lf_hash_tail(const char *data, size_t len) {
    uint32_t low = 0, high = 0;

    if (len >= 4) {
        memcpy(&low, data, 4);
        memcpy(&high, data + len - 4, 4);
        return (uint64_t) high << 32 | low;
    }
    if (len > 0) {
        low = (uint32_t) (unsigned char) data[0] << 16 | (uint32_t) (unsigned char) data[len / 2] << 8
              | (unsigned char) data[len - 1];
    }
    return low;
}

uint64_t lf_hash(uint64_t seed, lf_str_t key) {
    uint64_t hash = seed ^ 0x9e3779b97f4a7c15u;
    const char *data = key.data;
    size_t left;

    for (left = key.len; left > 8; left -= 8) {
        uint64_t word;

        memcpy(&word, data, 8);
        hash = lf_hash_fold(hash ^ word, 0xd6e8feb86659fd93u);
        data += 8;
    }
    hash = lf_hash_fold(hash ^ lf_hash_tail(data, left), 0xa0761d6478bd642fu);
    return lf_hash_fold(hash ^ seed, 0xe7037ed1a0b428dbu ^ key.len);
}

static int lf_node_has_key(const lf_node_t *node, lf_str_t key) {
    return node->key_len == key.len
           && (key.len == 0 || memcmp((const char *) node + node->key_at, key.data, key.len) == 0);
}

lf_node_t **lf_index_slot(lf_node_t **root, uint64_t hash, lf_str_t key) {
    lf_node_t **slot = root;
    uint64_t path = hash;

    while (*slot != NULL) {
        const lf_node_t *node = *slot;

        if (node->hash == hash && lf_node_has_key(node, key)) {
            break;
        }
        slot = &(*slot)->child[path >> 63];
        path <<= 1;
    }
    return slot;
}

void lf_index_link(lf_node_t **root, lf_node_t *node) {
    lf_node_t **slot = lf_index_slot(root, node->hash, lf_node_key(node));

    node->child[0] = node->child[1] = NULL;
    *slot = node;
}

/* Any leaf below the node shares the path that led here, so a leaf takes its
 * place. */
void lf_index_unlink(lf_node_t **slot) {
    const lf_node_t *removed = *slot;
    lf_node_t **leaf_slot = slot;
    lf_node_t *leaf;

    while ((*leaf_slot)->child[0] != NULL || (*leaf_slot)->child[1] != NULL) {
        leaf_slot = &(*leaf_slot)->child[(*leaf_slot)->child[0] == NULL];
    }
    leaf = *leaf_slot;
    *leaf_slot = NULL;
    if (leaf != removed) {
        lf_index_replace(slot, leaf);
    }
}

void lf_index_replace(lf_node_t **slot, lf_node_t *node) {
    node->child[0] = (*slot)->child[0];
    node->child[1] = (*slot)->child[1];
    *slot = node;
}
