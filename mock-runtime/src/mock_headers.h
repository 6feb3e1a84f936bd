#ifndef MOCK_HEADERS_H
#define MOCK_HEADERS_H

#include <stddef.h>

#include "lf_str.h"

/* Both strings NUL-terminated, in one block that begins at `name`. */
typedef struct {
    char *name;
    char *value;
    size_t name_len;
} lfm_header_t;

/* In the order of the wire.  Zeroed it is empty. */
typedef struct {
    lfm_header_t *items;
    size_t count;
    size_t capacity;
} lfm_headers_t;

void lfm_headers_add(lfm_headers_t *headers, lf_str_t name, lf_str_t value);

/* Takes the place of the first of that name and drops the others; or adds. */
void lfm_headers_set(lfm_headers_t *headers, lf_str_t name, lf_str_t value);

void lfm_headers_remove(lfm_headers_t *headers, lf_str_t name);

/* Removes those that describe the body. */
void lfm_headers_remove_of_body(lfm_headers_t *headers);

/* The value of the first of that name, or NULL. */
const char *lfm_headers_find(const lfm_headers_t *headers, lf_str_t name);

/* Appends copies. */
void lfm_headers_copy(lfm_headers_t *to, const lfm_headers_t *from);

/* Appends all of `from`, which is empty afterwards. */
void lfm_headers_move(lfm_headers_t *to, lfm_headers_t *from);

/* Leaves it empty. */
void lfm_headers_clear(lfm_headers_t *headers);

#endif
