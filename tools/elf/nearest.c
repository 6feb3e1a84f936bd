#include "nearest.h"

#include <string.h>

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

/* Insertions, deletions and replacements from one to the other (Levenshtein). */
static size_t distance(const char *a, const char *b) {
    size_t row[256], columns = strlen(b), i, j;

    if (columns >= sizeof(row) / sizeof(row[0])) {
        return SIZE_MAX;
    }
    for (j = 0; j <= columns; j++) {
        row[j] = j;
    }
    for (i = 1; a[i - 1] != '\0'; i++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (j = 1; j <= columns; j++) {
            size_t replaced = diagonal + (a[i - 1] != b[j - 1]);

            diagonal = row[j];
            row[j] = least(replaced, 1 + least(row[j], row[j - 1]));
        }
    }
    return row[columns];
}

const char *nearest_function(const library_t *library, const char *name) {
    size_t i, best = strlen(name) / 2 + 1;
    const char *nearest = NULL;

    for (i = 0; i < library->dynamic_count; i++) {
        const library_symbol_t *symbol = &library->dynamic[i];
        size_t far;

        if (!symbol->defined || symbol->local || !symbol->function) {
            continue;
        }
        far = distance(name, symbol->name);
        if (far < best) {
            best = far;
            nearest = symbol->name;
        }
    }
    return nearest;
}
