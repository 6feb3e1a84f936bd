/* DEST and what stands beside it.  In its folder there are, under the lock that
 * place_open() takes:
 *
 *     NAME            DEST
 *     NAME.previous   what was there before the last deployment that succeeded
 *     .NAME.new       a copy that is not DEST yet
 *     .NAME.old       what was there before this deployment, until it succeeded
 *
 * Each step is one rename or link, so that a kill between any two leaves DEST
 * the old file or the new one; the next place_open() tidies up behind it. */

#ifndef PLACE_H
#define PLACE_H

#include <limits.h>
#include <stdbool.h>

typedef struct {
    char path[PATH_MAX];     /* of DEST */
    char previous[PATH_MAX]; /* "PATH.previous" */
    char staged[PATH_MAX];   /* where the copy can be looked at */
    const char *name;        /* in path */
    int folder;
    bool existed; /* DEST was there at the start */
    bool changed; /* DEST is another file since */
} place_t;

/* Finds out what DEST is: a folder takes the name of the library.  `lock` false
 * only looks, and leaves everything as it is.  All of these return -1 for a
 * failure, which was reported. */
int place_open(place_t *place, const char *destination, const char *library, bool lock);

/* Whether DEST is what staging the library would make of it. */
bool place_is(const place_t *place, const char *library);

/* Copies the library to what is to become DEST, or takes the previous version. */
int place_stage(place_t *place, const char *library);
int place_stage_previous(place_t *place);

void place_discard(const place_t *place); /* what was staged */

int place_install(place_t *place);    /* what was staged becomes DEST */
int place_keep(const place_t *place); /* what DEST was becomes the previous version */
int place_restore(place_t *place);    /* DEST becomes what it was */

void place_close(place_t *place);

#endif
