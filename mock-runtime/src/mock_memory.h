/* Memory of the mock itself, which ends the process with a message when it is
 * short. */

#ifndef MOCK_MEMORY_H
#define MOCK_MEMORY_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "lf_str.h"

/* From the number of an address to a pointer, which no cast does without the
 * compiler losing track. */
static inline void *lfm_pointer(uintptr_t address) {
    void *pointer;

    memcpy(&pointer, &address, sizeof(pointer));
    return pointer;
}

void lfm_out_of_memory(void) __attribute__((noreturn));

void *lfm_alloc(size_t size);
void *lfm_zalloc(size_t size);
void *lfm_resize(void *block, size_t size);

/* A copy with a NUL behind it. */
char *lfm_text_dup(lf_str_t text);

/* Makes room for one more item: returns `items`, moved when it had to grow. */
void *lfm_grow(void *items, size_t item_size, size_t count, size_t *capacity);

#endif
