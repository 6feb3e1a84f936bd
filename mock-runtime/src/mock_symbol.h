/* Variables and functions of the program and its libraries, as their files tell. */

#ifndef MOCK_SYMBOL_H
#define MOCK_SYMBOL_H

#include <stddef.h>

/* How many bytes there are from the address to the end of the variable that it is
 * in; 0 when it is in none that has a name, as string literals are, or when the
 * file of that code is stripped. */
size_t lfm_symbol_room(const void *address);

/* The name of the function that the address is in, to be freed, and how far; NULL
 * when the file is stripped. */
char *lfm_symbol_function(const void *address, size_t *offset);

#endif
