#include "shrink.h"

#include <stdlib.h>
#include <string.h>

generated_exchanges_t session_run(generated_runtimes_t *runtimes, const session_t *session) {
    generated_exchanges_t exchanges = {NULL, NULL};
    size_t i;

    generated_runtimes_restart(runtimes);
    for (i = 0; i < session->count; i++) {
        if (session->cases[i] != NULL) {
            generated_exchanges_free(&exchanges);
            exchanges = generated_run(runtimes, session->cases[i]);
        }
    }
    return exchanges;
}

static int still_differs(generated_runtimes_t *runtimes, const session_t *session) {
    generated_exchanges_t exchanges = session_run(runtimes, session);
    int differ = generated_exchanges_differ(&exchanges);

    generated_exchanges_free(&exchanges);
    return differ;
}

/* Moves `count` cases from one place to another, where NULL stays behind. */
static void move_cases(generated_t **from, generated_t **to, size_t count) {
    size_t i;

    for (i = 0; i < count; i++) {
        to[i] = from[i];
        from[i] = NULL;
    }
}

/* Without some cases, unless the difference goes with them. */
static void drop_some(generated_runtimes_t *runtimes, const session_t *session, size_t begin, size_t count) {
    generated_t *dropped[SESSION_MAX];
    size_t i;

    for (i = 0; i < count && session->cases[begin + i] == NULL; i++) {
    }
    if (i == count) {
        return;
    }
    move_cases(session->cases + begin, dropped, count);
    if (!still_differs(runtimes, session)) {
        move_cases(dropped, session->cases + begin, count);
        return;
    }
    for (i = 0; i < count; i++) {
        generated_free(dropped[i]);
    }
}

/* Not the last.  Most differences need none of the others, so they are tried all
 * together first. */
static void drop_cases(generated_runtimes_t *runtimes, const session_t *session) {
    size_t last = session->count - 1, chunk, begin;

    for (chunk = session->count; chunk > 0; chunk /= 2) {
        for (begin = 0; begin < last; begin += chunk) {
            drop_some(runtimes, session, begin, begin + chunk > last ? last - begin : chunk);
        }
    }
}

/* Takes a part away, unless the difference goes with it. */
static void drop_part(generated_runtimes_t *runtimes, const session_t *session, char **part) {
    char *text = *part;

    if (text == NULL) {
        return;
    }
    *part = NULL;
    if (!still_differs(runtimes, session)) {
        *part = text;
        return;
    }
    free(text);
}

static void drop_query(generated_runtimes_t *runtimes, const session_t *session, generated_t *g) {
    char *query = strchr(g->target, '?');

    if (query != NULL) {
        *query = '\0';
        if (!still_differs(runtimes, session)) {
            *query = '?';
        }
    }
}

/* From behind: what a step did is often read by a later one. */
static void drop_parts(generated_runtimes_t *runtimes, const session_t *session, generated_t *g) {
    size_t i;

    for (i = g->step_count; i-- > 0;) {
        drop_part(runtimes, session, &g->steps[i]);
    }
    for (i = g->header_count; i-- > 0;) {
        drop_part(runtimes, session, &g->headers[i]);
    }
    drop_part(runtimes, session, &g->body);
    drop_query(runtimes, session, g);
}

void session_shrink(generated_runtimes_t *runtimes, session_t *session) {
    size_t round, i;

    drop_cases(runtimes, session);
    /* What a step was needed for may have gone after it. */
    for (round = 0; round < 2; round++) {
        for (i = session->count; i-- > 0;) {
            if (session->cases[i] != NULL) {
                drop_parts(runtimes, session, session->cases[i]);
            }
        }
    }
}
