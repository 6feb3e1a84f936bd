/* The way from a change to code that serves: build, check, bring in, test,
 * reload, proof.  What fails on it leaves serving what served before. */

#ifndef UPDATE_H
#define UPDATE_H

#include <stdbool.h>
#include <stdint.h>

#include "build.h"
#include "check.h"
#include "generation.h"
#include "prefix.h"
#include "server.h"
#include "step.h"

typedef enum { UPDATE_FOR_STEP, UPDATE_FOR_WORKERS, UPDATE_FOR_PROBE } update_wait_t;

typedef struct {
    server_t *server;
    const prefix_t *prefix;
    const build_t *build;
    check_t check;
    bool checks;

    bool runs;
    bool serves;      /* it has been announced */
    bool failed;      /* before anything served */
    unsigned changes; /* of names.h, that this one brings */
    unsigned next;    /* that came since it began */
    int64_t since;    /* when the first of them was made */
    int64_t next_since;

    size_t stage;
    size_t round; /* within the stage */
    int again;    /* builds that changes have overtaken, in a row */
    update_wait_t wait;
    step_t step;
    generation_t generation;
    int probe; /* to poll; until NGINX has accepted it, else -1 */
    int64_t deadline;
} update_t;

/* Asks for an update that brings these changes, made at that time. */
void update_want(update_t *update, unsigned changes, int64_t since);

/* Behind SIGCHLD; behind an answer to the probe; and behind the deadline. */
void update_take_child(update_t *update);
void update_take_probe(update_t *update);
void update_tick(update_t *update);
int64_t update_deadline(const update_t *update);

/* Ends it where it is; again: at once. */
void update_stop(update_t *update);

#endif
