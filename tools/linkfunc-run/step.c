#include "step.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "run.h"

enum { PATIENCE_MS = 2000, SHELL_SIGNAL_BASE = 128 };

static _Noreturn void become_command(const char *folder, const char *const *argv) {
    sigset_t none;
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    if (null != -1 && dup2(null, STDIN_FILENO) != -1 && dup2(STDERR_FILENO, STDOUT_FILENO) != -1
        && chdir(folder) == 0) {
        execvp(argv[0], (char *const *) argv);
    }
    run_report("cannot run '%s': %s", argv[0], strerror(errno));
    _exit(127);
}

static int status_of(int status) {
    return WIFEXITED(status) ? WEXITSTATUS(status) : SHELL_SIGNAL_BASE + WTERMSIG(status);
}

/* Until the command ends, or linkfunc-run dies without a word, of which SIGHUP
 * tells; the group is then ours alone to end. */
static int keep(pid_t command) {
    static const struct timespec patience = {.tv_nsec = 500000000};
    sigset_t set;
    int status;

    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigaddset(&set, SIGHUP);
    while (waitpid(command, &status, WNOHANG) == 0) {
        if (sigwaitinfo(&set, NULL) == SIGHUP) {
            kill(0, SIGTERM); /* blocked here */
            sigdelset(&set, SIGHUP);
            sigdelset(&set, SIGCHLD);
            sigaddset(&set, SIGALRM); /* which nobody sends: sleep */
            sigtimedwait(&set, NULL, &patience);
            kill(0, SIGKILL);
        }
    }
    return status_of(status);
}

/* A death signal reaches one process only, so one stands above the command
 * that passes it on to the group. */
static _Noreturn void become_keeper(pid_t parent, const char *folder, const char *const *argv) {
    pid_t command;

    if (setsid() == -1 || prctl(PR_SET_PDEATHSIG, SIGHUP) != 0 || getppid() != parent) {
        _exit(1);
    }
    command = fork();
    if (command == 0) {
        become_command(folder, argv);
    }
    _exit(command == -1 ? 1 : keep(command));
}

int step_start(step_t *step, const char *folder, const char *const *argv) {
    pid_t self = getpid();

    step->patience = CLOCK_NEVER;
    step->pid = fork();
    if (step->pid == 0) {
        become_keeper(self, folder, argv);
    }
    if (step->pid == -1) {
        run_report("cannot start a process: %s", strerror(errno));
        step->pid = 0;
        return -1;
    }
    return 0;
}

/* The group's number stays taken until its leader is reaped. */
bool step_has_ended(step_t *step, int *status) {
    siginfo_t info = {.si_pid = 0};

    if (waitid(P_PID, (id_t) step->pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0) {
        return false;
    }
    kill(-step->pid, SIGKILL);
    waitpid(step->pid, status, 0);
    *status = status_of(*status);
    while (waitpid(-step->pid, NULL, 0) > 0) {
    }
    step->pid = 0;
    return true;
}

void step_stop(step_t *step) {
    if (step->pid == 0) {
        return;
    }
    kill(-step->pid, step->patience == CLOCK_NEVER ? SIGTERM : SIGKILL);
    step->patience = clock_ms() + PATIENCE_MS;
}

void step_tick(step_t *step) {
    if (step->pid != 0 && step->patience != CLOCK_NEVER && clock_ms() >= step->patience) {
        step_stop(step);
    }
}
