#include "mock_hook.h"

#include <dlfcn.h>
#include <string.h>

#include "mock_got.h"
#include "mock_heap.h"
#include "mock_hook_cxx.h"
#include "mock_hook_heap.h"
#include "mock_hook_wait.h"
#include "mock_memory.h"

typedef void (*function_t)(void);

typedef struct {
    const char *name;
    function_t function;
} hook_t;

#define HOOK(name)                                                                                           \
    { #name, (function_t) LFM_HOOK(name) }

#define HOOK_DELETE(name) HOOK(name),

/* In the order of wrap.cmake. */
static const hook_t hooks[] = {HOOK(malloc),
                               HOOK(calloc),
                               HOOK(realloc),
                               HOOK(reallocarray),
                               HOOK(free),
                               HOOK(strdup),
                               HOOK(strndup),
                               HOOK(posix_memalign),
                               HOOK(aligned_alloc),
                               HOOK(getline),
                               HOOK(getdelim),
                               HOOK(__getdelim),
                               HOOK(asprintf),
                               HOOK(vasprintf),
                               HOOK(__asprintf_chk),
                               HOOK(__vasprintf_chk),
                               HOOK(_Znwm),
                               HOOK(_Znam),
                               HOOK(_ZnwmRKSt9nothrow_t),
                               HOOK(_ZnamRKSt9nothrow_t),
                               HOOK(_ZnwmSt11align_val_t),
                               HOOK(_ZnamSt11align_val_t),
                               HOOK(_ZnwmSt11align_val_tRKSt9nothrow_t),
                               HOOK(_ZnamSt11align_val_tRKSt9nothrow_t),
                               LFM_CXX_DELETES(HOOK_DELETE)
#define WAIT(told, result, symbol, parameters, is_waiting, call) HOOK(symbol),
#include "mock_waits.h"
};

void *lfm_hook_find(const char *name) {
    void *function = NULL;
    size_t i;

    for (i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++) {
        if (strcmp(hooks[i].name, name) == 0) {
            memcpy(&function, &hooks[i].function, sizeof(function));
        }
    }
    return function;
}

/* Libraries that are never closed, so that an address stays whose it is. */
static struct {
    const void **sections;
    size_t count;
    size_t capacity;
} changed;

/* Returns whether it was known already. */
static int note(const struct link_map *map) {
    size_t i;

    for (i = 0; i < changed.count; i++) {
        if (changed.sections[i] == map->l_ld) {
            return 1;
        }
    }
    changed.sections =
        lfm_grow(changed.sections, sizeof(changed.sections[0]), changed.count, &changed.capacity);
    changed.sections[changed.count++] = map->l_ld;
    return 0;
}

/* libstdc++, or libc++. */
static void change_cxx(struct link_map *map) {
    static const void *changed_cxx;

    while (map->l_prev != NULL) {
        map = map->l_prev;
    }
    for (; map != NULL; map = map->l_next) {
        if (changed_cxx != map->l_ld
            && (strstr(map->l_name, "/libstdc++.so") != NULL || strstr(map->l_name, "/libc++.so") != NULL)) {
            changed_cxx = map->l_ld;
            lfm_got_change(map, lfm_hook_find_cxx, 1);
        }
    }
}

void lfm_hook_library(void *handle) {
    struct link_map *map;

    if (dlinfo(handle, RTLD_DI_LINKMAP, &map) == 0) {
        (void) note(map);
        lfm_cxx_prepare(handle);
        lfm_got_change(map, lfm_hook_find, 0);
        change_cxx(map);
    }
}

/* libc, the mock, and the program: where that goes through the mock, it does as
 * a handler. */
static int is_none_of_others(const char *path) {
    static const char *const names[] = {"/libc.so",    "/ld-linux", "/libngx_link_func_mock.so",
                                        "/libpthread", "/libdl.so", "linux-vdso"};
    size_t i;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strstr(path, names[i]) != NULL) {
            return 1;
        }
    }
    return path[0] == '\0';
}

void lfm_hook_others(void) {
    void *program = dlopen(NULL, RTLD_NOW);
    struct link_map *map;

    if (program == NULL || lfm_heap_is_watched() || dlinfo(program, RTLD_DI_LINKMAP, &map) != 0) {
        return;
    }
    for (; map != NULL; map = map->l_next) {
        if (!is_none_of_others(map->l_name) && !note(map)) {
            lfm_got_change(map, lfm_hook_find_other, 0);
        }
    }
}

#ifndef LFM_STATIC
static int is_wrapped;

static void *see_wrapped(const char *name) {
    is_wrapped |= strcmp(name, "__wrap__ZdlPvm") == 0 || strcmp(name, "__wrap__ZdlPv") == 0;
    return NULL;
}

/* What the C++ library gets must be freed through the mock too. */
void lfm_hook_program(void) {
    static int is_done;
    struct link_map *map;
    void *program;

    if (is_done) {
        return;
    }
    is_done = 1;
    program = dlopen(NULL, RTLD_NOW);
    if (program == NULL || dlinfo(program, RTLD_DI_LINKMAP, &map) != 0) {
        return;
    }
    lfm_got_change(map, see_wrapped, 0);
    if (is_wrapped) {
        change_cxx(map);
    }
}
#else
void lfm_hook_program(void) {
}
#endif
