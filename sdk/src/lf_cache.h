/* The cache in shared memory: a map from keys to pointers.  Each function is
 * atomic under the zone's lock; semantics as documented at
 * ngx_link_func_cache_* in the public header. */

#ifndef LF_CACHE_H
#define LF_CACHE_H

#include "lf_store.h"

#pragma GCC visibility push(hidden)

void *lf_cache_get(const lf_zone_t *zone, lf_call_t *call, lf_str_t key);
void *lf_cache_put(const lf_zone_t *zone, lf_call_t *call, lf_str_t key, void *value);
void *lf_cache_new(const lf_zone_t *zone, lf_call_t *call, lf_str_t key, size_t size);
void *lf_cache_remove(const lf_zone_t *zone, lf_call_t *call, lf_str_t key);

#pragma GCC visibility pop

#endif
