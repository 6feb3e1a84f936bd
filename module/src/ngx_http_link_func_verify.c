/*
 * Trying the libraries at configuration load, without running their code in
 * the master: what it does with the reports of its child.
 *
 * The master learns everything from a pipe, because a child's exit status may
 * be taken by NGINX's own SIGCHLD handler, which would also log a signal as an
 * [alert] about an unknown process.
 */

#include "ngx_http_link_func_trial.h"

#include <poll.h>
#include <sys/wait.h>


/* The keeper reports before that, or is given up. */
#define NGX_HTTP_LINK_FUNC_VERIFY_PATIENCE                                     \
    (NGX_HTTP_LINK_FUNC_TRIAL_TIMEOUT + 5000)


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
static ngx_int_t ngx_http_link_func_verify_wait(int fd, ngx_msec_t deadline);
static void      ngx_http_link_func_verify_reap(pid_t keeper);
static void
ngx_http_link_func_verify_report(ngx_http_link_func_verify_t *verify,
                                 ngx_http_link_func_report_t *report);
static void
ngx_http_link_func_verify_ended(ngx_http_link_func_verify_t *verify,
                                ngx_http_link_func_report_t *report);


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
        ngx_http_link_func_trial_keep(cycle, lmcf, fd[1], parent);
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
        ngx_http_link_func_trial_now() + NGX_HTTP_LINK_FUNC_VERIFY_PATIENCE;

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
        now = ngx_http_link_func_trial_now();

        if (now >= deadline || ngx_terminate || ngx_quit) {
            return NGX_ERROR;
        }

        left = ngx_http_link_func_trial_span(deadline - now);

        n = ppoll(&pfd, 1, &left, &set);

    } while (n == 0 || (n == -1 && ngx_errno == NGX_EINTR));

    return n == 1 ? NGX_OK : NGX_ERROR;
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
                            NGX_HTTP_LINK_FUNC_TRIAL_TIMEOUT / 1000);
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
