#include "mock_handle.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "mock_failure.h"
#include "mock_memory.h"

/* Objects at one time. */
#define SLOTS ((uint64_t) 1 << 16)

/* A handle is a number, of which the first bit is the kind and the last bits are
 * the slot, with room for the members of whatever somebody takes it for, to both
 * sides. */
#define UPPER_HALF ((uint64_t) 0xffff800000000000)
#define ROOM_BITS 12
#define MIDDLE ((uint64_t) 1 << (ROOM_BITS - 1))
#define NUMBERS ((uint64_t) 1 << 34)

const void *lfm_handles_begin(void) {
    return lfm_pointer(UPPER_HALF);
}

const void *lfm_handles_end(void) {
    return lfm_pointer(UINTPTR_MAX);
}

/* Nothing here orders what threads do: to ThreadSanitizer the mock is not there. */
static struct {
    _Atomic uint64_t number; /* of the object, from 1; 0: free */
    void *_Atomic object;
} slots[SLOTS];

static _Atomic uint64_t last;

#define LOAD(place) atomic_load_explicit((place), memory_order_relaxed)
#define STORE(place, value) atomic_store_explicit((place), (value), memory_order_relaxed)

static int take(uint64_t number) {
    uint64_t nothing = 0;

    return atomic_compare_exchange_strong_explicit(&slots[number % SLOTS].number, &nothing, number,
                                                   memory_order_relaxed, memory_order_relaxed);
}

void *lfm_handle_new(void *object, lfm_handle_kind_t kind) {
    uint64_t tries;

    for (tries = 0; tries < 2 * SLOTS; tries++) {
        uint64_t number = (atomic_fetch_add_explicit(&last, 1, memory_order_relaxed) + 1) % NUMBERS;

        if (number != 0 && take(number)) {
            STORE(&slots[number % SLOTS].object, object);
            return lfm_pointer(UPPER_HALF | (number + kind * NUMBERS) << ROOM_BITS | MIDDLE);
        }
    }
    lfm_misuse("there are more than %ju calls of mocks that live", (uintmax_t) SLOTS);
}

static uint64_t number_of(const void *handle) {
    return (((uintptr_t) handle & ~UPPER_HALF) >> ROOM_BITS) % NUMBERS;
}

lfm_handle_kind_t lfm_handle_kind(const void *handle) {
    return ((uintptr_t) handle & (NUMBERS << ROOM_BITS)) == 0 ? LFM_HANDLE_CALL : LFM_HANDLE_CYCLE;
}

static int has_form(const void *handle) {
    return number_of(handle) != 0 && lfm_handle_near(handle) == handle
           && ((uintptr_t) handle & UPPER_HALF) == UPPER_HALF;
}

int lfm_handle_was_given(const void *handle) {
    return has_form(handle) && number_of(handle) <= LOAD(&last);
}

const void *lfm_handle_near(const void *address) {
    return lfm_pointer(((uintptr_t) address & ~(2 * MIDDLE - 1)) | MIDDLE);
}

void *lfm_handle_object(const void *handle) {
    uint64_t number = number_of(handle);

    if (!has_form(handle) || LOAD(&slots[number % SLOTS].number) != number) {
        return NULL;
    }
    return LOAD(&slots[number % SLOTS].object);
}

void lfm_handle_free(const void *handle) {
    if (lfm_handle_object(handle) != NULL) {
        STORE(&slots[number_of(handle) % SLOTS].object, NULL);
        STORE(&slots[number_of(handle) % SLOTS].number, 0);
    }
}
