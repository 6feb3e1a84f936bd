/* What a process has of a library in its memory. */

#ifndef IMAGE_H
#define IMAGE_H

#include <sys/types.h>

typedef enum {
    IMAGE_THERE,
    IMAGE_ABSENT,
    IMAGE_HIDDEN, /* we may not look; errno says why */
} image_t;

/* Whether the process has loaded a library with the bytes of this file, be it
 * from there or from a copy.  What relocation changes is not compared. */
image_t image_find(pid_t pid, const char *path);

#endif
