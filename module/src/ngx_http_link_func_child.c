/*
 * A child of the master, in two: the worker does the work and may crash, exit
 * or hang; the keeper watches it, and always ends by itself.
 *
 * The master learns everything from a channel, because a child's exit status
 * may be taken by NGINX's own SIGCHLD handler, which would also log a signal as
 * an [alert] about an unknown process.  The channel keeps reports apart, so
 * what a library writes to it spoils no other's.
 */

#include "ngx_http_link_func_child.h"

#include <poll.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>


/* The keeper reports that much later at the latest, or is given up. */
#define NGX_HTTP_LINK_FUNC_CHILD_PATIENCE (ngx_msec_t) 5000

/* So often the keeper looks for processes that what it ended had started. */
#define NGX_HTTP_LINK_FUNC_CHILD_ROUNDS 100


static ngx_int_t
ngx_http_link_func_child_listen(ngx_http_link_func_child_t *child);
static ngx_int_t
            ngx_http_link_func_child_failed(ngx_http_link_func_child_t *child,
                                            ngx_err_t err, const char *reason);
static void ngx_http_link_func_child_reap(pid_t keeper);
static void ngx_http_link_func_child_keep(ngx_http_link_func_child_t *child,
                                          pid_t                       master);
static ngx_uint_t
ngx_http_link_func_child_start(ngx_http_link_func_child_t *child, sigset_t *set,
                               ngx_uint_t *index);
static ngx_uint_t
ngx_http_link_func_child_watch(ngx_http_link_func_child_t *child, pid_t worker,
                               sigset_t *set, ngx_uint_t *index);
static void ngx_http_link_func_child_end_all(void);
static void ngx_http_link_func_child_work(ngx_http_link_func_child_t *child,
                                          pid_t                       keeper);
static struct timespec ngx_http_link_func_child_span(ngx_msec_t span);


ngx_int_t
ngx_http_link_func_child_run(ngx_http_link_func_child_t *child)
{
    int       fd[2];
    pid_t     keeper, master;
    ngx_int_t rc;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fd) == -1) {
        return ngx_http_link_func_child_failed(child, ngx_errno,
                                               "socketpair() failed");
    }

    fd[0] = ngx_http_link_func_child_raise_fd(fd[0]);
    fd[1] = ngx_http_link_func_child_raise_fd(fd[1]);

    master = getpid();
    keeper = fork();

    if (keeper == 0) {
        (void) close(fd[0]);
        child->channel = fd[1];
        ngx_http_link_func_child_keep(child, master);
    }

    (void) close(fd[1]);

    if (keeper == -1) {
        rc = ngx_http_link_func_child_failed(child, ngx_errno, "fork() failed");
        (void) close(fd[0]);
        return rc;
    }

    child->channel = fd[0];

    rc = ngx_http_link_func_child_listen(child);

    (void) close(fd[0]);
    ngx_http_link_func_child_reap(keeper);

    return rc;
}


static ngx_int_t
ngx_http_link_func_child_listen(ngx_http_link_func_child_t *child)
{
    ssize_t                     n;
    ngx_int_t                   rc;
    ngx_msec_t                  deadline;
    ngx_http_link_func_report_t report;

    deadline = ngx_http_link_func_child_now() + child->timeout
               + NGX_HTTP_LINK_FUNC_CHILD_PATIENCE;

    do {
        rc = ngx_http_link_func_child_wait(child->channel, deadline);

        if (rc == NGX_ERROR) {
            ngx_log_error(NGX_LOG_NOTICE, child->cycle->log, 0,
                          "%s: the check of \"%V\" was given up in %V:%ui",
                          child->directive, child->subject, &child->place->file,
                          child->place->line);
            return NGX_ERROR;
        }

        n = rc == NGX_OK ? read(child->channel, &report, sizeof(report)) : 0;

        if (n == -1 && ngx_errno == NGX_EINTR) {
            report.kind = NGX_HTTP_LINK_FUNC_WORK;
            continue;
        }

        if (n != (ssize_t) sizeof(report)) {
            return ngx_http_link_func_child_failed(child, 0,
                                                   "it ended without a result");
        }

        report.text[sizeof(report.text) - 1] = '\0';

        if (report.kind == NGX_HTTP_LINK_FUNC_NO_USER) {
            return ngx_http_link_func_child_failed(
                child, (ngx_err_t) report.index, report.text);
        }

        child->report(child, &report);

    } while (report.kind >= NGX_HTTP_LINK_FUNC_WORK);

    return NGX_OK;
}


