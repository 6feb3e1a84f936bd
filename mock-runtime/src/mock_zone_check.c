/* What handlers did to blocks of the zone. */

#include "mock_zone_state.h"

#include <stdlib.h>
#include <string.h>

#include "mock_memory.h"
#include "mock_place.h"
#include "mock_poison.h"
#include "mock_site.h"
#include "mock_state.h"

/* Of what was freed, so much is looked at after a call; all of it when the worker ends. */
#define RECENT_SIZE 512

#define NAME_SIZE (LFM_KEY_KEPT + 64)

/* 'the value of "key" (16 bytes)' */
static const char *name_block(const lfm_shm_block_t *block, char *name) {
    if (block->kind == LFM_SHM_INTERNAL) {
        (void) snprintf(name, NAME_SIZE, "a block of the cache's own");
    } else if (block->key[0] == '\0') {
        (void) snprintf(name, NAME_SIZE, "a block of shm_alloc (%zu bytes)", block->size);
    } else {
        (void) snprintf(name, NAME_SIZE, "the value of \"%s\" (%zu bytes)", block->key, block->size);
    }
    return name;
}

static lfm_findings_t *findings_of(lfm_zone_t *zone) {
    return lfm_user(zone)->findings;
}

/*
 * Writes
 */

static void tell_overflow(lfm_zone_t *zone, const lfm_shm_block_t *block, ptrdiff_t offset, const void *at) {
    char name[NAME_SIZE];
    int is_before = offset < 0;
    size_t distance = is_before ? (size_t) -offset : (size_t) offset - block->size;

    (void) name_block(block, name);
    if (is_before) {
        lfm_find(findings_of(zone), NGX_LINK_FUNC_MOCK_CODE_SHM_OVERFLOW, at,
                 "a byte was written %zu before %s, which was got here", distance, name);
    } else {
        lfm_find(findings_of(zone), NGX_LINK_FUNC_MOCK_CODE_SHM_OVERFLOW, at,
                 "byte %zu of %s was written, which was got here", (size_t) offset, name);
    }
}

static void tell_late_write(lfm_zone_t *zone, const lfm_shm_block_t *block, ptrdiff_t offset,
                            const void *at) {
    char name[NAME_SIZE];

    lfm_find(findings_of(zone), NGX_LINK_FUNC_MOCK_CODE_SHM_USE_AFTER_REMOVE, at,
             "byte %zu of %s was written after it was %s here", (size_t) offset, name_block(block, name),
             block->kind == LFM_SHM_VALUE ? "removed" : "freed");
}

void lfm_zone_check_damage(lfm_zone_t *zone, const lfm_shm_block_t *block, const void *at) {
    ptrdiff_t offset;

    if (!lfm_arena_damage(&zone->shared->arena, block, &offset)) {
        return;
    }
    if (block->state == LFM_SHM_LIVE) {
        tell_overflow(zone, block, offset, at);
    } else {
        tell_late_write(zone, block, offset, at);
    }
}

void lfm_zone_check_recent(lfm_zone_t *zone) {
    unsigned i;

    for (i = 0; i < LFM_RECENT; i++) {
        const lfm_shm_block_t *block = lfm_arena_recent(&zone->shared->arena, i);

        if (block != NULL && block->size <= RECENT_SIZE) {
            lfm_zone_check_damage(zone, block, block->freed_at);
        }
    }
}

/*
 * Pointers
 */

LFM_UNSEEN static const void *word_at(const char *data, size_t offset) {
    const void *word = *(const void *const *) (const void *) (data + offset);

    lfm_was_read(&word, sizeof(word));
    return word;
}

/* The first word that is a pointer for this process only; its place. */
static int find_pointer(const lfm_zone_t *zone, const lfm_shm_block_t *block, size_t *offset, char *place) {
    const lfm_arena_t *arena = &zone->shared->arena;
    const char *data = lfm_arena_data(arena, block);

    for (*offset = 0; *offset + sizeof(void *) <= block->size; *offset += sizeof(void *)) {
        const void *word = word_at(data, *offset);

        if (lfm_place_may_be(word) && !lfm_arena_has(arena, word) && lfm_place_of(word, place)) {
            return 1;
        }
    }
    return 0;
}

