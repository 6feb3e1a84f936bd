/* The library in a process of its own: what becomes of a call whose code ends
 * the process is told by another. */

#ifndef GUARD_H
#define GUARD_H

/* Whose code runs. */
typedef enum {
    GUARD_TOOL, /* none of the library's yet */
    GUARD_CONSTRUCTOR,
    GUARD_INIT,
    GUARD_FUNCTION,
    GUARD_EXIT,
    GUARD_DESTRUCTOR,
} guard_stage_t;

/* Says so to the process that waits; where there is none it does nothing. */
void guard_enter(guard_stage_t stage);

/* The tool is done and will exit with this status, which it returns. */
int guard_end(int status);

/* Runs it in a child and returns the status to exit with.  When the library has
 * ended the child, that is reported: `function`, NULL where it has no name, is
 * what it was called for. */
int guard_run(int (*run)(void *data), void *data, const char *library, const char *function);

#endif
