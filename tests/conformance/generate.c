#define _GNU_SOURCE

#include "generate_parts.h"

#include <stdlib.h>
#include <string.h>

#include "program.h"

typedef struct {
    const char *name;
    const char *args;
} op_t;

#define OP_ROW(name, args, weight) {#name, args},
static const op_t ops[] = {PROGRAM_OPS(OP_ROW)};
#undef OP_ROW

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

generated_t *generated_new(uint64_t seed, size_t index) {
    generated_t *g = calloc(1, sizeof(*g));
    random_t r;

    if (g == NULL) {
        abort();
    }
    random_seed(&r, seed, index);
    generate_steps(&r, g);
    generate_request(&r, g);
    return g;
}

void generated_free(generated_t *g) {
    size_t i;

    if (g == NULL) {
        return;
    }
    for (i = 0; i < g->header_count; i++) {
        free(g->headers[i]);
    }
    for (i = 0; i < g->step_count; i++) {
        free(g->steps[i]);
    }
    free(g->target);
    free(g->body);
    free(g);
}

char *generated_program_dup(const generated_t *g) {
    char *text = NULL;
    size_t size, i;
    FILE *out = generate_text(&text, &size);

    for (i = 0; i < g->step_count; i++) {
        if (g->steps[i] != NULL) {
            (void) fprintf(out, "%s;", g->steps[i]);
        }
    }
    (void) fclose(out);
    return text;
}

int generated_is_debugging(const generated_t *g) {
    static const char *const debugging[] = {"log 0 ", "log 4 ", "log_macro 0 ", "log_macro 4 ", "log_fmt 8 "};
    size_t i, k;

    for (i = 0; i < g->step_count; i++) {
        for (k = 0; k < COUNT(debugging); k++) {
            if (g->steps[i] != NULL && strncmp(g->steps[i], debugging[k], strlen(debugging[k])) == 0) {
                return 1;
            }
        }
    }
    return 0;
}

/*
 * For a person
 */

static unsigned hex(char c) {
    return (unsigned) (c >= 'a' ? c - 'a' + 10 : c - '0');
}

static void print_quoted(FILE *out, const char *digits) {
    (void) fputc('"', out);
    for (; digits[0] != '\0' && digits[0] != '.'; digits += 2) {
        unsigned byte = hex(digits[0]) << 4 | hex(digits[1]);
        int odd = byte < 0x20 || byte >= 0x7f || byte == '"' || byte == '\\';

        (void) fprintf(out, odd ? "\\x%02x" : "%c", byte);
    }
    (void) fputc('"', out);
}

static void print_word(FILE *out, const char *word, char kind) {
    if (kind == 'n') {
        (void) fputs(word, out);
    } else if (word[0] == '~') {
        (void) fputs("NULL", out);
    } else if (word[0] == '*') {
        (void) fprintf(out, "%ld times ", strtol(word + 1, NULL, 10));
        print_quoted(out, strchr(word, '.') + 1);
    } else {
        print_quoted(out, word);
    }
}

static const char *args_of(const char *name) {
    size_t i;

    for (i = 0; strcmp(ops[i].name, name) != 0; i++) {
    }
    return ops[i].args;
}

static void print_step(FILE *out, const char *step) {
    char *copy = strdup(step), *save = NULL;
    const char *word = strtok_r(copy, " ", &save), *kind = args_of(word), *before = "";

    (void) fprintf(out, "    %s(", word);
    for (word = strtok_r(NULL, " ", &save); word != NULL; word = strtok_r(NULL, " ", &save)) {
        (void) fputs(before, out);
        print_word(out, word, *kind++);
        before = ", ";
    }
    (void) fputs(")\n", out);
    free(copy);
}

char *generated_text_dup(const generated_t *g) {
    char *text = NULL;
    size_t size, i;
    FILE *out = generate_text(&text, &size);

    (void) fprintf(out, "  %s %s, Host: %s\n", g->method, g->target, g->host);
    for (i = 0; i < g->header_count; i++) {
        if (g->headers[i] != NULL) {
            (void) fprintf(out, "  %s\n", g->headers[i]);
        }
    }
    if (g->body != NULL) {
        (void) fprintf(out, "  a body of %zu bytes\n", g->body_len);
    }
    for (i = 0; i < g->step_count; i++) {
        if (g->steps[i] != NULL) {
            print_step(out, g->steps[i]);
        }
    }
    (void) fclose(out);
    return text;
}
