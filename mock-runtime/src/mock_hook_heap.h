#ifndef MOCK_HOOK_HEAP_H
#define MOCK_HOOK_HEAP_H

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

#include "mock_hook.h"

/* Counts an allocation; returns whether it must fail, for lack of memory. */
int lfm_hook_alloc_fails(const void *at);

/* Notes what was got, if it was, and returns it. */
void *lfm_hook_got(void *data, size_t size, const void *at);

/* Before it is freed.  What it points to must not seem to be reached by it. */
void lfm_hook_forget(void *data);

#ifndef LFM_STATIC
#pragma GCC visibility push(default)
#endif

void *LFM_HOOK(malloc)(size_t size);
void *LFM_HOOK(calloc)(size_t count, size_t size);
void *LFM_HOOK(realloc)(void *data, size_t size);
void *LFM_HOOK(reallocarray)(void *data, size_t count, size_t size);
void LFM_HOOK(free)(void *data);
char *LFM_HOOK(strdup)(const char *text);
char *LFM_HOOK(strndup)(const char *text, size_t size);
int LFM_HOOK(posix_memalign)(void **data, size_t alignment, size_t size);
void *LFM_HOOK(aligned_alloc)(size_t alignment, size_t size);
ssize_t LFM_HOOK(getline)(char **line, size_t *size, FILE *file);
ssize_t LFM_HOOK(getdelim)(char **line, size_t *size, int delimiter, FILE *file);
ssize_t LFM_HOOK(__getdelim)(char **line, size_t *size, int delimiter, FILE *file);
int LFM_HOOK(vasprintf)(char **text, const char *format, va_list args);
int LFM_HOOK(asprintf)(char **text, const char *format, ...);
int LFM_HOOK(__vasprintf_chk)(char **text, int flag, const char *format, va_list args);
int LFM_HOOK(__asprintf_chk)(char **text, int flag, const char *format, ...);

#ifndef LFM_STATIC
#pragma GCC visibility pop
#endif

#endif