void lfm_zone_check_pointers(lfm_zone_t *zone, lfm_shm_block_t *block, const void *at) {
    char name[NAME_SIZE], place[LFM_PLACE_NAME];
    size_t offset;

    if (block->kind == LFM_SHM_INTERNAL || (block->flags & LFM_SHM_TOLD) != 0
        || !find_pointer(zone, block, &offset, place)) {
        return;
    }
    block->flags |= LFM_SHM_TOLD;
    lfm_find(
        findings_of(zone), NGX_LINK_FUNC_MOCK_CODE_SHM_POINTER_TO_HEAP, at,
        "%s, which was got here, has a pointer into %s at byte %zu: other workers have other memory there",
        name_block(block, name), place, offset);
}

void lfm_zone_check_unloaded(lfm_zone_t *zone, const lfm_shm_block_t *block, uintptr_t begin, uintptr_t end) {
    const char *data = lfm_arena_data(&zone->shared->arena, block);
    char name[NAME_SIZE];
    size_t offset;

    for (offset = 0; offset + sizeof(void *) <= block->size; offset += sizeof(void *)) {
        if ((uintptr_t) word_at(data, offset) - begin < end - begin) {
            lfm_find(
                findings_of(zone), NGX_LINK_FUNC_MOCK_CODE_SHM_POINTER_TO_HEAP, block->at,
                "%s, which was made here, has a pointer into the library at byte %zu when that is unloaded",
                name_block(block, name), offset);
            return;
        }
    }
}

static void check_foreign(lfm_zone_t *zone, const char *key, const void *value) {
    char place[LFM_PLACE_NAME];

    if (lfm_place_of(value, place)) {
        lfm_find(findings_of(zone), NGX_LINK_FUNC_MOCK_CODE_SHM_POINTER_TO_HEAP, lfm_at,
                 "the value put for \"%.*s\" points into %s: other workers have other memory there",
                 LFM_KEY_KEPT, key, place);
    }
}

void lfm_zone_set(lfm_zone_t *zone, lf_str_t key, lf_str_t value) {
    char place[LFM_PLACE_NAME];
    size_t offset;

    for (offset = 0; offset + sizeof(void *) <= value.len; offset += sizeof(void *)) {
        const void *word;

        memcpy(&word, value.data + offset, sizeof(word));
        if (lfm_place_may_be(word) && !lfm_arena_has(&zone->shared->arena, word)
            && lfm_place_of(word, place)) {
            lfm_find(findings_of(zone), NGX_LINK_FUNC_MOCK_CODE_SHM_POINTER_TO_HEAP, lfm_at,
                     "the value set for \"%.*s\" has a pointer into %s at byte %zu: other workers have other "
                     "memory there",
                     (int) (key.len < LFM_KEY_KEPT ? key.len : LFM_KEY_KEPT), key.data, place, offset);
            return;
        }
    }
}

void lfm_zone_put(lfm_zone_t *zone, const char *key, const void *value) {
    lfm_arena_t *arena = &zone->shared->arena;
    lfm_shm_block_t *block;

    if (!lfm_arena_has(arena, value)) {
        check_foreign(zone, key, value);
        return;
    }
    lfm_zone_enter_store(zone);
    block = lfm_arena_find(arena, value);
    if (block != NULL && block->state == LFM_SHM_LIVE && block->kind == LFM_SHM_ALLOC) {
        block->flags |= LFM_SHM_PUT;
        (void) snprintf(block->key, sizeof(block->key), "%.*s", LFM_KEY_KEPT, key);
    } else if (block != NULL && block->kind == LFM_SHM_VALUE) {
        block->freed_at = NULL; /* a removed value is the cache's again */
    }
    lfm_zone_leave_store(zone);
    lfm_zone_lent(zone, value);
}

