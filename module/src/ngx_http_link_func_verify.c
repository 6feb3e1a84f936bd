/*
 * Trying the libraries at configuration load, without running their code in
 * the master: what it does with the reports of its child.
 */

#include "ngx_http_link_func_download.h"
#include "ngx_http_link_func_trial.h"


/* What the master has learnt. */
typedef struct {
    ngx_http_link_func_child_t    child;
    ngx_http_link_func_library_t *opening;
    ngx_uint_t                    passed;
    ngx_uint_t                    refused;
} ngx_http_link_func_verify_t;


static void
ngx_http_link_func_verify_is_at(ngx_http_link_func_verify_t  *verify,
                                ngx_http_link_func_library_t *library);
static void
ngx_http_link_func_verify_report(ngx_http_link_func_child_t        *child,
                                 const ngx_http_link_func_report_t *report);
static void
ngx_http_link_func_verify_not_found(ngx_log_t                 *log,
                                    ngx_http_link_func_call_t *call);
static void
ngx_http_link_func_verify_ended(ngx_http_link_func_verify_t       *verify,
                                const ngx_http_link_func_report_t *report);


ngx_int_t
ngx_http_link_func_verify(ngx_cycle_t                    *cycle,
                          ngx_http_link_func_main_conf_t *lmcf)
{
    ngx_fd_t                      *keep;
    ngx_uint_t                     i;
    ngx_http_link_func_verify_t    verify;
    ngx_http_link_func_library_t **library;

    ngx_memzero(&verify, sizeof(ngx_http_link_func_verify_t));

    keep = ngx_palloc(cycle->pool, lmcf->libraries.nelts * sizeof(ngx_fd_t));
    if (keep == NULL) {
        return NGX_ERROR;
    }

    library = lmcf->libraries.elts;

    for (i = 0; i < lmcf->libraries.nelts; i++) {
        keep[i] = library[i]->fd;
    }

    verify.child.cycle = cycle;
    verify.child.data = lmcf;
    verify.child.timeout = NGX_HTTP_LINK_FUNC_TRIAL_TIMEOUT;
    verify.child.work = ngx_http_link_func_trial_work;
    verify.child.orphaned = ngx_http_link_func_download_orphaned;
    verify.child.report = ngx_http_link_func_verify_report;
    verify.child.keep = keep;
    verify.child.nkeep = lmcf->libraries.nelts;

    ngx_http_link_func_verify_is_at(&verify, library[0]);

    if (ngx_http_link_func_child_run(&verify.child) != NGX_OK) {
        return NGX_ERROR;
    }

    return verify.passed && !verify.refused ? NGX_OK : NGX_ERROR;
}


static void
ngx_http_link_func_verify_is_at(ngx_http_link_func_verify_t  *verify,
                                ngx_http_link_func_library_t *library)
{
    verify->child.directive = library->directive;
    verify->child.subject = &library->path;
    verify->child.place = &library->place;
}


static void
ngx_http_link_func_verify_report(ngx_http_link_func_child_t        *child,
                                 const ngx_http_link_func_report_t *report)
{
    ngx_uint_t                      nelts;
    ngx_http_link_func_call_t     **call;
    ngx_http_link_func_verify_t    *verify;
    ngx_http_link_func_library_t   *library;
    ngx_http_link_func_main_conf_t *lmcf;

    verify = (ngx_http_link_func_verify_t *) child;
    lmcf = child->data;

    if (report->kind < NGX_HTTP_LINK_FUNC_WORK) {
        ngx_http_link_func_verify_ended(verify, report);
        return;
    }

    if (report->kind == NGX_HTTP_LINK_FUNC_PASSED) {
        verify->passed = 1;
        return;
    }

    /* A library may write to the channel, too. */

    nelts = report->kind == NGX_HTTP_LINK_FUNC_NOT_FOUND
                ? lmcf->calls.nelts
                : lmcf->libraries.nelts;

    if (report->index >= nelts) {
        return;
    }

    call = lmcf->calls.elts;
    library = report->kind == NGX_HTTP_LINK_FUNC_NOT_FOUND
                  ? call[report->index]->library
                  : ((ngx_http_link_func_library_t **)
                         lmcf->libraries.elts)[report->index];

    switch (report->kind) {
    case NGX_HTTP_LINK_FUNC_OPENING:
        verify->opening = library;
        ngx_http_link_func_verify_is_at(verify, library);
        return;

    case NGX_HTTP_LINK_FUNC_NO_HOOK:
        ngx_log_error(NGX_LOG_WARN, child->cycle->log, 0,
                      "%s: function \"%s\" not found in \"%V\" in %V:%ui",
                      library->directive, report->text, &library->path,
                      &library->place.file, library->place.line);
        return;

    case NGX_HTTP_LINK_FUNC_NOT_OPENED:
        verify->refused = 1;
        ngx_log_error(NGX_LOG_EMERG, child->cycle->log, 0, "%s: %s%V in %V:%ui",
                      library->directive, report->text, &library->origin,
                      &library->place.file, library->place.line);
        return;

    case NGX_HTTP_LINK_FUNC_NOT_FOUND:
        verify->refused = 1;
        ngx_http_link_func_verify_not_found(child->cycle->log,
                                            call[report->index]);
        return;
    }
}


static void
ngx_http_link_func_verify_not_found(ngx_log_t                 *log,
                                    ngx_http_link_func_call_t *call)
{
    ngx_log_error(NGX_LOG_EMERG, log, 0,
                  "ngx_link_func_call: function \"%V\" not found in "
                  "\"%V\"%V in %V:%ui",
                  &call->name, &call->server->path, &call->library->origin,
                  &call->place.file, call->place.line);
}


static void
ngx_http_link_func_verify_ended(ngx_http_link_func_verify_t       *verify,
                                const ngx_http_link_func_report_t *report)
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
        ngx_log_error(NGX_LOG_EMERG, verify->child.cycle->log, 0,
                      "the check of \"ngx_link_func_lib\" %*s",
                      (size_t) (last - text), text);
        return;
    }

    ngx_log_error(NGX_LOG_EMERG, verify->child.cycle->log, 0,
                  "%s: \"%V\" %*s while it was opened%V in %V:%ui",
                  library->directive, &library->path, (size_t) (last - text),
                  text, &library->origin, &library->place.file,
                  library->place.line);
}