static ngx_int_t
ngx_http_link_func_child_failed(ngx_http_link_func_child_t *child,
                                ngx_err_t err, const char *reason)
{
    ngx_log_error(NGX_LOG_EMERG, child->cycle->log, err,
                  "%s: the check of \"%V\" failed (%s) in %V:%ui",
                  child->directive, child->subject, reason, &child->place->file,
                  child->place->line);

    return NGX_ERROR;
}


/*
 * A running master has its signals blocked but for this wait: dead workers are
 * reaped meanwhile, and a request to stop is obeyed.
 */

ngx_int_t
ngx_http_link_func_child_wait(ngx_fd_t fd, ngx_msec_t deadline)
{
    int             n;
    sigset_t        set;
    ngx_msec_t      now;
    struct pollfd   pfd;
    struct timespec left;

    (void) sigprocmask(SIG_SETMASK, NULL, &set);
    (void) sigdelset(&set, SIGCHLD);
    (void) sigdelset(&set, SIGINT);
    (void) sigdelset(&set, ngx_signal_value(NGX_TERMINATE_SIGNAL));
    (void) sigdelset(&set, ngx_signal_value(NGX_SHUTDOWN_SIGNAL));

    pfd.fd = fd;
    pfd.events = POLLIN;

    do {
        now = ngx_http_link_func_child_now();

        if (ngx_terminate || ngx_quit) {
            return NGX_ERROR;
        }

        if (now >= deadline) {
            ngx_time_update();
            return NGX_DECLINED;
        }

        left = ngx_http_link_func_child_span(deadline - now);

        n = ppoll(&pfd, 1, &left, &set);

    } while (n == 0 || (n == -1 && ngx_errno == NGX_EINTR));

    ngx_time_update();

    return n == 1 ? NGX_OK : NGX_ERROR;
}


/* It waits for SIGTERM behind its last report, and ends its work early.  What
 * it watches may have stopped it. */

static void
ngx_http_link_func_child_reap(pid_t keeper)
{
    pid_t      pid;
    ngx_msec_t deadline;

    deadline =
        ngx_http_link_func_child_now() + NGX_HTTP_LINK_FUNC_CHILD_PATIENCE;

    (void) kill(keeper, SIGTERM);

    do {
        pid = waitpid(keeper, NULL, WNOHANG);

        if (pid == 0) {
            if (ngx_http_link_func_child_now() >= deadline) {
                (void) kill(keeper, SIGKILL);
            }

            ngx_msleep(1);
        }

    } while (pid == 0 || (pid == -1 && ngx_errno == NGX_EINTR));
}


/* The keeper, from here on.  It does not return. */

static void
ngx_http_link_func_child_keep(ngx_http_link_func_child_t *child, pid_t master)
{
    sigset_t        set;
    ngx_uint_t      index, kind;
    struct timespec patience;

    index = 0;

    (void) setpgid(0, 0);

    ngx_http_link_func_child_reset_signals();

    (void) sigemptyset(&set);
    (void) sigaddset(&set, SIGCHLD);
    (void) sigaddset(&set, SIGTERM);
    (void) sigprocmask(SIG_SETMASK, &set, NULL);
    (void) prctl(PR_SET_PDEATHSIG, SIGTERM);
    (void) prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);

    ngx_http_link_func_child_close_files(child);

    kind = getppid() == master
               ? ngx_http_link_func_child_start(child, &set, &index)
               : NGX_HTTP_LINK_FUNC_HUNG;

    if (getppid() != master) {
        if (child->orphaned) {
            child->orphaned(child);
        }

        _exit(0);
    }

    ngx_http_link_func_child_tell(child, kind, index, "");

    /* Not dead before the master has left its wait, where a signal handler
     * would reap it and log about an unknown process. */

    (void) sigdelset(&set, SIGCHLD);
    patience = ngx_http_link_func_child_span(NGX_HTTP_LINK_FUNC_CHILD_PATIENCE);
    (void) sigtimedwait(&set, NULL, &patience);

    _exit(0);
}


/* The worker has come to the end that is returned, and nothing of it is left.
 */

static ngx_uint_t
ngx_http_link_func_child_start(ngx_http_link_func_child_t *child, sigset_t *set,
                               ngx_uint_t *index)
{
    pid_t      worker, self;
    ngx_uint_t kind;

    self = getpid();
    worker = fork();

    if (worker == 0) {
        ngx_http_link_func_child_work(child, self);
    }

    if (worker == -1) {
        _exit(1);
    }

    /* Both do it, so it is done before either goes on. */

    (void) setpgid(worker, worker);

    kind = ngx_http_link_func_child_watch(child, worker, set, index);

    (void) kill(-worker, SIGKILL);
    ngx_http_link_func_child_end_all();

    return kind;
}