/*
 * shm_free
 */

static void tell_second_free(lfm_zone_t *zone, const lfm_shm_block_t *block) {
    lfm_site_t site = lfm_site_of(block->freed_at);
    char name[NAME_SIZE];

    lfm_find(findings_of(zone), NGX_LINK_FUNC_MOCK_CODE_SHM_DOUBLE_FREE, lfm_at,
             "%s was freed before, at %s in %s", name_block(block, name), site.place, site.function);
    free(site.function);
    free(site.place);
}

static void tell_free_of_nothing(lfm_findings_t *findings, const void *data) {
    char place[LFM_PLACE_NAME];

    lfm_find(findings, NGX_LINK_FUNC_MOCK_CODE_SHM_FOREIGN_FREE, lfm_at, "shm_free() got a pointer into %s",
             lfm_place_of(data, place) ? place : "no block");
}

static void tell_foreign_free(lfm_zone_t *zone, const lfm_shm_block_t *block, const void *data) {
    lfm_findings_t *findings = findings_of(zone);
    char name[NAME_SIZE];
    ptrdiff_t offset;

    if (block == NULL) {
        tell_free_of_nothing(findings, data);
        return;
    }
    offset = (const char *) data - lfm_arena_data(&zone->shared->arena, block);
    if (offset != 0) {
        lfm_find(findings, NGX_LINK_FUNC_MOCK_CODE_SHM_FOREIGN_FREE, lfm_at,
                 "shm_free() got a pointer to byte %td of %s", offset, name_block(block, name));
        return;
    }
    lfm_find(findings, NGX_LINK_FUNC_MOCK_CODE_SHM_FOREIGN_FREE, lfm_at,
             "shm_free() got %s, which is the cache's until it is removed", name_block(block, name));
}

void lfm_zone_tell_wrong_free(lfm_zone_t *zone, const lfm_shm_block_t *block, const void *data) {
    int is_start = block != NULL && lfm_arena_data(&zone->shared->arena, block) == (const char *) data;

    lfm_log_shm(lfm_user(zone)->log, NGX_LINK_FUNC_MOCK_ALERT,
                lf_cstr("ngx_link_func_shm_free() got a pointer that is not a block of the zone"));
    if (is_start && (block->state == LFM_SHM_FREED || (block->flags & LFM_SHM_GIVEN) != 0)) {
        tell_second_free(zone, block);
    } else {
        tell_foreign_free(zone, block, data);
    }
}

void lfm_zone_tell_unlocked_write(lfm_zone_t *zone, const lfm_touch_t *touch) {
    const lfm_arena_t *arena = &zone->shared->arena;
    const lfm_shm_block_t *block = lfm_arena_find(arena, touch->data);

    if (block != NULL) {
        char name[NAME_SIZE];

        lfm_find(findings_of(zone), NGX_LINK_FUNC_MOCK_CODE_UNLOCKED_WRITE, touch->at,
                 "byte %td of %s is written without the mutex, so that another worker can write it too",
                 (const char *) touch->data - lfm_arena_data(arena, block), name_block(block, name));
    }
}

/*
 * The ends of workers and of the mock
 */

void lfm_zone_check_all(lfm_zone_t *zone) {
    lfm_arena_t *arena = &zone->shared->arena;
    uint32_t i;

    for (i = 1; i < arena->block_high; i++) {
        lfm_shm_block_t *block = &arena->blocks[i];

        if (block->state == LFM_SHM_LIVE && block->kind != LFM_SHM_INTERNAL) {
            lfm_zone_check_damage(zone, block, block->at);
            lfm_zone_check_pointers(zone, block, block->at);
        } else if (block->state == LFM_SHM_FREED) {
            lfm_zone_check_damage(zone, block, block->freed_at);
        }
    }
}
