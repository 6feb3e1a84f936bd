#include "mock_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "mock_memory.h"

/* Returns 0, or what errno was. */
static int copy(FILE *in, FILE *out) {
    char buffer[4096];
    size_t n;

    errno = 0;
    while ((n = fread(buffer, 1, sizeof(buffer), in)) > 0) {
        (void) fwrite(buffer, 1, n, out);
    }
    return ferror(in) ? errno : 0;
}

char *lfm_file_dup(const char *path, size_t *len) {
    FILE *in = fopen(path, "re"), *out;
    char *text = NULL;
    int failed;

    if (in == NULL) {
        return NULL;
    }
    out = open_memstream(&text, len);
    if (out == NULL) {
        lfm_out_of_memory();
    }
    failed = copy(in, out);
    (void) fclose(in);
    if (fclose(out) != 0) {
        lfm_out_of_memory();
    }
    if (failed != 0) {
        free(text);
        errno = failed;
        return NULL;
    }
    return text;
}
