/* The shared memory zone.  What handlers get as shared_mem is a lfm_zone_t. */

#ifndef MOCK_ZONE_H
#define MOCK_ZONE_H

#include <stddef.h>

#include "lf_call.h"
#include "mock_finding.h"
#include "mock_log.h"

typedef struct lfm_zone_s lfm_zone_t;

/* A block that a call has got, and where. */
typedef struct {
    const void *data;
    const void *at;
} lfm_touch_t;

/* Writes without the mutex that one call can be told of. */
#define LFM_UNLOCKED_MAX 16

/* Writes to blocks of its own, beside shared ones, that one call can make one by
 * one: each takes the kernel a while. */
#define LFM_STEPS_MAX 1000

/* A thread that uses a zone: the one that the mock is used by, a worker's, or one
 * of a handler library's own. */
typedef struct {
    lf_call_t call;
    int is_foreign; /* the last of these */
    int has_store;  /* it has locked the store */
    unsigned lock_depth;
    int is_guarded; /* while its handler runs that is to be */
    int is_open;    /* for its writes */
    lfm_touch_t unlocked[LFM_UNLOCKED_MAX];
    size_t unlocked_count;
    unsigned steps;
    const void *giving; /* what shm_free is freeing */
    lfm_touch_t *touched;
    size_t touched_count;
    size_t touched_capacity;
    lfm_log_t *log;
    lfm_findings_t *findings;
} lfm_zone_user_t;

/* This thread's own; NULL for that of the zone. */
extern __thread lfm_zone_user_t *lfm_zone_user
    __attribute__((tls_model("initial-exec"), visibility("hidden")));

size_t lfm_zone_min_size(void);

/* What an arena has numbers for. */
#define LFM_ZONE_MAX_SIZE ((size_t) 8 << 30)

lfm_zone_t *lfm_zone_new(size_t size, lfm_log_t *log, lfm_findings_t *findings);
void lfm_zone_free(lfm_zone_t *zone);

/* The next zone will be of this one's size, and soon: it may have its memory. */
void lfm_zone_comes_again(lfm_zone_t *zone);

void lfm_zone_lock(lfm_zone_t *zone);
int lfm_zone_trylock(lfm_zone_t *zone);
void lfm_zone_unlock(lfm_zone_t *zone);

/* Before a handler or hook. */
void lfm_zone_begin(lfm_zone_t *zone);

/* The kernel is about to fill memory for a handler, maybe of the zone's.  Returns
 * whether that is to be closed again behind it. */
int lfm_zone_fill(lfm_zone_t *zone, const void *data, const void *at);
void lfm_zone_close_again(void *zone);

/* The end of a handler or hook: what it did to the blocks that it got is looked
 * at, what it removed from the cache is given up, and the lock that it left
 * held is opened.  Returns whether it was. */
int lfm_zone_leave(lfm_zone_t *zone);

/* The end of a worker: all blocks are looked at. */
void lfm_zone_end_worker(lfm_zone_t *zone);

/* The library goes: pointers into it do not. */
void lfm_zone_unload(lfm_zone_t *zone, void *handle);

/* The zone and the call that runs, as the cache, the dict and the store use
 * them. */
const lf_zone_t *lfm_zone_callbacks(const lfm_zone_t *zone);
lf_call_t *lfm_zone_call(lfm_zone_t *zone);

/* The clock that times in the zone are told by. */
void lfm_zone_advance(lfm_zone_t *zone, uint64_t ms);

/*
 * Workers, numbered from 0.  Around those that are processes: share, own.  Each
 * joins; when it is gone, it is buried.  Around those that are threads: contend,
 * calm.  Each enters.
 */

void lfm_zone_share(lfm_zone_t *zone, size_t count);
void lfm_zone_join(lfm_zone_t *zone, size_t number);
void lfm_zone_bury(const lfm_zone_t *zone, size_t number);
void lfm_zone_own(lfm_zone_t *zone);

void lfm_zone_contend(lfm_zone_t *zone, size_t count);
void lfm_zone_enter_thread(lfm_zone_t *zone, size_t number, lfm_log_t *log, lfm_findings_t *findings);
void lfm_zone_calm(lfm_zone_t *zone);

/* Blocks that nobody can reach; at the end of the mock, or of a run of a sweep.
 * NULL is ignored. */
void lfm_zone_check_leaks(lfm_zone_t *zone);

/* A thread goes on, of those that run one at a time; `data` is the zone. */
void lfm_zone_turn(void *data);

/*
 * What the functions of the API tell about blocks.  NULL is ignored.
 */

/* The handler got a new block of that size: of cache_new, when there is a key. */
void lfm_zone_gave(lfm_zone_t *zone, const void *data, size_t size, const char *key);

/* It got a pointer to one that there was. */
void lfm_zone_lent(lfm_zone_t *zone, const void *block);

/* It put the pointer into the cache. */
void lfm_zone_put(lfm_zone_t *zone, const char *key, const void *value);

/* It is about to set the value in the dict. */
void lfm_zone_set(lfm_zone_t *zone, lf_str_t key, lf_str_t value);

/* The cache leads to the block no more. */
void lfm_zone_removed(lfm_zone_t *zone, const void *data);

/* The handler is about to give the pointer to shm_free.  Returns whether it may. */
int lfm_zone_giving(lfm_zone_t *zone, const void *data);
void lfm_zone_given(lfm_zone_t *zone);

#endif
