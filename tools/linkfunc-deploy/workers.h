/* The master and its workers, as /proc shows them. */

#ifndef WORKERS_H
#define WORKERS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* A process; the time of its start tells it from a later one with its id. */
typedef struct {
    pid_t pid;
    unsigned long long start;
} process_t;

typedef struct {
    process_t *items;
    size_t count;
} processes_t;

typedef enum {
    MASTER_RUNS,
    MASTER_NONE,    /* no nginx has the id of the pid file */
    MASTER_OTHER,   /* it is an nginx without a master process */
    MASTER_UNKNOWN, /* the file cannot be read, or one must run and none does; this was reported */
} master_state_t;

master_state_t workers_find_master(const char *pid_file, bool must_run, process_t *master);

/* All children of the master; the caller frees them with workers_free(). */
processes_t workers_children(process_t master);
void workers_free(processes_t *processes);

typedef struct {
    processes_t fresh; /* workers that started after `before` was taken, and stay */
    size_t busy;       /* workers of before that have not begun to leave */
} generation_t;

/* Waits until a new generation of workers is there and stays; -1 when it does
 * not come in time, or the master ends (reported), or we are asked to end. */
int workers_await(process_t master, const processes_t *before, int timeout_ms, generation_t *generation);

#endif
