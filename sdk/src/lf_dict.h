/* The dict in shared memory.  Semantics, and the results, as documented at
 * ngx_link_func_dict_* in the public header. */

#ifndef LF_DICT_H
#define LF_DICT_H

#include "lf_store.h"

#include "ngx_link_func_module.h"

#pragma GCC visibility push(hidden)

int lf_dict_get(const lf_zone_t *zone, lf_str_t key, void *buf, size_t *len);
int lf_dict_set(const lf_zone_t *zone, lf_call_t *call, lf_str_t key, lf_str_t value, uint64_t ttl);
int lf_dict_add(const lf_zone_t *zone, lf_call_t *call, lf_str_t key, lf_str_t value, uint64_t ttl);

typedef struct {
    int64_t by;
    int64_t init;
    uint64_t ttl;
} lf_dict_incr_t;

int lf_dict_incr(const lf_zone_t *zone, lf_str_t key, const lf_dict_incr_t *incr, int64_t *out);
int lf_dict_delete(const lf_zone_t *zone, lf_str_t key);
int lf_dict_ttl(const lf_zone_t *zone, lf_str_t key, int64_t *ttl);
int lf_dict_expire(const lf_zone_t *zone, lf_str_t key, uint64_t ttl);
void lf_dict_stats(const lf_zone_t *zone, ngx_link_func_dict_stats_t *stats);

/* In the item. */
lf_str_t lf_dict_value(const lf_item_t *item);

/* What the item takes of the zone. */
size_t lf_dict_room(const lf_op_t *op, const lf_item_t *item);

/* Makes room towards a block of that size: removes an expired entry, where one
 * is near the end, or one that was used long ago and is as large, or all on the
 * page of the one that was used least recently, so that the page can be put to
 * another use.  Returns how many there were. */
size_t lf_dict_evict(const lf_op_t *op, size_t size);

/* Removes an entry that a process left half written. */
void lf_dict_drop(const lf_op_t *op, lf_item_t *item);

#pragma GCC visibility pop

#endif
