/* Blocks come from malloc(), so that ASan sees each one's ends; how many fit is
 * reckoned by what NGINX's slab takes for a block of that size. */

#include "mock_zone.h"

#include <search.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "lf_call.h"
#include "lf_message.h"
#include "mock_memory.h"
#include "mock_state.h"

typedef struct {
    void *data;
    size_t cost;
} block_t;

struct lfm_zone_s {
    lfm_log_t *log;
    lfm_findings_t *findings;
    void *blocks; /* tsearch() tree of block_t by address */
    size_t size;
    size_t used;
    unsigned lock_depth;
    lf_zone_t callbacks;
    lf_store_t *store; /* beside the blocks, so that it costs none of the size */
    uint64_t generation;
    lf_call_t call;
};

static size_t page_size(void) {
    return (size_t) sysconf(_SC_PAGESIZE);
}

size_t lfm_zone_min_size(void) {
    return 8 * page_size();
}

static void block_free(void *block) {
    free(((block_t *) block)->data);
    free(block);
}

void lfm_zone_free(lfm_zone_t *zone) {
    if (zone == NULL) {
        return;
    }
    lf_call_forget(&zone->call);
    tdestroy(zone->blocks, block_free);
    free(zone->store);
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

static void *zone_alloc(void *data, size_t size) {
    lfm_zone_t *zone = data;
    size_t cost;

    if (size > zone->size || (cost = block_cost(size)) > zone->size - zone->used) {
        return NULL;
    }
    if (lfm_fault_fires(NGX_LINK_FUNC_MOCK_ALLOC_SHM, lfm_at)) {
        return NULL;
    }
    return remember_block(zone, malloc(size), cost);
}

static void zone_release(void *callback_data, void *data) {
    lfm_zone_t *zone = callback_data;
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
        lfm_find(zone->findings, NGX_LINK_FUNC_MOCK_CODE_LOCK_NOT_HELD_UNLOCK, lfm_at,
                 LF_MESSAGE_LOCK_NOT_HELD);
        return;
    }
    zone->lock_depth--;
}

int lfm_zone_leave(lfm_zone_t *zone) {
    int held = zone != NULL && zone->lock_depth > 0;

    if (held) {
        zone->lock_depth = 0;
    }
    if (zone != NULL && zone->call.generation != 0) {
        lf_call_leave(&zone->call);
    }
    return held;
}

/* The lock of the store is not the handler's, and one mock is used by one
 * thread: nobody is there to be kept out, or dies. */
static void zone_lock(void *zone) {
    (void) zone;
}

static uint64_t zone_now(void *zone) {
    struct timespec now;

    (void) zone;
    (void) clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t) now.tv_sec * 1000 + (uint64_t) now.tv_nsec / 1000000;
}

static lf_owner_t zone_owner(void *zone) {
    const lf_owner_t owner = {1, 0};

    (void) zone;
    return owner;
}

static int zone_alive(void *zone, lf_owner_t owner) {
    (void) zone;
    (void) owner;
    return 1;
}

static void zone_report(void *zone, lf_event_t event) {
    if (event == LF_EVENT_FULL) {
        lfm_log(((lfm_zone_t *) zone)->log, NGX_LINK_FUNC_MOCK_ERR, lf_cstr(LF_MESSAGE_ZONE_FULL));
    }
}

static size_t zone_room(void *zone, size_t size) {
    (void) zone;
    return block_cost(size);
}

static size_t zone_free_bytes(void *data) {
    const lfm_zone_t *zone = data;

    return zone->size - zone->used;
}

static const lf_zone_t zone_callbacks = {
    .alloc = zone_alloc,
    .free = zone_release,
    .lock = zone_lock,
    .unlock = zone_lock,
    .reset = zone_lock,
    .now = zone_now,
    .owner = zone_owner,
    .alive = zone_alive,
    .report = zone_report,
    .room = zone_room,
    .free_bytes = zone_free_bytes,
};

lfm_zone_t *lfm_zone_new(size_t size, lfm_log_t *log, lfm_findings_t *findings) {
    lfm_zone_t *zone = lfm_zalloc(sizeof(*zone));

    zone->log = log;
    zone->findings = findings;
    zone->size = size - size % page_size();
    zone->used = page_size(); /* the slab's own header */
    zone->store = lfm_zalloc(sizeof(*zone->store));
    zone->call.inside = 1;
    zone->callbacks = zone_callbacks;
    zone->callbacks.store = &zone->store;
    zone->callbacks.generation = &zone->generation;
    zone->callbacks.capacity = zone->size - zone->used;
    zone->callbacks.zone = zone;
    lf_store_init(&zone->callbacks);
    return zone;
}

const lf_zone_t *lfm_zone_callbacks(const lfm_zone_t *zone) {
    return &zone->callbacks;
}

lf_call_t *lfm_zone_call(lfm_zone_t *zone) {
    return &zone->call;
}
