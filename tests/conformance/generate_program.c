#define _GNU_SOURCE

#include "generate_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "program.h"

#define STEPS_MAX 12
#define PROGRAM_ROOM 6000 /* NGINX has 8 KiB for a header */

typedef struct {
    const char *name;
    const char *args;
    unsigned weight;
} op_t;

#define OP_ROW(name, args, weight) {#name, args, weight},
static const op_t ops[] = {PROGRAM_OPS(OP_ROW)};
#undef OP_ROW

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/*
 * Arguments
 */

typedef struct {
    const char *op;
    size_t arg;
    const pool_t *bytes;
    const number_pool_t *numbers;
} domain_t;

/* Where the arguments of calls come from, by the beginning of the name. */
static const domain_t domains[] = {
    {"strerror", 0, NULL, &pool_numbers},
    {"get_prop", 0, &pool_props, NULL},
    {"get_header", 0, &pool_in_names, NULL},
    {"get_query", 0, &pool_arg_names, NULL},
    {"get_form_arg", 0, &pool_arg_names, NULL},
    {"get_cookie", 0, &pool_cookie_names, NULL},
    {"get_var", 0, &pool_var_names, NULL},
    {"set_var", 0, &pool_var_names, NULL},
    {"set_var", 1, &pool_queries, NULL},
    {"add_header_in", 0, &pool_in_names, NULL},
    {"add_header_in", 1, &pool_header_values, NULL},
    {"del_header_in", 0, &pool_in_names, NULL},
    {"add_header_out", 0, &pool_header_names, NULL},
    {"add_header_out", 1, &pool_header_values, NULL},
    {"set_header_out", 0, &pool_header_names, NULL},
    {"set_header_out", 1, &pool_header_values, NULL},
    {"del_header_out", 0, &pool_header_names, NULL},
    {"write_resp_ref", 1, &pool_types, NULL},
    {"write_resp_ref", 2, &pool_bodies, NULL},
    {"write_resp", 0, NULL, &pool_statuses},
    {"write_resp", 1, &pool_status_lines, NULL},
    {"write_resp", 2, &pool_types, NULL},
    {"write_resp", 3, &pool_bodies, NULL},
    {"log_fmt", 0, NULL, &pool_levels},
    {"log", 1, &pool_texts, NULL},
    {"palloc", 0, NULL, &pool_sizes},
    {"pcalloc", 0, NULL, &pool_sizes},
    {"strdup", 0, &pool_texts, NULL},
    {"shm_alloc", 1, NULL, &pool_block_sizes},
    {"cache_new", 1, NULL, &pool_block_sizes},
    {"cache_churn", 1, NULL, &pool_counts},
    {"cache", 0, &pool_keys, NULL},
    {"dict_get", 1, NULL, &pool_rooms},
    {"dict_set", 1, &pool_bodies, NULL},
    {"dict_add", 1, &pool_bodies, NULL},
    {"dict_set", 2, NULL, &pool_ttls},
    {"dict_add", 2, NULL, &pool_ttls},
    {"dict_incr", 3, NULL, &pool_ttls},
    {"dict_incr", 1, NULL, &pool_numbers},
    {"dict_incr", 2, NULL, &pool_numbers},
    {"dict_expire", 1, NULL, &pool_ttls},
    {"dict", 0, &pool_keys, NULL},
};

/* Small numbers, that is. */
static const domain_t no_domain = {"", 0, NULL, NULL};

static const domain_t *domain_of(const char *op, size_t arg) {
    size_t i;

    for (i = 0; i < COUNT(domains); i++) {
        if (domains[i].arg == arg && strncmp(op, domains[i].op, strlen(domains[i].op)) == 0) {
            return &domains[i];
        }
    }
    return &no_domain;
}

const pool_value_t *generate_choice(random_t *r, const pool_t *pool) {
    return &pool->values[random_below(r, pool->count)];
}

static void print_hex(FILE *out, const char *data, size_t len) {
    size_t i;

    for (i = 0; i < len; i++) {
        (void) fprintf(out, "%02x", (unsigned char) data[i]);
    }
}

/* A pool's value, cut at its first NUL where it is text. */
static void print_chosen(random_t *r, FILE *out, const pool_t *pool, int is_text) {
    const pool_value_t *value = generate_choice(r, pool);
    size_t len = is_text ? strnlen(value->data, value->len) : value->len;

    if (len == 0) {
        (void) fputc('.', out);
    }
    print_hex(out, value->data, len);
}

