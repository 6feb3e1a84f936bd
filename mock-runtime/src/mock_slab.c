/* Which page a chunk comes from decides which pages are given back later, so
 * the lists are kept in NGINX's order; which chunk of the page it is does not
 * matter, so that there is only a count of them. */

#include "mock_slab.h"

#include <string.h>
#include <unistd.h>

#define SMALLEST 8

/* What NGINX puts before the pages, on LP64. */
#define POOL_SIZE 200
#define PAGE_ENTRY_SIZE 24
#define CLASS_SIZE (24 + 32)

typedef enum {
    FREE_FIRST,
    FREE_REST,
    RUN_FIRST,
    RUN_REST,
    CHUNKS, /* a page of a class */
} lfm_slab_kind_t;

static size_t page_size(void) {
    return (size_t) sysconf(_SC_PAGESIZE);
}

static unsigned class_count(size_t page) {
    return (unsigned) (__builtin_ctzl(page) - __builtin_ctzl(SMALLEST));
}

size_t lfm_slab_page_count(size_t zone_size) {
    size_t page = page_size();
    size_t header = POOL_SIZE + class_count(page) * CLASS_SIZE;
    size_t count = (zone_size - header) / (page + PAGE_ENTRY_SIZE);
    size_t start = (header + count * PAGE_ENTRY_SIZE + page - 1) / page * page;
    size_t whole = (zone_size - start) / page;

    return count < whole ? count : whole;
}

/*
 * Lists: new members come first, and whoever is replaced is so in its place
 */

static void list_push(lfm_slab_t *slab, uint32_t *first, uint32_t page) {
    slab->pages[page].before = LFM_SLAB_NONE;
    slab->pages[page].next = *first;
    if (*first != LFM_SLAB_NONE) {
        slab->pages[*first].before = page;
    }
    *first = page;
}

static void list_take(lfm_slab_t *slab, uint32_t *first, uint32_t page) {
    const lfm_slab_page_t *entry = &slab->pages[page];

    if (entry->before == LFM_SLAB_NONE) {
        *first = entry->next;
    } else {
        slab->pages[entry->before].next = entry->next;
    }
    if (entry->next != LFM_SLAB_NONE) {
        slab->pages[entry->next].before = entry->before;
    }
}

static void list_replace(lfm_slab_t *slab, uint32_t *first, uint32_t page, uint32_t by) {
    lfm_slab_page_t *entry = &slab->pages[by];

    entry->next = slab->pages[page].next;
    entry->before = slab->pages[page].before;
    if (entry->before == LFM_SLAB_NONE) {
        *first = by;
    } else {
        slab->pages[entry->before].next = by;
    }
    if (entry->next != LFM_SLAB_NONE) {
        slab->pages[entry->next].before = by;
    }
}

/*
 * Runs of pages
 */

static void mark_run(lfm_slab_t *slab, uint32_t first, uint32_t length, lfm_slab_kind_t kind,
                     lfm_slab_kind_t rest) {
    uint32_t i;

    slab->pages[first].kind = (uint8_t) kind;
    slab->pages[first].run = length;
    for (i = 1; i < length; i++) {
        slab->pages[first + i].kind = (uint8_t) rest;
    }
}

/* The last page of a free run leads to its first; in a run of one it tells the
 * length, and is the first itself. */
static void mark_free(lfm_slab_t *slab, uint32_t first, uint32_t length) {
    slab->pages[first].kind = FREE_FIRST;
    slab->pages[first].run = length;
    if (length > 1) {
        slab->pages[first + length - 1].run = first;
    }
}

void lfm_slab_init(lfm_slab_t *slab, lfm_slab_page_t *pages, size_t count) {
    size_t i;

    memset(slab, 0, sizeof(*slab));
    slab->pages = pages;
    slab->count = (uint32_t) count;
    slab->page_size = page_size();
    slab->free_pages = count;
    for (i = 0; i < LFM_SLAB_CLASSES; i++) {
        slab->classes[i].first = LFM_SLAB_NONE;
    }
    slab->first_free = LFM_SLAB_NONE;
    mark_run(slab, 0, slab->count, FREE_FIRST, FREE_REST);
    mark_free(slab, 0, slab->count);
    list_push(slab, &slab->first_free, 0);
}

/* The first run that is long enough, of which what is left takes the place. */
static uint32_t take_pages(lfm_slab_t *slab, size_t count) {
    uint32_t page = slab->first_free, length = (uint32_t) count, left;

    while (page != LFM_SLAB_NONE && slab->pages[page].run < count) {
        page = slab->pages[page].next;
    }
    if (page == LFM_SLAB_NONE) {
        return page;
    }
    left = slab->pages[page].run - length;
    if (left > 0) {
        mark_free(slab, page + length, left);
        list_replace(slab, &slab->first_free, page, page + length);
    } else {
        list_take(slab, &slab->first_free, page);
    }
    mark_run(slab, page, length, RUN_FIRST, RUN_REST);
    slab->free_pages -= count;
    return page;
}

