/*
 * Trying the libraries at configuration load, without running their code in
 * the master.
 *
 * Two children: the trial opens the libraries as a worker would, and may
 * crash, exit or hang; the keeper watches it, and always ends by itself.  The
 * master learns everything from a pipe, because a child's exit status may be
 * taken by NGINX's own SIGCHLD handler, which would also log a signal as an
 * [alert] about an unknown process.
 */

#include "ngx_http_link_func_module.h"

#include <dirent.h>
#include <dlfcn.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>


/* For all libraries together; behind the second the keeper is given up. */
#define NGX_HTTP_LINK_FUNC_VERIFY_TIMEOUT  (ngx_msec_t) 10000
#define NGX_HTTP_LINK_FUNC_VERIFY_PATIENCE (ngx_msec_t) 15000


typedef enum {
    /* of the trial; the index is of a library or of a call */
    NGX_HTTP_LINK_FUNC_OPENING,
    NGX_HTTP_LINK_FUNC_NO_HOOK,
    NGX_HTTP_LINK_FUNC_NOT_OPENED,
    NGX_HTTP_LINK_FUNC_NOT_FOUND,
    NGX_HTTP_LINK_FUNC_NO_USER,
    NGX_HTTP_LINK_FUNC_PASSED,

    /* of the keeper, always the last; the index is the code or signal */
    NGX_HTTP_LINK_FUNC_EXITED,
    NGX_HTTP_LINK_FUNC_CRASHED,
    NGX_HTTP_LINK_FUNC_HUNG
} ngx_http_link_func_report_e;


/* Shorter than PIPE_BUF, so it is written and read whole. */
typedef struct {
    ngx_http_link_func_report_e kind;
    ngx_uint_t                  index;
    char                        text[1024];
} ngx_http_link_func_report_t;


/* What the master has learnt. */
typedef struct {
    ngx_cycle_t                    *cycle;
    ngx_http_link_func_main_conf_t *lmcf;
    ngx_http_link_func_library_t   *opening;
    ngx_uint_t                      passed;
    ngx_uint_t                      refused;
    ngx_uint_t                      ended;
} ngx_http_link_func_verify_t;


static ngx_int_t
ngx_http_link_func_verify_listen(ngx_http_link_func_verify_t *verify, int fd);
static ngx_int_t  ngx_http_link_func_verify_wait(int fd, ngx_msec_t deadline);
static ngx_msec_t ngx_http_link_func_verify_now(void);
static struct timespec ngx_http_link_func_verify_span(ngx_msec_t span);
static void            ngx_http_link_func_verify_reap(pid_t keeper);
static void
ngx_http_link_func_verify_report(ngx_http_link_func_verify_t *verify,
                                 ngx_http_link_func_report_t *report);
static void
ngx_http_link_func_verify_ended(ngx_http_link_func_verify_t *verify,
                                ngx_http_link_func_report_t *report);

static void ngx_http_link_func_verify_keep(ngx_http_link_func_verify_t *verify,
                                           int fd, pid_t parent);
static ngx_http_link_func_report_e
ngx_http_link_func_verify_watch(pid_t trial, sigset_t *set, ngx_uint_t *index);
static void ngx_http_link_func_verify_close_files(int keep);
static void ngx_http_link_func_verify_reset_signals(void);

static void ngx_http_link_func_verify_try(ngx_http_link_func_verify_t *verify,
                                          int fd, pid_t parent);
static ngx_int_t ngx_http_link_func_verify_become_worker(ngx_cycle_t *cycle);
static ngx_int_t
ngx_http_link_func_verify_open(ngx_http_link_func_library_t *library,
                               ngx_uint_t index, int fd);
static void ngx_http_link_func_verify_tell(int                         fd,
                                           ngx_http_link_func_report_e kind,
                                           ngx_uint_t index, const char *text);


ngx_int_t
ngx_http_link_func_verify(ngx_cycle_t                    *cycle,
                          ngx_http_link_func_main_conf_t *lmcf)
{
    int                         fd[2];
    pid_t                       keeper, parent;
    ngx_int_t                   rc;
    ngx_http_link_func_verify_t verify;

    ngx_memzero(&verify, sizeof(ngx_http_link_func_verify_t));
    verify.cycle = cycle;
    verify.lmcf = lmcf;

    if (pipe(fd) == -1) {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, ngx_errno,
                      "pipe() for \"ngx_link_func_lib\" failed");
        return NGX_ERROR;
    }

    parent = getpid();
    keeper = fork();

    if (keeper == 0) {
        (void) close(fd[0]);
        ngx_http_link_func_verify_keep(&verify, fd[1], parent);
    }

    (void) close(fd[1]);

    if (keeper == -1) {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, ngx_errno,
                      "fork() for \"ngx_link_func_lib\" failed");
        (void) close(fd[0]);
        return NGX_ERROR;
    }

    rc = ngx_http_link_func_verify_listen(&verify, fd[0]);

    (void) close(fd[0]);
    ngx_http_link_func_verify_reap(keeper);

    return rc;
}


