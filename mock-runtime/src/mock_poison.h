/* Memory that nobody may touch, where AddressSanitizer runs in this process:
 * in the program under test, be the mock built with it or not; or where valgrind
 * runs the process, if its header was there when the mock was built.  And whether
 * ThreadSanitizer does. */

#ifndef MOCK_POISON_H
#define MOCK_POISON_H

#include <stddef.h>

#ifdef LFM_VALGRIND
#include <valgrind/memcheck.h>
#define LFM_MEMCHECK(request) request
#else
#define LFM_MEMCHECK(request) ((void) 0)
#endif

/* Weak: absent without the sanitizer. */
void __asan_poison_memory_region(const volatile void *address, size_t size);
void __asan_unpoison_memory_region(const volatile void *address, size_t size);
#pragma weak __asan_poison_memory_region
#pragma weak __asan_unpoison_memory_region

static inline int lfm_has_asan(void) {
    return __asan_poison_memory_region != NULL;
}

void __tsan_init(void);
#pragma weak __tsan_init

static inline int lfm_has_tsan(void) {
    return __tsan_init != NULL;
}

static inline void lfm_poison(const void *address, size_t size) {
    if (lfm_has_asan()) {
        __asan_poison_memory_region(address, size);
    }
    LFM_MEMCHECK((void) VALGRIND_MAKE_MEM_NOACCESS(address, size));
}

static inline void lfm_unpoison(const void *address, size_t size) {
    if (lfm_has_asan()) {
        __asan_unpoison_memory_region(address, size);
    }
    LFM_MEMCHECK((void) VALGRIND_MAKE_MEM_DEFINED(address, size));
}

/* For a user who has not written to it yet. */
static inline void lfm_unpoison_fresh(const void *address, size_t size) {
    lfm_unpoison(address, size);
    LFM_MEMCHECK((void) VALGRIND_MAKE_MEM_UNDEFINED(address, size));
}

/* Around the mock's own look at memory that is poisoned. */
static inline void lfm_look_begin(void) {
    LFM_MEMCHECK(VALGRIND_DISABLE_ERROR_REPORTING);
}

static inline void lfm_look_end(void) {
    LFM_MEMCHECK(VALGRIND_ENABLE_ERROR_REPORTING);
}

/* What was read there may be used, whether anybody has ever written it or not. */
static inline void lfm_was_read(const void *copy, size_t size) {
    LFM_MEMCHECK((void) VALGRIND_MAKE_MEM_DEFINED(copy, size));
}

/* For the mock's own look at such memory, when it is built with the sanitizer. */
#define LFM_SEES_POISON __attribute__((no_sanitize_address))

#endif
