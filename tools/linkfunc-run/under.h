/* What NGINX runs under. */

#ifndef UNDER_H
#define UNDER_H

#include <limits.h>
#include <stdbool.h>

typedef enum { UNDER_NOTHING, UNDER_ASAN, UNDER_VALGRIND, UNDER_GDB } under_kind_t;

typedef struct {
    under_kind_t kind;
    char program[PATH_MAX]; /* valgrind or gdb, or the runtime of AddressSanitizer */
} under_t;

/* Finds what it needs.  Returns 0, or -1 after a message. */
int under_find(under_t *under);

/* Whether somebody types: NGINX is then one process, which cannot reload nor
 * take over a socket, and shares our terminal. */
bool under_is_interactive(const under_t *under);

/* Whether a library is opened where it lies, which debuggers want. */
bool under_is_live(const under_t *under);

/* Becomes NGINX (NULL-terminated, its program first); with `plain`, without
 * what slows it down.  Returns only when that is not possible. */
void under_exec(const under_t *under, const char *const *nginx, bool plain);

#endif
