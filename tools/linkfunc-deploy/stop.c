#include "stop.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "deploy.h"

static int signals = -1;
static bool asked;
static bool deferred;

static void taken_signals(sigset_t *set) {
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGCHLD};
    size_t i;

    sigemptyset(set);
    for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        sigaddset(set, numbers[i]);
    }
}

/* A reader of our output that goes away must not end us half-way either. */
int stop_begin(void) {
    sigset_t set;

    taken_signals(&set);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (signals == -1) {
        deploy_report("cannot watch for signals: %s", strerror(errno));
        return -1;
    }
    return 0;
}

void stop_forget(void) {
    sigset_t none;

    sigemptyset(&none);
    signal(SIGPIPE, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static void take_signals(void) {
    struct signalfd_siginfo info;

    while (read(signals, &info, sizeof(info)) == (ssize_t) sizeof(info)) {
        asked |= info.ssi_signo != SIGCHLD;
    }
}

bool stop_wait(int fd, int milliseconds) {
    struct pollfd fds[] = {{.fd = signals, .events = POLLIN}, {.fd = fd, .events = POLLIN}};

    (void) poll(fds, 2, milliseconds);
    take_signals();
    return asked && !deferred;
}

bool stop_asked(void) {
    return stop_wait(-1, 0);
}

void stop_defer(void) {
    deferred = true;
}

long long stop_now(void) {
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (long long) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
