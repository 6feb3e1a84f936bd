/* Functions of libc that handlers call through the mock: a library that
 * ngx_link_func_mock_load() opens because its slots are changed, a handler that
 * is linked into the test because of the linker's --wrap. */

#ifndef MOCK_HOOK_H
#define MOCK_HOOK_H

/* Only the shared library has the names that --wrap asks for: linked statically
 * the mock would be wrapped itself. */
#ifdef LFM_STATIC
#define LFM_HOOK(name) lfm_hook_##name
#else
#define LFM_HOOK(name) __wrap_##name
#endif

/* The function that takes the place of the one of that name; NULL when none
 * does. */
void *lfm_hook_find(const char *name);

/* Changes the slots of a library, of dlopen(). */
void lfm_hook_library(void *handle);

#endif