static ngx_int_t
ngx_http_link_func_verify_listen(ngx_http_link_func_verify_t *verify, int fd)
{
    ssize_t                     n;
    ngx_msec_t                  deadline;
    ngx_http_link_func_report_t report;

    deadline =
        ngx_http_link_func_verify_now() + NGX_HTTP_LINK_FUNC_VERIFY_PATIENCE;

    while (!verify->ended) {
        if (ngx_http_link_func_verify_wait(fd, deadline) != NGX_OK) {
            ngx_log_error(NGX_LOG_NOTICE, verify->cycle->log, 0,
                          "the check of \"ngx_link_func_lib\" was given up");
            return NGX_ERROR;
        }

        n = read(fd, &report, sizeof(report));

        if (n == -1 && ngx_errno == NGX_EINTR) {
            continue;
        }

        if (n != (ssize_t) sizeof(report)) {
            ngx_log_error(NGX_LOG_EMERG, verify->cycle->log, 0,
                          "the check of \"ngx_link_func_lib\" ended without "
                          "a result");
            return NGX_ERROR;
        }

        ngx_http_link_func_verify_report(verify, &report);
    }

    return verify->passed && !verify->refused ? NGX_OK : NGX_ERROR;
}


/*
 * A running master has its signals blocked but for this wait: dead workers are
 * reaped meanwhile, and a request to stop is obeyed.
 */

static ngx_int_t
ngx_http_link_func_verify_wait(int fd, ngx_msec_t deadline)
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
        now = ngx_http_link_func_verify_now();

        if (now >= deadline || ngx_terminate || ngx_quit) {
            return NGX_ERROR;
        }

        left = ngx_http_link_func_verify_span(deadline - now);

        n = ppoll(&pfd, 1, &left, &set);

    } while (n == 0 || (n == -1 && ngx_errno == NGX_EINTR));

    return n == 1 ? NGX_OK : NGX_ERROR;
}


static ngx_msec_t
ngx_http_link_func_verify_now(void)
{
    struct timespec ts;

    (void) clock_gettime(CLOCK_MONOTONIC, &ts);

    return (ngx_msec_t) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}


static struct timespec
ngx_http_link_func_verify_span(ngx_msec_t span)
{
    struct timespec ts;

    ts.tv_sec = (time_t) (span / 1000);
    ts.tv_nsec = (long) (span % 1000) * 1000000;

    return ts;
}


static void
ngx_http_link_func_verify_reap(pid_t keeper)
{
    /* Already ended, or told to end now. */

    (void) kill(keeper, SIGTERM);

    while (waitpid(keeper, NULL, 0) == -1 && ngx_errno == NGX_EINTR) {
        /* void */
    }

    /* The master sleeps until a signal before it looks at what the signals
     * above have asked for.  The keeper's own SIGCHLD mostly does it, unless
     * it came inside the wait. */

    if (ngx_process == NGX_PROCESS_MASTER
        && (ngx_reap || ngx_terminate || ngx_quit))
    {
        (void) raise(SIGCHLD);
    }
}


static void
ngx_http_link_func_verify_report(ngx_http_link_func_verify_t *verify,
                                 ngx_http_link_func_report_t *report)
{
    ngx_log_t                     *log;
    ngx_http_link_func_call_t    **call;
    ngx_http_link_func_library_t **library;

    log = verify->cycle->log;
    call = verify->lmcf->calls.elts;
    library = verify->lmcf->libraries.elts;

    report->text[sizeof(report->text) - 1] = '\0';

    switch (report->kind) {
    case NGX_HTTP_LINK_FUNC_OPENING:
        verify->opening = library[report->index];
        return;

    case NGX_HTTP_LINK_FUNC_NO_HOOK:
        ngx_log_error(NGX_LOG_WARN, log, 0,
                      "ngx_link_func_lib: function \"%s\" not found in \"%V\" "
                      "in %V:%ui",
                      report->text, &library[report->index]->path,
                      &library[report->index]->place.file,
                      library[report->index]->place.line);
        return;

    case NGX_HTTP_LINK_FUNC_NOT_OPENED:
        verify->refused = 1;
        ngx_log_error(NGX_LOG_EMERG, log, 0,
                      "ngx_link_func_lib: dlopen() \"%V\" failed (%s) "
                      "in %V:%ui",
                      &library[report->index]->path, report->text,
                      &library[report->index]->place.file,
                      library[report->index]->place.line);
        return;

    case NGX_HTTP_LINK_FUNC_NOT_FOUND:
        verify->refused = 1;
        ngx_log_error(NGX_LOG_EMERG, log, 0,
                      "ngx_link_func_call: function \"%V\" not found in "
                      "\"%V\" in %V:%ui",
                      &call[report->index]->name, &call[report->index]->path,
                      &call[report->index]->place.file,
                      call[report->index]->place.line);
        return;

    case NGX_HTTP_LINK_FUNC_NO_USER:
        verify->refused = 1;
        ngx_log_error(NGX_LOG_EMERG, log, (ngx_err_t) report->index,
                      "ngx_link_func_lib: %s failed", report->text);
        return;

    case NGX_HTTP_LINK_FUNC_PASSED:
        verify->passed = 1;
        return;

    default:
        verify->ended = 1;
        ngx_http_link_func_verify_ended(verify, report);
    }
}


