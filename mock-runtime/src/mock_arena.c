#include "mock_arena.h"

#include <string.h>

#include "mock_poison.h"

#define GUARD ((size_t) 16) /* at least, behind each block */
#define GUARD_MAX ((size_t) 1024)

/* Not the beginning of any address, nor a letter. */
#define PATTERN 0xfb

/* Freed blocks are kept for as long as they fit in this many times the zone. */
#define KEPT_TIMES 2
#define KEPT_COUNT 65536

/* The largest that live blocks get by their surroundings, with the freed ones
 * and as much again for gaps. */
#define ARENA_TIMES 8
#define ARENA_MIN ((size_t) 1 << 20)

/* So much is made ready at a time. */
#define STEP ((uint32_t) 256)

static size_t arena_bytes(size_t zone_size) {
    size_t bytes = zone_size / 8 * 8 * ARENA_TIMES; /* so that what stands behind is aligned */

    return bytes < ARENA_MIN ? ARENA_MIN : bytes;
}

static size_t record_count(size_t zone_size) {
    return zone_size / 8 + KEPT_COUNT + 2;
}

static size_t map_bytes(size_t zone_size) {
    return arena_bytes(zone_size) / LFM_GRANULE * sizeof(uint32_t);
}

size_t lfm_arena_size(size_t zone_size) {
    return arena_bytes(zone_size) + map_bytes(zone_size) + record_count(zone_size) * sizeof(lfm_shm_block_t);
}

void lfm_arena_init(lfm_arena_t *arena, char *memory, size_t zone_size) {
    uint32_t high = arena->high;

    memset(arena, 0, sizeof(*arena));
    arena->high = high;
    arena->start = memory;
    arena->granules = arena_bytes(zone_size) / LFM_GRANULE;
    arena->map = (uint32_t *) (void *) (memory + arena_bytes(zone_size));
    arena->blocks = (lfm_shm_block_t *) (void *) ((char *) arena->map + map_bytes(zone_size));
    arena->block_limit = (uint32_t) record_count(zone_size);
    arena->block_high = 1;
    arena->cursor = 1;
    arena->poisons = 1;
}

static char *granule(const lfm_arena_t *arena, size_t number) {
    return arena->start + number * LFM_GRANULE;
}

char *lfm_arena_data(const lfm_arena_t *arena, const lfm_shm_block_t *block) {
    return granule(arena, block->begin);
}

static size_t footprint(const lfm_shm_block_t *block) {
    return block->granules * LFM_GRANULE;
}

int lfm_arena_has(const lfm_arena_t *arena, const void *address) {
    return (const char *) address >= arena->start && (const char *) address < granule(arena, arena->granules);
}

lfm_shm_block_t *lfm_arena_find(const lfm_arena_t *arena, const void *address) {
    uint32_t number;

    if (!lfm_arena_has(arena, address)) {
        return NULL;
    }
    number = arena->map[(size_t) ((const char *) address - arena->start) / LFM_GRANULE];
    return number == 0 ? NULL : &arena->blocks[number];
}

size_t lfm_arena_used(const lfm_arena_t *arena) {
    return arena->high * LFM_GRANULE;
}

size_t lfm_arena_reserved(const lfm_arena_t *arena) {
    return arena->granules * LFM_GRANULE;
}

/*
 * Poison and pattern
 */

void lfm_arena_unpoison(const lfm_arena_t *arena) {
    lfm_unpoison(arena->start, arena->high * LFM_GRANULE);
}

static void poison_block(const lfm_arena_t *arena, const lfm_shm_block_t *block) {
    char *data = lfm_arena_data(arena, block);

    if (block->state == LFM_SHM_LIVE) {
        lfm_unpoison(data, block->size);
    }
}

void lfm_arena_poison(const lfm_arena_t *arena) {
    uint32_t i;

    lfm_poison(arena->start, arena->high * LFM_GRANULE);
    for (i = 1; i < arena->block_high; i++) {
        poison_block(arena, &arena->blocks[i]);
    }
}