/* The first page of the free run that ends before `page`, or NONE. */
static uint32_t free_run_before(const lfm_slab_t *slab, uint32_t page) {
    if (page == 0) {
        return LFM_SLAB_NONE;
    }
    switch (slab->pages[page - 1].kind) {
    case FREE_FIRST:
        return page - 1;
    case FREE_REST:
        return slab->pages[page - 1].run;
    default:
        return LFM_SLAB_NONE;
    }
}

/* One run with its free neighbours. */
static void give_pages(lfm_slab_t *slab, uint32_t page, uint32_t length) {
    uint32_t behind = page + length, before = free_run_before(slab, page);

    slab->free_pages += length;
    mark_run(slab, page, length, FREE_FIRST, FREE_REST);
    if (behind < slab->count && slab->pages[behind].kind == FREE_FIRST) {
        list_take(slab, &slab->first_free, behind);
        slab->pages[behind].kind = FREE_REST;
        length += slab->pages[behind].run;
    }
    if (before != LFM_SLAB_NONE) {
        list_take(slab, &slab->first_free, before);
        slab->pages[page].kind = FREE_REST;
        length += slab->pages[before].run;
        page = before;
    }
    mark_free(slab, page, length);
    list_push(slab, &slab->first_free, page);
}

/*
 * Chunks
 */

static size_t class_of(size_t size) {
    return size <= SMALLEST ? 0 : 64 - (size_t) __builtin_clzl(size - 1) - (size_t) __builtin_ctzl(SMALLEST);
}

/* Chunks that a page has for others: where a word has too few bits for the map
 * of the page, the first of them are the map. */
static size_t page_capacity(const lfm_slab_t *slab, size_t class) {
    size_t chunk = (size_t) SMALLEST << class;
    size_t count = slab->page_size / chunk;
    size_t map = count / (chunk * 8);

    if (count <= 64) {
        return count;
    }
    return count - (map == 0 ? 1 : map);
}

static uint32_t take_chunk(lfm_slab_t *slab, size_t class_number) {
    lfm_slab_class_t *class = &slab->classes[class_number];
    size_t capacity = page_capacity(slab, class_number);
    uint32_t page = class->first;

    if (page == LFM_SLAB_NONE) {
        page = take_pages(slab, 1);
        if (page == LFM_SLAB_NONE) {
            return page;
        }
        slab->pages[page].kind = CHUNKS;
        slab->pages[page].class = (uint8_t) class_number;
        slab->pages[page].taken = 0;
        class->total += capacity;
        list_push(slab, &class->first, page);
    }
    class->used++;
    if (++slab->pages[page].taken == capacity) {
        list_take(slab, &class->first, page);
    }
    return page;
}

static void give_chunk(lfm_slab_t *slab, uint32_t page) {
    lfm_slab_page_t *entry = &slab->pages[page];
    lfm_slab_class_t *class = &slab->classes[entry->class];
    size_t capacity = page_capacity(slab, entry->class);

    if (entry->taken == capacity) {
        list_push(slab, &class->first, page);
    }
    class->used--;
    if (--entry->taken == 0) {
        class->total -= capacity;
        list_take(slab, &class->first, page);
        give_pages(slab, page, 1);
    }
}

uint32_t lfm_slab_alloc(lfm_slab_t *slab, size_t size) {
    if (size <= slab->page_size / 2) {
        return take_chunk(slab, class_of(size));
    }
    return take_pages(slab, size / slab->page_size + (size % slab->page_size != 0));
}

void lfm_slab_free(lfm_slab_t *slab, uint32_t page) {
    if (slab->pages[page].kind == CHUNKS) {
        give_chunk(slab, page);
    } else {
        give_pages(slab, page, slab->pages[page].run);
    }
}

size_t lfm_slab_room(const lfm_slab_t *slab, size_t size) {
    if (size > slab->page_size / 2) {
        return (size + slab->page_size - 1) / slab->page_size * slab->page_size;
    }
    return (size_t) SMALLEST << class_of(size);
}

size_t lfm_slab_free_bytes(const lfm_slab_t *slab) {
    size_t bytes = slab->free_pages * slab->page_size;
    size_t i;

    for (i = 0; i < LFM_SLAB_CLASSES; i++) {
        bytes += (slab->classes[i].total - slab->classes[i].used) * ((size_t) SMALLEST << i);
    }
    return bytes;
}
