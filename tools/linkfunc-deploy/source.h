/* The file that is deployed. */

#ifndef SOURCE_H
#define SOURCE_H

#include <stdbool.h>

/* A descriptor, or -1, which was reported: it must be a regular file. */
int source_open(const char *path);

/* Copies everything; the paths are for the report of a failure, which is -1. */
int source_copy(int from, const char *from_path, int to, const char *to_path);

/* Whether both have the same bytes. */
bool source_equals(int fd, const char *path);

#endif
