/* Whether a reload has come through: the master says so to nobody, and keeps
 * the old workers when it refuses the new configuration. */

#ifndef GENERATION_H
#define GENERATION_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { GENERATION_WORKERS = 256 };

typedef struct {
    pid_t master;
    pid_t old[GENERATION_WORKERS]; /* the workers before the reload */
    size_t count;
} generation_t;

/* Notes the workers of a master, before it is told to reload. */
void generation_note(generation_t *generation, pid_t master);

/* Whether it has other workers now, and none of the noted ones still listens.
 * Who then connects is served by the new generation or by nobody. */
bool generation_has_changed(const generation_t *generation);

#endif