static void
ngx_http_link_func_verify_ended(ngx_http_link_func_verify_t *verify,
                                ngx_http_link_func_report_t *report)
{
    u_char                        text[64], *last;
    ngx_http_link_func_library_t *library;

    library = verify->opening;

    if (verify->passed || verify->refused) {
        return;
    }

    verify->refused = 1;

    switch (report->kind) {
    case NGX_HTTP_LINK_FUNC_CRASHED:
        last = ngx_snprintf(text, sizeof(text), "crashed on signal %ui",
                            report->index);
        break;

    case NGX_HTTP_LINK_FUNC_HUNG:
        last = ngx_snprintf(text, sizeof(text), "hung for %M seconds",
                            NGX_HTTP_LINK_FUNC_VERIFY_TIMEOUT / 1000);
        break;

    default:
        last = ngx_snprintf(text, sizeof(text), "exited with code %ui",
                            report->index);
    }

    if (library == NULL) {
        ngx_log_error(NGX_LOG_EMERG, verify->cycle->log, 0,
                      "the check of \"ngx_link_func_lib\" %*s",
                      (size_t) (last - text), text);
        return;
    }

    ngx_log_error(NGX_LOG_EMERG, verify->cycle->log, 0,
                  "ngx_link_func_lib: \"%V\" %*s while it was opened "
                  "in %V:%ui",
                  &library->path, (size_t) (last - text), text,
                  &library->place.file, library->place.line);
}


/* The keeper, from here on.  It does not return. */

static void
ngx_http_link_func_verify_keep(ngx_http_link_func_verify_t *verify, int fd,
                               pid_t parent)
{
    pid_t                       trial, self;
    sigset_t                    set;
    ngx_uint_t                  index;
    ngx_http_link_func_report_e kind;

    (void) setpgid(0, 0);
    (void) prctl(PR_SET_PDEATHSIG, SIGKILL);

    if (getppid() != parent) {
        _exit(1);
    }

    ngx_http_link_func_verify_close_files(fd);
    ngx_http_link_func_verify_reset_signals();

    (void) sigemptyset(&set);
    (void) sigaddset(&set, SIGCHLD);
    (void) sigaddset(&set, SIGTERM);
    (void) sigprocmask(SIG_SETMASK, &set, NULL);

    self = getpid();
    trial = fork();

    if (trial == 0) {
        ngx_http_link_func_verify_try(verify, fd, self);
    }

    if (trial == -1) {
        _exit(1);
    }

    /* Both do it, so it is done before either goes on. */

    (void) setpgid(trial, trial);

    kind = ngx_http_link_func_verify_watch(trial, &set, &index);

    (void) kill(-trial, SIGKILL);
    ngx_http_link_func_verify_tell(fd, kind, index, "");

    _exit(0);
}


