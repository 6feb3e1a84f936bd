/* Memory given to the API that the original module keeps by reference until
 * the response is sent: names and values of headers, the status line and the
 * content type; and that which write_resp_ref lends in any module. */

#ifndef MOCK_BORROW_H
#define MOCK_BORROW_H

#include "mock_state.h"

/* `what` says which argument of which function it is.  Found at once, and
 * reported by a return of 1, when it is on the handler's stack; later when it is a
 * block of malloc() that is freed or changed before the handler returns, or one of
 * the pool that is changed. */
int lfm_borrow(lfm_call_t *call, const char *what, lf_str_t text);

/* The same for data that may change until it is sent, but must be there. */
int lfm_borrow_lent(lfm_call_t *call, const char *what, lf_str_t data);

/* A block of malloc() goes. */
void lfm_borrow_freed(const void *data, size_t size);

/* After the handler. */
void lfm_borrow_check(lfm_call_t *call);

#endif
