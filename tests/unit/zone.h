/* A zone for tests, in memory that child processes share: first fit in steps
 * of 64 bytes, freed bytes overwritten, every callback checked. */

#ifndef ZONE_H
#define ZONE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lf_cache.h"
#include "lf_call.h"
#include "lf_dict.h"

#define ZONE_STEP 64
#define ZONE_FREED 0xdd /* what freed bytes become */

typedef struct {
    lf_zone_t zone;
    lf_store_t *store;
    uint64_t generation;
    lf_owner_t self;
    uint64_t dead; /* the id of an owner that is not alive */
    int asked;     /* how often that was asked */
    uint64_t now;
    int clock_reads;
    int locked;
    int allocations_left; /* -1: as many as fit */
    int reports[3];       /* by lf_event_t */
    size_t steps;
    size_t steps_free;
    size_t search_from;
    uint32_t *taken; /* by step: how many steps the block that starts there has */
    char *memory;
    size_t mapped;
} zone_t;

/* A zone of that many bytes, with its store. */
zone_t *zone_new(size_t size);
void zone_free(zone_t *zone);

/* What is free, without a word about what is retired. */
size_t zone_left(const zone_t *zone);

/* All the memory is free again, and no lock is held. */
void assert_zone_empty(const zone_t *zone);

/* A call begins on that thread, in the process that zone->self names. */
void zone_enter(lf_call_t *call);
void zone_leave(lf_call_t *call);

#endif