static ngx_http_link_func_report_e
ngx_http_link_func_verify_watch(pid_t trial, sigset_t *set, ngx_uint_t *index)
{
    int             status;
    ngx_msec_t      deadline, now;
    struct timespec left;

    *index = 0;
    deadline =
        ngx_http_link_func_verify_now() + NGX_HTTP_LINK_FUNC_VERIFY_TIMEOUT;

    while (waitpid(trial, &status, WNOHANG) != trial) {
        now = ngx_http_link_func_verify_now();

        if (now >= deadline) {
            return NGX_HTTP_LINK_FUNC_HUNG;
        }

        left = ngx_http_link_func_verify_span(deadline - now);

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


/* Standard error stays: it is where a loader or a sanitizer complains. */

static void
ngx_http_link_func_verify_close_files(int keep)
{
    int            fd, null;
    DIR           *dir;
    struct dirent *entry;

    null = open("/dev/null", O_RDWR);

    if (null != -1) {
        (void) dup2(null, STDIN_FILENO);
        (void) dup2(null, STDOUT_FILENO);
    }

    dir = opendir("/proc/self/fd");

    if (dir == NULL) {
        for (fd = STDERR_FILENO + 1; fd < sysconf(_SC_OPEN_MAX); fd++) {
            if (fd != keep) {
                (void) close(fd);
            }
        }

        return;
    }

    while ((entry = readdir(dir)) != NULL) {
        fd =
            (int) ngx_atoi((u_char *) entry->d_name, ngx_strlen(entry->d_name));

        if (fd > STDERR_FILENO && fd != keep && fd != dirfd(dir)) {
            (void) close(fd);
        }
    }

    (void) closedir(dir);
}


static void
ngx_http_link_func_verify_reset_signals(void)
{
    int              signo;
    struct sigaction sa;

    ngx_memzero(&sa, sizeof(struct sigaction));
    sa.sa_handler = SIG_DFL;

    for (signo = 1; signo < NSIG; signo++) {
        (void) sigaction(signo, &sa, NULL);
    }
}


/* The trial, from here on.  It does not return. */

static void
ngx_http_link_func_verify_try(ngx_http_link_func_verify_t *verify, int fd,
                              pid_t parent)
{
    sigset_t                       set;
    ngx_uint_t                     i;
    ngx_http_link_func_call_t    **call;
    ngx_http_link_func_library_t **library;

    (void) setpgid(0, 0);

    if (ngx_http_link_func_verify_become_worker(verify->cycle) != NGX_OK) {
        ngx_http_link_func_verify_tell(fd, NGX_HTTP_LINK_FUNC_NO_USER,
                                       ngx_errno, "becoming the worker user");
        _exit(0);
    }

    /* Forgotten when the user changes, so it comes behind that. */

    (void) prctl(PR_SET_PDEATHSIG, SIGKILL);

    if (getppid() != parent) {
        _exit(0);
    }

    (void) sigemptyset(&set);
    (void) sigprocmask(SIG_SETMASK, &set, NULL);

    library = verify->lmcf->libraries.elts;

    for (i = 0; i < verify->lmcf->libraries.nelts; i++) {
        if (ngx_http_link_func_verify_open(library[i], i, fd) != NGX_OK) {
            _exit(0);
        }
    }

    call = verify->lmcf->calls.elts;

    for (i = 0; i < verify->lmcf->calls.nelts; i++) {
        if (dlsym(call[i]->library->handle, (char *) call[i]->name.data)
            == NULL) {
            ngx_http_link_func_verify_tell(fd, NGX_HTTP_LINK_FUNC_NOT_FOUND, i,
                                           "");
            _exit(0);
        }
    }

    ngx_http_link_func_verify_tell(fd, NGX_HTTP_LINK_FUNC_PASSED, 0, "");
    _exit(0);
}


static ngx_int_t
ngx_http_link_func_verify_become_worker(ngx_cycle_t *cycle)
{
    ngx_core_conf_t *ccf;

    ccf = (ngx_core_conf_t *) ngx_get_conf(cycle->conf_ctx, ngx_core_module);

    if (geteuid() != 0 || ccf->user == (ngx_uid_t) NGX_CONF_UNSET_UINT) {
        return NGX_OK;
    }

    if (setgid(ccf->group) == -1 || initgroups(ccf->username, ccf->group) == -1
        || setuid(ccf->user) == -1)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_link_func_verify_open(ngx_http_link_func_library_t *library,
                               ngx_uint_t index, int fd)
{
    ngx_uint_t i;

    static const char *hooks[] = {"ngx_link_func_init_cycle",
                                  "ngx_link_func_exit_cycle"};

    ngx_http_link_func_verify_tell(fd, NGX_HTTP_LINK_FUNC_OPENING, index, "");

    library->handle =
        dlopen((char *) library->path.data, RTLD_NOW | RTLD_LOCAL);

    if (library->handle == NULL) {
        ngx_http_link_func_verify_tell(fd, NGX_HTTP_LINK_FUNC_NOT_OPENED, index,
                                       dlerror());
        return NGX_ERROR;
    }

    for (i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++) {
        if (dlsym(library->handle, hooks[i]) == NULL) {
            ngx_http_link_func_verify_tell(fd, NGX_HTTP_LINK_FUNC_NO_HOOK,
                                           index, hooks[i]);
        }
    }

    return NGX_OK;
}


static void
ngx_http_link_func_verify_tell(int fd, ngx_http_link_func_report_e kind,
                               ngx_uint_t index, const char *text)
{
    ngx_http_link_func_report_t report;

    ngx_memzero(&report, sizeof(ngx_http_link_func_report_t));
    report.kind = kind;
    report.index = index;
    (void) ngx_cpystrn((u_char *) report.text, (u_char *) text,
                       sizeof(report.text));

    if (write(fd, &report, sizeof(report)) != (ssize_t) sizeof(report)) {
        _exit(1);
    }
}
