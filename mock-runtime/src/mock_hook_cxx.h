/* C++'s operators new and delete, under the names that the Itanium ABI gives
 * them where size_t is unsigned long. */

#ifndef MOCK_HOOK_CXX_H
#define MOCK_HOOK_CXX_H

#include <stddef.h>
#include <stdint.h>

#include "mock_hook.h"

#define LFM_CXX_DELETES(DELETE)                                                                              \
    DELETE(_ZdlPv)                                                                                           \
    DELETE(_ZdaPv)                                                                                           \
    DELETE(_ZdlPvm)                                                                                          \
    DELETE(_ZdaPvm)                                                                                          \
    DELETE(_ZdlPvSt11align_val_t)                                                                            \
    DELETE(_ZdaPvSt11align_val_t)                                                                            \
    DELETE(_ZdlPvmSt11align_val_t)                                                                           \
    DELETE(_ZdaPvmSt11align_val_t)                                                                           \
    DELETE(_ZdlPvRKSt9nothrow_t)                                                                             \
    DELETE(_ZdaPvRKSt9nothrow_t)                                                                             \
    DELETE(_ZdlPvSt11align_val_tRKSt9nothrow_t)                                                              \
    DELETE(_ZdaPvSt11align_val_tRKSt9nothrow_t)

#ifndef LFM_STATIC
#pragma GCC visibility push(default)
#endif

void *LFM_HOOK(_Znwm)(size_t size);
void *LFM_HOOK(_Znam)(size_t size);
void *LFM_HOOK(_ZnwmRKSt9nothrow_t)(size_t size, const void *tag);
void *LFM_HOOK(_ZnamRKSt9nothrow_t)(size_t size, const void *tag);
void *LFM_HOOK(_ZnwmSt11align_val_t)(size_t size, size_t alignment);
void *LFM_HOOK(_ZnamSt11align_val_t)(size_t size, size_t alignment);
void *LFM_HOOK(_ZnwmSt11align_val_tRKSt9nothrow_t)(size_t size, size_t alignment, const void *tag);
void *LFM_HOOK(_ZnamSt11align_val_tRKSt9nothrow_t)(size_t size, size_t alignment, const void *tag);

/* The forms differ in arguments that are handed on as they are. */
#define LFM_CXX_DECLARE(name) void LFM_HOOK(name)(void *data, uintptr_t second, uintptr_t third);
LFM_CXX_DELETES(LFM_CXX_DECLARE)

#ifndef LFM_STATIC
#pragma GCC visibility pop
#endif

/* Finds the operators themselves, among what the program or the library, of
 * dlopen() or NULL, is linked with. */
void lfm_cxx_prepare(void *library);

/* For the C++ library, which calls operator new for those who call it. */
void *lfm_hook_find_cxx(const char *name);

#endif
