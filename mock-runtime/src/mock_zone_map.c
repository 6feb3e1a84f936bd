/* The memory of zones.  To make one takes the kernel longer than a handler runs,
 * so for those that come one after the other it can be kept. */

#include "mock_zone_state.h"

#include <sys/mman.h>

#include "mock_guard.h"
#include "mock_memory.h"

/* More is not worth keeping: all that was used is overwritten first. */
#define KEPT_MAX ((size_t) 1 << 20)

static lfm_shared_t *spare;

static size_t whole_pages(size_t size) {
    return (size + lfm_page_size() - 1) / lfm_page_size() * lfm_page_size();
}

size_t lfm_zone_header_size(size_t zone_size) {
    return whole_pages(sizeof(lfm_shared_t) + lfm_slab_page_count(zone_size) * sizeof(lfm_slab_page_t));
}

static void mutex_init(pthread_mutex_t *mutex) {
    pthread_mutexattr_t attributes;

    (void) pthread_mutexattr_init(&attributes);
    (void) pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    (void) pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    (void) pthread_mutex_init(mutex, &attributes);
    (void) pthread_mutexattr_destroy(&attributes);
}

static size_t mapped_size(size_t zone_size) {
    return lfm_zone_header_size(zone_size) + whole_pages(lfm_arena_size(zone_size));
}

static void unmap(lfm_shared_t *shared) {
    if (shared != NULL) {
        lfm_arena_unpoison(&shared->arena);
        (void) munmap(shared, mapped_size(shared->zone_size));
    }
}

/* Of what was kept, only what the arena has made ready stays. */
static void make_new(lfm_shared_t *shared) {
    uint32_t high = shared->arena.high;

    memset(shared, 0, sizeof(*shared));
    shared->arena.high = high;
}

static lfm_shared_t *take_spare(size_t zone_size) {
    lfm_shared_t *shared = __atomic_exchange_n(&spare, NULL, __ATOMIC_ACQ_REL);

    if (shared == NULL || shared->zone_size == zone_size) {
        return shared;
    }
    unmap(shared);
    return NULL;
}

static lfm_shared_t *map(size_t size) {
    void *shared =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (shared == MAP_FAILED) {
        lfm_out_of_memory();
    }
    return shared;
}

lfm_shared_t *lfm_zone_map(size_t zone_size, size_t *mapped) {
    lfm_shared_t *shared = take_spare(zone_size);

    *mapped = mapped_size(zone_size);
    if (shared == NULL) {
        shared = map(*mapped);
    } else {
        make_new(shared);
    }
    shared->zone_size = zone_size;
    mutex_init(&shared->store_lock);
    mutex_init(&shared->user_lock);
    return shared;
}

/* A dead worker may have left anything in what it shared. */
static int is_worth_keeping(const lfm_shared_t *shared) {
    return shared->first_owner == LFM_OWNER_FIRST + 1 && lfm_arena_used(&shared->arena) <= KEPT_MAX;
}

void lfm_zone_unmap(lfm_shared_t *shared) {
    unmap(shared);
}

void lfm_zone_keep(lfm_shared_t *shared) {
    if (!is_worth_keeping(shared)) {
        unmap(shared);
        return;
    }
    lfm_arena_reset(&shared->arena);
    unmap(__atomic_exchange_n(&spare, shared, __ATOMIC_ACQ_REL));
}
