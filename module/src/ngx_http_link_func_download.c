/*
 * Libraries that are downloaded: which they are, and what the master does with
 * the reports of the child that downloads.
 */

#include "ngx_http_link_func_download.h"


/* What the master has learnt. */
typedef struct {
    ngx_http_link_func_child_t     child;
    ngx_http_link_func_download_t *current;
    ngx_uint_t                     done;
    ngx_uint_t                     refused;
} ngx_http_link_func_downloading_t;


static void ngx_http_link_func_download_cleanup(void *data);
static ngx_int_t
                  ngx_http_link_func_download_collect(ngx_cycle_t                    *cycle,
                                                      ngx_http_link_func_main_conf_t *lmcf);
static ngx_uint_t ngx_http_link_func_download_same(ngx_str_t *a, ngx_str_t *b);
static ngx_int_t
ngx_http_link_func_download_add(ngx_cycle_t                    *cycle,
                                ngx_http_link_func_main_conf_t *lmcf,
                                ngx_http_link_func_srv_conf_t  *lscf);
static ngx_http_link_func_download_t *
ngx_http_link_func_download_find(ngx_http_link_func_main_conf_t *lmcf,
                                 ngx_str_t                      *path);
static ngx_int_t
ngx_http_link_func_download_run(ngx_cycle_t                    *cycle,
                                ngx_http_link_func_main_conf_t *lmcf);
static void
ngx_http_link_func_download_report(ngx_http_link_func_child_t        *child,
                                   const ngx_http_link_func_report_t *report);


