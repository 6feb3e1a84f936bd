/* The values that arguments and requests are drawn from. */

#ifndef POOLS_H
#define POOLS_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    const char *data;
    size_t len;
} pool_value_t;

typedef struct {
    const pool_value_t *values;
    size_t count;
} pool_t;

typedef struct {
    const int64_t *values;
    size_t count;
} number_pool_t;

/* Of requests; without NUL. */
extern const pool_t pool_methods, pool_paths, pool_queries, pool_hosts, pool_headers, pool_single_headers;
extern const pool_t pool_conditions, pool_segments, pool_bodies;

/* Of programs. */
extern const pool_t pool_header_names, pool_header_values, pool_in_names, pool_props, pool_arg_names;
extern const pool_t pool_cookie_names, pool_var_names, pool_status_lines, pool_types, pool_texts, pool_keys;
extern const pool_t pool_etags, pool_dates;
extern const number_pool_t pool_statuses, pool_sizes, pool_block_sizes, pool_rooms, pool_ttls;
extern const number_pool_t pool_numbers, pool_levels, pool_counts;

#endif
