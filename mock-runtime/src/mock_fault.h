/* Allocations that fail because the test wants it. */

#ifndef MOCK_FAULT_H
#define MOCK_FAULT_H

#include "mock_public.h"

#include <stddef.h>

typedef struct {
    size_t wait;  /* allocations until the first that fails; 0: none will */
    size_t times; /* that fail from there on; 0: all */
    size_t fired;
    const void *at; /* of the first that failed */
} lfm_fault_plan_t;

typedef struct {
    lfm_fault_plan_t plans[NGX_LINK_FUNC_MOCK_ALLOC_COUNT];
    size_t counts[NGX_LINK_FUNC_MOCK_ALLOC_COUNT]; /* allocations, failed or not */
} lfm_faults_t;

/* Counts an allocation of the handler or hook that this thread runs; returns
 * whether it must fail. */
int lfm_fault_fires(ngx_link_func_mock_alloc_t kind, const void *at);

#endif