ngx_int_t
ngx_http_link_func_download(ngx_cycle_t                    *cycle,
                            ngx_http_link_func_main_conf_t *lmcf)
{
    ngx_uint_t                      i;
    ngx_pool_cleanup_t             *cln;
    ngx_http_link_func_download_t **download;

    if (ngx_http_link_func_download_collect(cycle, lmcf) != NGX_OK) {
        return NGX_ERROR;
    }

    if (lmcf->downloads.nelts == 0) {
        return NGX_OK;
    }

    cln = ngx_pool_cleanup_add(cycle->pool, 0);
    if (cln == NULL) {
        return NGX_ERROR;
    }

    cln->handler = ngx_http_link_func_download_cleanup;
    cln->data = lmcf;

    download = lmcf->downloads.elts;

    for (i = 0; i < lmcf->downloads.nelts; i++) {
        if (ngx_http_link_func_download_temp(cycle, download[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    if (ngx_http_link_func_download_run(cycle, lmcf) != NGX_OK) {
        return NGX_ERROR;
    }

    for (i = 0; i < lmcf->downloads.nelts; i++) {
        if (ngx_http_link_func_download_is_there(download[i])) {
            ngx_http_link_func_download_drop(download[i]);
        }
    }

    return NGX_OK;
}


/* Finds something only when NGINX refuses the configuration. */

static void
ngx_http_link_func_download_cleanup(void *data)
{
    ngx_http_link_func_download_discard(data);
}


static ngx_int_t
ngx_http_link_func_download_collect(ngx_cycle_t                    *cycle,
                                    ngx_http_link_func_main_conf_t *lmcf)
{
    ngx_str_t                       ca;
    ngx_uint_t                      i;
    ngx_http_link_func_srv_conf_t **lscf;

    lscf = lmcf->servers.elts;

    for (i = 0; i < lmcf->servers.nelts; i++) {
        ngx_str_null(&ca);

        if (lscf[i]->ca_cert.len
            && ngx_http_link_func_ca_read(cycle, lscf[i], &ca) != NGX_OK)
        {
            return NGX_ERROR;
        }

        if (lscf[i]->download == NULL) {
            continue;
        }

        lscf[i]->download->ca_path = lscf[i]->ca_cert;
        lscf[i]->download->ca = ca;

        if (ngx_http_link_func_download_add(cycle, lmcf, lscf[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_uint_t
ngx_http_link_func_download_same(ngx_str_t *a, ngx_str_t *b)
{
    return a->len == b->len
           && (a->len == 0 || ngx_memcmp(a->data, b->data, a->len) == 0);
}


static ngx_int_t
ngx_http_link_func_download_add(ngx_cycle_t                    *cycle,
                                ngx_http_link_func_main_conf_t *lmcf,
                                ngx_http_link_func_srv_conf_t  *lscf)
{
    ngx_http_link_func_download_t *download, *found, **downloadp;

    download = lscf->download;
    found = ngx_http_link_func_download_find(lmcf, &download->path);

    if (found == NULL) {
        downloadp = ngx_array_push(&lmcf->downloads);
        if (downloadp == NULL) {
            return NGX_ERROR;
        }

        *downloadp = download;

        return NGX_OK;
    }

    if (!ngx_http_link_func_download_same(&download->url, &found->url)
        || !ngx_http_link_func_download_same(&download->header_text,
                                             &found->header_text)
        || !ngx_http_link_func_download_same(&download->ca_path,
                                             &found->ca_path))
    {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                      "ngx_link_func_download_link_lib: \"%V\" is downloaded "
                      "in another way in %V:%ui, see %V:%ui",
                      &download->path, &download->place.file,
                      download->place.line, &found->place.file,
                      found->place.line);
        return NGX_ERROR;
    }

    lscf->download = found;

    return NGX_OK;
}


static ngx_http_link_func_download_t *
ngx_http_link_func_download_find(ngx_http_link_func_main_conf_t *lmcf,
                                 ngx_str_t                      *path)
{
    ngx_uint_t                      i;
    ngx_http_link_func_download_t **download;

    download = lmcf->downloads.elts;

    for (i = 0; i < lmcf->downloads.nelts; i++) {
        if (ngx_http_link_func_download_same(&download[i]->path, path)) {
            return download[i];
        }
    }

    return NULL;
}


static ngx_int_t
ngx_http_link_func_download_run(ngx_cycle_t                    *cycle,
                                ngx_http_link_func_main_conf_t *lmcf)
{
    ngx_fd_t                        *keep;
    ngx_uint_t                       i;
    ngx_http_link_func_download_t  **download;
    ngx_http_link_func_downloading_t run;

    ngx_memzero(&run, sizeof(ngx_http_link_func_downloading_t));

    keep = ngx_palloc(cycle->pool, lmcf->downloads.nelts * sizeof(ngx_fd_t));
    if (keep == NULL) {
        return NGX_ERROR;
    }

    download = lmcf->downloads.elts;

    for (i = 0; i < lmcf->downloads.nelts; i++) {
        keep[i] = download[i]->fd;
    }

    run.child.cycle = cycle;
    run.child.data = lmcf;
    run.child.directive = "ngx_link_func_download_link_lib";
    run.child.subject = &download[0]->shown;
    run.child.place = &download[0]->place;
    run.child.timeout = NGX_HTTP_LINK_FUNC_FETCH_TIMEOUT;
    run.child.work = ngx_http_link_func_fetch_work;
    run.child.orphaned = ngx_http_link_func_download_orphaned;
    run.child.report = ngx_http_link_func_download_report;
    run.child.keep = keep;
    run.child.nkeep = lmcf->downloads.nelts;

    if (ngx_http_link_func_child_run(&run.child) != NGX_OK) {
        return NGX_ERROR;
    }

    return run.done && !run.refused ? NGX_OK : NGX_ERROR;
}


static void
ngx_http_link_func_download_report(ngx_http_link_func_child_t        *child,
                                   const ngx_http_link_func_report_t *report)
{
    u_char                            text[64], *last;
    ngx_http_link_func_download_t   **download;
    ngx_http_link_func_main_conf_t   *lmcf;
    ngx_http_link_func_downloading_t *run;

    run = (ngx_http_link_func_downloading_t *) child;
    lmcf = child->data;
    download = lmcf->downloads.elts;

    switch (report->kind) {
    case NGX_HTTP_LINK_FUNC_FETCHING:
        if (report->index < lmcf->downloads.nelts) {
            run->current = download[report->index];
            child->subject = &run->current->shown;
            child->place = &run->current->place;
        }
        return;

    case NGX_HTTP_LINK_FUNC_ALL_FETCHED:
        run->done = 1;
        return;

    case NGX_HTTP_LINK_FUNC_NOT_FETCHED:
        last = (u_char *) report->text;
        break;

    case NGX_HTTP_LINK_FUNC_HUNG:
        last = ngx_snprintf(text, sizeof(text), "%M seconds are over%Z",
                            NGX_HTTP_LINK_FUNC_FETCH_TIMEOUT / 1000);
        break;

    case NGX_HTTP_LINK_FUNC_CRASHED:
        last = ngx_snprintf(text, sizeof(text), "crashed on signal %ui%Z",
                            report->index);
        break;

    default:
        last = ngx_snprintf(text, sizeof(text), "exited with code %ui%Z",
                            report->index);
    }

    if (run->done || run->refused) {
        return;
    }

    run->refused = 1;

    ngx_http_link_func_download_failed(
        child->cycle->log, run->current ? run->current : download[0], 0,
        last == (u_char *) report->text ? report->text : (char *) text);
}


void
ngx_http_link_func_download_failed(ngx_log_t                     *log,
                                   ngx_http_link_func_download_t *download,
                                   ngx_err_t err, const char *reason)
{
    ngx_log_error(NGX_LOG_EMERG, log, err,
                  "ngx_link_func_download_link_lib: download of \"%V\" to "
                  "\"%V\" failed (%s) in %V:%ui",
                  &download->shown, &download->path, reason,
                  &download->place.file, download->place.line);
}


/* What a library is opened from, and for messages, where it came from. */

ngx_int_t
ngx_http_link_func_download_source(ngx_cycle_t                    *cycle,
                                   ngx_http_link_func_main_conf_t *lmcf,
                                   ngx_http_link_func_library_t   *library)
{
    u_char                        *p;
    ngx_http_link_func_download_t *download;

    static const char format[] = ", downloaded from \"%V\"";

    download = ngx_http_link_func_download_find(lmcf, &library->path);

    if (download == NULL) {
        return NGX_OK;
    }

    p = ngx_pnalloc(cycle->pool, sizeof(format) + download->shown.len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    library->origin.data = p;
    library->origin.len = (size_t) (ngx_sprintf(p, format, &download->shown)
                                    - library->origin.data);

    if (download->temp) {
        library->load = download->temp;
        library->source = download->fd;
        library->downloaded = 1;
    }

    return NGX_OK;
}