/* Any bytes; those that mean something somewhere come often. */
static void print_random(random_t *r, FILE *out, int is_text) {
    static const char special[] = " \t\r\n:;,=&%+/\"\\?#-_.aAxX019\x7f\x80\xff";
    size_t len = 1 + random_below(r, 8);

    while (len-- > 0) {
        char c = random_byte(r, special, sizeof(special));

        (void) fprintf(out, "%02x", (unsigned char) (c == '\0' && is_text ? '0' : c));
    }
}

/* Entries of shared memory keep to few names, so that programs meet. */
static void print_bytes(random_t *r, FILE *out, const pool_t *pool, char kind) {
    int is_text = kind == 't' || kind == 'T';

    if ((kind == 'T' || kind == 'B') && random_once_in(r, 3)) {
        (void) fputc('~', out);
    } else if (pool != &pool_keys && random_once_in(r, 12)) {
        print_random(r, out, is_text);
    } else if (pool != &pool_keys && random_once_in(r, 60)) {
        (void) fprintf(out, "*%zu.%02x", 100 + random_below(r, 1500), (unsigned) ('a' + random_below(r, 26)));
    } else if (kind == 'B' && pool == &pool_bodies && random_once_in(r, 40)) {
        (void) fprintf(out, "*%zu.6c6f6e670a", random_below(r, 150000));
    } else {
        print_chosen(r, out, pool, is_text);
    }
}

static void print_number(random_t *r, FILE *out, const number_pool_t *pool) {
    if (pool == NULL) {
        (void) fprintf(out, "%zu", random_below(r, 6));
    } else if (pool == &pool_statuses && random_once_in(r, 4)) {
        (void) fprintf(out, "%zu", random_below(r, 1000));
    } else {
        (void) fprintf(out, "%lld", (long long) pool->values[random_below(r, pool->count)]);
    }
}

/* A response that is sent, most of the time. */
static void print_fitting_status(random_t *r, FILE *out) {
    if (random_once_in(r, 3)) {
        print_number(r, out, &pool_statuses);
    } else {
        (void) fputs(random_once_in(r, 4) ? "404" : "200", out);
    }
}

static void print_argument(random_t *r, FILE *out, const op_t *op, size_t index) {
    const domain_t *domain = domain_of(op->name, index);

    (void) fputc(' ', out);
    if (op->args[index] != 'n') {
        print_bytes(r, out, domain->bytes, op->args[index]);
    } else if (domain->numbers == &pool_statuses) {
        print_fitting_status(r, out);
    } else {
        print_number(r, out, domain->numbers);
    }
}

/*
 * Programs
 */

static unsigned weight_of_all(void) {
    unsigned sum = 0;
    size_t i;

    for (i = 0; i < COUNT(ops); i++) {
        sum += ops[i].weight;
    }
    return sum;
}

static const op_t *choose_op(random_t *r) {
    size_t left = random_below(r, weight_of_all());
    const op_t *op = ops;

    while (left >= op->weight) {
        left -= op->weight;
        op++;
    }
    return op;
}

FILE *generate_text(char **text, size_t *size) {
    FILE *out = open_memstream(text, size);

    if (out == NULL) {
        abort();
    }
    return out;
}

static char *step_dup(random_t *r, const op_t *op) {
    char *text = NULL;
    size_t size, i;
    FILE *out = generate_text(&text, &size);

    (void) fputs(op->name, out);
    for (i = 0; op->args[i] != '\0'; i++) {
        print_argument(r, out, op, i);
    }
    (void) fclose(out);
    return text;
}

/* Without it hardly any condition would be met. */
static char *validator_dup(random_t *r) {
    static const char etag[] = "ETag", last_modified[] = "Last-Modified";
    int is_date = random_once_in(r, 2);
    const char *name = is_date ? last_modified : etag;
    const pool_value_t *value = generate_choice(r, is_date ? &pool_dates : &pool_etags);
    char *text = NULL;
    size_t size;
    FILE *out = generate_text(&text, &size);

    (void) fputs("set_header_out ", out);
    print_hex(out, name, strlen(name));
    (void) fputc(' ', out);
    print_hex(out, value->data, value->len);
    (void) fclose(out);
    return text;
}

void generate_steps(random_t *r, generated_t *g) {
    size_t count = g->step_count + 1 + random_below(r, STEPS_MAX), room = PROGRAM_ROOM;

    while (g->step_count < count) {
        char *step = step_dup(r, choose_op(r));

        if (strlen(step) > room) {
            free(step);
            return;
        }
        room -= strlen(step);
        g->steps[g->step_count++] = step;
    }
    if (random_once_in(r, 4)) {
        g->steps[g->step_count++] = validator_dup(r);
    }
}
