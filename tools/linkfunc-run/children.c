#include "children.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHILDREN_SIZE = 16 * 1024 };

/* As a string; "" when the process is gone. */
static void read_children(char *text, size_t size, pid_t parent) {
    char path[64];
    ssize_t len = 0;
    int fd;

    snprintf(path, sizeof(path), "/proc/%ld/task/%ld/children", (long) parent, (long) parent);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd != -1) {
        len = read(fd, text, size - 1);
        close(fd);
    }
    text[len > 0 ? len : 0] = '\0';
}

bool children_each(pid_t parent, bool (*visit)(void *data, pid_t child), void *data) {
    char text[CHILDREN_SIZE];
    char *at = text, *end;
    long pid;

    read_children(text, sizeof(text), parent);
    for (pid = strtol(at, &end, 10); end != at; pid = strtol(at, &end, 10)) {
        at = end;
        if (!visit(data, (pid_t) pid)) {
            return false;
        }
    }
    return true;
}

static bool kill_child(void *data, pid_t child) {
    (void) data;
    kill(child, SIGKILL);
    return true;
}

/* Grandchildren become children when their parent is reaped. */
void children_kill(void) {
    do {
        children_each(getpid(), kill_child, NULL);
    } while (waitpid(-1, NULL, 0) > 0);
}