/* Without a call of memset(), which would ask the sanitizer. */
LFM_UNSEEN static void fill(char *at, size_t size) {
    volatile char *to = at;
    size_t i;

    lfm_look_begin();
    for (i = 0; i < size && ((uintptr_t) (at + i) & 7) != 0; i++) {
        to[i] = (char) PATTERN;
    }
    for (; i + 8 <= size; i += 8) {
        *(volatile uint64_t *) (void *) (at + i) = PATTERN * 0x0101010101010101u;
    }
    for (; i < size; i++) {
        to[i] = (char) PATTERN;
    }
    lfm_look_end();
}

/* The first byte that is not the pattern's; `size` when all are. */
LFM_UNSEEN static size_t find_strange(const char *at, size_t size) {
    size_t i;

    for (i = 0; i < size; i++) {
        if (i % 8 == 0 && ((uintptr_t) (at + i) & 7) == 0) {
            while (i + 8 <= size
                   && *(const uint64_t *) (const void *) (at + i) == PATTERN * 0x0101010101010101u) {
                i += 8;
            }
            if (i == size) {
                break;
            }
        }
        if ((unsigned char) at[i] != PATTERN) {
            return i;
        }
    }
    return size;
}

static size_t first_strange(const char *at, size_t size) {
    size_t first;

    lfm_look_begin();
    first = find_strange(at, size);
    lfm_look_end();
    lfm_was_read(&first, sizeof(first));
    return first;
}

int lfm_arena_damage(const lfm_arena_t *arena, const lfm_shm_block_t *block, ptrdiff_t *offset) {
    char *data = lfm_arena_data(arena, block);
    size_t from = block->state == LFM_SHM_LIVE ? block->size : 0;
    size_t strange = from + first_strange(data + from, footprint(block) - from);

    if (strange < footprint(block)) {
        *offset = (ptrdiff_t) strange;
        fill(data + from, footprint(block) - from);
        return 1;
    }
    strange = first_strange(data - GUARD, GUARD);
    if (block->state == LFM_SHM_LIVE && strange < GUARD) {
        *offset = (ptrdiff_t) strange - (ptrdiff_t) GUARD;
        fill(data - GUARD, GUARD);
        return 1;
    }
    return 0;
}

/*
 * Room
 */

static int make_ready(lfm_arena_t *arena, size_t end) {
    size_t to = (end + STEP) / STEP * STEP;

    if (end > arena->granules) {
        return 0;
    }
    if (end <= arena->high) {
        return 1;
    }
    to = to > arena->granules ? arena->granules : to;
    fill(granule(arena, arena->high), (to - arena->high) * LFM_GRANULE);
    if (arena->poisons) {
        lfm_poison(granule(arena, arena->high), (to - arena->high) * LFM_GRANULE);
    }
    arena->high = (uint32_t) to;
    return 1;
}

/* The first granule after those of the last block in the way; `at` when none
 * is. */
static uint32_t next_start(const lfm_arena_t *arena, uint32_t at, uint32_t count) {
    uint32_t i;

    for (i = count; i > 0; i--) {
        uint32_t number = arena->map[at + i - 1];

        if (number != 0) {
            return arena->blocks[number].begin + arena->blocks[number].granules;
        }
    }
    return at;
}

/* 0 when there is none: the first granule is kept as a guard. */
static uint32_t find_room(const lfm_arena_t *arena, uint32_t from, uint32_t count) {
    uint32_t at = from;

    while ((size_t) at + count <= arena->granules) {
        uint32_t next = next_start(arena, at, count);

        if (next == at) {
            return at;
        }
        at = next;
    }
    return 0;
}

static uint32_t take_record(lfm_arena_t *arena) {
    uint32_t number = arena->unused;

    if (number != 0) {
        arena->unused = arena->blocks[number].next;
        return number;
    }
    return arena->block_high < arena->block_limit ? arena->block_high++ : 0;
}

