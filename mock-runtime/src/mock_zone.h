/* The shared memory zone.  What handlers get as shared_mem is a lfm_zone_t. */

#ifndef MOCK_ZONE_H
#define MOCK_ZONE_H

#include <stddef.h>

#include "lf_cache.h"
#include "mock_log.h"

typedef struct lfm_zone_s lfm_zone_t;

size_t lfm_zone_min_size(void);

lfm_zone_t *lfm_zone_new(size_t size, lfm_log_t *log);
void lfm_zone_free(lfm_zone_t *zone);

/* Each block is an allocation of its own.  NULL, with a log line, when full. */
void *lfm_zone_alloc(lfm_zone_t *zone, size_t size);
void lfm_zone_release(lfm_zone_t *zone, void *data);

void lfm_zone_lock(lfm_zone_t *zone);
void lfm_zone_unlock(lfm_zone_t *zone);

/* Opens the lock that a handler left held.  Returns whether it was. */
int lfm_zone_break_lock(lfm_zone_t *zone);

lf_cache_t *lfm_zone_cache(lfm_zone_t *zone);

/* The zone as the cache index uses it. */
lf_zone_t lfm_zone_callbacks(lfm_zone_t *zone);

#endif
