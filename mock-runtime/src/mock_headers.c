#include "mock_headers.h"

#include <stdlib.h>

#include "lf_header.h"

#include "mock_memory.h"

static lfm_header_t header_new(lf_str_t name, lf_str_t value) {
    lfm_header_t header;

    header.name_len = name.len;
    header.name = lfm_alloc(name.len + value.len + 2);
    header.value = header.name + name.len + 1;
    memcpy(header.name, name.data, name.len);
    header.name[name.len] = '\0';
    if (value.len > 0) {
        memcpy(header.value, value.data, value.len);
    }
    header.value[value.len] = '\0';
    return header;
}

/* The index of the first at or past `from`, or the count. */
static size_t header_index(const lfm_headers_t *headers, size_t from, lf_str_t name) {
    size_t i;

    for (i = from; i < headers->count; i++) {
        if (lf_str_case_equal(lf_str(headers->items[i].name, headers->items[i].name_len), name)) {
            break;
        }
    }
    return i;
}

static void header_remove_at(lfm_headers_t *headers, size_t i) {
    free(headers->items[i].name);
    headers->count--;
    memmove(&headers->items[i], &headers->items[i + 1], (headers->count - i) * sizeof(lfm_header_t));
}

static void header_remove_from(lfm_headers_t *headers, size_t from, lf_str_t name) {
    size_t i;

    while ((i = header_index(headers, from, name)) < headers->count) {
        header_remove_at(headers, i);
    }
}

static void header_push(lfm_headers_t *headers, lfm_header_t header) {
    headers->items = lfm_grow(headers->items, sizeof(lfm_header_t), headers->count, &headers->capacity);
    headers->items[headers->count++] = header;
}

void lfm_headers_add(lfm_headers_t *headers, lf_str_t name, lf_str_t value) {
    header_push(headers, header_new(name, value));
}

void lfm_headers_set(lfm_headers_t *headers, lf_str_t name, lf_str_t value) {
    size_t first = header_index(headers, 0, name);
    lfm_header_t changed;

    if (first == headers->count) {
        lfm_headers_add(headers, name, value);
        return;
    }
    changed = header_new(name, value);
    free(headers->items[first].name);
    headers->items[first] = changed;
    header_remove_from(headers, first + 1, name);
}

void lfm_headers_remove(lfm_headers_t *headers, lf_str_t name) {
    header_remove_from(headers, 0, name);
}

void lfm_headers_remove_of_body(lfm_headers_t *headers) {
    size_t i = headers->count;

    while (i-- > 0) {
        if (lf_header_describes_body(lf_str(headers->items[i].name, headers->items[i].name_len))) {
            header_remove_at(headers, i);
        }
    }
}

const char *lfm_headers_find(const lfm_headers_t *headers, lf_str_t name) {
    size_t i = header_index(headers, 0, name);

    return i == headers->count ? NULL : headers->items[i].value;
}

void lfm_headers_copy(lfm_headers_t *to, const lfm_headers_t *from) {
    size_t i;

    for (i = 0; i < from->count; i++) {
        lfm_headers_add(to, lf_str(from->items[i].name, from->items[i].name_len),
                        lf_cstr(from->items[i].value));
    }
}

void lfm_headers_move(lfm_headers_t *to, lfm_headers_t *from) {
    size_t i;

    for (i = 0; i < from->count; i++) {
        header_push(to, from->items[i]);
    }
    from->count = 0;
    lfm_headers_clear(from);
}

void lfm_headers_clear(lfm_headers_t *headers) {
    while (headers->count > 0) {
        free(headers->items[--headers->count].name);
    }
    free(headers->items);
    headers->items = NULL;
    headers->capacity = 0;
}
