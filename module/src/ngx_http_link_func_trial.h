/*
 * What the child that tries the libraries reports to the master.
 */

#ifndef NGX_HTTP_LINK_FUNC_TRIAL_H
#define NGX_HTTP_LINK_FUNC_TRIAL_H

#include "ngx_http_link_func_child.h"

#pragma GCC visibility push(hidden)


/* For all libraries together. */
#define NGX_HTTP_LINK_FUNC_TRIAL_TIMEOUT (ngx_msec_t) 10000


/* The index is of a library, for NOT_FOUND of a call. */
typedef enum {
    NGX_HTTP_LINK_FUNC_OPENING = NGX_HTTP_LINK_FUNC_WORK,
    NGX_HTTP_LINK_FUNC_NO_HOOK,
    NGX_HTTP_LINK_FUNC_NOT_OPENED,
    NGX_HTTP_LINK_FUNC_NOT_FOUND,
    NGX_HTTP_LINK_FUNC_PASSED
} ngx_http_link_func_report_e;


/* In the child; its data is the main configuration. */
void ngx_http_link_func_trial_work(ngx_http_link_func_child_t *child);


#pragma GCC visibility pop

#endif /* NGX_HTTP_LINK_FUNC_TRIAL_H */
