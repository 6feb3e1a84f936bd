#ifndef LF_CACHE_H
#define LF_CACHE_H

#include <stdint.h>

#include "lf_str.h"

#pragma GCC visibility push(hidden)

/* The shared memory that a runtime offers.  alloc and free are called with the
 * lock held, by any process that maps the zone at the same address. */
typedef struct {
    void *(*alloc)(void *zone, size_t size); /* not zeroed; NULL when full */
    void (*free)(void *zone, void *ptr);
    void (*lock)(void *zone);
    void (*unlock)(void *zone);
    void *zone;
} lf_zone_t;

typedef struct lf_cache_node_s lf_cache_node_t;

/* Lives in the zone.  Zeroed with a seed of its own it is an empty cache. */
typedef struct {
    lf_cache_node_t *root;
    size_t entries;
    uint64_t seed; /* unpredictable to whoever chooses the keys */
} lf_cache_t;

/* Each call is atomic under the zone's lock.  Semantics as documented at
 * ngx_link_func_cache_* in the public header. */
void *lf_cache_get(lf_cache_t *cache, const lf_zone_t *zone, lf_str_t key);
void *lf_cache_put(lf_cache_t *cache, const lf_zone_t *zone, lf_str_t key, void *value);
void *lf_cache_new(lf_cache_t *cache, const lf_zone_t *zone, lf_str_t key, size_t size);
void *lf_cache_remove(lf_cache_t *cache, const lf_zone_t *zone, lf_str_t key);

#pragma GCC visibility pop

#endif