static lfm_shm_block_t *settle(lfm_arena_t *arena, uint32_t begin, uint32_t count, size_t size) {
    uint32_t number = take_record(arena), i;
    lfm_shm_block_t *block = &arena->blocks[number];

    if (number == 0) {
        return NULL;
    }
    memset(block, 0, sizeof(*block));
    block->begin = begin;
    block->granules = count;
    block->size = size;
    block->state = LFM_SHM_LIVE;
    for (i = 0; i < count; i++) {
        arena->map[begin + i] = number;
    }
    arena->cursor = begin + count;
    if (arena->poisons) {
        lfm_unpoison_fresh(granule(arena, begin), size);
    }
    return block;
}

lfm_shm_block_t *lfm_arena_alloc(lfm_arena_t *arena, size_t size) {
    size_t guard = size / 8 > GUARD_MAX ? GUARD_MAX : size / 8;
    size_t count = (size + GUARD + guard + LFM_GRANULE - 1) / LFM_GRANULE;
    uint32_t begin = 0;

    if (count < arena->granules) {
        begin = find_room(arena, arena->cursor, (uint32_t) count);
        begin = begin == 0 ? find_room(arena, 1, (uint32_t) count) : begin;
    }
    if (begin == 0 || !make_ready(arena, begin + count)) {
        return NULL;
    }
    return settle(arena, begin, (uint32_t) count, size);
}

void lfm_arena_trim(const lfm_arena_t *arena, lfm_shm_block_t *block, size_t size) {
    if (arena->poisons) {
        lfm_poison(lfm_arena_data(arena, block) + size, block->size - size);
    }
    block->size = size;
}

/*
 * The freed
 */

void lfm_arena_free(lfm_arena_t *arena, lfm_shm_block_t *block) {
    uint32_t number = (uint32_t) (block - arena->blocks);

    if (arena->poisons) {
        lfm_poison(lfm_arena_data(arena, block), block->size);
    }
    fill(lfm_arena_data(arena, block), block->size);
    block->state = LFM_SHM_FREED;
    block->next = 0;
    if (arena->newest == 0) {
        arena->oldest = number;
    } else {
        arena->blocks[arena->newest].next = number;
    }
    arena->newest = number;
    arena->recent[arena->next_recent++ % LFM_RECENT] = number;
    arena->freed_bytes += footprint(block);
    arena->freed_count++;
}

lfm_shm_block_t *lfm_arena_oldest(const lfm_arena_t *arena) {
    return arena->oldest == 0 ? NULL : &arena->blocks[arena->oldest];
}

lfm_shm_block_t *lfm_arena_recent(const lfm_arena_t *arena, unsigned index) {
    lfm_shm_block_t *block = &arena->blocks[arena->recent[index]];

    return block->state == LFM_SHM_FREED ? block : NULL;
}

lfm_shm_block_t *lfm_arena_overdue(const lfm_arena_t *arena) {
    size_t limit = arena->granules * LFM_GRANULE / ARENA_TIMES * KEPT_TIMES;

    if (arena->freed_bytes <= limit && arena->freed_count <= KEPT_COUNT) {
        return NULL;
    }
    return lfm_arena_oldest(arena);
}

void lfm_arena_evict(lfm_arena_t *arena) {
    uint32_t number = arena->oldest;
    lfm_shm_block_t *block = &arena->blocks[number];

    arena->oldest = block->next;
    if (arena->oldest == 0) {
        arena->newest = 0;
    }
    arena->freed_bytes -= footprint(block);
    arena->freed_count--;
    memset(&arena->map[block->begin], 0, block->granules * sizeof(*arena->map));
    block->state = LFM_SHM_UNUSED;
    block->next = arena->unused;
    arena->unused = number;
}

void lfm_arena_reset(lfm_arena_t *arena) {
    memset(arena->map, 0, arena->high * sizeof(*arena->map));
    arena->block_high = 1;
    arena->unused = arena->oldest = arena->newest = 0;
    arena->freed_bytes = arena->freed_count = 0;
    memset(arena->recent, 0, sizeof(arena->recent));
    arena->cursor = 1;
    fill(arena->start, arena->high * LFM_GRANULE);
    if (arena->poisons) {
        lfm_poison(arena->start, arena->high * LFM_GRANULE);
    }
}
