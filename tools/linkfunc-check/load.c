#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "child.h"

#define SECONDS 10

/* What the child says first: a constructor that ends it leaves nothing said. */
#define OPENED "+"
#define REFUSED "-"

static void say(cli_child_t *child, const char *verdict, const char *reason) {
    cli_child_say(child, verdict);
    cli_child_say(child, reason);
}

/* The mock stands in for the module, whose functions the library expects to be
 * there.  Standard output is for the findings. */
static int open_in_child(cli_child_t *child, void *data) {
    const library_t *library = data;
    char absolute[PATH_MAX];

    (void) alarm(SECONDS);
    (void) dup2(STDERR_FILENO, STDOUT_FILENO);
    (void) dlopen(LINKFUNC_MOCK, RTLD_NOW | RTLD_GLOBAL);
    if (realpath(library->file, absolute) == NULL) {
        say(child, REFUSED, strerror(errno));
    } else if (dlopen(absolute, RTLD_NOW | RTLD_LOCAL) == NULL) {
        say(child, REFUSED, dlerror());
    } else {
        say(child, OPENED, "");
    }
    (void) fflush(stdout);
    _exit(0);
}

static void tell_of_constructor(check_findings_t *findings, const char *path, int status) {
    if (WIFEXITED(status)) {
        check_add(findings, "load-failed", path, "a constructor of it ends the process with code %d",
                  WEXITSTATUS(status));
    } else if (WTERMSIG(status) == SIGALRM) {
        check_add(findings, "load-failed", path, "a constructor of it did not return in time (%d s)",
                  SECONDS);
    } else {
        check_add(findings, "load-failed", path, "a constructor of it crashed (signal %d)", WTERMSIG(status));
    }
}

void check_load(check_findings_t *findings, const library_t *library) {
    cli_child_t *child = cli_child_run(open_in_child, (void *) library);

    if (child == NULL) {
        check_report("cannot start a process: %s", strerror(errno));
        exit(1);
    }
    if (child->len == 0) {
        tell_of_constructor(findings, library->path, child->status);
    } else if (child->said[0] == REFUSED[0]) {
        check_add(findings, "load-failed", library->path, "%s", child->said + 1);
    }
    cli_child_free(child);
}
