#include "proof.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "image.h"
#include "probe.h"
#include "stop.h"
#include "workers.h"

/* Of one worker at a time; the first that hides its memory is all that is said. */
static int find_library(proof_t *proof, const processes_t *workers, const char *library) {
    size_t i;

    for (i = 0; i < workers->count; i++) {
        int pid = (int) workers->items[i].pid;
        image_t image = image_find(pid, library);

        if (image == IMAGE_ABSENT) {
            deploy_report("the new worker %d has not loaded '%s'", pid, library);
            return -1;
        }
        if (image == IMAGE_HIDDEN) {
            deploy_report("cannot look into worker %d (%s), so what it has loaded is not proven", pid,
                          strerror(errno));
            return 0;
        }
    }
    proof->level = PROOF_LIBRARY;
    return 0;
}

static int judge(proof_t *proof, const nginx_t *nginx, const generation_t *generation, const char *library) {
    size_t count = generation->fresh.count;

    proof->level = PROOF_WORKERS;
    if (generation->busy > 0) {
        deploy_report("%zu of the workers of before are busy still", generation->busy);
    }
    if (library != NULL && find_library(proof, &generation->fresh, library) != 0) {
        return -1;
    }
    deploy_say(nginx->options,
               proof->level == PROOF_LIBRARY ? "proven: %zu new workers run '%s'" : "%zu new workers run",
               count, library);
    return 0;
}

static int reload(proof_t *proof, const nginx_t *nginx, process_t master, const char *library) {
    processes_t before = workers_children(master);
    generation_t generation = {{NULL, 0}, 0};
    int status = -1;

    if (stop_asked()) {
        workers_free(&before);
        return -1;
    }
    if (kill(master.pid, SIGHUP) != 0) {
        deploy_report("cannot reload the master process %d: %s", (int) master.pid, strerror(errno));
    } else {
        proof->reloaded = true;
        deploy_say(nginx->options, "told the master process %d to reload", (int) master.pid);
        status = workers_await(master, &before, nginx->options->timeout_ms, &generation);
        proof->renewed = generation.fresh.count > 0;
        status = status == 0 ? judge(proof, nginx, &generation, library) : -1;
    }
    workers_free(&generation.fresh);
    workers_free(&before);
    return status;
}

static int reload_if_there(proof_t *proof, const nginx_t *nginx, const char *pid_file, const char *library) {
    process_t master = {0, 0};

    switch (workers_find_master(pid_file, nginx->options->pid_file != NULL, &master)) {
    case MASTER_RUNS:
        return reload(proof, nginx, master, library);
    case MASTER_OTHER:
        deploy_report("cannot reload the nginx %d of '%s': it runs without a master process",
                      (int) master.pid, pid_file);
        return -1;
    case MASTER_NONE:
        deploy_say(nginx->options, "no nginx runs by '%s': nothing was reloaded, and no more is proven",
                   pid_file);
        return 0;
    default:
        return -1;
    }
}

int proof_find(proof_t *proof, const nginx_t *nginx, const char *library) {
    char *pid_file = nginx_test(nginx);
    int status;

    *proof = (proof_t){.level = PROOF_NONE};
    if (pid_file == NULL) {
        return -1;
    }
    proof->tested = true;
    proof->level = PROOF_CONFIGURATION;
    deploy_say(nginx->options, "nginx -t accepts '%s'", nginx->conf);
    status = reload_if_there(proof, nginx, pid_file, library);
    free(pid_file);
    return status;
}

int proof_probe(const proof_t *proof, const deploy_options_t *options) {
    size_t i;

    if (options->probes.count > 0 && !proof->reloaded) {
        deploy_report("cannot probe '%s': no nginx runs", options->probes.items[0]);
        return -1;
    }
    for (i = 0; i < options->probes.count; i++) {
        long status = probe_url(options->probes.items[i], options->timeout_ms);

        if (status == -1) {
            return -1;
        }
        deploy_say(options, "the probe '%s' was answered with %ld", options->probes.items[i], status);
    }
    return 0;
}