/* A library may have started processes that left the worker's group; they are
 * the keeper's when their parents have died. */

static void
ngx_http_link_func_child_end_all(void)
{
    char       pids[1024], *pid, *next;
    FILE      *children;
    ngx_uint_t i;

    for (i = 0; i < NGX_HTTP_LINK_FUNC_CHILD_ROUNDS; i++) {
        children = fopen("/proc/thread-self/children", "re");
        if (children == NULL) {
            return;
        }

        next = fgets(pids, sizeof(pids), children);
        (void) fclose(children);

        if (next == NULL) {
            return;
        }

        for (pid = next; *pid; pid = next) {
            (void) kill((pid_t) strtol(pid, &next, 10), SIGKILL);
            next += strspn(next, " ");
        }

        while (waitpid(-1, NULL, WNOHANG) > 0) {
            /* void */
        }

        ngx_msleep(1);
    }
}


static ngx_uint_t
ngx_http_link_func_child_watch(ngx_http_link_func_child_t *child, pid_t worker,
                               sigset_t *set, ngx_uint_t *index)
{
    int             status;
    ngx_msec_t      deadline, now;
    struct timespec left;

    deadline = ngx_http_link_func_child_now() + child->timeout;

    while (waitpid(worker, &status, WNOHANG) != worker) {
        now = ngx_http_link_func_child_now();

        if (now >= deadline) {
            return NGX_HTTP_LINK_FUNC_HUNG;
        }

        left = ngx_http_link_func_child_span(deadline - now);

        if (sigtimedwait(set, NULL, &left) == SIGTERM) {
            return NGX_HTTP_LINK_FUNC_HUNG;
        }
    }

    if (WIFSIGNALED(status)) {
        *index = WTERMSIG(status);
        return NGX_HTTP_LINK_FUNC_CRASHED;
    }

    *index = WEXITSTATUS(status);
    return NGX_HTTP_LINK_FUNC_EXITED;
}


#ifdef __GLIBC__

/* Registered last, it comes before the exit handlers that the process has from
 * its life as NGINX, which are not for a child to run. */

static void
ngx_http_link_func_child_at_exit(int status, void *data)
{
    _exit(status);
}

#endif


/* The worker, from here on.  It does not return. */

static void
ngx_http_link_func_child_work(ngx_http_link_func_child_t *child, pid_t keeper)
{
    sigset_t set;

    (void) setpgid(0, 0);

    if (ngx_http_link_func_child_become_worker(child->cycle) != NGX_OK) {
        ngx_http_link_func_child_tell(child, NGX_HTTP_LINK_FUNC_NO_USER,
                                      ngx_errno,
                                      "it cannot become the worker user");
        _exit(0);
    }

    /* Forgotten when the user changes, so it comes behind that. */

    (void) prctl(PR_SET_PDEATHSIG, SIGKILL);

    if (getppid() != keeper) {
        _exit(0);
    }

    (void) sigemptyset(&set);
    (void) sigprocmask(SIG_SETMASK, &set, NULL);

#ifdef __GLIBC__
    (void) on_exit(ngx_http_link_func_child_at_exit, NULL);
#endif

    child->work(child);

    _exit(0);
}


void
ngx_http_link_func_child_tell(ngx_http_link_func_child_t *child,
                              ngx_uint_t kind, ngx_uint_t index,
                              const char *text)
{
    ngx_http_link_func_report_t report;

    ngx_memzero(&report, sizeof(ngx_http_link_func_report_t));
    report.kind = kind;
    report.index = index;
    (void) ngx_cpystrn((u_char *) report.text, (u_char *) text,
                       sizeof(report.text));

    if (write(child->channel, &report, sizeof(report))
        != (ssize_t) sizeof(report)) {
        _exit(1);
    }
}


ngx_msec_t
ngx_http_link_func_child_now(void)
{
    struct timespec ts;

    (void) clock_gettime(CLOCK_MONOTONIC, &ts);

    return (ngx_msec_t) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}


static struct timespec
ngx_http_link_func_child_span(ngx_msec_t span)
{
    struct timespec ts;

    ts.tv_sec = (time_t) (span / 1000);
    ts.tv_nsec = (long) (span % 1000) * 1000000;

    return ts;
}


ngx_fd_t
ngx_http_link_func_child_raise_fd(ngx_fd_t fd)
{
    ngx_fd_t raised;

    if (fd < 0 || fd > STDERR_FILENO) {
        return fd;
    }

    raised = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);

    if (raised == -1) {
        return fd;
    }

    (void) close(fd);

    return raised;
}
