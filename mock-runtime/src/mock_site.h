/* From an address in the program to the words a person uses for it. */

#ifndef MOCK_SITE_H
#define MOCK_SITE_H

/* Both to be freed by the caller; never NULL. */
typedef struct {
    char *function; /* "?" when nothing is known */
    char *place;    /* "file:line", else "function+0x1f" or "library.so+0x1f" */
} lfm_site_t;

lfm_site_t lfm_site_of(const void *address);

/* Marks the functions of the mock that call handlers and hooks. */
#define LFM_CALLS_OUT __attribute__((noinline, section("lfm_calls_out")))

/* Whether the address is in one of those, as that of the caller is when a
 * handler ends with a tail call. */
int lfm_site_is_call_out(const void *address);

#endif
