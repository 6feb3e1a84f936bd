/* Folders as a whole. */

#ifndef TREE_H
#define TREE_H

#include "run.h"

/* Copies the files below `from` into the existing folder `to`, but for what
 * `skip` (NULL-terminated) names at the top.  A file that is there already is
 * replaced by rename, so whoever has it open is safe.  Links to files become
 * files, links to folders stay links; sockets and the like are left out.
 * Everything belongs to `user`.  Returns 0, or -1 after a message. */
int tree_copy(const char *from, const char *to, const char *const *skip, const run_user_t *user);

/* Copies one file likewise. */
int tree_copy_file(const char *from, const char *to, const run_user_t *user);

/* Writes a file of that text likewise. */
int tree_write_file(const char *path, const char *text, const run_user_t *user);

/* Removes a folder and all below it. */
void tree_remove(const char *path);

#endif
