/* Blocks come from malloc(), so that ASan sees each one's ends; how many fit is
 * reckoned by what NGINX's slab takes for a block of that size. */

#include "mock_zone.h"

#include <search.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "lf_message.h"
#include "mock_memory.h"

typedef struct {
    void *data;
    size_t cost;
} block_t;

struct lfm_zone_s {
    lfm_log_t *log;
    void *blocks; /* tsearch() tree of block_t by address */
    size_t size;
    size_t used;
    unsigned lock_depth;
    time_t full_logged; /* the second of the last "zone is full" */
    lf_cache_t cache;
};

static size_t page_size(void) {
    return (size_t) sysconf(_SC_PAGESIZE);
}

size_t lfm_zone_min_size(void) {
    return 8 * page_size();
}

lfm_zone_t *lfm_zone_new(size_t size, lfm_log_t *log) {
    lfm_zone_t *zone = lfm_zalloc(sizeof(*zone));

    zone->log = log;
    zone->size = size - size % page_size();
    zone->used = page_size(); /* the slab's own header */
    zone->full_logged = -1;
    return zone;
}

static void block_free(void *block) {
    free(((block_t *) block)->data);
    free(block);
}

void lfm_zone_free(lfm_zone_t *zone) {
    if (zone == NULL) {
        return;
    }
    tdestroy(zone->blocks, block_free);
    free(zone);
}

/* Powers of two from 8 bytes up to half a page, whole pages above. */
static size_t block_cost(size_t size) {
    size_t page = page_size();
    size_t cost = 8;

    if (size > page / 2) {
        return (size + page - 1) / page * page;
    }
    while (cost < size) {
        cost *= 2;
    }
    return cost;
}

static void log_full(lfm_zone_t *zone) {
    struct timespec now;

    (void) clock_gettime(CLOCK_MONOTONIC, &now);
    if (now.tv_sec == zone->full_logged) {
        return;
    }
    zone->full_logged = now.tv_sec;
    lfm_log(zone->log, NGX_LINK_FUNC_MOCK_ERR, lf_cstr(LF_MESSAGE_ZONE_FULL));
}

static int compare_blocks(const void *a, const void *b) {
    const char *left = ((const block_t *) a)->data;
    const char *right = ((const block_t *) b)->data;

    return (left > right) - (left < right);
}

static void *remember_block(lfm_zone_t *zone, void *data, size_t cost) {
    block_t *block = lfm_alloc(sizeof(*block));

    block->data = data;
    block->cost = cost;
    if (data == NULL || tsearch(block, &zone->blocks, compare_blocks) == NULL) {
        block_free(block);
        return NULL;
    }
    zone->used += cost;
    return data;
}

void *lfm_zone_alloc(lfm_zone_t *zone, size_t size) {
    size_t cost;

    if (size > zone->size || (cost = block_cost(size)) > zone->size - zone->used) {
        log_full(zone);
        return NULL;
    }
    return remember_block(zone, malloc(size), cost);
}

void lfm_zone_release(lfm_zone_t *zone, void *data) {
    block_t key = {data, 0};
    void *found = tfind(&key, &zone->blocks, compare_blocks);
    block_t *block;

    if (found == NULL) {
        lfm_log(zone->log, NGX_LINK_FUNC_MOCK_ALERT,
                lf_cstr("ngx_link_func_shm_free() got a pointer that is not a block of the zone"));
        return;
    }
    block = *(block_t **) found;
    (void) tdelete(&key, &zone->blocks, compare_blocks);
    zone->used -= block->cost;
    block_free(block);
}

void lfm_zone_lock(lfm_zone_t *zone) {
    zone->lock_depth++;
}

void lfm_zone_unlock(lfm_zone_t *zone) {
    if (zone->lock_depth == 0) {
        lfm_log(zone->log, NGX_LINK_FUNC_MOCK_ALERT, lf_cstr(LF_MESSAGE_LOCK_NOT_HELD));
        return;
    }
    zone->lock_depth--;
}

int lfm_zone_break_lock(lfm_zone_t *zone) {
    int held = zone != NULL && zone->lock_depth > 0;

    if (held) {
        zone->lock_depth = 0;
    }
    return held;
}

lf_cache_t *lfm_zone_cache(lfm_zone_t *zone) {
    return &zone->cache;
}

static void *index_alloc(void *zone, size_t size) {
    return lfm_zone_alloc(zone, size);
}

static void index_release(void *zone, void *block) {
    lfm_zone_release(zone, block);
}

/* The lock of the index is not the handler's, and one mock is used by one
 * thread: nobody is there to be kept out. */
static void index_lock(void *zone) {
    (void) zone;
}

lf_zone_t lfm_zone_callbacks(lfm_zone_t *zone) {
    lf_zone_t callbacks = {index_alloc, index_release, index_lock, index_lock, zone};

    return callbacks;
}
