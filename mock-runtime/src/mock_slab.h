/* How full the zone would be in NGINX: what its slab allocator makes of the same
 * blocks in the same order.  Pages are reckoned, no memory is touched. */

#ifndef MOCK_SLAB_H
#define MOCK_SLAB_H

#include <stddef.h>
#include <stdint.h>

#define LFM_SLAB_CLASSES 16

/* The page that an allocation for which there is no room is in. */
#define LFM_SLAB_NONE UINT32_MAX

typedef struct {
    uint32_t next; /* of the free runs, or of the pages of a class that have room */
    uint32_t before;
    uint32_t run;   /* the first page of a run: its length; the last of a free one: its first */
    uint16_t taken; /* chunks, in a page of a class */
    uint8_t kind;   /* lfm_slab_kind_t */
    uint8_t class;
} lfm_slab_page_t;

/* Chunks of 8 << class bytes. */
typedef struct {
    uint32_t first; /* page with room */
    size_t total;
    size_t used;
} lfm_slab_class_t;

typedef struct {
    lfm_slab_page_t *pages;
    uint32_t count;
    uint32_t first_free;
    size_t free_pages;
    size_t page_size;
    lfm_slab_class_t classes[LFM_SLAB_CLASSES];
} lfm_slab_t;

/* How many pages NGINX makes of a zone of that size. */
size_t lfm_slab_page_count(size_t zone_size);

/* An empty one; `pages` has room for `count`. */
void lfm_slab_init(lfm_slab_t *slab, lfm_slab_page_t *pages, size_t count);

/* The page that a block of that size begins in, for lfm_slab_free(). */
uint32_t lfm_slab_alloc(lfm_slab_t *slab, size_t size);
void lfm_slab_free(lfm_slab_t *slab, uint32_t page);

/* What a block of that size takes. */
size_t lfm_slab_room(const lfm_slab_t *slab, size_t size);

size_t lfm_slab_free_bytes(const lfm_slab_t *slab);

#endif
