/* Memory that is watched through the protection of its pages: a touch of it
 * while a handler runs is told to whoever registered it, and the handler goes
 * on. */

#ifndef MOCK_GUARD_H
#define MOCK_GUARD_H

#include <stddef.h>

typedef struct {
    const void *address; /* that was touched */
    int is_write;
    const void *at; /* the instruction, or the call of libc that it is in */
    void *context;  /* what the signal interrupted */
} lfm_fault_t;

/* Runs in the signal handler of the thread that touched the memory: it makes
 * the page accessible, keeps what it wants to tell for after the call, and does
 * nothing that is not async-signal-safe.  Returns 0 when the fault is none of
 * its own after all: it then goes where it would have gone without the mock. */
typedef int (*lfm_guard_callback_t)(void *data, const lfm_fault_t *fault);

/* The whole pages from `begin` up to `end`.  The caller protects them, before or
 * after.  Regions do not overlap. */
void lfm_guard_add(const void *begin, const void *end, lfm_guard_callback_t callback, void *data);

/* The same for good, and in each thread at any time. */
void lfm_guard_add_standing(const void *begin, const void *end, lfm_guard_callback_t callback);

/* For a callback: once the signal is over the function runs in the place of what it
 * interrupted, on that stack, for it may need much.  It does not return. */
void lfm_guard_divert(const lfm_fault_t *fault, void (*function)(void));

/* Before the pages are given back. */
void lfm_guard_remove(const void *begin);

/* Around the life of a mock: when the last one goes, the signal is whose it was. */
void lfm_guard_open(void);
void lfm_guard_close(void);

/* Catches faults from now on, unless somebody else takes the signal.  It costs a
 * system call, so it is for what comes less often than calls do. */
void lfm_guard_install(void);

/* Around each run of a handler or hook: faults are caught in between when there
 * is a region that does not stand for good, else both cost next to nothing.  An
 * `enter` that was left by a jump is made good by the next. */
void lfm_guard_enter(void);
void lfm_guard_leave(void);

size_t lfm_page_size(void);

#endif
