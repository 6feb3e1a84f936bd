/* NGINX variables that a test declares, as `set` in a configuration does. */

#ifndef MOCK_VARIABLES_H
#define MOCK_VARIABLES_H

#include <stddef.h>

#include "lf_str.h"

/* Names are compared without regard to case.  Zeroed it is empty. */
typedef struct {
    lf_str_t name;
    lf_str_t value; /* a NUL behind it */
} lfm_variable_t;

typedef struct {
    lfm_variable_t *items;
    size_t count;
    size_t capacity;
} lfm_variables_t;

/* NULL when there is none. */
const lfm_variable_t *lfm_variables_find(const lfm_variables_t *variables, lf_str_t name);

/* Replaces the value, or adds the variable. */
void lfm_variables_set(lfm_variables_t *variables, lf_str_t name, lf_str_t value);

/* Leaves copies in place of what was there. */
void lfm_variables_replace(lfm_variables_t *to, const lfm_variables_t *from);

/* Leaves it empty. */
void lfm_variables_clear(lfm_variables_t *variables);

#endif
