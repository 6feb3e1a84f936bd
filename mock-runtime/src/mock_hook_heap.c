/* The allocations of handlers.  Memory is always that of the process's own
 * malloc(), a sanitizer's too. */

#include "mock_hook_heap.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mock_borrow.h"
#include "mock_fault.h"
#include "mock_finding.h"
#include "mock_heap.h"
#include "mock_memory.h"

int lfm_hook_alloc_fails(const void *at) {
    if (!lfm_fault_fires(NGX_LINK_FUNC_MOCK_ALLOC_MALLOC, at)) {
        return 0;
    }
    errno = ENOMEM;
    return 1;
}

void *lfm_hook_got(void *data, size_t size, const void *at) {
    lfm_heap_add(data, size, at);
    return data;
}

static char *got_text(char *text, const void *at) {
    return text == NULL ? NULL : lfm_hook_got(text, strlen(text) + 1, at);
}

void lfm_hook_forget(void *data) {
    lfm_heap_block_t block;

    if (data == NULL || !lfm_heap_find(data, &block) || lfm_heap_begin(&block) != (uintptr_t) data) {
        return;
    }
    lfm_borrow_freed(data, block.size);
    explicit_bzero(data, block.size);
    (void) lfm_heap_remove(data);
}

void *LFM_HOOK(malloc)(size_t size) {
    return lfm_hook_alloc_fails(lfm_caller()) ? NULL : lfm_hook_got(malloc(size), size, lfm_caller());
}

void *LFM_HOOK(calloc)(size_t count, size_t size) {
    return lfm_hook_alloc_fails(lfm_caller()) ? NULL
                                              : lfm_hook_got(calloc(count, size), count * size, lfm_caller());
}

/* The block stays known when it stays; one that moved is as good as freed. */
static void *resize(void *data, size_t size, const void *at) {
    lfm_heap_block_t block = {.hidden = ~(uintptr_t) data, .size = 0};
    int is_known = lfm_heap_find(data, &block);
    void *moved;

    if (lfm_hook_alloc_fails(at)) {
        return NULL;
    }
    moved = realloc(data, size);
    if (is_known && (moved != NULL || size == 0) && (uintptr_t) moved != lfm_heap_begin(&block)) {
        lfm_borrow_freed(lfm_pointer(lfm_heap_begin(&block)), block.size);
        (void) lfm_heap_remove(lfm_pointer(lfm_heap_begin(&block)));
    }
    return lfm_hook_got(moved, size, at);
}

void *LFM_HOOK(realloc)(void *data, size_t size) {
    return resize(data, size, lfm_caller());
}

void *LFM_HOOK(reallocarray)(void *data, size_t count, size_t size) {
    size_t bytes;

    if (__builtin_mul_overflow(count, size, &bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    return resize(data, bytes, lfm_caller());
}

void LFM_HOOK(free)(void *data) {
    lfm_hook_forget(data);
    free(data);
}

char *LFM_HOOK(strdup)(const char *text) {
    return lfm_hook_alloc_fails(lfm_caller()) ? NULL : got_text(strdup(text), lfm_caller());
}

char *LFM_HOOK(strndup)(const char *text, size_t size) {
    return lfm_hook_alloc_fails(lfm_caller()) ? NULL : got_text(strndup(text, size), lfm_caller());
}

int LFM_HOOK(posix_memalign)(void **data, size_t alignment, size_t size) {
    int error;

    if (lfm_fault_fires(NGX_LINK_FUNC_MOCK_ALLOC_MALLOC, lfm_caller())) {
        return ENOMEM;
    }
    error = posix_memalign(data, alignment, size);
    if (error == 0) {
        (void) lfm_hook_got(*data, size, lfm_caller());
    }
    return error;
}

void *LFM_HOOK(aligned_alloc)(size_t alignment, size_t size) {
    return lfm_hook_alloc_fails(lfm_caller())
               ? NULL
               : lfm_hook_got(aligned_alloc(alignment, size), size, lfm_caller());
}

/* The line's memory is the caller's from the first call on, and may move. */
static ssize_t read_line(char **line, size_t *size, int delimiter, FILE *file, const void *at) {
    char *before = *line;
    ssize_t len;

    if (before == NULL && lfm_hook_alloc_fails(at)) {
        return -1;
    }
    len = getdelim(line, size, delimiter, file);
    if (*line != before) {
        (void) lfm_heap_remove(before);
        (void) lfm_hook_got(*line, *size, at);
    }
    return len;
}

ssize_t LFM_HOOK(getline)(char **line, size_t *size, FILE *file) {
    return read_line(line, size, '\n', file, lfm_caller());
}

ssize_t LFM_HOOK(getdelim)(char **line, size_t *size, int delimiter, FILE *file) {
    return read_line(line, size, delimiter, file, lfm_caller());
}

ssize_t LFM_HOOK(__getdelim)(char **line, size_t *size, int delimiter, FILE *file) {
    return read_line(line, size, delimiter, file, lfm_caller());
}

static int print(char **text, const char *format, va_list args, const void *at) {
    int len;

    if (lfm_hook_alloc_fails(at)) {
        *text = NULL;
        return -1;
    }
    len = vasprintf(text, format, args);
    if (len >= 0) {
        (void) lfm_hook_got(*text, (size_t) len + 1, at);
    }
    return len;
}

int LFM_HOOK(vasprintf)(char **text, const char *format, va_list args) {
    return print(text, format, args, lfm_caller());
}

int LFM_HOOK(asprintf)(char **text, const char *format, ...) {
    va_list args;
    int len;

    va_start(args, format);
    len = print(text, format, args, lfm_caller());
    va_end(args);
    return len;
}

/* What _FORTIFY_SOURCE makes of the two. */
int LFM_HOOK(__vasprintf_chk)(char **text, int flag, const char *format, va_list args) {
    (void) flag;
    return print(text, format, args, lfm_caller());
}

int LFM_HOOK(__asprintf_chk)(char **text, int flag, const char *format, ...) {
    va_list args;
    int len;

    (void) flag;
    va_start(args, format);
    len = print(text, format, args, lfm_caller());
    va_end(args);
    return len;
}
