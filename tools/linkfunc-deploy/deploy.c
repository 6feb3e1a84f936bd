#include "deploy.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "place.h"
#include "proof.h"
#include "source.h"
#include "stop.h"
#include "workers.h"

typedef struct {
    const deploy_options_t *options;
    nginx_t nginx;
    place_t place;
    proof_t proof;
    const char *outcome;
} deploy_t;

/*
 * Forth
 */

/* What is checked is the copy: the library may change meanwhile. */
static int stage(deploy_t *deploy, bool same) {
    const char *file = same ? deploy->place.path : deploy->place.staged;

    if (deploy->options->rollback) {
        return place_stage_previous(&deploy->place);
    }
    if (!same && place_stage(&deploy->place, deploy->options->library) != 0) {
        return -1;
    }
    if (check_library(deploy->options, file, deploy->place.path, deploy->nginx.conf) != 0 || stop_asked()) {
        place_discard(&deploy->place);
        return -1;
    }
    deploy_say(deploy->options, "linkfunc-check accepts '%s'", deploy->options->library);
    return 0;
}

static void say_installed(const deploy_t *deploy) {
    const place_t *place = &deploy->place;

    if (deploy->options->rollback) {
        deploy_say(deploy->options, "put '%s' in place of '%s'", place->previous, place->path);
    } else if (geteuid() == 0) {
        deploy_say(deploy->options, "installed '%s'", place->path);
    } else {
        deploy_say(deploy->options, "installed '%s', which belongs to user %u as this is not run by root",
                   place->path, (unsigned) geteuid());
    }
}

static int install(deploy_t *deploy) {
    bool same = !deploy->options->rollback && place_is(&deploy->place, deploy->options->library);

    if (stage(deploy, same) != 0) {
        return -1;
    }
    if (same) {
        deploy->outcome = "unchanged";
        deploy_say(deploy->options, "nothing has changed: '%s' is the same already", deploy->place.path);
        return 0;
    }
    if (place_install(&deploy->place) != 0) {
        return -1;
    }
    say_installed(deploy);
    return 0;
}

static int prove(deploy_t *deploy) {
    if (proof_find(&deploy->proof, &deploy->nginx, deploy->place.path) != 0) {
        return -1;
    }
    return proof_probe(&deploy->proof, deploy->options) != 0 || stop_asked() ? -1 : 0;
}

/*
 * And back
 */

static void say_workers(const char *why, bool renewed) {
    deploy_report("%s; the workers that serve have loaded what was %s", why,
                  renewed ? "refused just now" : "there before");
}

static void prove_again(deploy_t *deploy) {
    bool renewed = deploy->proof.renewed;
    const char *library = deploy->place.existed ? deploy->place.path : NULL;

    if (proof_find(&deploy->proof, &deploy->nginx, library) == 0) {
        deploy->outcome = "restored";
        deploy_report("nginx was reloaded with that");
    } else if (!deploy->proof.tested) {
        say_workers("nginx was not reloaded with that, as it refuses its configuration", renewed);
    } else {
        say_workers("that nginx serves with that is not proven", renewed || deploy->proof.renewed);
    }
}

/* Says in what state the machine is left. */
static void put_back(deploy_t *deploy) {
    bool changed = deploy->place.changed;

    if (stop_asked()) {
        deploy_report("asked to end");
    }
    stop_defer();
    deploy->outcome = "failed";
    if (changed && place_restore(&deploy->place) != 0) {
        return;
    }
    deploy_report("'%s' %s", deploy->place.path,
                  !changed                ? "was left as it is"
                  : deploy->place.existed ? "is the version of before again"
                                          : "was removed: there was none before");
    if (!deploy->proof.reloaded) {
        deploy->outcome = "refused";
        deploy_report("nginx was not reloaded");
    } else if (changed) {
        prove_again(deploy);
    } else {
        say_workers("there is nothing to go back to", deploy->proof.renewed);
    }
}

/*
 * The whole
 */

