/* Readers that take a path get the input as a file. */

#ifndef FUZZ_FILE_H
#define FUZZ_FILE_H

#include <stddef.h>
#include <stdint.h>

/* The input in a file that has no name but this one, until the next call. */
const char *fuzz_file(const uint8_t *data, size_t size);

#endif
