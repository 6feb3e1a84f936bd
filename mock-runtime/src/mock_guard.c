#include "mock_guard.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

#include "mock_frame.h"
#include "mock_memory.h"

typedef struct {
    uintptr_t begin;
    uintptr_t end;
    lfm_guard_callback_t callback;
    void *data;
} region_t;

/* Of the whole process, as the signal is.  The lock is never held over an
 * access to a region, so that a fault may take it. */
static struct {
    atomic_flag lock;
    region_t *regions; /* sorted by address */
    size_t count;
    size_t capacity;
    int armed; /* threads in which faults are caught */
    struct sigaction previous;
} guard = {.lock = ATOMIC_FLAG_INIT};

static __thread int is_inside __attribute__((tls_model("initial-exec"))); /* between enter and leave */
static __thread int is_armed __attribute__((tls_model("initial-exec")));

static void lock(void) {
    while (atomic_flag_test_and_set_explicit(&guard.lock, memory_order_acquire)) {
    }
}

static void unlock(void) {
    atomic_flag_clear_explicit(&guard.lock, memory_order_release);
}

size_t lfm_page_size(void) {
    static size_t size;

    if (size == 0) {
        size = (size_t) sysconf(_SC_PAGESIZE);
    }
    return size;
}

/*
 * The regions
 */

/* The number of regions that begin at or below the address. */
static size_t rank(uintptr_t address) {
    size_t low = 0, high = guard.count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (guard.regions[middle].begin <= address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* The region of that address; one without a callback when there is none. */
static region_t region_at(uintptr_t address) {
    region_t found = {0, 0, NULL, NULL};
    size_t place;

    lock();
    place = rank(address);
    if (place > 0 && address < guard.regions[place - 1].end) {
        found = guard.regions[place - 1];
    }
    unlock();
    return found;
}

/*
 * The signal
 */

static int is_write(const ucontext_t *context) {
#if defined(__x86_64__)
    return (context->uc_mcontext.gregs[REG_ERR] & 2) != 0;
#else
    (void) context;
    return 0;
#endif
}

static void hand_on(int signal, const siginfo_t *info) {
    (void) sigaction(signal, &guard.previous, NULL);
    if (info->si_code <= 0) {
        (void) raise(signal); /* somebody sent it: no instruction will do it again */
    }
}

static void caught(int signal, siginfo_t *info, void *context) {
    lfm_fault_t fault = {info->si_addr, is_write(context), NULL};
    region_t region = {0, 0, NULL, NULL};

    if (info->si_code > 0) {
        region = region_at((uintptr_t) info->si_addr);
    }
    if (region.callback == NULL) {
        hand_on(signal, info);
        return;
    }
    fault.at = lfm_frame_of_signal(context);
    if (!region.callback(region.data, &fault)) {
        hand_on(signal, info);
    }
}

/* A test framework installs its own for each test, so the one to go back to
 * is asked for each time. */
static void install(void) {
    struct sigaction action;

    (void) sigaction(SIGSEGV, NULL, &action);
    if ((action.sa_flags & SA_SIGINFO) != 0 && action.sa_sigaction == caught) {
        return;
    }
    guard.previous = action;
    memset(&action, 0, sizeof(action));
    action.sa_sigaction = caught;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    (void) sigaction(SIGSEGV, &action, NULL);
}

static void arm(void) {
    lfm_frame_prepare();
    lock();
    install();
    guard.armed += !is_armed;
    unlock();
    is_armed = 1;
}

/*
 * What others call
 */

void lfm_guard_add(const void *begin, const void *end, lfm_guard_callback_t callback, void *data) {
    const region_t region = {(uintptr_t) begin, (uintptr_t) end, callback, data};
    size_t place;

    lock();
    guard.regions = lfm_grow(guard.regions, sizeof(region), guard.count, &guard.capacity);
    place = rank(region.begin);
    memmove(&guard.regions[place + 1], &guard.regions[place], (guard.count - place) * sizeof(region));
    guard.regions[place] = region;
    guard.count++;
    unlock();
    if (is_inside && !is_armed) {
        arm();
    }
}

void lfm_guard_remove(const void *begin) {
    size_t place;

    lock();
    place = rank((uintptr_t) begin);
    if (place > 0 && guard.regions[place - 1].begin == (uintptr_t) begin) {
        guard.count--;
        memmove(&guard.regions[place - 1], &guard.regions[place],
                (guard.count - place + 1) * sizeof(guard.regions[0]));
    }
    unlock();
}

void lfm_guard_enter(void) {
    is_inside = 1;
    if (guard.count > 0) {
        arm();
    }
}

void lfm_guard_leave(void) {
    is_inside = 0;
    if (!is_armed) {
        return;
    }
    is_armed = 0;
    lock();
    if (--guard.armed == 0) {
        (void) sigaction(SIGSEGV, &guard.previous, NULL);
    }
    unlock();
}
