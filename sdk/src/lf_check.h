/* Whether what a process left in shared memory, that died while it held the
 * lock outside of the allocator, is whole. */

#ifndef LF_CHECK_H
#define LF_CHECK_H

#include "lf_store.h"

#pragma GCC visibility push(hidden)

/* Looks at every link and every count of the store.  When it is sound, what is
 * derived from the entries is reckoned anew, and fresh and doomed keep only the
 * blocks that nothing leads to. */
int lf_check(const lf_zone_t *zone, lf_store_t *store);

#pragma GCC visibility pop

#endif
