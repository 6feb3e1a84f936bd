/* Random requests that carry random programs. */

#ifndef GENERATE_H
#define GENERATE_H

#include <stddef.h>
#include <stdint.h>

#define GENERATED_PARTS_MAX 24

/* Shrinking takes parts away: an entry of `headers` or `steps` may be NULL. */
typedef struct {
    int in_thread; /* of a pool */
    const char *method;
    char *target;
    const char *host;
    char *headers[GENERATED_PARTS_MAX]; /* "Name: value" */
    size_t header_count;
    char *body; /* or NULL */
    size_t body_len;
    char *steps[GENERATED_PARTS_MAX]; /* in the words of program.h, without ';' */
    size_t step_count;
} generated_t;

/* The case of that index, the same for the same seed. */
generated_t *generated_new(uint64_t seed, size_t index);
void generated_free(generated_t *g); /* NULL is ignored */

/* The value of X-Program; the caller frees it. */
char *generated_program_dup(const generated_t *g);

/* Whether it needs the debug lines of the error log. */
int generated_is_debugging(const generated_t *g);

/* For a person: the request, and each step as the call that it is.  The caller
 * frees it. */
char *generated_text_dup(const generated_t *g);

#endif
