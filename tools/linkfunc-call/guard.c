#include "guard.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "call.h"
#include "child.h"

/* A byte for each stage, and behind the last the status of the tool. */
static int report = -1;

static void say(char byte) {
    if (report != -1) {
        (void) !write(report, &byte, 1);
    }
}

void guard_enter(guard_stage_t stage) {
    say((char) stage);
}

int guard_end(int status) {
    guard_enter(GUARD_DESTRUCTOR);
    say((char) status);
    return status;
}

typedef struct {
    int (*run)(void *data);
    void *data;
} work_t;

static int run_reporting(int end, void *data) {
    const work_t *work = data;

    report = end;
    return work->run(work->data);
}

static guard_stage_t stage_of(const cli_child_t *child) {
    if (child->len > 1 && child->said[child->len - 2] == GUARD_DESTRUCTOR) {
        return GUARD_DESTRUCTOR;
    }
    return child->len == 0 ? GUARD_TOOL : (guard_stage_t) child->said[child->len - 1];
}

static bool ended_itself(const cli_child_t *child) {
    if (!WIFEXITED(child->status)) {
        return false;
    }
    return stage_of(child) == GUARD_TOOL
           || (stage_of(child) == GUARD_DESTRUCTOR
               && child->said[child->len - 1] == (char) WEXITSTATUS(child->status));
}

static void name_culprit(char *text, size_t size, guard_stage_t stage, const char *function) {
    static const char *const culprits[] = {
        [GUARD_TOOL] = "the call",
        [GUARD_CONSTRUCTOR] = "a constructor",
        [GUARD_INIT] = "ngx_link_func_init_cycle()",
        [GUARD_FUNCTION] = "a function",
        [GUARD_EXIT] = "ngx_link_func_exit_cycle()",
        [GUARD_DESTRUCTOR] = "a destructor",
    };

    if (stage == GUARD_FUNCTION && function != NULL) {
        (void) snprintf(text, size, "function \"%s\"", function);
    } else {
        (void) snprintf(text, size, "%s", culprits[stage]);
    }
}

static void tell_of_end(const cli_child_t *child, const char *library, const char *function) {
    char culprit[256];

    name_culprit(culprit, sizeof(culprit), stage_of(child), function);
    if (WIFSIGNALED(child->status)) {
        call_report("%s of '%s' crashed (signal %d)", culprit, library, WTERMSIG(child->status));
    } else {
        call_report("%s of '%s' exited with code %d", culprit, library, WEXITSTATUS(child->status));
    }
}

int guard_run(int (*run)(void *data), void *data, const char *library, const char *function) {
    work_t work = {run, data};
    cli_child_t child;

    if (cli_child_run(&child, run_reporting, &work) != 0) {
        call_report("cannot start a process: %s", strerror(errno));
        return 1;
    }
    if (ended_itself(&child)) {
        return WEXITSTATUS(child.status);
    }
    tell_of_end(&child, library, function);
    return 1;
}
