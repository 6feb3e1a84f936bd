#include "lf_dict.h"
#include "mock_zone_state.h"

#include <link.h>
#include <string.h>

typedef struct {
    ElfW(Addr) base;
    uintptr_t begin; /* 0: not found */
    uintptr_t end;
} extent_t;

static int visit_object(struct dl_phdr_info *object, size_t size, void *data) {
    extent_t *extent = data;
    size_t i;

    (void) size;
    if (object->dlpi_addr != extent->base) {
        return 0;
    }
    for (i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        uintptr_t begin = object->dlpi_addr + segment->p_vaddr;

        if (segment->p_type == PT_LOAD) {
            extent->begin = extent->begin == 0 ? begin : extent->begin;
            extent->end = begin + segment->p_memsz;
        }
    }
    return 1;
}

static int has(const extent_t *extent, const void *address) {
    return (uintptr_t) address - extent->begin < extent->end - extent->begin;
}

static const void *unless_within(const extent_t *extent, const void *address) {
    return has(extent, address) ? NULL : address;
}

static int value_has(const lf_item_t *item, const extent_t *extent) {
    lf_str_t value = lf_dict_value(item);
    size_t offset;

    for (offset = 0; offset + sizeof(void *) <= value.len; offset += sizeof(void *)) {
        const void *word;

        memcpy(&word, value.data + offset, sizeof(word));
        if (has(extent, word)) {
            return 1;
        }
    }
    return 0;
}

/* How an entry came to what points there; NULL for nothing. */
static const char *stale_part(const lf_node_t *node, const extent_t *extent) {
    if (node->kind == LF_NODE_PUT) {
        return has(extent, ((const lf_entry_t *) (const void *) node)->value) ? "put" : NULL;
    }
    return node->kind == LF_NODE_ITEM && value_has((const lf_item_t *) (const void *) node, extent) ? "set"
                                                                                                    : NULL;
}

/* Of the cache or the dict. */
static void check_entries(lfm_zone_t *zone, const lf_node_t *node, const extent_t *extent) {
    const lfm_shm_block_t *block;
    const char *part;

    if (node == NULL) {
        return;
    }
    block = lfm_arena_find(&zone->shared->arena, node);
    part = stale_part(node, extent);
    if (part != NULL) {
        lf_str_t key = lf_node_key(node);

        lfm_find(
            zone->user.findings, NGX_LINK_FUNC_MOCK_CODE_SHM_POINTER_TO_HEAP, block->at,
            "the value that was %s here for \"%.*s\" has a pointer into the library when that is unloaded",
            part, (int) (key.len < LFM_KEY_KEPT ? key.len : LFM_KEY_KEPT), key.data);
    }
    check_entries(zone, node->child[0], extent);
    check_entries(zone, node->child[1], extent);
}

/* glibc's handle is its link map. */
void lfm_zone_unload(lfm_zone_t *zone, void *library) {
    extent_t extent = {((const struct link_map *) library)->l_addr, 0, 0};
    lfm_arena_t *arena = &zone->shared->arena;
    uint32_t i;

    (void) dl_iterate_phdr(visit_object, &extent);
    for (i = 1; i < arena->block_high; i++) {
        lfm_shm_block_t *block = &arena->blocks[i];

        if (block->state == LFM_SHM_LIVE && block->kind != LFM_SHM_INTERNAL) {
            lfm_zone_check_unloaded(zone, block, extent.begin, extent.end);
        }
    }
    check_entries(zone, zone->shared->store->cache, &extent);
    check_entries(zone, zone->shared->store->dict, &extent);
    lfm_findings_name(zone->user.findings);
    for (i = 1; i < arena->block_high; i++) {
        lfm_shm_block_t *block = &arena->blocks[i];

        block->at = unless_within(&extent, block->at);
        block->freed_at = unless_within(&extent, block->freed_at);
    }
}
