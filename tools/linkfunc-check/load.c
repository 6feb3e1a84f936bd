#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

#define SECONDS 10

/* The child says why not, or nothing.  The mock stands in for the module, whose
 * functions the library expects to be there. */
static _Noreturn void open_in_child(const char *path, int report) {
    char absolute[4096];

    (void) alarm(SECONDS);
    (void) dlopen(LINKFUNC_MOCK, RTLD_NOW | RTLD_GLOBAL);
    if (realpath(path, absolute) != NULL && dlopen(absolute, RTLD_NOW | RTLD_LOCAL) == NULL) {
        const char *reason = dlerror();

        (void) !write(report, reason, strlen(reason));
    }
    _exit(0);
}

void check_load(check_findings_t *findings, const library_t *library) {
    char reason[4096];
    int ends[2], status;
    ssize_t len;
    pid_t child;

    (void) fflush(NULL);
    if (pipe(ends) != 0 || (child = fork()) == -1) {
        check_report("cannot start a process");
        exit(1);
    }
    if (child == 0) {
        open_in_child(library->file, ends[1]);
    }
    (void) close(ends[1]);
    len = read(ends[0], reason, sizeof(reason) - 1);
    (void) close(ends[0]);
    (void) waitpid(child, &status, 0);
    if (len > 0) {
        reason[len] = '\0';
        check_add(findings, "load-failed", library->path, "%s", reason);
    } else if (WIFSIGNALED(status)) {
        check_add(findings, "load-failed", library->path, "a constructor of it %s",
                  WTERMSIG(status) == SIGALRM ? "did not return in time" : "crashed");
    }
}
