/* The request's pool, which tells the handler when memory is short. */

#ifndef MOCK_POOL_H
#define MOCK_POOL_H

#include "lf_str.h"
#include "mock_watch.h"

/* Every block is an allocation of its own, so that ASan, valgrind and the
 * mock see where it begins, where it ends and when it died. */
typedef struct {
    lfm_watch_t *watch;
    lfm_block_t **blocks;
    size_t count;
    size_t capacity;
} lfm_pool_t;

/* For handlers.  NULL when memory is short. */
void *lfm_pool_alloc(lfm_pool_t *pool, size_t size);

/* A copy with a NUL behind it, or NULL. */
char *lfm_pool_text(lfm_pool_t *pool, lf_str_t text);

/* What of the request a handler sees, named by `input`: a copy for whoever is at
 * `at`, with a NUL behind it or without. */
char *lfm_pool_input(lfm_pool_t *pool, lf_str_t bytes, int nul, const char *input, const void *at);

/* Whether the address is in one of its blocks. */
int lfm_pool_has(const lfm_pool_t *pool, const void *address);

/* Leaves it empty, but usable. */
void lfm_pool_free(lfm_pool_t *pool);

/* Leaves `from` empty, but usable. */
void lfm_pool_move(lfm_pool_t *to, lfm_pool_t *from);

#endif
