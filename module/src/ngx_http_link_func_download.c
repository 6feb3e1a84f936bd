/*
 * Libraries that are downloaded: their files, and what the master does with
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
static ngx_int_t
ngx_http_link_func_download_add(ngx_cycle_t                    *cycle,
                                ngx_http_link_func_main_conf_t *lmcf,
                                ngx_http_link_func_srv_conf_t  *lscf);
static ngx_http_link_func_download_t *
ngx_http_link_func_download_find(ngx_http_link_func_main_conf_t *lmcf,
                                 ngx_str_t                      *path);
static ngx_int_t
ngx_http_link_func_download_temp(ngx_cycle_t                   *cycle,
                                 ngx_http_link_func_download_t *download);
static ngx_int_t
ngx_http_link_func_download_run(ngx_cycle_t                    *cycle,
                                ngx_http_link_func_main_conf_t *lmcf);
static void
ngx_http_link_func_download_report(ngx_http_link_func_child_t        *child,
                                   const ngx_http_link_func_report_t *report);
static void
ngx_http_link_func_download_failed(ngx_log_t                     *log,
                                   ngx_http_link_func_download_t *download,
                                   ngx_err_t err, const char *reason);
static ngx_uint_t
ngx_http_link_func_download_is_there(ngx_http_link_func_download_t *download);
static ngx_uint_t ngx_http_link_func_download_equal(ngx_fd_t a, ngx_fd_t b);
static void
ngx_http_link_func_download_drop(ngx_http_link_func_download_t *download);
static ngx_int_t
              ngx_http_link_func_download_rename(ngx_cycle_t                   *cycle,
                                                 ngx_http_link_func_download_t *download);
static size_t ngx_http_link_func_download_folder(ngx_str_t *path);


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


/* Made by the master, because the child may not write to the folder. */

