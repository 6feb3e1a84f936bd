/* Changes of the project's files, told by inotify. */

#ifndef WATCH_H
#define WATCH_H

#include <limits.h>
#include <stdint.h>

typedef struct watch_folder_s watch_folder_t;

struct watch_folder_s {
    watch_folder_t *next;
    int number;
    char path[]; /* relative to the root, "" for itself */
};

typedef struct {
    int fd;           /* to poll; -1 when nothing is watched */
    const char *root; /* absolute */
    watch_folder_t *folders;

    void (*removed)(void *data, const char *path); /* told of what is no longer there */
    void *data;

    unsigned changes;         /* of names.h, in the burst that goes on */
    int64_t since;            /* when it began */
    int64_t last;             /* when it last went on */
    char last_path[PATH_MAX]; /* what it then was: an editor that renames ends with the file */
} watch_t;

/* Watches the folder and those below.  Returns 0, or -1 after a message. */
int watch_open(watch_t *watch);

/* Reads what inotify has to tell. */
void watch_read(watch_t *watch);

/* When the burst will be over, or CLOCK_NEVER. */
int64_t watch_deadline(const watch_t *watch);

/* The changes of a burst that is over, else 0; they are then forgotten, but
 * for `since` and `last_path`. */
unsigned watch_take(watch_t *watch);

void watch_close(watch_t *watch);

#endif
