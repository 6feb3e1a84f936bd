#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static _Noreturn void work_in_child(pid_t parent, const int *ends, int (*work)(int report, void *data),
                                    void *data) {
    (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) {
        _exit(1);
    }
    (void) close(ends[0]);
    exit(work(ends[1], data));
}

static int wait_for(cli_child_t *child, pid_t pid) {
    pid_t ended;

    do {
        ended = waitpid(pid, &child->status, 0);
    } while (ended == -1 && errno == EINTR);
    return ended == -1 ? -1 : 0;
}

/* What a process of the child's own may still hold open is not waited for. */
static void read_report(cli_child_t *child, int end) {
    ssize_t len = 0;

    (void) fcntl(end, F_SETFL, O_NONBLOCK);
    do {
        child->len += (size_t) len;
        len = read(end, child->said + child->len, sizeof(child->said) - 1 - child->len);
    } while (len > 0);
    child->said[child->len] = '\0';
}

int cli_child_run(cli_child_t *child, int (*work)(int report, void *data), void *data) {
    pid_t parent = getpid(), pid;
    int ends[2];

    child->len = 0;
    (void) fflush(NULL);
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return -1;
    }
    pid = fork();
    if (pid == 0) {
        work_in_child(parent, ends, work, data);
    }
    (void) close(ends[1]);
    if (pid != -1 && wait_for(child, pid) != 0) {
        pid = -1;
    }
    if (pid != -1) {
        read_report(child, ends[0]);
    }
    (void) close(ends[0]);
    return pid == -1 ? -1 : 0;
}
