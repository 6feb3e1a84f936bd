/* What has been got from malloc() and its like, by handlers, hooks and others, as
 * far as their calls go through the mock.
 *
 * No address of a block is kept as it is: to LeakSanitizer, and to the mock's
 * own search for leaks, this must not look like a pointer to it. */

#ifndef MOCK_HEAP_H
#define MOCK_HEAP_H

#include "mock_public.h"

#include <stddef.h>
#include <stdint.h>

typedef struct {
    uintptr_t hidden; /* ~ the address */
    size_t size;
    const void *at;                   /* who got it */
    const ngx_link_func_mock_t *mock; /* NULL: of nobody's handler or hook */
    int is_of_call;                   /* rather than of a hook */
    int is_reached;                   /* in a search for leaks */
} lfm_heap_block_t;

static inline uintptr_t lfm_heap_begin(const lfm_heap_block_t *block) {
    return ~block->hidden;
}

/* By the handler or hook that this thread runs, if it does. */
void lfm_heap_add(void *data, size_t size, const void *at);

/* By another library. */
void lfm_heap_add_other(void *data, size_t size);

/* Whether there is any, or has been. */
int lfm_heap_is_used(void);

/* Whether somebody else looks for leaks, or gives memory of a kind that is not
 * for the mock to look through: a sanitizer, valgrind. */
int lfm_heap_is_watched(void);

/* Around threads of handlers.  To ThreadSanitizer the lock that all take here
 * would order what nothing else does: with it, nothing is noted in between, and
 * what was is forgotten. */
void lfm_heap_step_aside(void);
void lfm_heap_come_back(void);

/* Before it is freed.  Returns whether it was known. */
int lfm_heap_remove(const void *data);

/* Fills in a copy of the block that the address is in; 0 when there is none. */
int lfm_heap_find(const void *address, lfm_heap_block_t *block);

/* All of them, in the order of their addresses, to be freed by the caller.  They
 * are the blocks themselves; it is for one thread at a time. */
lfm_heap_block_t **lfm_heap_list(size_t *count);

/* The block of that mock that the address is in, if there is one, is nobody's. */
void lfm_heap_give_up(const ngx_link_func_mock_t *mock, const void *address);

/* Those of a mock that goes are the heir's; or nobody's, when it is NULL. */
void lfm_heap_bequeath(const ngx_link_func_mock_t *mock, const ngx_link_func_mock_t *heir);

#endif
