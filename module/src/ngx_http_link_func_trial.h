/*
 * What the children that try the libraries report to the master.
 */

#ifndef NGX_HTTP_LINK_FUNC_TRIAL_H
#define NGX_HTTP_LINK_FUNC_TRIAL_H

#include "ngx_http_link_func_module.h"

#pragma GCC visibility push(hidden)


/* For all libraries together. */
#define NGX_HTTP_LINK_FUNC_TRIAL_TIMEOUT (ngx_msec_t) 10000


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


/* The child of the master, from here on: tries the libraries, reports to `fd`,
 * and exits.  `parent` is the master. */
void ngx_http_link_func_trial_keep(ngx_cycle_t                    *cycle,
                                   ngx_http_link_func_main_conf_t *lmcf, int fd,
                                   pid_t parent);

/* Milliseconds that never jump, and a number of them as a timespec. */
ngx_msec_t      ngx_http_link_func_trial_now(void);
struct timespec ngx_http_link_func_trial_span(ngx_msec_t span);


#pragma GCC visibility pop

#endif /* NGX_HTTP_LINK_FUNC_TRIAL_H */
