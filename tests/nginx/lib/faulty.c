/* Libraries that are wrong in one way each; FAULT_... chooses which. */

#include <ngx_link_func_module.h>

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

void fine(ngx_link_func_ctx_t *ctx);
void exit_with_two(ngx_link_func_ctx_t *ctx);
int linkfunc_test_no_such_symbol(void);

void fine(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, "fine", 4);
}

/* With which NGINX's own workers say that they cannot work. */
void exit_with_two(ngx_link_func_ctx_t *ctx) {
    (void) ctx;
    exit(2);
}

#ifdef FAULT_CRASH
__attribute__((constructor)) static void crash(void) {
    (void) raise(SIGSEGV);
}
#endif

#ifdef FAULT_EXIT
__attribute__((constructor)) static void leave(void) {
    exit(7);
}
#endif

#if defined(FAULT_NOSY) || defined(FAULT_STRAY) || defined(FAULT_HALF)
/* Of reports to the master; a listening socket is another type. */
static int is_channel(int fd) {
    int type;
    socklen_t len = sizeof(type);

    return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 && type == SOCK_SEQPACKET;
}
#endif

#ifdef FAULT_NOSY
/* Nothing but the standard files, the channel of its reports and memory files. */
static int file_is_strange(int fd) {
    char path[64], target[64] = "";
    struct stat file;

    (void) snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    return fstat(fd, &file) == 0 && !is_channel(fd)
           && (readlink(path, target, sizeof(target) - 1) == -1 || strncmp(target, "/memfd:", 7) != 0);
}

static int is_in_group_of_root(void) {
    gid_t groups[64];
    int count = getgroups(64, groups);

    while (count > 0 && groups[count - 1] != 0) {
        count--;
    }
    return count != 0 || getegid() == 0 || getgid() == 0;
}

static int signal_is_touched(int signo) {
    struct sigaction action;

    return sigaction(signo, NULL, &action) == 0 && action.sa_handler != SIG_DFL;
}

/* Not wrong itself: exits when it does not run as a worker would, or when it
 * sees something of the master while it is only tried, which is in a process
 * group of its own. */
__attribute__((constructor)) static void look_around(void) {
    struct stat out, null;
    sigset_t mask;
    int i, channels = 0;

    if (geteuid() == 0 || getuid() == 0 || is_in_group_of_root()) {
        exit(8);
    }
    if (getpgrp() != getpid()) {
        return;
    }
    for (i = 3; i < 256; i++) {
        channels += is_channel(i);
        if (file_is_strange(i) || channels > 1) {
            exit(9);
        }
    }
    if (fstat(1, &out) != 0 || stat("/dev/null", &null) != 0 || out.st_rdev != null.st_rdev) {
        exit(10);
    }
    for (i = 1; i < 32; i++) {
        if (signal_is_touched(i) || sigprocmask(SIG_BLOCK, NULL, &mask) != 0 || sigismember(&mask, i)) {
            exit(11);
        }
    }
    if (getenv("LINKFUNC_TEST_SECRET") != NULL || prctl(PR_GET_PDEATHSIG, &i) != 0 || i != SIGKILL) {
        exit(12);
    }
}
#endif

#ifdef FAULT_NOISY
__attribute__((constructor)) static void say_something(void) {
    (void) printf("a constructor was here\n");
    (void) fflush(stdout);
}
#endif

#ifdef FAULT_FORKS
__attribute__((constructor)) static void leave_a_child(void) {
    if (getpgrp() == getpid() && fork() == 0) {
        for (;;) {
            (void) pause();
        }
    }
}
#endif

#ifdef FAULT_DAEMON
/* Not in the group of the child that opens it any more. */
__attribute__((constructor)) static void leave_a_group(void) {
    pid_t pid = getpgrp() == getpid() ? fork() : -1;

    if (pid == 0) {
        (void) setpgid(0, 0);
        for (;;) {
            (void) pause();
        }
    }
    while (pid > 0 && getpgid(pid) != pid) {
        (void) sched_yield();
    }
}
#endif

#ifdef FAULT_STOPS
/* Whoever watches it. */
__attribute__((constructor)) static void stop_parent(void) {
    if (getpgrp() == getpid()) {
        (void) kill(getppid(), SIGSTOP);
    }
}
#endif

#if defined(FAULT_STRAY) || defined(FAULT_HALF)
/* Writes to whatever channel it finds, as its own file of that number: a report, or
 * half of one. */
__attribute__((constructor)) static void write_to_channels(void) {
#ifdef FAULT_STRAY
    static const unsigned char junk[1040] = {5, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0x7f};
#else
    static const unsigned char junk[520] = {0xff, 0xff};
#endif
    int i;

    for (i = 3; i < 256 && getpgrp() == getpid(); i++) {
        if (is_channel(i)) {
            (void) !write(i, junk, sizeof(junk));
        }
    }
}
#endif

#ifdef FAULT_OPEN_DIES
/* In a worker only. */
__attribute__((constructor)) static void die(void) {
    if (getpgrp() != getpid()) {
        (void) raise(SIGKILL);
    }
}
#endif

/* In time for itself, but not with the other. */
#if defined(FAULT_SLOW) || defined(FAULT_ALSO_SLOW)
__attribute__((constructor)) static void be_slow(void) {
    (void) sleep(6);
}
#endif

#ifdef FAULT_HANG
__attribute__((constructor)) static void hang(void) {
    for (;;) {
        (void) pause();
    }
}
#endif

#ifdef FAULT_UNDEFINED
__attribute__((constructor)) static void undefined(void) {
    (void) linkfunc_test_no_such_symbol();
}
#endif

#ifndef FAULT_NO_HOOKS
void ngx_link_func_init_cycle(ngx_link_func_cycle_t *cycle) {
#ifdef FAULT_INIT_ERROR
    cycle->has_error = 1;
#endif
#ifdef FAULT_INIT_DIES
    (void) kill(getpid(), SIGKILL);
#endif
#ifdef FAULT_INIT_EXITS
    exit(2);
#endif
#ifdef FAULT_HOOKS_LOCK
    ngx_link_func_shmtx_lock(cycle->shared_mem);
#endif
    (void) cycle;
}

void ngx_link_func_exit_cycle(ngx_link_func_cycle_t *cycle) {
    ngx_link_func_cyc_log_info(cycle, "exit_cycle of a faulty library");
#ifdef FAULT_HOOKS_LOCK
    ngx_link_func_shmtx_lock(cycle->shared_mem);
#endif
}
#endif
