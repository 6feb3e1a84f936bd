#include "mock_zone_state.h"

#include <link.h>

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

static const void *unless_within(const extent_t *extent, const void *address) {
    return (uintptr_t) address - extent->begin < extent->end - extent->begin ? NULL : address;
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
    lfm_findings_name(zone->user.findings);
    for (i = 1; i < arena->block_high; i++) {
        lfm_shm_block_t *block = &arena->blocks[i];

        block->at = unless_within(&extent, block->at);
        block->freed_at = unless_within(&extent, block->freed_at);
    }
}
