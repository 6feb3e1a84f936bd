#include "loop.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "children.h"
#include "clock.h"
#include "names.h"
#include "run.h"

typedef struct {
    const loop_t *loop;
    int signals;
    bool has_terminal;
    bool stopping;
    int status;
} state_t;

static bool terminal_is_there(void) {
    int fd = open("/dev/tty", O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

    if (fd != -1) {
        close(fd);
    }
    return fd != -1;
}

static void stop(state_t *state, int number) {
    state->stopping = true;
    update_stop(state->loop->update);
    server_stop(state->loop->server, number);
}

/* What a Ctrl-C under gdb is for, gdb decides. */
static bool is_for_gdb(const state_t *state, unsigned number) {
    return number == SIGINT && under_is_interactive(state->loop->server->under)
           && state->loop->server->pid != 0;
}

/* HUP also comes when the terminal has been closed; that is an end. */
static void take_signal(state_t *state) {
    struct signalfd_siginfo info;

    if (read(state->signals, &info, sizeof(info)) != sizeof(info)) {
        return;
    }
    if (info.ssi_signo == SIGCHLD) {
        update_take_child(state->loop->update);
    } else if (is_for_gdb(state, info.ssi_signo)) {
        return;
    } else if (info.ssi_signo != SIGHUP) {
        stop(state, (int) info.ssi_signo);
    } else if (state->has_terminal && !terminal_is_there()) {
        stop(state, SIGTERM);
    } else if (!state->stopping && !under_is_interactive(state->loop->server->under)) {
        update_want(state->loop->update, NAMES_CONF, clock_ms());
    }
}

static void report_end(int status) {
    if (WIFSIGNALED(status)) {
        run_report("nginx was killed by signal %d", WTERMSIG(status));
    } else {
        run_report("nginx exited with status %d", WEXITSTATUS(status));
    }
}

/* gdb is left when its user says so. */
static void take_end(state_t *state) {
    int status = server_reap(state->loop->server);

    if (state->stopping) {
        return;
    }
    log_read(state->loop->log);
    if (!under_is_interactive(state->loop->server->under) || status != 0) {
        report_end(status);
        state->status = 1;
    }
    stop(state, SIGTERM);
}

static void take_changes(state_t *state) {
    watch_t *watch = state->loop->watch;
    unsigned changes = watch_take(watch);

    if (changes != 0 && !state->stopping) {
        run_report("%s changed", watch->last_path);
        update_want(state->loop->update, changes, watch->since);
    }
}

static int patience(const state_t *state) {
    int64_t deadline =
        clock_earlier(watch_deadline(state->loop->watch), update_deadline(state->loop->update));
    int64_t left = deadline - clock_ms();

    if (deadline == CLOCK_NEVER) {
        return -1;
    }
    return left < 0 ? 0 : (int) left;
}

enum { FROM_SIGNALS, FROM_WATCH, FROM_LOG, FROM_PROBE, FROM_COUNT };

static void take_events(state_t *state) {
    const loop_t *loop = state->loop;
    struct pollfd fds[FROM_COUNT] = {
        [FROM_SIGNALS] = {.fd = state->signals, .events = POLLIN},
        [FROM_WATCH] = {.fd = loop->watch->fd, .events = POLLIN},
        [FROM_LOG] = {.fd = loop->log->fd, .events = POLLIN},
        [FROM_PROBE] = {.fd = loop->update->probe, .events = POLLIN},
    };

    if (poll(fds, FROM_COUNT, patience(state)) == -1) {
        return;
    }
    if (fds[FROM_LOG].revents != 0) {
        log_read(loop->log);
    }
    if (fds[FROM_SIGNALS].revents != 0) {
        take_signal(state);
    }
    if (fds[FROM_WATCH].revents != 0) {
        watch_read(loop->watch);
    }
    if (fds[FROM_PROBE].revents != 0 && loop->update->probe == fds[FROM_PROBE].fd
        && !server_has_ended(loop->server)) {
        update_take_probe(loop->update);
    }
}

static bool goes_on(const state_t *state) {
    return state->loop->server->pid != 0 || state->loop->update->step.pid != 0 || state->loop->update->runs;
}

static void run(state_t *state) {
    while (goes_on(state)) {
        take_events(state);
        if (state->loop->server->pid != 0 && server_has_ended(state->loop->server)) {
            take_end(state);
        }
        take_changes(state);
        if (!state->stopping || state->loop->update->step.pid != 0) {
            update_tick(state->loop->update);
        }
    }
}

int loop_run(const loop_t *loop, unsigned changes) {
    state_t state = {.loop = loop, .has_terminal = terminal_is_there(), .signals = server_open_signals()};

    if (state.signals == -1) {
        return 1;
    }
    update_want(loop->update, changes, clock_ms());
    run(&state);
    children_kill();
    close(state.signals);
    return loop->update->failed ? 1 : state.status;
}
