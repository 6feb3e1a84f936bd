/*
 * What a child leaves of the process that it comes from: its user, its files
 * and its signals.
 */

#include "ngx_http_link_func_child.h"

#include <dirent.h>
#include <sys/prctl.h>


static ngx_uint_t
ngx_http_link_func_child_keeps(ngx_http_link_func_child_t *child, ngx_fd_t fd);


/* As ngx_worker_process_init() does it. */

ngx_int_t
ngx_http_link_func_child_become_worker(ngx_cycle_t *cycle)
{
    ngx_core_conf_t *ccf;

    ccf = (ngx_core_conf_t *) ngx_get_conf(cycle->conf_ctx, ngx_core_module);

    if (ngx_set_environment(cycle, NULL) == NULL) {
        return NGX_ERROR;
    }

    if (ccf->master && geteuid() == 0
        && ccf->user != (ngx_uid_t) NGX_CONF_UNSET_UINT)
    {
        if (setgid(ccf->group) == -1) {
            return NGX_ERROR;
        }

        (void) initgroups(ccf->username, ccf->group);

        if (setuid(ccf->user) == -1) {
            return NGX_ERROR;
        }
    }

    /* Else the change of user has closed /proc/self/fd. */

    (void) prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);

    if (ccf->working_directory.len) {
        (void) chdir((char *) ccf->working_directory.data);
    }

    return NGX_OK;
}


/* Standard error stays: it is where a loader or a sanitizer complains. */

void
ngx_http_link_func_child_close_files(ngx_http_link_func_child_t *child)
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
            if (!ngx_http_link_func_child_keeps(child, fd)) {
                (void) close(fd);
            }
        }

        return;
    }

    while ((entry = readdir(dir)) != NULL) {
        fd =
            (int) ngx_atoi((u_char *) entry->d_name, ngx_strlen(entry->d_name));

        if (fd > STDERR_FILENO && fd != dirfd(dir)
            && !ngx_http_link_func_child_keeps(child, fd))
        {
            (void) close(fd);
        }
    }

    (void) closedir(dir);
}


static ngx_uint_t
ngx_http_link_func_child_keeps(ngx_http_link_func_child_t *child, ngx_fd_t fd)
{
    ngx_uint_t i;

    for (i = 0; i < child->nkeep; i++) {
        if (child->keep[i] == fd) {
            return 1;
        }
    }

    return fd == child->channel;
}


void
ngx_http_link_func_child_reset_signals(void)
{
    int              signo;
    struct sigaction sa;

    ngx_memzero(&sa, sizeof(struct sigaction));
    sa.sa_handler = SIG_DFL;

    for (signo = 1; signo < NSIG; signo++) {
        (void) sigaction(signo, &sa, NULL);
    }
}
