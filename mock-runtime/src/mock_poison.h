/* Memory that nobody may touch, where AddressSanitizer runs in this process:
 * in the program under test, be the mock built with it or not. */

#ifndef MOCK_POISON_H
#define MOCK_POISON_H

#include <stddef.h>

/* Weak: absent without the sanitizer. */
void __asan_poison_memory_region(const volatile void *address, size_t size);
void __asan_unpoison_memory_region(const volatile void *address, size_t size);
#pragma weak __asan_poison_memory_region
#pragma weak __asan_unpoison_memory_region

static inline int lfm_has_asan(void) {
    return __asan_poison_memory_region != NULL;
}

static inline void lfm_poison(const void *address, size_t size) {
    if (lfm_has_asan()) {
        __asan_poison_memory_region(address, size);
    }
}

static inline void lfm_unpoison(const void *address, size_t size) {
    if (lfm_has_asan()) {
        __asan_unpoison_memory_region(address, size);
    }
}

/* For the mock's own look at such memory, when it is built with the sanitizer. */
#define LFM_SEES_POISON __attribute__((no_sanitize_address))

#endif
