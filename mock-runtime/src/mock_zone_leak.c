/* Blocks of shm_alloc that nothing leads to: not the cache, nor other blocks,
 * nor a variable of the program or of a library. */

#include "mock_zone_state.h"

#include <link.h>
#include <stdlib.h>
#include <string.h>

#include "mock_memory.h"
#include "mock_poison.h"
#include "mock_state.h"

typedef struct {
    lfm_arena_t *arena;
    uint32_t *found; /* reached, and still to be looked through */
    size_t count;
    size_t capacity;
} search_t;

static void reach(search_t *search, lfm_shm_block_t *block) {
    if (block == NULL || block->state != LFM_SHM_LIVE || (block->flags & LFM_SHM_REACHED) != 0) {
        return;
    }
    block->flags |= LFM_SHM_REACHED;
    search->found = lfm_grow(search->found, sizeof(*search->found), search->count, &search->capacity);
    search->found[search->count++] = (uint32_t) (block - search->arena->blocks);
}

/* Each word that is a pointer into a block. */
LFM_UNSEEN static void look_through(search_t *search, const char *data, size_t size) {
    const char *at = data + (-(uintptr_t) data & 7);

    for (; at + sizeof(void *) <= data + size; at += sizeof(void *)) {
        const void *word = *(const void *const *) (const void *) at;

        lfm_was_read(&word, sizeof(word));
        if (lfm_arena_has(search->arena, word)) {
            reach(search, lfm_arena_find(search->arena, word));
        }
    }
}

static void follow(search_t *search) {
    while (search->count > 0) {
        const lfm_shm_block_t *block = &search->arena->blocks[search->found[--search->count]];

        look_through(search, lfm_arena_data(search->arena, block), block->size);
    }
}

/* What the store has of its own leads to all that it knows. */
static void reach_from_store(search_t *search) {
    uint32_t i;

    for (i = 1; i < search->arena->block_high; i++) {
        if (search->arena->blocks[i].kind != LFM_SHM_ALLOC) {
            reach(search, &search->arena->blocks[i]);
        }
    }
    follow(search);
}

static const char *pointer_to(uintptr_t address) {
    const char *pointer;

    memcpy(&pointer, &address, sizeof(pointer));
    return pointer;
}

static int look_through_object(struct dl_phdr_info *object, size_t size, void *search) {
    size_t i;

    (void) size;
    for (i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];

        if (segment->p_type == PT_LOAD && (segment->p_flags & PF_W) != 0) {
            look_through(search, pointer_to(object->dlpi_addr + segment->p_vaddr), segment->p_memsz);
        } else if (segment->p_type == PT_TLS && object->dlpi_tls_data != NULL) {
            look_through(search, object->dlpi_tls_data, segment->p_memsz);
        }
    }
    return 0;
}

/* The first that was not reached, from number `from` on; 0 for none. */
static uint32_t next_lost(const lfm_arena_t *arena, uint32_t from) {
    uint32_t i;

    for (i = from; i < arena->block_high; i++) {
        const lfm_shm_block_t *block = &arena->blocks[i];

        if (block->state == LFM_SHM_LIVE && (block->flags & LFM_SHM_REACHED) == 0) {
            return i;
        }
    }
    return 0;
}

void lfm_zone_check_leaks(lfm_zone_t *zone) {
    search_t search = {NULL, NULL, 0, 0};
    uint32_t i;

    if (zone == NULL || !lfm_findings_want(zone->user.findings, NGX_LINK_FUNC_MOCK_CODE_SHM_LEAK)) {
        return;
    }
    search.arena = &zone->shared->arena;
    reach_from_store(&search);
    if (next_lost(search.arena, 1) != 0) {
        (void) dl_iterate_phdr(look_through_object, &search);
        follow(&search);
    }
    for (i = next_lost(search.arena, 1); i != 0; i = next_lost(search.arena, i + 1)) {
        const lfm_shm_block_t *block = &search.arena->blocks[i];

        lfm_find(zone->user.findings, NGX_LINK_FUNC_MOCK_CODE_SHM_LEAK, block->at,
                 "%zu bytes of shm_alloc, which nothing leads to any more", block->size);
    }
    free(search.found);
}
