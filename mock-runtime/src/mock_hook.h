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
typedef void *(*lfm_hook_find_t)(const char *name);

/* For handlers. */
void *lfm_hook_find(const char *name);

/* For libraries that keep what handlers give them: it must be known that they
 * have it. */
void *lfm_hook_find_other(const char *name);

/* Changes the slots of a library, of dlopen(). */
void lfm_hook_library(void *handle);

/* Those of all libraries but libc, the mock, and what has been changed before. */
void lfm_hook_others(void);

/* What a program that is linked with --wrap needs besides. */
void lfm_hook_program(void);

#endif
