#include "workers.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "deploy.h"
#include "stop.h"

/* A worker that dies is replaced at once; one that is there for STABLE_MS has
 * not died of what it was loaded with. */
enum { STABLE_MS = 500, PAUSE_MS = 50, TITLE_SIZE = 64 };

/*
 * One process
 */

static ssize_t read_proc(pid_t pid, const char *name, char *text, size_t size) {
    char path[64];
    ssize_t len;
    int fd;

    snprintf(path, sizeof(path), "/proc/%d/%s", (int) pid, name);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd == -1) {
        return -1;
    }
    len = read(fd, text, size - 1);
    (void) close(fd);
    text[len < 0 ? 0 : len] = '\0';
    return len;
}

typedef struct {
    process_t process;
    pid_t parent;
    char state;
} stat_t;

/* Fields of /proc/PID/stat behind the name, which may hold anything and ends
 * with the last ')'. */
enum { STAT_STATE, STAT_PARENT, STAT_START = 19, STAT_FIELDS };

static int read_stat(pid_t pid, stat_t *stat) {
    char text[1024], *rest, *fields[STAT_FIELDS];
    size_t count = 0;

    if (read_proc(pid, "stat", text, sizeof(text)) <= 0 || (rest = strrchr(text, ')')) == NULL) {
        return -1;
    }
    for (rest = strtok(rest + 1, " "); rest != NULL && count < STAT_FIELDS; rest = strtok(NULL, " ")) {
        fields[count++] = rest;
    }
    if (count < STAT_FIELDS) {
        return -1;
    }
    stat->process.pid = pid;
    stat->process.start = strtoull(fields[STAT_START], NULL, 10);
    stat->parent = (pid_t) strtol(fields[STAT_PARENT], NULL, 10);
    stat->state = fields[STAT_STATE][0];
    return 0;
}

static bool has_title(pid_t pid, const char *title) {
    char text[TITLE_SIZE];

    return read_proc(pid, "cmdline", text, sizeof(text)) > 0 && strncmp(text, title, strlen(title)) == 0;
}

static bool lives(process_t process) {
    stat_t stat;

    return read_stat(process.pid, &stat) == 0 && stat.process.start == process.start && stat.state != 'Z';
}

/*
 * The master
 */

/* 0 when the file has none; -1 when it cannot be read, of which errno tells. */
static pid_t read_pid(const char *pid_file) {
    FILE *file = fopen(pid_file, "re");
    char text[32] = "", *end;
    long pid;

    if (file == NULL) {
        return -1;
    }
    (void) !fgets(text, sizeof(text), file);
    (void) fclose(file);
    pid = strtol(text, &end, 10);
    return text[0] < '1' || text[0] > '9' || (*end != '\0' && *end != '\n') || pid > INT_MAX ? 0
                                                                                             : (pid_t) pid;
}

static master_state_t judge(pid_t pid, process_t *master) {
    char name[TITLE_SIZE];
    stat_t stat;

    if (read_stat(pid, &stat) != 0 || stat.state == 'Z') {
        return MASTER_NONE;
    }
    *master = stat.process;
    if (has_title(pid, "nginx: master process")) {
        return MASTER_RUNS;
    }
    return read_proc(pid, "comm", name, sizeof(name)) > 0 && strcmp(name, "nginx\n") == 0 ? MASTER_OTHER
                                                                                          : MASTER_NONE;
}

/* nginx -t leaves an empty file, where NGINX never ran. */
master_state_t workers_find_master(const char *pid_file, bool must_run, process_t *master) {
    pid_t pid = read_pid(pid_file);
    master_state_t state;

    if (pid == -1 && (must_run || errno != ENOENT)) {
        deploy_report("cannot read '%s': %s", pid_file, strerror(errno));
        return MASTER_UNKNOWN;
    }
    state = pid > 0 ? judge(pid, master) : MASTER_NONE;
    if (!must_run || state != MASTER_NONE) {
        return state;
    }
    deploy_report(pid > 0 ? "no nginx runs by '%s'" : "'%s' has no process id, and the master's is expected",
                  pid_file);
    return MASTER_UNKNOWN;
}

