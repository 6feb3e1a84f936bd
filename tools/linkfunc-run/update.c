#include "update.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "listener.h"
#include "names.h"
#include "run.h"

enum { LOOK_MS = 10, PROOF_MS = 10000, MAX_AGAIN = 5 };

typedef enum { STAGE_DONE, STAGE_WAITS, STAGE_FAILED } stage_result_t;

typedef struct {
    const char *failure;
    bool ends_start; /* whether nothing can be served behind its failure */
    stage_result_t (*go_on)(update_t *update);
} stage_t;

static stage_result_t wait_for(update_t *update, update_wait_t what, int64_t deadline) {
    update->wait = what;
    update->deadline = deadline;
    return STAGE_WAITS;
}

static stage_result_t wait_for_step(update_t *update, int started) {
    if (started != 0) {
        return started > 0 ? STAGE_DONE : STAGE_FAILED;
    }
    return wait_for(update, UPDATE_FOR_STEP, CLOCK_NEVER);
}

static stage_result_t build(update_t *update) {
    if (update->round == 0) {
        check_find(&update->check);
    }
    if ((update->changes & NAMES_BUILD) == 0 || update->round > 0) {
        return STAGE_DONE;
    }
    return wait_for_step(update, build_start(update->build, &update->check, &update->step));
}

static stage_result_t check(update_t *update) {
    if (!update->checks) {
        return STAGE_DONE;
    }
    return wait_for_step(update, check_start(&update->check, update->round, &update->step));
}

static stage_result_t bring_in(update_t *update) {
    return prefix_fill(update->prefix) == 0 ? STAGE_DONE : STAGE_FAILED;
}

/* One that starts says itself what it refuses. */
static stage_result_t test(update_t *update) {
    if (update->server->pid == 0 || update->round > 0) {
        return STAGE_DONE;
    }
    return wait_for_step(update, server_test(update->server, &update->step));
}

static stage_result_t wait_for_probe(update_t *update, int64_t deadline) {
    update->probe = listener_probe(update->prefix->wishes.port);
    return wait_for(update, UPDATE_FOR_PROBE, deadline);
}

/* How long a start takes, valgrind's say, is nothing to judge it by. */
static stage_result_t start(update_t *update) {
    return server_start(update->server) == 0 ? wait_for_probe(update, CLOCK_NEVER) : STAGE_FAILED;
}

static stage_result_t serve(update_t *update) {
    if (update->round > 0) {
        return STAGE_DONE;
    }
    if (update->server->pid == 0) {
        return start(update);
    }
    generation_note(&update->generation, update->server->pid);
    kill(update->server->pid, SIGHUP);
    return wait_for(update, UPDATE_FOR_WORKERS, clock_ms() + PROOF_MS);
}

static const stage_t stages[] = {
    {"the build failed", true, build},           {"the check failed", false, check},
    {"it cannot be brought in", true, bring_in}, {"nginx refuses it", true, test},
    {"nginx did not take it", true, serve},
};

enum { STAGE_COUNT = sizeof(stages) / sizeof(stages[0]) };

/*
 * From stage to stage
 */

static void begin(update_t *update) {
    update->runs = true;
    update->stage = 0;
    update->round = 0;
}

static void announce(update_t *update) {
    const prefix_t *prefix = update->prefix;

    if (!update->serves) {
        printf("%s: serving %s on http://127.0.0.1:%d/\n", run_cli.name, prefix->project,
               prefix->wishes.port);
    } else {
        printf("%s: the new code serves, %.2f s after the change\n", run_cli.name,
               (double) (clock_ms() - update->since) / 1000);
    }
    fflush(stdout);
    update->serves = true;
}

/* Returns whether another begins. */
static bool take_next(update_t *update) {
    update->runs = false;
    update->again = 0;
    if (update->next == 0) {
        return false;
    }
    update->changes = update->next;
    update->since = update->next_since;
    update->next = 0;
    begin(update);
    return true;
}

/* Returns whether another begins. */
static bool fail(update_t *update) {
    const char *what = stages[update->stage].failure;

    if (update->serves) {
        run_report("not reloaded: %s; what ran before keeps serving", what);
        return take_next(update);
    }
    if (update->stage == 0) {
        run_report("cannot serve '%s': %s", update->prefix->project, what);
    }
    update->failed = true;
    update->runs = false;
    return false;
}

static void advance(update_t *update) {
    while (update->runs) {
        switch (stages[update->stage].go_on(update)) {
        case STAGE_WAITS:
            return;
        case STAGE_FAILED:
            fail(update);
            break;
        case STAGE_DONE:
            update->round = 0;
            update->stage++;
            break;
        }
        if (update->stage == STAGE_COUNT) {
            announce(update);
            take_next(update);
        }
    }
}

void update_want(update_t *update, unsigned changes, int64_t since) {
    if (update->next == 0) {
        update->next_since = since;
    }
    update->next |= changes;
    if (!update->runs && take_next(update)) {
        advance(update);
    }
}

/*
 * What it waits for
 */

/* What a build made of sources that have changed meanwhile is old already;
 * where they never come to rest, it must do. */
static bool is_overtaken(update_t *update) {
    if (update->stage != 0 || (update->next & NAMES_BUILD) == 0 || update->again == MAX_AGAIN) {
        return false;
    }
    update->again++;
    update->changes |= update->next;
    update->next = 0;
    begin(update);
    return true;
}

void update_take_child(update_t *update) {
    int status;

    if (update->step.pid == 0 || !step_has_ended(&update->step, &status) || !update->runs) {
        return;
    }
    if (is_overtaken(update)) {
        advance(update);
        return;
    }
    if (status == 0 || (!update->serves && !stages[update->stage].ends_start)) {
        update->round++;
    } else {
        fail(update);
    }
    advance(update);
}

static void close_probe(update_t *update) {
    if (update->probe != -1) {
        close(update->probe);
        update->probe = -1;
    }
}

/* A worker that serves takes the probe and answers its end with an end; the
 * reset of a server that died with the probe in its queue is no answer. */
void update_take_probe(update_t *update) {
    char byte;
    bool served = recv(update->probe, &byte, 1, MSG_DONTWAIT) == 0;

    close_probe(update);
    if (served) {
        update->round++;
        advance(update);
    }
}

void update_tick(update_t *update) {
    step_tick(&update->step);
    if (!update->runs || update->wait == UPDATE_FOR_STEP) {
        return;
    }
    if (update->wait == UPDATE_FOR_WORKERS ? generation_has_changed(&update->generation)
                                           : update->probe == -1) {
        wait_for_probe(update, update->deadline);
    }
    if (update->deadline != CLOCK_NEVER && clock_ms() >= update->deadline) {
        close_probe(update);
        fail(update);
        advance(update);
    }
}

int64_t update_deadline(const update_t *update) {
    int64_t deadline = update->step.pid != 0 ? update->step.patience : CLOCK_NEVER;

    if (!update->runs || update->wait == UPDATE_FOR_STEP) {
        return deadline;
    }
    if (update->wait == UPDATE_FOR_WORKERS || update->probe == -1) {
        return clock_earlier(deadline, clock_ms() + LOOK_MS);
    }
    return clock_earlier(deadline, update->deadline);
}

void update_stop(update_t *update) {
    update->runs = false;
    update->next = 0;
    close_probe(update);
    step_stop(&update->step);
}
