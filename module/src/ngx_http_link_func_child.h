/*
 * Work that the master has done by a child: trying libraries and downloading
 * them.  The work may crash, exit or hang; the master learns how it went from
 * reports, and meanwhile reaps dead workers and obeys a request to stop.
 */

#ifndef NGX_HTTP_LINK_FUNC_CHILD_H
#define NGX_HTTP_LINK_FUNC_CHILD_H

#include "ngx_http_link_func_module.h"

#pragma GCC visibility push(hidden)


/* How the child ended, always the last report; the index is the exit code, the
 * signal or the errno.  What the work itself reports is counted from
 * NGX_HTTP_LINK_FUNC_WORK on. */
typedef enum {
    NGX_HTTP_LINK_FUNC_EXITED,
    NGX_HTTP_LINK_FUNC_CRASHED,
    NGX_HTTP_LINK_FUNC_HUNG,
    NGX_HTTP_LINK_FUNC_NO_USER, /* logged already, never given to report() */
    NGX_HTTP_LINK_FUNC_WORK
} ngx_http_link_func_end_e;


/* One message of the channel. */
typedef struct {
    ngx_uint_t kind;
    ngx_uint_t index;
    char       text[1024];
} ngx_http_link_func_report_t;


typedef struct ngx_http_link_func_child_s ngx_http_link_func_child_t;

struct ngx_http_link_func_child_s {
    ngx_cycle_t *cycle;
    void        *data;
    ngx_msec_t   timeout;

    /* What it is at, for messages. */
    const char                 *directive;
    ngx_str_t                  *subject;
    ngx_http_link_func_place_t *place;

    /* In the child, as the worker user: does the work and reports. */
    void (*work)(ngx_http_link_func_child_t *child);

    /* In the child, as the master's user, when the master died. */
    void (*orphaned)(ngx_http_link_func_child_t *child);

    /* In the master; the text is NUL-terminated, the index may be anything. */
    void (*report)(ngx_http_link_func_child_t        *child,
                   const ngx_http_link_func_report_t *report);

    /* What the child keeps open beside its standard files and the channel. */
    ngx_fd_t  *keep;
    ngx_uint_t nkeep;

    /* private */
    ngx_fd_t channel;
};


/* NGX_OK when the child has ended and reported so.  Else what hindered it has
 * been logged. */
ngx_int_t ngx_http_link_func_child_run(ngx_http_link_func_child_t *child);

/* In the child. */
void ngx_http_link_func_child_tell(ngx_http_link_func_child_t *child,
                                   ngx_uint_t kind, ngx_uint_t index,
                                   const char *text);

/* In the child, by itself: becomes the user that workers are (else errno tells
 * why not), closes all files but those that it keeps, and has signals do what
 * they do by default. */
ngx_int_t ngx_http_link_func_child_become_worker(ngx_cycle_t *cycle);
void ngx_http_link_func_child_close_files(ngx_http_link_func_child_t *child);
void ngx_http_link_func_child_reset_signals(void);

/* Milliseconds that never jump. */
ngx_msec_t ngx_http_link_func_child_now(void);

/* In the master: waits until the file can be read (-1: for the time alone).
 * NGX_OK: it can, NGX_DECLINED: time is over, NGX_ERROR: told to stop. */
ngx_int_t ngx_http_link_func_child_wait(ngx_fd_t fd, ngx_msec_t deadline);

/* A file whose number is not one of the standard files', which others replace
 * when they become a daemon. */
ngx_fd_t ngx_http_link_func_child_raise_fd(ngx_fd_t fd);


#pragma GCC visibility pop

#endif /* NGX_HTTP_LINK_FUNC_CHILD_H */