static int perform(deploy_t *deploy) {
    deploy->outcome = deploy->options->rollback ? "rolled back" : "deployed";
    if (install(deploy) != 0 || prove(deploy) != 0) {
        put_back(deploy);
        return 1;
    }
    if (deploy->place.changed && deploy->place.existed) {
        if (place_keep(&deploy->place) != 0) {
            return 1;
        }
        deploy_say(deploy->options, "what was there before is '%s'", deploy->place.previous);
    }
    return 0;
}

static int rehearse_copy(deploy_t *deploy) {
    const place_t *place = &deploy->place;
    const deploy_options_t *options = deploy->options;

    if (options->rollback) {
        if (access(place->previous, F_OK) != 0) {
            deploy_report("cannot roll back '%s': there is no previous version '%s'", place->path,
                          place->previous);
            return -1;
        }
        deploy_say(options, "would exchange '%s' and '%s'", place->path, place->previous);
        return 0;
    }
    if (check_library(options, options->library, place->path, deploy->nginx.conf) != 0) {
        return -1;
    }
    deploy_say(options, "linkfunc-check accepts '%s'", options->library);
    if (place_is(place, options->library)) {
        deploy_say(options, "would leave '%s', which is the same already", place->path);
    } else if (place->existed) {
        deploy_say(options, "would replace '%s', and keep what it is as '%s'", place->path, place->previous);
    } else {
        deploy_say(options, "would install '%s'", place->path);
    }
    return 0;
}

static int rehearse(deploy_t *deploy) {
    const deploy_options_t *options = deploy->options;
    size_t i;

    deploy->outcome = "refused";
    if (rehearse_copy(deploy) != 0) {
        return 1;
    }
    deploy->outcome = "nothing done";
    deploy_say(options, "would test the configuration '%s' (nginx -t)", deploy->nginx.conf);
    deploy_say(options, "would reload the nginx whose pid is in %s%s",
               options->pid_file != NULL ? "" : "the configuration's ",
               options->pid_file != NULL ? options->pid_file : "pid file");
    deploy_say(options, "would wait %d seconds for new workers that have loaded '%s'",
               options->timeout_ms / 1000, deploy->place.path);
    for (i = 0; i < options->probes.count; i++) {
        deploy_say(options, "would probe '%s', expecting 2xx", options->probes.items[i]);
    }
    return 0;
}

static void print_json(const deploy_t *deploy) {
    static const char *const proofs[] = {
        [PROOF_NONE] = "none",
        [PROOF_CONFIGURATION] = "configuration",
        [PROOF_WORKERS] = "workers",
        [PROOF_LIBRARY] = "library",
    };
    const cli_member_t members[] = {
        {"outcome", deploy->outcome},
        {"destination", deploy->place.path},
        {"proof", proofs[deploy->proof.level]},
    };

    cli_print_json(stdout, members, sizeof(members) / sizeof(members[0]));
    putchar('\n');
}

/* Whoever names a pid file has an NGINX in mind that runs. */
static int refuse_pid_file(const char *pid_file) {
    process_t master;

    return pid_file != NULL && workers_find_master(pid_file, true, &master) == MASTER_UNKNOWN ? -1 : 0;
}

/* What is wrong with the library or DEST is found before nginx is looked for. */
static int begin(deploy_t *deploy) {
    const deploy_options_t *options = deploy->options;

    if (!options->rollback) {
        int fd = source_open(options->library);

        if (fd == -1) {
            return -1;
        }
        (void) close(fd);
    }
    if (place_open(&deploy->place, options->destination, options->library, !options->dry_run) != 0) {
        return -1;
    }
    return nginx_open(&deploy->nginx, options) == 0 && refuse_pid_file(options->pid_file) == 0 ? 0 : -1;
}

int deploy_run(const deploy_options_t *options) {
    deploy_t deploy = {.options = options, .place.folder = -1, .outcome = "refused"};
    int status = 1;

    if (begin(&deploy) == 0) {
        status = options->dry_run ? rehearse(&deploy) : perform(&deploy);
    }
    if (options->json) {
        print_json(&deploy);
    }
    nginx_close(&deploy.nginx);
    place_close(&deploy.place);
    return status;
}
