/* Calls that a pool of threads holds until it is told to let one go, for tests
 * in which their clients leave. */

#ifndef HELD_CALLS_H
#define HELD_CALLS_H

#include "fixture.h"

#define HELD_THREADS 4

/* Needs a zone, and a default pool of that many threads.  "/held" and "/returned" count the calls. */
#define HELD_CALLS                                                                                           \
    LIB("threaded")                                                                                          \
    "location /hold { aio threads; ngx_link_func_call hold; }\n"                                             \
    "location /page { ssi on; ngx_link_func_call holding_page; }\n"                                          \
    "location /guarded { aio threads; ngx_link_func_call hold; empty_gif; }\n" CALL("/let_go", "let_go")     \
        CALL("/held", "held") CALL("/returned", "returned") CALL("/takes", "takes_lock")

/* What the target answers, asked in the protocol of the test. */
typedef long (*held_number_t)(void **state, const char *target);

/* Waits up to 5 s until it is `expected`. */
void wait_for_held_number(held_number_t number, void **state, const char *target, long expected);

#endif
