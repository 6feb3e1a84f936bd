/* Memory of libraries that handlers use: it is noted, and nothing else. */

#include "mock_hook.h"

#include <stdlib.h>
#include <string.h>

#include "mock_heap.h"

static void *got(void *data, size_t size) {
    lfm_heap_add_other(data, size);
    return data;
}

static void *other_malloc(size_t size) {
    return got(malloc(size), size);
}

static void *other_calloc(size_t count, size_t size) {
    return got(calloc(count, size), count * size);
}

static void *other_realloc(void *data, size_t size) {
    (void) lfm_heap_remove(data);
    return got(realloc(data, size), size);
}

static char *other_strdup(const char *text) {
    return got(strdup(text), strlen(text) + 1);
}

/* As in mock_hook_heap.c: no pointer may stay behind. */
static void other_free(void *data) {
    lfm_heap_block_t block;

    if (data != NULL && lfm_heap_find(data, &block) && lfm_heap_begin(&block) == (uintptr_t) data) {
        explicit_bzero(data, block.size);
        (void) lfm_heap_remove(data);
    }
    free(data);
}

typedef void (*function_t)(void);

static const struct {
    const char *name;
    function_t function;
} hooks[] = {
    {"malloc", (function_t) other_malloc},   {"calloc", (function_t) other_calloc},
    {"realloc", (function_t) other_realloc}, {"free", (function_t) other_free},
    {"strdup", (function_t) other_strdup},   {"__strdup", (function_t) other_strdup},
};

void *lfm_hook_find_other(const char *name) {
    void *function = NULL;
    size_t i;

    for (i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++) {
        if (strcmp(hooks[i].name, name) == 0) {
            memcpy(&function, &hooks[i].function, sizeof(function));
        }
    }
    return function;
}
