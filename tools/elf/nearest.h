/* What somebody may have meant. */

#ifndef NEAREST_H
#define NEAREST_H

#include "library.h"

/* The exported function whose name is nearest; NULL when none is near enough to
 * be meant. */
const char *nearest_function(const library_t *library, const char *name);

#endif
