#include "lf_dict.h"
#include "mock_object.h"
#include "mock_zone_state.h"

#include <link.h>
#include <string.h>

static int has(const lfm_object_t *library, const void *address) {
    return (uintptr_t) address - library->begin < library->end - library->begin;
}

static const void *unless_within(const lfm_object_t *library, const void *address) {
    return has(library, address) ? NULL : address;
}

static int value_has(const lf_item_t *item, const lfm_object_t *library) {
    lf_str_t value = lf_dict_value(item);
    size_t offset;

    for (offset = 0; offset + sizeof(void *) <= value.len; offset += sizeof(void *)) {
        const void *word;

        memcpy(&word, value.data + offset, sizeof(word));
        if (has(library, word)) {
            return 1;
        }
    }
    return 0;
}

/* How an entry came to what points there; NULL for nothing. */
static const char *stale_part(const lf_node_t *node, const lfm_object_t *library) {
    if (node->kind == LF_NODE_PUT) {
        return has(library, ((const lf_entry_t *) (const void *) node)->value) ? "put" : NULL;
    }
    return node->kind == LF_NODE_ITEM && value_has((const lf_item_t *) (const void *) node, library) ? "set"
                                                                                                     : NULL;
}

/* Of the cache or the dict. */
static void check_entries(lfm_zone_t *zone, const lf_node_t *node, const lfm_object_t *library) {
    const lfm_shm_block_t *block;
    const char *part;

    if (node == NULL) {
        return;
    }
    block = lfm_arena_find(&zone->shared->arena, node);
    part = stale_part(node, library);
    if (part != NULL) {
        lf_str_t key = lf_node_key(node);

        lfm_find(
            zone->user.findings, NGX_LINK_FUNC_MOCK_CODE_SHM_POINTER_TO_HEAP, block->at,
            "the value that was %s here for \"%.*s\" has a pointer into the library when that is unloaded",
            part, (int) (key.len < LFM_KEY_KEPT ? key.len : LFM_KEY_KEPT), key.data);
    }
    check_entries(zone, node->child[0], library);
    check_entries(zone, node->child[1], library);
}

/* glibc's handle is its link map. */
void lfm_zone_unload(lfm_zone_t *zone, void *handle) {
    lfm_arena_t *arena = &zone->shared->arena;
    lfm_object_t library;
    uint32_t i;

    if (!lfm_object_of(((const struct link_map *) handle)->l_ld, &library)) {
        return;
    }
    for (i = 1; i < arena->block_high; i++) {
        lfm_shm_block_t *block = &arena->blocks[i];

        if (block->state == LFM_SHM_LIVE && block->kind != LFM_SHM_INTERNAL) {
            lfm_zone_check_unloaded(zone, block, library.begin, library.end);
        }
    }
    check_entries(zone, zone->shared->store->cache, &library);
    check_entries(zone, zone->shared->store->dict, &library);
    lfm_findings_name(zone->user.findings);
    for (i = 1; i < arena->block_high; i++) {
        lfm_shm_block_t *block = &arena->blocks[i];

        block->at = unless_within(&library, block->at);
        block->freed_at = unless_within(&library, block->freed_at);
    }
}
