#include "mock_guard.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

#include "mock_frame.h"
#include "mock_memory.h"
#include "mock_poison.h"

typedef struct {
    uintptr_t begin;
    uintptr_t end;
    int is_standing; /* there as long as the process, and for threads that run no handler, too */
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
    size_t standing; /* of the regions */
    size_t users;
    struct sigaction previous;
} guard = {.lock = ATOMIC_FLAG_INIT};

static __thread int is_inside __attribute__((tls_model("initial-exec"))); /* between enter and leave */

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
    region_t found = {0, 0, 0, NULL, NULL};
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

/* Whoever watches the address.  Returns 0 when nobody does, or not this. */
static int tell(uintptr_t address, const void *context) {
    const region_t region = region_at(address);
    lfm_fault_t fault = {lfm_pointer(address), is_write(context), NULL, (void *) context};

    if (region.callback == NULL || !(is_inside || region.is_standing)) {
        return 0;
    }
    fault.at = lfm_frame_of_signal(context);
    return region.callback(region.data, &fault);
}

/* Words of the stack in which a function may have saved registers. */
#define SAVED 12

#if defined(__x86_64__)
LFM_SEES_POISON static int tell_each(const greg_t *words, size_t count, const ucontext_t *context) {
    size_t i;

    for (i = 0; i < count; i++) {
        if (words[i] < 0 && tell((uintptr_t) words[i], context)) {
            return 1;
        }
    }
    return 0;
}
#endif

/* A sanitizer looks into its own memory for the state of an address first.  For
 * one of the upper half there is none, and the signal tells no address: it is in a
 * register, or saved.  What else is there was not touched. */
static int tell_by_registers(const ucontext_t *context) {
#if defined(__x86_64__)
    const greg_t *registers = context->uc_mcontext.gregs;

    return tell_each(registers + REG_R8, REG_RCX - REG_R8 + 1, context)
           || tell_each(lfm_pointer((uintptr_t) registers[REG_RSP]), SAVED, context);
#else
    (void) context;
    return 0;
#endif
}

/* AddressSanitizer does so between the instructions of the handler. */
static int has_looked_up(const ucontext_t *context) {
    return lfm_has_asan() || (lfm_has_tsan() && lfm_frame_is_in_sanitizer(context));
}

/* Below what the interrupted function has on its stack. */
void lfm_guard_divert(const lfm_fault_t *fault, void (*function)(void)) {
#if defined(__x86_64__)
    greg_t *registers = ((ucontext_t *) fault->context)->uc_mcontext.gregs;

    registers[REG_RIP] = (greg_t) (uintptr_t) function;
    registers[REG_RSP] = ((registers[REG_RSP] - 128) & -16) - 8;
#elif defined(__aarch64__)
    mcontext_t *registers = &((ucontext_t *) fault->context)->uc_mcontext;

    registers->pc = (uintptr_t) function;
    registers->sp = (registers->sp - 128) & (uintptr_t) -16;
#else
    (void) fault;
    function();
#endif
}

static void caught(int signal, siginfo_t *info, void *context) {
    int is_told = 0;

    if (info->si_code == SI_KERNEL) {
        is_told = has_looked_up(context) && tell_by_registers(context);
    } else if (info->si_code > 0) {
        is_told = tell((uintptr_t) info->si_addr, context);
    }
    if (!is_told) {
        hand_on(signal, info);
    }
}

static int is_own(const struct sigaction *action) {
    return (action->sa_flags & SA_SIGINFO) != 0 && action->sa_sigaction == caught;
}

/* A test framework installs its own for each test, so the one to go back to
 * is asked for each time. */
static void install(void) {
    struct sigaction action;

    (void) sigaction(SIGSEGV, NULL, &action);
    if (is_own(&action)) {
        return;
    }
    guard.previous = action;
    memset(&action, 0, sizeof(action));
    action.sa_sigaction = caught;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    (void) sigaction(SIGSEGV, &action, NULL);
}

/*
 * What others call
 */

static void add(const region_t *region) {
    size_t place;

    guard.regions = lfm_grow(guard.regions, sizeof(*region), guard.count, &guard.capacity);
    place = rank(region->begin);
    memmove(&guard.regions[place + 1], &guard.regions[place], (guard.count - place) * sizeof(*region));
    guard.regions[place] = *region;
    guard.count++;
}

void lfm_guard_add(const void *begin, const void *end, lfm_guard_callback_t callback, void *data) {
    const region_t region = {(uintptr_t) begin, (uintptr_t) end, 0, callback, data};

    lock();
    add(&region);
    unlock();
    if (is_inside) {
        lfm_guard_install();
    }
}

void lfm_guard_add_standing(const void *begin, const void *end, lfm_guard_callback_t callback) {
    const region_t region = {(uintptr_t) begin, (uintptr_t) end, 1, callback, NULL};

    lock();
    add(&region);
    guard.standing++;
    unlock();
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

void lfm_guard_open(void) {
    lock();
    guard.users++;
    unlock();
}

void lfm_guard_close(void) {
    struct sigaction action;

    lock();
    if (--guard.users == 0) {
        (void) sigaction(SIGSEGV, NULL, &action);
        if (is_own(&action)) {
            (void) sigaction(SIGSEGV, &guard.previous, NULL);
        }
    }
    unlock();
}

void lfm_guard_install(void) {
    lock();
    lfm_frame_prepare();
    install();
    unlock();
}

void lfm_guard_enter(void) {
    is_inside = 1;
    if (guard.count > guard.standing) {
        lfm_guard_install();
    }
}

void lfm_guard_leave(void) {
    is_inside = 0;
}
