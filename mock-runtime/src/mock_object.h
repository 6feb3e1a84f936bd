/* The program and its libraries, where they are in memory. */

#ifndef MOCK_OBJECT_H
#define MOCK_OBJECT_H

#include <stdint.h>

typedef struct {
    const char *path; /* "": the program */
    uintptr_t base;   /* what its file's addresses are relative to */
    uintptr_t begin;  /* of all its segments */
    uintptr_t end;
    uintptr_t segment_end; /* of that with the address */
    int is_writable;       /* that one */
} lfm_object_t;

/* The one that the address is in.  Returns 0 when there is none. */
int lfm_object_of(const void *address, lfm_object_t *object);

#endif
