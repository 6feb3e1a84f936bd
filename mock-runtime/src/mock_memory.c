#include "mock_memory.h"

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
