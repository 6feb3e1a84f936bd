/* A library calls what others define through slots that the dynamic linker has
 * filled in. */

#ifndef MOCK_GOT_H
#define MOCK_GOT_H

#include <link.h>

#include "mock_hook.h"

/* Puts what `find` knows by name into the slots of that name; with `own`, also
 * where the library calls what it defines itself. */
void lfm_got_change(const struct link_map *map, lfm_hook_find_t find, int own);

#endif
