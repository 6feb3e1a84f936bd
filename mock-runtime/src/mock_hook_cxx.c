/* Operator new, as handlers in C++ call it: what the C++ library makes of a
 * malloc() that fails, and memory that is noted as the handler's.  The library
 * calls malloc() where no slot of the handler's shows it. */

#include "mock_hook_cxx.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "mock_failure.h"
#include "mock_finding.h"
#include "mock_frame.h"
#include "mock_hook_heap.h"
#include "mock_running.h"

typedef void *(*new_t)(size_t size, const void *tag);
typedef void *(*aligned_new_t)(size_t size, size_t alignment, const void *tag);
typedef void *(*throwing_new_t)(size_t size);
typedef void *(*throwing_aligned_new_t)(size_t size, size_t alignment);
typedef void (*delete_t)(void *data, uintptr_t second, uintptr_t third);
typedef void (*void_t)(void);

#define NUMBER(name) NUMBER##name,
#define NAME(name) #name,

enum { LFM_CXX_DELETES(NUMBER) DELETES };

static const char *const delete_names[] = {LFM_CXX_DELETES(NAME)};

/* Those that do not throw are called for those that do: the mock knows then
 * when it is left.  NULL where there is no C++ library to be found. */
static struct {
    new_t new;
    new_t array;
    aligned_new_t aligned;
    aligned_new_t aligned_array;
    throwing_new_t throwing;
    throwing_aligned_new_t throwing_aligned;
    delete_t delete[DELETES];
    void_t (*get_handler)(void);
    void_t bad_alloc; /* throws it */
} cxx;

/* The operator calls others of its kind, which are not the handler's. */
static __thread int is_inside __attribute__((tls_model("initial-exec")));

static int find(void *library, const char *name, void *function) {
    void *found = dlsym(RTLD_DEFAULT, name);

    if (found == NULL && library != NULL) {
        found = dlsym(library, name);
    }
    memcpy(function, &found, sizeof(found));
    return found != NULL;
}

void lfm_cxx_prepare(void *library) {
    size_t i;

    if (cxx.new != NULL || !find(library, "_ZnwmRKSt9nothrow_t", &cxx.new)) {
        return;
    }
    (void) find(library, "_ZnamRKSt9nothrow_t", &cxx.array);
    (void) find(library, "_ZnwmSt11align_val_tRKSt9nothrow_t", &cxx.aligned);
    (void) find(library, "_ZnamSt11align_val_tRKSt9nothrow_t", &cxx.aligned_array);
    (void) find(library, "_Znwm", &cxx.throwing);
    (void) find(library, "_ZnwmSt11align_val_t", &cxx.throwing_aligned);
    for (i = 0; i < DELETES; i++) {
        (void) find(library, delete_names[i], &cxx.delete[i]);
    }
    (void) find(library, "_ZSt15get_new_handlerv", &cxx.get_handler);
    if (!find(library, "_ZSt17__throw_bad_allocv", &cxx.bad_alloc)) {
        (void) find(library, "_ZNSt3__117__throw_bad_allocEv", &cxx.bad_alloc); /* libc++ */
    }
}

/*
 * new
 */

/* Linked statically into the program, the C++ library is out of reach. */
static void throw(void) {
    lfm_cxx_prepare(NULL);
    if (cxx.bad_alloc == NULL) {
        lfm_misuse("operator new: there is no shared C++ library to throw std::bad_alloc");
    }
    cxx.bad_alloc();
}

/* As operator new does, it tries again for as long as there is a handler. */
static int gives_up(const void *at) {
    lfm_cxx_prepare(NULL);
    while (lfm_hook_alloc_fails(at)) {
        void_t handler = cxx.get_handler == NULL ? NULL : cxx.get_handler();

        if (handler == NULL) {
            return 1;
        }
        handler();
    }
    return 0;
}

static void *get(int is_array, size_t size, const void *at) {
    new_t real;
    void *data;

    if (gives_up(at)) {
        return NULL;
    }
    real = is_array ? cxx.array : cxx.new;
    is_inside++;
    data = real == NULL ? malloc(size > 0 ? size : 1) : real(size, "");
    is_inside--;
    return lfm_hook_got(data, size, at);
}

