/* A configuration as a tree of directives, with what it includes. */

#ifndef MOCK_CONF_FILE_H
#define MOCK_CONF_FILE_H

#include <stddef.h>

typedef struct lfm_directive_s lfm_directive_t;

struct lfm_directive_s {
    lfm_directive_t *next; /* in the same block */
    lfm_directive_t *children;
    int is_block;
    char **words; /* `count` of them, without quotes and escapes */
    size_t count;
    const char *file; /* where its ';' or '{' stands */
    unsigned line;
    char *problem; /* not NULL: no directive, the reader could not go on here; count is 0 */
};

typedef struct {
    lfm_directive_t *first;
    char *folder; /* of the file: where relative paths start */
    char **files;
    size_t file_count;
    size_t file_capacity;
} lfm_conf_file_t;

/* Reads a file and what it includes.  What is wrong with it stands in the tree
 * where NGINX would have come upon it. */
void lfm_conf_file_read(lfm_conf_file_t *conf, const char *path);

void lfm_conf_file_clear(lfm_conf_file_t *conf);

/* The path in the folder of the configuration, unless it is absolute.  The
 * caller frees it. */
char *lfm_conf_file_path_dup(const lfm_conf_file_t *conf, const char *path);

/* The last directive of that name in a block, or NULL. */
const lfm_directive_t *lfm_directive_find(const lfm_directive_t *first, const char *name);

int lfm_directive_is(const lfm_directive_t *directive, const char *name);

#endif
