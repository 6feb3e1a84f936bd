#define _GNU_SOURCE

#include "generate_parts.h"

#include <stdlib.h>
#include <string.h>

#define HEADERS_MAX 6

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* Never above the first segment. */
static void print_random_path(random_t *r, FILE *out) {
    size_t count = 1 + random_below(r, 6), depth = 0;

    while (count-- > 0) {
        const pool_value_t *segment = generate_choice(r, &pool_segments);
        int climbs = depth > 0 && random_once_in(r, 4);

        (void) fprintf(out, "/%s", climbs ? ".." : segment->data);
        if (climbs) {
            depth--;
        } else if (segment->len > 0 && strcmp(segment->data, ".") != 0 && strcmp(segment->data, "%2e") != 0) {
            depth++;
        }
    }
}

static void print_random_query(random_t *r, FILE *out) {
    static const char bytes[] = "aabbcc%%++==&;,/?:@!$'()*-._~[]{}|\\^`\"<>#0123456789ABCDEFxyz\x80\xff";
    size_t len = random_below(r, 12);

    (void) fprintf(out, "%c=", "abcd"[random_below(r, 4)]);
    while (len-- > 0) {
        (void) fputc(bytes[random_below(r, sizeof(bytes) - 1)], out);
    }
}

static void print_query(random_t *r, FILE *out) {
    if (random_once_in(r, 3)) {
        print_random_query(r, out);
    } else {
        (void) fputs(generate_choice(r, &pool_queries)->data, out);
    }
}

static char *target_dup(random_t *r, const char *function) {
    char *text = NULL;
    size_t size, args = random_below(r, 6), i;
    FILE *out = generate_text(&text, &size);

    (void) fprintf(out, "/%s", function);
    if (random_once_in(r, 3)) {
        print_random_path(r, out);
    } else {
        (void) fputs(generate_choice(r, &pool_paths)->data, out);
    }
    for (i = 0; i < args; i++) {
        (void) fputc(i == 0 ? '?' : '&', out);
        print_query(r, out);
    }
    (void) fclose(out);
    return text;
}

static size_t name_len(const char *header) {
    return strcspn(header, ":");
}

static int has_header(const generated_t *g, const char *header) {
    size_t i;

    for (i = 0; i < g->header_count; i++) {
        if (strncmp(g->headers[i], header, name_len(header) + 1) == 0) {
            return 1;
        }
    }
    return 0;
}

/* Everything but NUL, CR and LF, under a name that is kept, or dropped: then
 * the log shows how it was sent. */
static char *random_header_dup(random_t *r) {
    static const char *const names[] = {
        "X-Random:", "X-A:", "Cookie:", "X-Forwarded-For: ", "x-b:", "X$: v", "X_Y: v"};
    char *text = NULL;
    size_t size, len = random_below(r, 20);
    FILE *out = generate_text(&text, &size);

    (void) fputs(names[random_below(r, COUNT(names))], out);
    while (len-- > 0) {
        static const char special[] = " \t;,=\"ab";
        char c = random_byte(r, special, sizeof(special) - 1);

        (void) fputc(c == '\0' || c == '\r' || c == '\n' ? '.' : c, out);
    }
    (void) fclose(out);
    return text;
}

static void add_header(random_t *r, generated_t *g, const pool_t *pool) {
    const char *header = generate_choice(r, pool)->data;

    if (pool == &pool_headers || !has_header(g, header)) {
        g->headers[g->header_count++] = strdup(header);
    }
}

static void add_headers(random_t *r, generated_t *g) {
    size_t count = random_below(r, HEADERS_MAX + 1), i;

    for (i = 0; i < count; i++) {
        if (random_once_in(r, 10)) {
            g->headers[g->header_count++] = random_header_dup(r);
        } else if (random_once_in(r, 8)) {
            add_header(r, g, &pool_conditions);
        } else {
            add_header(r, g, random_once_in(r, 4) ? &pool_single_headers : &pool_headers);
        }
    }
}

static void add_long_body(random_t *r, generated_t *g) {
    g->body_len = 10000 + random_below(r, 20000);
    g->body = malloc(g->body_len);
    if (g->body == NULL) {
        abort();
    }
    memset(g->body, 'b', g->body_len);
}

static void add_body(random_t *r, generated_t *g) {
    const pool_value_t *value = generate_choice(r, &pool_bodies);

    if (random_once_in(r, 2)) {
        return;
    }
    if (random_once_in(r, 30)) {
        add_long_body(r, g);
        return;
    }
    g->body_len = value->len;
    g->body = malloc(value->len + 1);
    if (g->body == NULL) {
        abort();
    }
    memcpy(g->body, value->data, value->len + 1);
}

static const char *function_of(const generated_t *g) {
    if (g->in_thread) {
        return "threaded";
    }
    return generated_is_debugging(g) ? "debugged" : "program";
}

void generate_request(random_t *r, generated_t *g) {
    g->in_thread = !generated_is_debugging(g) && random_once_in(r, 5);
    g->method = generate_choice(r, &pool_methods)->data;
    g->host = generate_choice(r, &pool_hosts)->data;
    g->target = target_dup(r, function_of(g));
    add_headers(r, g);
    add_body(r, g);
}
