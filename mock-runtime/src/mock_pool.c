#include "mock_pool.h"

#include <stdlib.h>

#include "mock_memory.h"
#include "mock_state.h"

/* What NGINX gives, so that nothing but fewer than 8 bytes lies between the end
 * of a block and a guard page. */
#define ALIGNMENT 8

static void *add(lfm_pool_t *pool, lfm_block_t *block) {
    if (block == NULL) {
        return NULL;
    }
    pool->blocks = lfm_grow(pool->blocks, sizeof(lfm_block_t *), pool->count, &pool->capacity);
    pool->blocks[pool->count++] = block;
    return block->data;
}

void *lfm_pool_alloc(lfm_pool_t *pool, size_t size) {
    if (lfm_fault_fires(NGX_LINK_FUNC_MOCK_ALLOC_POOL, lfm_at)) {
        return NULL;
    }
    return add(pool, lfm_block_new(pool->watch, size, ALIGNMENT, NULL, lfm_at));
}

char *lfm_pool_input(lfm_pool_t *pool, lf_str_t bytes, int nul, const char *input, const void *at) {
    char *copy = add(pool, lfm_block_new(pool->watch, bytes.len + (nul != 0), 1, input, at));

    if (copy == NULL) {
        return NULL;
    }
    if (bytes.len > 0) {
        memcpy(copy, bytes.data, bytes.len);
    }
    if (nul) {
        copy[bytes.len] = '\0';
    }
    return copy;
}

char *lfm_pool_text(lfm_pool_t *pool, lf_str_t text) {
    if (lfm_fault_fires(NGX_LINK_FUNC_MOCK_ALLOC_POOL, lfm_at)) {
        return NULL;
    }
    return lfm_pool_input(pool, text, 1, NULL, lfm_at);
}

int lfm_pool_has(const lfm_pool_t *pool, const void *address) {
    size_t i;

    for (i = 0; i < pool->count; i++) {
        const lfm_block_t *block = pool->blocks[i];

        if ((uintptr_t) address - (uintptr_t) block->data < block->size) {
            return 1;
        }
    }
    return 0;
}

void lfm_pool_free(lfm_pool_t *pool) {
    while (pool->count > 0) {
        lfm_block_end(pool->blocks[--pool->count]);
    }
    free(pool->blocks);
    pool->blocks = NULL;
    pool->capacity = 0;
}

void lfm_pool_move(lfm_pool_t *to, lfm_pool_t *from) {
    *to = *from;
    from->blocks = NULL;
    from->count = from->capacity = 0;
}
