/* A mock whose findings fail no test: for tests of what the mock answers to
 * handlers that are wrong on purpose. */

#ifndef COUNTING_H
#define COUNTING_H

#include <ngx_link_func_cmocka.h>

static inline int counting_setup(void **state) {
    (void) ngx_link_func_mock_setup(state);
    ngx_link_func_mock_on_finding(*state, NGX_LINK_FUNC_MOCK_COUNT);
    return 0;
}

#endif
