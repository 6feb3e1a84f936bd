/* Folders as a whole. */

#ifndef TREE_H
#define TREE_H

#include "run.h"

/* Whether to leave out what lies at that path; `at_top` of what is copied. */
typedef bool tree_skip_t(const char *path, bool at_top);

/* Copies the files below `from` into the existing folder `to`, with their times,
 * but for what `skip` says.  A file that is there already is replaced by rename,
 * so whoever has it open is safe; one of the same size and time is left.  Links to files become
 * files, links to folders stay links; sockets and the like are left out.
 * Everything belongs to `user`.  Returns 0, or -1 after a message. */
int tree_copy(const char *from, const char *to, tree_skip_t *skip, const run_user_t *user);

/* Copies one file likewise. */
int tree_copy_file(const char *from, const char *to, const run_user_t *user);

/* Writes a file of that text likewise. */
int tree_write_file(const char *path, const char *text, const run_user_t *user);

/* Removes a folder and all below it. */
void tree_remove(const char *path);

#endif
