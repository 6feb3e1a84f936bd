/* Memory that the mock hands to handlers, with what tells a use of it outside
 * its bounds or its life: AddressSanitizer where it runs, else guard bytes around
 * a block and a pattern in it once it has ended, else guard pages. */

#ifndef MOCK_WATCH_H
#define MOCK_WATCH_H

#include "mock_finding.h"
#include "mock_guard.h"

/* Blocks that have ended and are kept for a while. */
#define LFM_QUARANTINE 64

typedef struct lfm_watch_s lfm_watch_t;

typedef struct lfm_block_s {
    char *data;
    size_t size;
    const char *input; /* what of the request it is; NULL: memory that a handler asked for */
    const void *at;    /* who got it */
    lfm_watch_t *watch;
    char *memory;  /* what it was made of */
    size_t mapped; /* bytes of that, in whole pages; 0: it came from malloc() */
    int has_ended;
    int was_touched; /* where that faults */
    lfm_fault_t fault;
    struct lfm_block_s *next_touched;
} lfm_block_t;

struct lfm_watch_s {
    lfm_findings_t *findings;
    int has_pages;                      /* whether blocks are made of pages */
    lfm_block_t *touched;               /* not yet told */
    lfm_block_t *ended[LFM_QUARANTINE]; /* a ring */
    size_t oldest;
    size_t count;
    size_t bytes;
};

/* NULL when memory is short.  The block's end has that alignment when guard
 * pages make it end at one; otherwise it is that of malloc(). */
lfm_block_t *lfm_block_new(lfm_watch_t *watch, size_t size, size_t alignment, const char *input,
                           const void *at);

/* Its request is over. */
void lfm_block_end(lfm_block_t *block);

/* Behind a handler or hook: tells what has been done to memory that nobody may
 * touch, as far as a look at it is cheap. */
void lfm_watch_check(lfm_watch_t *watch);

/* The same, of all that is left; then nothing is. */
void lfm_watch_free(lfm_watch_t *watch);

#endif
