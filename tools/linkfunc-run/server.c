#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "listener.h"

typedef struct {
    const server_t *server;
    pid_t master;
    int signals;
    int probe; /* until NGINX has accepted it, else -1 */
    bool has_terminal;
    bool reload; /* wanted once it serves: NGINX would die of an early HUP */
    bool stopping;
} run_t;

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

static bool terminal_is_there(void) {
    int fd = open("/dev/tty", O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

    if (fd != -1) {
        close(fd);
    }
    return fd != -1;
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

/* In a session of its own a Ctrl-C of the terminal reaches us alone, and so
 * does a change of the window's size, on which an NGINX with an inherited
 * socket would stop accepting.  The death signal comes behind the change of
 * user, which would clear it. */
static int detach(const server_t *server, pid_t parent) {
    sigset_t none;

    sigemptyset(&none);
    signal(SIGPIPE, SIG_DFL);
    if (setsid() == -1 || drop_privileges(&server->prefix->user) != 0 || prctl(PR_SET_PDEATHSIG, SIGTERM) != 0
        || chdir(server->prefix->path) != 0 || sigprocmask(SIG_SETMASK, &none, NULL) != 0) {
        return -1;
    }
    if (getppid() != parent) {
        _exit(1);
    }
    return 0;
}

/* NGINX takes over the sockets that the variable NGINX names, as after an
 * upgrade of its binary. */
static _Noreturn void become_nginx(const server_t *server, pid_t parent) {
    char sockets[16], folder[PATH_MAX + 1], conf[PATH_MAX + sizeof("/nginx.conf")];

    snprintf(sockets, sizeof(sockets), "%d;", server->listener);
    snprintf(folder, sizeof(folder), "%s/", server->prefix->path);
    snprintf(conf, sizeof(conf), "%s/nginx.conf", server->prefix->path);
    if (detach(server, parent) == 0 && setenv("NGINX", sockets, 1) == 0) {
        execl(server->nginx, "nginx", "-p", folder, "-c", conf, (char *) NULL);
    }
    run_report("cannot start '%s': %s", server->nginx, strerror(errno));
    _exit(127);
}

static int start(run_t *run) {
    pid_t self = getpid();

    run->master = fork();
    if (run->master == 0) {
        become_nginx(run->server, self);
    }
    if (run->master == -1) {
        run_report("cannot start a process: %s", strerror(errno));
    }
    if (run->master > 0) {
        run->probe = listener_probe(run->server->prefix->port);
    }
    close(run->server->listener);
    return run->master == -1 ? -1 : 0;
}

/*
 * While it runs
 */

static bool has_ended(const run_t *run) {
    siginfo_t info = {.si_pid = 0};

    return waitid(P_PID, (id_t) run->master, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0;
}

static void stop(run_t *run, int number) {
    kill(run->stopping ? -run->master : run->master, run->stopping ? SIGKILL : number);
    run->stopping = true;
}

static void reload(run_t *run) {
    if (run->probe != -1) {
        run->reload = true;
        return;
    }
    if (prefix_fill(run->server->prefix) != 0) {
        run_report("not reloaded; the running configuration keeps serving");
        return;
    }
    kill(run->master, SIGHUP);
}

/* HUP also comes when the terminal has been closed; that is an end. */
static void take_signal(run_t *run) {
    struct signalfd_siginfo info;

    if (read(run->signals, &info, sizeof(info)) != sizeof(info) || info.ssi_signo == SIGCHLD) {
        return;
    }
    if (info.ssi_signo != SIGHUP) {
        stop(run, (int) info.ssi_signo);
    } else if (run->has_terminal && !terminal_is_there()) {
        stop(run, SIGTERM);
    } else {
        reload(run);
    }
}

static void announce(run_t *run) {
    const prefix_t *prefix = run->server->prefix;

    printf("%s: serving %s on http://127.0.0.1:%d/\n", run_cli.name, prefix->project, prefix->port);
    fflush(stdout);
    if (run->reload) {
        reload(run);
    }
}

/* A worker that serves takes the probe and answers its end with an end; the
 * reset of a server that died with the probe in its queue is no answer. */
static void take_probe(run_t *run) {
    char byte;
    bool served = recv(run->probe, &byte, 1, MSG_DONTWAIT) == 0;

    close(run->probe);
    run->probe = -1;
    if (served) {
        announce(run);
    }
}

static void watch(run_t *run) {
    struct pollfd fds[] = {{.fd = run->signals, .events = POLLIN}, {.fd = run->probe, .events = POLLIN}};

    while (!has_ended(run)) {
        fds[1].fd = run->probe;
        if (poll(fds, 2, -1) == -1) {
            continue;
        }
        if (fds[0].revents != 0) {
            take_signal(run);
        }
        if (fds[1].revents != 0 && !has_ended(run)) {
            take_probe(run);
        }
    }
}

/*
 * The end
 */

/* The master's id stays taken until it is reaped, so the group that bears it
 * is still ours to kill; as subreaper we then also reap its orphans. */
static int end(const run_t *run) {
    int status = 0;

    kill(-run->master, SIGKILL);
    waitpid(run->master, &status, 0);
    while (waitpid(-run->master, NULL, 0) > 0) {
    }
    if (run->stopping) {
        return 0;
    }
    if (WIFSIGNALED(status)) {
        run_report("nginx was killed by signal %d", WTERMSIG(status));
    } else {
        run_report("nginx exited with status %d", WEXITSTATUS(status));
    }
    return 1;
}

int server_run(const server_t *server) {
    run_t run = {.server = server, .probe = -1, .has_terminal = terminal_is_there()};
    sigset_t set;
    int status = 1;

    answered_signals(&set);
    run.signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (run.signals == -1 || prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) {
        run_report("cannot watch over nginx: %s", strerror(errno));
        close(server->listener);
    } else if (start(&run) == 0) {
        watch(&run);
        status = end(&run);
    }
    if (run.probe != -1) {
        close(run.probe);
    }
    if (run.signals != -1) {
        close(run.signals);
    }
    return status;
}
