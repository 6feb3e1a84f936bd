/* What memory of this process an address is in, as far as it matters to other
 * processes: all but shared memory is theirs to have differently. */

#ifndef MOCK_PLACE_H
#define MOCK_PLACE_H

#include <stddef.h>

#define LFM_PLACE_NAME 128

/* Names it: "the heap", "the stack", "libx.so".  Returns 0 for an address that
 * is no pointer to memory of this process, or that no number can be told from:
 * below 4 GiB. */
int lfm_place_of(const void *address, char *name);

/* The same, quick and sometimes wrong about memory that is new; for many. */
int lfm_place_may_be(const void *address);

#endif
