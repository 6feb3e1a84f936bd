/* Files of a test, in a folder of its own. */

#ifndef FILES_H
#define FILES_H

typedef struct {
    char folder[32];
} files_t;

/* Any failure fails the running test. */
void files_make(files_t *files);
void files_remove(const files_t *files);

/* Writes a file, over one of that name, and returns its path, which the caller
 * frees. */
char *files_write(const files_t *files, const char *name, const char *text);
char *files_path_dup(const files_t *files, const char *name);

/* The text with each FOLDER replaced by the folder; the caller frees it. */
char *files_expand_dup(const files_t *files, const char *text);

#endif
