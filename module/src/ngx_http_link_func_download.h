/*
 * What the parts of downloading share.
 */

#ifndef NGX_HTTP_LINK_FUNC_DOWNLOAD_H
#define NGX_HTTP_LINK_FUNC_DOWNLOAD_H

#include "ngx_http_link_func_child.h"

#pragma GCC visibility push(hidden)


/* For all downloads of a configuration load together. */
#define NGX_HTTP_LINK_FUNC_FETCH_TIMEOUT (ngx_msec_t) 60000


/* What the child reports; the index is of a download. */
typedef enum {
    NGX_HTTP_LINK_FUNC_FETCHING = NGX_HTTP_LINK_FUNC_WORK,
    NGX_HTTP_LINK_FUNC_NOT_FETCHED,
    NGX_HTTP_LINK_FUNC_ALL_FETCHED
} ngx_http_link_func_fetch_e;


/* Into cycle->pool; what is wrong has been logged. */
ngx_int_t ngx_http_link_func_ca_read(ngx_cycle_t                   *cycle,
                                     ngx_http_link_func_srv_conf_t *lscf,
                                     ngx_str_t                     *ca);

/* In the master; what is wrong has been logged. */
ngx_int_t
ngx_http_link_func_download_temp(ngx_cycle_t                   *cycle,
                                 ngx_http_link_func_download_t *download);

/* The same bytes are in the right place already. */
ngx_uint_t
ngx_http_link_func_download_is_there(ngx_http_link_func_download_t *download);

/* Away with the file that is not in its place. */
void ngx_http_link_func_download_drop(ngx_http_link_func_download_t *download);

void ngx_http_link_func_download_failed(ngx_log_t                     *log,
                                        ngx_http_link_func_download_t *download,
                                        ngx_err_t err, const char *reason);

/* In children whose data is the main configuration. */
void ngx_http_link_func_fetch_work(ngx_http_link_func_child_t *child);
void ngx_http_link_func_download_orphaned(ngx_http_link_func_child_t *child);


#pragma GCC visibility pop

#endif /* NGX_HTTP_LINK_FUNC_DOWNLOAD_H */
