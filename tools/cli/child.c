#include "child.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static _Noreturn void work_in_child(cli_child_t *child, pid_t parent,
                                    int (*work)(cli_child_t *child, void *data), void *data) {
    (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) {
        _exit(1);
    }
    exit(work(child, data));
}

static int wait_for(cli_child_t *child, pid_t pid) {
    pid_t ended;

    do {
        ended = waitpid(pid, &child->status, 0);
    } while (ended == -1 && errno == EINTR);
    return ended == -1 ? -1 : 0;
}

cli_child_t *cli_child_run(int (*work)(cli_child_t *child, void *data), void *data) {
    cli_child_t *child =
        mmap(NULL, sizeof(*child), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t parent = getpid(), pid;

    if (child == MAP_FAILED) {
        return NULL;
    }
    (void) fflush(NULL);
    pid = fork();
    if (pid == 0) {
        work_in_child(child, parent, work, data);
    }
    if (pid == -1 || wait_for(child, pid) != 0) {
        cli_child_free(child);
        return NULL;
    }
    return child;
}

void cli_child_say(cli_child_t *child, const char *text) {
    size_t room = sizeof(child->said) - 1 - child->len, len = strnlen(text, room);

    memcpy(child->said + child->len, text, len);
    child->len += len;
}

void cli_child_free(cli_child_t *child) {
    (void) munmap(child, sizeof(*child));
}
