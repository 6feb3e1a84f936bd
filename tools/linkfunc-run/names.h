/* Which files of a project matter, by their names. */

#ifndef NAMES_H
#define NAMES_H

#include <stdbool.h>

enum {
    NAMES_CONF = 1,  /* only the configuration: nothing to build */
    NAMES_BUILD = 2, /* anything else; the build system knows what follows from it */
};

/* What follows from a change of a file, named relative to the project; 0 when
 * nothing does: editors' temporaries, build output, tests. */
unsigned names_meaning(const char *path);

/* Whether nothing in a folder of this name, relative to the project, matters. */
bool names_skip_folder(const char *path);

/* Whether a compiler or linker made it. */
bool names_is_output(const char *name);

/* Whether a build system writes its output into this folder. */
bool names_is_build_folder(const char *path);

#endif
