/* The public headers as the runtime that implements them sees them: what they
 * declare is exported, everything else is hidden.  Included before any other
 * header that may include them. */

#ifndef MOCK_PUBLIC_H
#define MOCK_PUBLIC_H

#pragma GCC visibility push(default)
#include <ngx_link_func_mock.h>
#pragma GCC visibility pop

#endif
