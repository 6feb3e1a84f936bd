#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"

static void answered_signals(sigset_t *set) {
    static const int numbers[] = {SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGCHLD};
    size_t i;

    sigemptyset(set);
    for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        sigaddset(set, numbers[i]);
    }
}

/* A reader of our output that goes away must not end us either. */
void server_block_signals(void) {
    sigset_t set;

    answered_signals(&set);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
}

/* As subreaper we get the orphans of those that we start. */
int server_open_signals(void) {
    sigset_t set;
    int fd;

    answered_signals(&set);
    fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd == -1 || prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) {
        run_report("cannot watch over nginx: %s", strerror(errno));
        return -1;
    }
    return fd;
}

/*
 * The child that becomes NGINX
 */

static int drop_privileges(const run_user_t *user) {
    if (!user->drop) {
        return 0;
    }
    return setgroups(0, NULL) != 0 || setgid(user->gid) != 0 || setuid(user->uid) != 0 ? -1 : 0;
}

/* gdb shares our terminal, and passes it on to what it debugs. */
static bool has_own_group(const server_t *server, bool test) {
    return test || !under_is_interactive(server->under);
}

/* In a session of its own a Ctrl-C of the terminal reaches us alone, and so
 * does a change of the window's size, on which an NGINX with an inherited
 * socket would stop accepting.  The death signal comes behind the change of
 * user, which would clear it. */
static int detach(const server_t *server, pid_t parent, bool test) {
    sigset_t none;

    sigemptyset(&none);
    signal(SIGPIPE, SIG_DFL);
    if ((has_own_group(server, test) && (setsid() == -1 || dup2(server->log, STDERR_FILENO) == -1))
        || drop_privileges(&server->prefix->user) != 0 || prctl(PR_SET_PDEATHSIG, SIGTERM) != 0
        || chdir(server->prefix->scratch.path) != 0 || sigprocmask(SIG_SETMASK, &none, NULL) != 0) {
        return -1;
    }
    if (getppid() != parent) {
        _exit(1);
    }
    return 0;
}

/* NGINX takes over the sockets that the variable NGINX names, as after an
 * upgrade of its binary.  For a test too: it would bind one of its own.  A
 * single process crashes on what it takes over, so that one has to bind. */
static int hand_over_listener(const server_t *server) {
    char sockets[16];

    if (under_is_interactive(server->under)) {
        return 0;
    }
    snprintf(sockets, sizeof(sockets), "%d;", server->listener);
    return fcntl(server->listener, F_SETFD, 0) != 0 || setenv("NGINX", sockets, 1) != 0 ? -1 : 0;
}

/* What gdb keeps at home, root's is not for the user that it runs as. */
static int move_home(const server_t *server) {
    return server->prefix->user.drop ? setenv("HOME", server->prefix->scratch.path, 1) : 0;
}

static void exec_nginx(const server_t *server, bool test) {
    char folder[PATH_MAX + 1], conf[PATH_MAX + sizeof("/nginx.conf")];
    const char *argv[] = {server->nginx, "-p", folder, "-c", conf, test ? "-tq" : NULL, NULL};

    snprintf(folder, sizeof(folder), "%s/", server->prefix->scratch.path);
    snprintf(conf, sizeof(conf), "%s/nginx.conf", server->prefix->scratch.path);
    under_exec(server->under, argv, test);
}

static _Noreturn void become_nginx(const server_t *server, pid_t parent, bool test) {
    if (detach(server, parent, test) == 0 && hand_over_listener(server) == 0 && move_home(server) == 0) {
        exec_nginx(server, test);
    }
    run_report("cannot start '%s': %s", server->nginx, strerror(errno));
    _exit(127);
}

static pid_t spawn(const server_t *server, bool test) {
    pid_t self = getpid();
    pid_t pid = fork();

    if (pid == 0) {
        become_nginx(server, self, test);
    }
    if (pid == -1) {
        run_report("cannot start a process: %s", strerror(errno));
        return 0;
    }
    return pid;
}

int server_start(server_t *server) {
    server->pid = spawn(server, false);
    server->told = false;
    return server->pid == 0 ? -1 : 0;
}

int server_test(const server_t *server, step_t *step) {
    step->patience = CLOCK_NEVER;
    step->pid = spawn(server, true);
    return step->pid == 0 ? -1 : 0;
}

/*
 * Its end
 */

void server_stop(server_t *server, int number) {
    if (server->pid == 0) {
        return;
    }
    if (!server->told) {
        kill(server->pid, number);
    } else {
        kill(has_own_group(server, false) ? -server->pid : server->pid, SIGKILL);
    }
    server->told = true;
}

bool server_has_ended(const server_t *server) {
    siginfo_t info = {.si_pid = 0};

    return waitid(P_PID, (id_t) server->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0;
}

/* The master's id stays taken until it is reaped, so the group that bears it
 * is still ours to kill. */
int server_reap(server_t *server) {
    int status = 0;

    if (has_own_group(server, false)) {
        kill(-server->pid, SIGKILL);
    }
    waitpid(server->pid, &status, 0);
    if (has_own_group(server, false)) {
        while (waitpid(-server->pid, NULL, 0) > 0) {
        }
    }
    server->pid = 0;
    return status;
}
