#include "generation.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "children.h"

enum { TITLE_SIZE = 64 };

static bool begins(const char *text, const char *start) {
    return strncmp(text, start, strlen(start)) == 0;
}

/* A worker closes its listening sockets right behind the second title.  Under
 * valgrind there are no titles, and a child may listen for as long as it lives. */
static bool listens(pid_t pid) {
    char path[64], title[TITLE_SIZE];
    ssize_t len = 0;
    int fd;

    snprintf(path, sizeof(path), "/proc/%ld/cmdline", (long) pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd != -1) {
        len = read(fd, title, sizeof(title) - 1);
        close(fd);
    }
    title[len > 0 ? len : 0] = '\0';
    if (!begins(title, "nginx: ")) {
        return title[0] != '\0';
    }
    return begins(title, "nginx: worker process") && !begins(title, "nginx: worker process is shutting down");
}

static bool note_worker(void *data, pid_t child) {
    generation_t *generation = data;

    if (generation->count < GENERATION_WORKERS && listens(child)) {
        generation->old[generation->count++] = child;
    }
    return true;
}

void generation_note(generation_t *generation, pid_t master) {
    generation->master = master;
    generation->count = 0;
    children_each(master, note_worker, generation);
}

typedef struct {
    const generation_t *generation;
    bool others;
} changed_t;

static bool is_new(void *data, pid_t child) {
    changed_t *changed = data;
    size_t i;

    if (!listens(child)) {
        return true;
    }
    for (i = 0; i < changed->generation->count; i++) {
        if (changed->generation->old[i] == child) {
            return false;
        }
    }
    changed->others = true;
    return true;
}

bool generation_has_changed(const generation_t *generation) {
    changed_t changed = {.generation = generation};

    return children_each(generation->master, is_new, &changed) && changed.others;
}
