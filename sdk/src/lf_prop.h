#ifndef LF_PROP_H
#define LF_PROP_H

#include "lf_str.h"

#pragma GCC visibility push(hidden)

typedef struct {
    lf_str_t key;
    lf_str_t value; /* data NUL-terminated: it is lent to the application */
} lf_prop_t;

/* The last property of that name, case ignored, or NULL: with the outer
 * level's properties before the inner's, inner and later ones win. */
const lf_prop_t *lf_prop_find(const lf_prop_t *props, size_t count, lf_str_t key);

#pragma GCC visibility pop

#endif
