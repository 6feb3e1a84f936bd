/*
 * The children that try the libraries.  Two of them: the trial opens the
 * libraries as a worker would, and may crash, exit or hang; the keeper watches
 * it, and always ends by itself.
 */

#include "ngx_http_link_func_trial.h"

#include <dirent.h>
#include <dlfcn.h>
#include <sys/prctl.h>
#include <sys/wait.h>


static ngx_http_link_func_report_e
ngx_http_link_func_trial_watch(pid_t trial, sigset_t *set, ngx_uint_t *index);
static void ngx_http_link_func_trial_close_files(int keep);
static void ngx_http_link_func_trial_reset_signals(void);

static void      ngx_http_link_func_trial_try(ngx_cycle_t                    *cycle,
                                              ngx_http_link_func_main_conf_t *lmcf,
                                              int fd, pid_t parent);
static ngx_int_t ngx_http_link_func_trial_become_worker(ngx_cycle_t *cycle);
static ngx_int_t
            ngx_http_link_func_trial_open(ngx_http_link_func_library_t *library,
                                          ngx_uint_t index, int fd);
static void ngx_http_link_func_trial_tell(int                         fd,
                                          ngx_http_link_func_report_e kind,
                                          ngx_uint_t index, const char *text);


ngx_msec_t
ngx_http_link_func_trial_now(void)
{
    struct timespec ts;

    (void) clock_gettime(CLOCK_MONOTONIC, &ts);

    return (ngx_msec_t) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}


struct timespec
ngx_http_link_func_trial_span(ngx_msec_t span)
{
    struct timespec ts;

    ts.tv_sec = (time_t) (span / 1000);
    ts.tv_nsec = (long) (span % 1000) * 1000000;

    return ts;
}


/* The keeper, from here on.  It does not return. */

void
ngx_http_link_func_trial_keep(ngx_cycle_t                    *cycle,
                              ngx_http_link_func_main_conf_t *lmcf, int fd,
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

    ngx_http_link_func_trial_close_files(fd);
    ngx_http_link_func_trial_reset_signals();

    (void) sigemptyset(&set);
    (void) sigaddset(&set, SIGCHLD);
    (void) sigaddset(&set, SIGTERM);
    (void) sigprocmask(SIG_SETMASK, &set, NULL);

    self = getpid();
    trial = fork();

    if (trial == 0) {
        ngx_http_link_func_trial_try(cycle, lmcf, fd, self);
    }

    if (trial == -1) {
        _exit(1);
    }

    /* Both do it, so it is done before either goes on. */

    (void) setpgid(trial, trial);

    kind = ngx_http_link_func_trial_watch(trial, &set, &index);

    (void) kill(-trial, SIGKILL);
    ngx_http_link_func_trial_tell(fd, kind, index, "");

    _exit(0);
}


static ngx_http_link_func_report_e
ngx_http_link_func_trial_watch(pid_t trial, sigset_t *set, ngx_uint_t *index)
{
    int             status;
    ngx_msec_t      deadline, now;
    struct timespec left;

    *index = 0;
    deadline =
        ngx_http_link_func_trial_now() + NGX_HTTP_LINK_FUNC_TRIAL_TIMEOUT;

    while (waitpid(trial, &status, WNOHANG) != trial) {
        now = ngx_http_link_func_trial_now();

        if (now >= deadline) {
            return NGX_HTTP_LINK_FUNC_HUNG;
        }

        left = ngx_http_link_func_trial_span(deadline - now);

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
ngx_http_link_func_trial_close_files(int keep)
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
ngx_http_link_func_trial_reset_signals(void)
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
ngx_http_link_func_trial_try(ngx_cycle_t                    *cycle,
                             ngx_http_link_func_main_conf_t *lmcf, int fd,
                             pid_t parent)
{
    sigset_t                       set;
    ngx_uint_t                     i;
    ngx_http_link_func_call_t    **call;
    ngx_http_link_func_library_t **library;

    (void) setpgid(0, 0);

    if (ngx_http_link_func_trial_become_worker(cycle) != NGX_OK) {
        ngx_http_link_func_trial_tell(fd, NGX_HTTP_LINK_FUNC_NO_USER, ngx_errno,
                                      "becoming the worker user");
        _exit(0);
    }

    /* Forgotten when the user changes, so it comes behind that. */

    (void) prctl(PR_SET_PDEATHSIG, SIGKILL);

    if (getppid() != parent) {
        _exit(0);
    }

    (void) sigemptyset(&set);
    (void) sigprocmask(SIG_SETMASK, &set, NULL);

    library = lmcf->libraries.elts;

    for (i = 0; i < lmcf->libraries.nelts; i++) {
        if (ngx_http_link_func_trial_open(library[i], i, fd) != NGX_OK) {
            _exit(0);
        }
    }

    call = lmcf->calls.elts;

    for (i = 0; i < lmcf->calls.nelts; i++) {
        if (dlsym(call[i]->library->handle, (char *) call[i]->name.data)
            == NULL) {
            ngx_http_link_func_trial_tell(fd, NGX_HTTP_LINK_FUNC_NOT_FOUND, i,
                                          "");
            _exit(0);
        }
    }

    ngx_http_link_func_trial_tell(fd, NGX_HTTP_LINK_FUNC_PASSED, 0, "");
    _exit(0);
}


static ngx_int_t
ngx_http_link_func_trial_become_worker(ngx_cycle_t *cycle)
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
ngx_http_link_func_trial_open(ngx_http_link_func_library_t *library,
                              ngx_uint_t index, int fd)
{
    ngx_uint_t i;

    static const char *hooks[] = {"ngx_link_func_init_cycle",
                                  "ngx_link_func_exit_cycle"};

    ngx_http_link_func_trial_tell(fd, NGX_HTTP_LINK_FUNC_OPENING, index, "");

    library->handle =
        dlopen((char *) library->path.data, RTLD_NOW | RTLD_LOCAL);

    if (library->handle == NULL) {
        ngx_http_link_func_trial_tell(fd, NGX_HTTP_LINK_FUNC_NOT_OPENED, index,
                                      dlerror());
        return NGX_ERROR;
    }

    for (i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++) {
        if (dlsym(library->handle, hooks[i]) == NULL) {
            ngx_http_link_func_trial_tell(fd, NGX_HTTP_LINK_FUNC_NO_HOOK, index,
                                          hooks[i]);
        }
    }

    return NGX_OK;
}


static void
ngx_http_link_func_trial_tell(int fd, ngx_http_link_func_report_e kind,
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
