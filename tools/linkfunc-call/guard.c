#include "guard.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "call.h"
#include "child.h"

/* What the waiting process knows, a byte each. */
enum { STAGE, CLOSER, DONE, STATUS };

/* NULL: nobody waits. */
static char *report;

static bool is_closed(int fd) {
    return fcntl(fd, F_GETFD) == -1;
}

static bool output_is_closed(void) {
    return is_closed(STDOUT_FILENO) || is_closed(STDERR_FILENO);
}

void guard_enter(guard_stage_t stage) {
    if (report == NULL) {
        return;
    }
    if (report[CLOSER] == GUARD_TOOL && output_is_closed()) {
        report[CLOSER] = report[STAGE];
    }
    report[STAGE] = (char) stage;
}

int guard_end(int status) {
    guard_enter(GUARD_DESTRUCTOR);
    if (report != NULL) {
        report[STATUS] = (char) status;
        report[DONE] = true;
    }
    return status;
}

typedef struct {
    int (*run)(void *data);
    void *data;
} work_t;

static int run_reporting(cli_child_t *child, void *data) {
    const work_t *work = data;

    report = child->said;
    return work->run(work->data);
}

static bool ended_itself(const cli_child_t *child) {
    if (!WIFEXITED(child->status)) {
        return false;
    }
    return child->said[STAGE] == GUARD_TOOL
           || (child->said[DONE] && child->said[STATUS] == (char) WEXITSTATUS(child->status));
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

    name_culprit(culprit, sizeof(culprit), (guard_stage_t) child->said[STAGE], function);
    if (WIFSIGNALED(child->status)) {
        call_report("%s of '%s' crashed (signal %d)", culprit, library, WTERMSIG(child->status));
    } else {
        call_report("%s of '%s' exited with code %d", culprit, library, WEXITSTATUS(child->status));
    }
}

static void tell_of_closer(guard_stage_t closer, const char *library, const char *function) {
    char culprit[256];

    name_culprit(culprit, sizeof(culprit), closer, function);
    call_report("%s of '%s' closed standard output or standard error", culprit, library);
}

/* Returns the status to exit with. */
static int tell(const cli_child_t *child, const char *library, const char *function) {
    guard_stage_t closer = (guard_stage_t) child->said[CLOSER];
    bool closed = closer != GUARD_TOOL && !output_is_closed();

    if (closed) {
        tell_of_closer(closer, library, function);
    }
    if (!ended_itself(child)) {
        tell_of_end(child, library, function);
        return 1;
    }
    return closed ? 1 : WEXITSTATUS(child->status);
}

int guard_run(int (*run)(void *data), void *data, const char *library, const char *function) {
    work_t work = {run, data};
    cli_child_t *child = cli_child_run(run_reporting, &work);
    int status;

    if (child == NULL) {
        call_report("cannot start a process: %s", strerror(errno));
        return 1;
    }
    status = tell(child, library, function);
    cli_child_free(child);
    return status;
}
