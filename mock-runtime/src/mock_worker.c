/* Workers as processes: forks of this one, over the same zone. */

#include "mock_state.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mock_failure.h"
#include "mock_report.h"

#define EXIT_FAILED 70 /* EX_SOFTWARE of sysexits.h */

/* Of the coverage runtime, where it is: _exit() would lose its counts. */
void __gcov_dump(void);
#pragma weak __gcov_dump

typedef struct {
    pid_t pid;
    lfm_reports_t reports;
} process_t;

static _Noreturn void end_worker(int status) {
    (void) fflush(NULL);
    if (__gcov_dump != NULL) {
        __gcov_dump();
    }
    _exit(status);
}

static _Noreturn void fail_worker(const char *message) {
    (void) fprintf(stderr, "ngx_link_func_mock: worker: %s\n", message);
    end_worker(EXIT_FAILED);
}

void lfm_worker_abandon(void) {
    fail_worker("its function was left by a jump, as by a failed assertion");
}

/* A test framework's handlers would run the parent's tests on. */
static void restore_signals(void) {
    static const int signals[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL};
    size_t i;

    for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        (void) signal(signals[i], SIG_DFL);
    }
}

static _Noreturn void be_worker(ngx_link_func_mock_t *mock, size_t number, int fd,
                                ngx_link_func_mock_worker_t run, void *arg) {
    restore_signals();
    ngx_link_func_mock_on_failure(fail_worker);
    mock->is_worker = 1;
    mock->findings.policy = NGX_LINK_FUNC_MOCK_COUNT; /* the parent has the say */
    mock->log.tee = mock->findings.tee = fd;
    if (mock->schedule != NULL) {
        lfm_schedule_enter(mock->schedule, number);
    }
    if (mock->zone != NULL) {
        lfm_zone_join(mock->zone, number);
    }
    (void) ngx_link_func_mock_start(mock);
    run(mock, number, arg);
    ngx_link_func_mock_stop(mock);
    if (mock->schedule != NULL) {
        lfm_schedule_leave();
    }
    end_worker(0);
}

static void start(ngx_link_func_mock_t *mock, process_t *process, size_t number,
                  ngx_link_func_mock_worker_t run, void *arg) {
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) != 0) {
        lfm_misuse("ngx_link_func_mock_workers(): no pipe (%s)", strerror(errno));
    }
    (void) fflush(NULL);
    process->pid = fork();
    if (process->pid == -1) {
        lfm_misuse("ngx_link_func_mock_workers(): no process (%s)", strerror(errno));
    }
    if (process->pid == 0) {
        (void) close(ends[0]);
        be_worker(mock, number, ends[1], run, arg);
    }
    (void) close(ends[1]);
    memset(&process->reports, 0, sizeof(process->reports));
    process->reports.fd = ends[0];
}

static int exit_status(pid_t pid) {
    int status = 0;

    while (waitpid(pid, &status, 0) == -1 && errno == EINTR) {
    }
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

/* Its end of the pipe is closed: it is gone. */
static void bury(ngx_link_func_mock_t *mock, process_t *process, size_t number) {
    (void) close(process->reports.fd);
    process->reports.fd = -1;
    lfm_reports_free(&process->reports);
    mock->worker_statuses[number] = exit_status(process->pid);
    if (mock->zone != NULL) {
        lfm_zone_bury(mock->zone, number);
    }
    if (mock->schedule != NULL) {
        lfm_schedule_gone(mock->schedule, number);
    }
}

static void read_all(ngx_link_func_mock_t *mock, process_t *processes, struct pollfd *polls, size_t count) {
    size_t i;

    for (i = 0; i < count; i++) {
        process_t *process = &processes[i];

        if (polls[i].fd >= 0 && polls[i].revents != 0
            && !lfm_reports_read(&process->reports, &mock->log, &mock->findings)) {
            bury(mock, process, i);
        }
    }
}

static void wait_for_all(ngx_link_func_mock_t *mock, process_t *processes, size_t count) {
    struct pollfd *polls = lfm_zalloc(count * sizeof(*polls));
    size_t left = 1, i;

    while (left > 0) {
        for (i = 0, left = 0; i < count; i++) {
            polls[i].fd = processes[i].reports.fd;
            polls[i].events = POLLIN;
            left += polls[i].fd >= 0;
        }
        if (left > 0 && poll(polls, count, -1) > 0) {
            read_all(mock, processes, polls, count);
        }
    }
    free(polls);
}

static size_t count_failed(const ngx_link_func_mock_t *mock) {
    size_t failed = 0, i;

    for (i = 0; i < mock->worker_count; i++) {
        failed += mock->worker_statuses[i] != 0;
    }
    return failed;
}

void lfm_workers_prepare(ngx_link_func_mock_t *mock, const char *function, size_t count) {
    if (count == 0 || count > LFM_WORKERS_MAX) {
        lfm_misuse("%s(): %zu workers, it must be 1 to %d", function, count, LFM_WORKERS_MAX);
    }
    if (mock->is_worker) {
        lfm_misuse("%s(): a worker starts none", function);
    }
    mock->schedule = mock->has_seed ? lfm_schedule_new(mock->seed, count) : NULL;
}

void lfm_workers_finish(ngx_link_func_mock_t *mock) {
    lfm_schedule_free(mock->schedule);
    mock->schedule = NULL;
}

size_t ngx_link_func_mock_workers(ngx_link_func_mock_t *mock, size_t count, ngx_link_func_mock_worker_t run,
                                  void *arg) {
    process_t *processes;
    size_t i;

    lfm_workers_prepare(mock, "ngx_link_func_mock_workers", count);
    ngx_link_func_mock_stop(mock);
    processes = lfm_zalloc(count * sizeof(*processes));
    mock->worker_statuses = lfm_resize(mock->worker_statuses, count * sizeof(*mock->worker_statuses));
    mock->worker_count = count;
    if (mock->zone != NULL) {
        lfm_zone_share(mock->zone, count);
    }
    for (i = 0; i < count; i++) {
        start(mock, &processes[i], i, run, arg);
    }
    if (mock->schedule != NULL) {
        lfm_schedule_start(mock->schedule);
    }
    wait_for_all(mock, processes, count);
    if (mock->zone != NULL) {
        lfm_zone_own(mock->zone);
    }
    free(processes);
    lfm_workers_finish(mock);
    lfm_settle(mock, NULL);
    return count_failed(mock);
}

int ngx_link_func_mock_worker_status(const ngx_link_func_mock_t *mock, size_t worker) {
    if (worker >= mock->worker_count) {
        lfm_misuse("the status of worker %zu was asked for, there were %zu", worker, mock->worker_count);
    }
    return mock->worker_statuses[worker];
}

void ngx_link_func_mock_schedule(ngx_link_func_mock_t *mock, uint64_t seed) {
    mock->has_seed = 1;
    mock->seed = seed;
}
