/* Memory of malloc() that a handler got and nobody can reach any more. */

#ifndef MOCK_LEAK_H
#define MOCK_LEAK_H

#include "mock_public.h"

/* Of this mock's handlers.  `frame` is that of the function which the test has
 * called: what is on the stack below it is left over. */
void lfm_leak_check(ngx_link_func_mock_t *mock, const void *frame);

/* This thread ends, where in NGINX it would live on: what its thread-local data
 * points to is no leak. */
void lfm_leak_end_thread(const ngx_link_func_mock_t *mock);

#endif
