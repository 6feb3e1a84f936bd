#include "mock_frame.h"

#include <dlfcn.h>
#include <execinfo.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>
#include <ucontext.h>

#include "mock_memory.h"

#define DEPTH 64

/* Where the objects begin that are never to blame; NULL: no such object. */
static struct {
    const void *libc;
    const void *sanitizer; /* or whoever else stands before libc */
    const void *mock;
    int is_ready;
} innocent;

static const void *object_of(const void *address) {
    Dl_info info;

    return dladdr(address, &info) == 0 ? NULL : info.dli_fbase;
}

/* Linked statically, libc and the mock are the program itself, which is to
 * blame. */
static const void *object_but(const void *address, const void *program) {
    const void *object = object_of(address);

    return object == program ? NULL : object;
}

void lfm_frame_prepare(void) {
    const void *program = object_of(lfm_pointer(getauxval(AT_PHDR)));
    void *frame;

    if (!innocent.is_ready) {
        innocent.is_ready = 1;
        innocent.sanitizer = object_but(dlsym(RTLD_DEFAULT, "memcpy"), program);
        innocent.mock = object_but(&innocent, program);
        innocent.libc = object_but(dlsym(RTLD_DEFAULT, "getauxval"), program);
        (void) backtrace(&frame, 1); /* opens the unwinder */
    }
}

static const void *instruction(const ucontext_t *context) {
#if defined(__x86_64__)
    return lfm_pointer((uintptr_t) context->uc_mcontext.gregs[REG_RIP]);
#elif defined(__aarch64__)
    return lfm_pointer(context->uc_mcontext.pc);
#else
    (void) context;
    return NULL;
#endif
}

static int is_innocent(const void *address) {
    const void *object = object_of(address);

    return object != NULL
           && (object == innocent.libc || object == innocent.sanitizer || object == innocent.mock);
}

int lfm_frame_is_in_sanitizer(const void *context) {
    const void *object = object_of(instruction(context));

    return object != NULL && object == innocent.sanitizer;
}

/* Behind the interrupted instruction, each frame is where a call returns to. */
const void *lfm_frame_of_signal(const void *context) {
    const void *at = instruction(context);
    void *frames[DEPTH];
    int count, i;

    if (!is_innocent(at)) {
        return at;
    }
    count = backtrace(frames, DEPTH);
    for (i = 0; i < count && frames[i] != at; i++) {
    }
    for (i++; i < count; i++) {
        const void *call = (const char *) frames[i] - 1;

        if (!is_innocent(call)) {
            return call;
        }
    }
    return at;
}

const void *lfm_frame_outside(const void *at) {
    const void *object = object_of(at);
    void *frames[DEPTH];
    int count, i;

    lfm_frame_prepare();
    count = backtrace(frames, DEPTH);
    for (i = 0; i < count; i++) {
        const void *call = (const char *) frames[i] - 1;

        if (!is_innocent(call) && object_of(call) != object) {
            return call;
        }
    }
    return at;
}
