#ifndef MOCK_FILE_H
#define MOCK_FILE_H

#include <stddef.h>

/* The whole file, with a NUL behind it, which the caller frees; or NULL, and
 * errno says why. */
char *lfm_file_dup(const char *path, size_t *len);

#endif
