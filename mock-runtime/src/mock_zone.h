/* The shared memory zone.  What handlers get as shared_mem is a lfm_zone_t. */

#ifndef MOCK_ZONE_H
#define MOCK_ZONE_H

#include <stddef.h>

#include "lf_store.h"
#include "mock_finding.h"
#include "mock_log.h"

typedef struct lfm_zone_s lfm_zone_t;

size_t lfm_zone_min_size(void);

lfm_zone_t *lfm_zone_new(size_t size, lfm_log_t *log, lfm_findings_t *findings);
void lfm_zone_free(lfm_zone_t *zone);

void lfm_zone_lock(lfm_zone_t *zone);
void lfm_zone_unlock(lfm_zone_t *zone);

/* The end of a handler or hook: what it removed from the cache is given up, and
 * the lock that it left held is opened.  Returns whether it was. */
int lfm_zone_leave(lfm_zone_t *zone);

/* The zone, in which each block is an allocation of its own, and the call that
 * runs, as the cache, the dict and the store use them. */
const lf_zone_t *lfm_zone_callbacks(const lfm_zone_t *zone);
lf_call_t *lfm_zone_call(lfm_zone_t *zone);

#endif