static ngx_int_t
ngx_http_link_func_download_temp(ngx_cycle_t                   *cycle,
                                 ngx_http_link_func_download_t *download)
{
    size_t          folder;
    u_char         *name;
    ngx_file_info_t info;

    static const char pattern[] = ".ngx_link_func.XXXXXX";

    if (ngx_file_info(download->path.data, &info) != NGX_FILE_ERROR
        && !ngx_is_file(&info))
    {
        ngx_http_link_func_download_failed(cycle->log, download, 0,
                                           "its path is not that of a file");
        return NGX_ERROR;
    }

    folder = ngx_http_link_func_download_folder(&download->path);

    name = ngx_pnalloc(cycle->pool, folder + sizeof(pattern));
    if (name == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(ngx_cpymem(name, download->path.data, folder), pattern,
               sizeof(pattern));

    download->fd = mkostemp((char *) name, O_CLOEXEC);

    if (download->fd == NGX_INVALID_FILE) {
        ngx_http_link_func_download_failed(
            cycle->log, download, ngx_errno,
            "no file can be made in the folder of its path");
        return NGX_ERROR;
    }

    download->fd = ngx_http_link_func_child_raise_fd(download->fd);
    download->temp = name;

    if (fchmod(download->fd, 0755) == -1) {
        ngx_http_link_func_download_failed(cycle->log, download, ngx_errno,
                                           "fchmod() of its file");
        return NGX_ERROR;
    }

    return NGX_OK;
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
    run.child.name = "ngx_link_func_download_link_lib";
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


static void
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


/* The same bytes in the right place already. */

static ngx_uint_t
ngx_http_link_func_download_is_there(ngx_http_link_func_download_t *download)
{
    ngx_fd_t   fd;
    ngx_uint_t equal;

    fd = open((char *) download->path.data, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

    if (fd == NGX_INVALID_FILE) {
        return 0;
    }

    equal = ngx_http_link_func_download_equal(fd, download->fd);

    (void) ngx_close_file(fd);

    return equal;
}


static ngx_uint_t
ngx_http_link_func_download_equal(ngx_fd_t a, ngx_fd_t b)
{
    off_t           at;
    u_char          part[2][16 * 1024];
    ssize_t         n;
    ngx_file_info_t info[2];

    if (ngx_fd_info(a, &info[0]) == NGX_FILE_ERROR
        || ngx_fd_info(b, &info[1]) == NGX_FILE_ERROR
        || ngx_file_size(&info[0]) != ngx_file_size(&info[1]))
    {
        return 0;
    }

    for (at = 0; at < ngx_file_size(&info[0]); at += n) {
        n = pread(a, part[0], sizeof(part[0]), at);

        if (n <= 0 || pread(b, part[1], (size_t) n, at) != n
            || ngx_memcmp(part[0], part[1], (size_t) n) != 0)
        {
            return 0;
        }
    }

    return 1;
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


/* The configuration is accepted: one that cannot be renamed is discarded, so
 * that workers without a snapshot open what was there before. */

void
ngx_http_link_func_download_install(ngx_cycle_t                    *cycle,
                                    ngx_http_link_func_main_conf_t *lmcf)
{
    ngx_uint_t                      i, n;
    ngx_http_link_func_library_t  **library;
    ngx_http_link_func_download_t **download;

    download = lmcf->downloads.elts;
    library = lmcf->libraries.elts;

    for (i = 0; i < lmcf->downloads.nelts; i++) {
        if (download[i]->temp == NULL) {
            continue;
        }

        for (n = 0; n < lmcf->libraries.nelts; n++) {
            if (library[n]->load == download[i]->temp) {
                library[n]->load = library[n]->path.data;
            }
        }

        if (ngx_http_link_func_download_rename(cycle, download[i]) == NGX_OK) {
            download[i]->temp = NULL;
        }
    }

    ngx_http_link_func_download_discard(lmcf);
}


static ngx_int_t
ngx_http_link_func_download_rename(ngx_cycle_t                   *cycle,
                                   ngx_http_link_func_download_t *download)
{
    u_char         *slash, end;
    ngx_fd_t        fd;
    ngx_file_info_t written, named;

    if (ngx_fd_info(download->fd, &written) == NGX_FILE_ERROR
        || ngx_link_info(download->temp, &named) == NGX_FILE_ERROR
        || ngx_file_uniq(&written) != ngx_file_uniq(&named)
        || written.st_dev != named.st_dev)
    {
        ngx_http_link_func_download_failed(cycle->log, download, 0,
                                           "its file has been replaced");
        return NGX_ERROR;
    }

    if (ngx_rename_file(download->temp, download->path.data) == NGX_FILE_ERROR)
    {
        ngx_http_link_func_download_failed(cycle->log, download, ngx_errno,
                                           "renaming its file");
        return NGX_ERROR;
    }

    /* The name that leads to it is to survive a power failure, too. */

    slash =
        download->temp + ngx_http_link_func_download_folder(&download->path);
    end = *slash;
    *slash = '\0';
    fd = open((char *) download->temp, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    *slash = end;

    if (fd != NGX_INVALID_FILE) {
        (void) fsync(fd);
        (void) ngx_close_file(fd);
    }

    return NGX_OK;
}


/* With its slash; a full name has one. */

static size_t
ngx_http_link_func_download_folder(ngx_str_t *path)
{
    size_t len;

    for (len = path->len; len && path->data[len - 1] != '/'; len--) {
        /* void */
    }

    return len;
}


void
ngx_http_link_func_download_discard(ngx_http_link_func_main_conf_t *lmcf)
{
    ngx_uint_t                      i;
    ngx_http_link_func_download_t **download;

    download = lmcf->downloads.elts;

    for (i = 0; i < lmcf->downloads.nelts; i++) {
        ngx_http_link_func_download_drop(download[i]);
    }
}


static void
ngx_http_link_func_download_drop(ngx_http_link_func_download_t *download)
{
    if (download->temp) {
        (void) ngx_delete_file(download->temp);
        download->temp = NULL;
    }

    if (download->fd != NGX_INVALID_FILE) {
        (void) ngx_close_file(download->fd);
        download->fd = NGX_INVALID_FILE;
    }
}


void
ngx_http_link_func_download_orphaned(ngx_http_link_func_child_t *child)
{
    ngx_http_link_func_download_discard(child->data);
}