/*
 * Its children
 */

static void add(processes_t *processes, process_t process) {
    processes->items = realloc(processes->items, (processes->count + 1) * sizeof(process_t));
    if (processes->items == NULL) {
        abort();
    }
    processes->items[processes->count++] = process;
}

void workers_free(processes_t *processes) {
    free(processes->items);
    *processes = (processes_t){NULL, 0};
}

processes_t workers_children(process_t master) {
    processes_t children = {NULL, 0};
    DIR *proc = opendir("/proc");
    const struct dirent *entry;
    stat_t stat;

    while (proc != NULL && (entry = readdir(proc)) != NULL) {
        pid_t pid = (pid_t) strtol(entry->d_name, NULL, 10);

        if (pid > 0 && read_stat(pid, &stat) == 0 && stat.parent == master.pid && stat.state != 'Z') {
            add(&children, stat.process);
        }
    }
    if (proc != NULL) {
        (void) closedir(proc);
    }
    return children;
}

static bool is_among(const processes_t *processes, process_t process) {
    size_t i;

    for (i = 0; i < processes->count; i++) {
        if (processes->items[i].pid == process.pid && processes->items[i].start == process.start) {
            return true;
        }
    }
    return false;
}

/*
 * The new generation
 */

typedef struct {
    generation_t now;
    bool coming; /* a new child has not become a worker yet, or tries the libraries */
} view_t;

/* A worker takes its title when it has been through init_cycle.  One that an
 * earlier reload started, and that hangs there, is no matter of this one. */
static view_t look(process_t master, const processes_t *before) {
    view_t view = {.coming = false};
    processes_t children = workers_children(master);
    size_t i;

    for (i = 0; i < children.count; i++) {
        process_t child = children.items[i];

        if (has_title(child.pid, "nginx: worker process is shutting down")) {
            continue;
        }
        if (has_title(child.pid, "nginx: master process")) {
            view.coming |= !is_among(before, child);
        } else if (has_title(child.pid, "nginx: worker process") && is_among(before, child)) {
            view.now.busy++;
        } else if (has_title(child.pid, "nginx: worker process")) {
            add(&view.now.fresh, child);
        }
    }
    workers_free(&children);
    return view;
}

static bool same(const processes_t *a, const processes_t *b) {
    size_t i;

    for (i = 0; i < a->count && a->count == b->count; i++) {
        if (!is_among(b, a->items[i])) {
            return false;
        }
    }
    return a->count == b->count;
}

static void say_why_not(const view_t *view, bool seen, int timeout_ms) {
    const char *why = "no new worker; the master has refused the configuration, and its error log says why";

    if (view->coming) {
        why = "a process that does not become a worker";
    } else if (seen) {
        why = "no new worker that stays; nginx's error log says why";
    }
    deploy_report("the reload is not proven: within %g seconds there was %s", timeout_ms / 1000.0, why);
}

/* Workers of before that go on are waited for, as they might answer a probe, but
 * that they are busy until the end is not the fault of the new generation. */
int workers_await(process_t master, const processes_t *before, int timeout_ms, generation_t *generation) {
    long long end = stop_now() + timeout_ms, since = stop_now();
    bool seen = false;

    *generation = (generation_t){{NULL, 0}, 0};
    do {
        view_t view = look(master, before);
        bool stable, over;

        if (!same(&view.now.fresh, &generation->fresh) || view.coming) {
            since = stop_now();
        }
        seen |= view.now.fresh.count > 0;
        workers_free(&generation->fresh);
        *generation = view.now;
        stable = view.now.fresh.count > 0 && stop_now() - since >= STABLE_MS;
        over = stop_now() >= end;
        if (stable && (view.now.busy == 0 || over)) {
            return 0;
        }
        if (!lives(master)) {
            deploy_report("the master process %d ended during the reload", (int) master.pid);
            return -1;
        }
        if (over) {
            say_why_not(&view, seen, timeout_ms);
            return -1;
        }
    } while (!stop_wait(-1, PAUSE_MS));
    return -1;
}