static void *get_aligned(int is_array, size_t size, size_t alignment, const void *at) {
    aligned_new_t real;
    void *data;

    if (gives_up(at)) {
        return NULL;
    }
    real = is_array ? cxx.aligned_array : cxx.aligned;
    is_inside++;
    data = real == NULL ? aligned_alloc(alignment, (size + alignment - 1) & ~(alignment - 1))
                        : real(size, alignment, "");
    is_inside--;
    return lfm_hook_got(data, size, at);
}

static void *or_throw(void *data) {
    if (data == NULL) {
        throw();
    }
    return data;
}

void *LFM_HOOK(_Znwm)(size_t size) {
    return or_throw(get(0, size, lfm_caller()));
}

void *LFM_HOOK(_Znam)(size_t size) {
    return or_throw(get(1, size, lfm_caller()));
}

void *LFM_HOOK(_ZnwmRKSt9nothrow_t)(size_t size, const void *tag) {
    (void) tag;
    return get(0, size, lfm_caller());
}

void *LFM_HOOK(_ZnamRKSt9nothrow_t)(size_t size, const void *tag) {
    (void) tag;
    return get(1, size, lfm_caller());
}

void *LFM_HOOK(_ZnwmSt11align_val_t)(size_t size, size_t alignment) {
    return or_throw(get_aligned(0, size, alignment, lfm_caller()));
}

void *LFM_HOOK(_ZnamSt11align_val_t)(size_t size, size_t alignment) {
    return or_throw(get_aligned(1, size, alignment, lfm_caller()));
}

void *LFM_HOOK(_ZnwmSt11align_val_tRKSt9nothrow_t)(size_t size, size_t alignment, const void *tag) {
    (void) tag;
    return get_aligned(0, size, alignment, lfm_caller());
}

void *LFM_HOOK(_ZnamSt11align_val_tRKSt9nothrow_t)(size_t size, size_t alignment, const void *tag) {
    (void) tag;
    return get_aligned(1, size, alignment, lfm_caller());
}

/*
 * delete
 */

static void end(size_t number, void *data, uintptr_t second, uintptr_t third) {
    lfm_hook_forget(data);
    lfm_cxx_prepare(NULL);
    if (cxx.delete[number] == NULL) {
        free(data);
    } else {
        cxx.delete[number](data, second, third);
    }
}

#define DEFINE(name)                                                                                         \
    void LFM_HOOK(name)(void *data, uintptr_t second, uintptr_t third) {                                     \
        end(NUMBER##name, data, second, third);                                                              \
    }

LFM_CXX_DELETES(DEFINE)

/*
 * Of the C++ library: std::string and others allocate inside of it
 */

/* The handler's own line, where one runs. */
static const void *blamed(const void *caller) {
    return lfm_running.mock == NULL ? caller : lfm_frame_outside(caller);
}

static void *library_new(size_t size) {
    return is_inside ? cxx.throwing(size) : or_throw(get(0, size, blamed(lfm_caller())));
}

static void *library_aligned_new(size_t size, size_t alignment) {
    return is_inside ? cxx.throwing_aligned(size, alignment)
                     : or_throw(get_aligned(0, size, alignment, blamed(lfm_caller())));
}

#define FOUND(name) {#name, (void_t) LFM_HOOK(name)},

static const struct {
    const char *name;
    void_t function;
} library_hooks[] = {{"_Znwm", (void_t) library_new},
                     {"_ZnwmSt11align_val_t", (void_t) library_aligned_new},
                     LFM_CXX_DELETES(FOUND)};

void *lfm_hook_find_cxx(const char *name) {
    void *function = NULL;
    size_t i;

    for (i = 0; i < sizeof(library_hooks) / sizeof(library_hooks[0]); i++) {
        if (strcmp(library_hooks[i].name, name) == 0) {
            memcpy(&function, &library_hooks[i].function, sizeof(function));
        }
    }
    return function;
}
