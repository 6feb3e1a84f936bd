#ifndef MOCK_TARGET_H
#define MOCK_TARGET_H

#include "lf_str.h"

/* Takes a request target apart as NGINX does with merge_slashes on: *path is
 * decoded and without dot segments, in memory that the caller frees; *args,
 * within `target`, is the query string.  Returns NULL, or why NGINX answers
 * 400, and then nothing was allocated. */
const char *lfm_target_parse(lf_str_t target, lf_str_t *path, lf_str_t *args);

/* The same with merge_slashes off. */
const char *lfm_target_parse_unmerged(lf_str_t target, lf_str_t *path, lf_str_t *args);

#endif
