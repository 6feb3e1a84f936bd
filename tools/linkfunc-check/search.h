/* Where the loader would find the libraries that a library needs. */

#ifndef SEARCH_H
#define SEARCH_H

#include <stdbool.h>

#include "library.h"

/* The path, to be freed by the caller; NULL when it would not be found. */
char *search_library(const library_t *library, const char *name);

/* Everything that the libraries export that a library needs, directly or not,
 * and that NGINX itself exports, when its program is on PATH. */
typedef struct search_symbols_s search_symbols_t;

search_symbols_t *search_symbols_new(const library_t *library);
void search_symbols_free(search_symbols_t *symbols);
bool search_symbols_has(const search_symbols_t *symbols, const char *name);

#endif
