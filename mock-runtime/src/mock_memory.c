#include "mock_memory.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

void lfm_out_of_memory(void) {
    (void) fputs("ngx_link_func_mock: out of memory\n", stderr);
    abort();
}

static void *checked(void *block) {
    if (block == NULL) {
        lfm_out_of_memory();
    }
    return block;
}

void *lfm_alloc(size_t size) {
    return checked(malloc(size > 0 ? size : 1));
}

void *lfm_zalloc(size_t size) {
    return checked(calloc(1, size));
}

void *lfm_resize(void *block, size_t size) {
    return checked(realloc(block, size));
}

char *lfm_text_dup(lf_str_t text) {
    char *copy = lfm_alloc(text.len + 1);

    if (text.len > 0) {
        memcpy(copy, text.data, text.len);
    }
    copy[text.len] = '\0';
    return copy;
}

void *lfm_grow(void *items, size_t item_size, size_t count, size_t *capacity) {
    if (count < *capacity) {
        return items;
    }
    *capacity = *capacity == 0 ? 8 : 2 * *capacity;
    return lfm_resize(items, *capacity * item_size);
}

void *lfm_pool_alloc(lfm_pool_t *pool, size_t size) {
    void *block;

    /* ASan ends the process on sizes that malloc() refuses. */
    if (size > PTRDIFF_MAX / 2) {
        return NULL;
    }
    block = malloc(size);
    if (block == NULL) {
        return NULL;
    }
    pool->blocks = lfm_grow(pool->blocks, sizeof(void *), pool->count, &pool->capacity);
    pool->blocks[pool->count++] = block;
    return block;
}

char *lfm_pool_text(lfm_pool_t *pool, lf_str_t text) {
    char *copy = lfm_pool_alloc(pool, text.len + 1);

    if (copy == NULL) {
        return NULL;
    }
    if (text.len > 0) {
        memcpy(copy, text.data, text.len);
    }
    copy[text.len] = '\0';
    return copy;
}

void lfm_pool_free(lfm_pool_t *pool) {
    while (pool->count > 0) {
        free(pool->blocks[--pool->count]);
    }
    free(pool->blocks);
    pool->blocks = NULL;
    pool->capacity = 0;
}
