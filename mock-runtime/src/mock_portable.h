/* What works here and breaks on the original module 3.2.4. */

#ifndef MOCK_PORTABLE_H
#define MOCK_PORTABLE_H

#include "mock_public.h"

#include "lf_str.h"

struct lfm_call_s;

/* A function of the API is called, by its whole name. */
void lfm_portable_call(const char *function);

/* The same for one that takes shared memory. */
void lfm_portable_zone_call(const char *function, const void *shared_mem);

/* A header is set anew that there is already. */
void lfm_portable_replace(struct lfm_call_s *call, lf_str_t name);

/* After the handler. */
void lfm_portable_return(struct lfm_call_s *call);

#endif
