/* Memory of the mock itself, which ends the process with a message when it is
 * short, and the request's pool, which tells the handler. */

#ifndef MOCK_MEMORY_H
#define MOCK_MEMORY_H

#include <stddef.h>

#include "lf_str.h"

void lfm_out_of_memory(void) __attribute__((noreturn));

void *lfm_alloc(size_t size);
void *lfm_zalloc(size_t size);
void *lfm_resize(void *block, size_t size);

/* A copy with a NUL behind it. */
char *lfm_text_dup(lf_str_t text);

/* Makes room for one more item: returns `items`, moved when it had to grow. */
void *lfm_grow(void *items, size_t item_size, size_t count, size_t *capacity);

/* Every block is an allocation of its own, so that ASan and valgrind see where
 * it begins, where it ends and when it died. */
typedef struct {
    void **blocks;
    size_t count;
    size_t capacity;
} lfm_pool_t;

/* NULL when memory is short. */
void *lfm_pool_alloc(lfm_pool_t *pool, size_t size);

/* A copy with a NUL behind it, or NULL. */
char *lfm_pool_text(lfm_pool_t *pool, lf_str_t text);

/* Leaves it empty. */
void lfm_pool_free(lfm_pool_t *pool);

#endif
