/*
 * The files of downloads: made under a name of their own, and put in their
 * places when everything else is known to be good.
 */

#include "ngx_http_link_func_download.h"


static ngx_uint_t ngx_http_link_func_download_equal(ngx_fd_t a, ngx_fd_t b);
static void       ngx_http_link_func_download_rename_library(
          ngx_http_link_func_main_conf_t *lmcf,
          ngx_http_link_func_download_t  *download);
static ngx_int_t
ngx_http_link_func_download_place(ngx_cycle_t                   *cycle,
                                  ngx_http_link_func_download_t *download);
static void
ngx_http_link_func_download_keep(ngx_cycle_t                   *cycle,
                                 ngx_http_link_func_download_t *download);
static void
ngx_http_link_func_download_forget(ngx_http_link_func_download_t *download);
static void
ngx_http_link_func_download_settle(ngx_http_link_func_download_t *download);
static void
              ngx_http_link_func_download_take_back(ngx_cycle_t                   *cycle,
                                                    ngx_http_link_func_download_t *download);
static size_t ngx_http_link_func_download_folder(ngx_str_t *path);


/* Made by the master, because the child may not write to the folder. */

ngx_int_t
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


/* The same bytes in the right place already. */

ngx_uint_t
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


/* The configuration is accepted.  When one file cannot be put in its place none
 * is, so that workers without a snapshot open what was there before. */

void
ngx_http_link_func_download_install(ngx_cycle_t                    *cycle,
                                    ngx_http_link_func_main_conf_t *lmcf)
{
    ngx_uint_t                      i;
    ngx_http_link_func_download_t **download;

    download = lmcf->downloads.elts;

    for (i = 0; i < lmcf->downloads.nelts; i++) {
        if (download[i]->temp) {
            ngx_http_link_func_download_rename_library(lmcf, download[i]);
        }
    }

    for (i = 0; i < lmcf->downloads.nelts; i++) {
        if (download[i]->temp
            && ngx_http_link_func_download_place(cycle, download[i]) != NGX_OK)
        {
            break;
        }
    }

    if (i == lmcf->downloads.nelts) {
        while (i--) {
            ngx_http_link_func_download_settle(download[i]);
        }

    } else {
        while (i--) {
            ngx_http_link_func_download_take_back(cycle, download[i]);
        }
    }

    ngx_http_link_func_download_discard(lmcf);
}


/* Without a snapshot it is opened by name. */

static void
ngx_http_link_func_download_rename_library(
    ngx_http_link_func_main_conf_t *lmcf,
    ngx_http_link_func_download_t  *download)
{
    ngx_uint_t                     i;
    ngx_http_link_func_library_t **library;

    library = lmcf->libraries.elts;

    for (i = 0; i < lmcf->libraries.nelts; i++) {
        if (library[i]->load == download->temp) {
            library[i]->load = library[i]->path.data;
        }
    }
}


static ngx_int_t
ngx_http_link_func_download_place(ngx_cycle_t                   *cycle,
                                  ngx_http_link_func_download_t *download)
{
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

    ngx_http_link_func_download_keep(cycle, download);

    if (ngx_rename_file(download->temp, download->path.data) == NGX_FILE_ERROR)
    {
        ngx_http_link_func_download_failed(cycle->log, download, ngx_errno,
                                           "renaming its file");
        ngx_http_link_func_download_forget(download);
        return NGX_ERROR;
    }

    download->placed = 1;

    return NGX_OK;
}


/* A second name for what is in the place, which has to stay in it.  A file
 * system that knows no such thing is no reason to install nothing. */

static void
ngx_http_link_func_download_keep(ngx_cycle_t                   *cycle,
                                 ngx_http_link_func_download_t *download)
{
    size_t  len;
    u_char *name;

    len = ngx_strlen(download->temp);

    name = ngx_pnalloc(cycle->pool, len + sizeof("~"));
    if (name == NULL) {
        return;
    }

    ngx_memcpy(ngx_cpymem(name, download->temp, len), "~", sizeof("~"));

    if (link((char *) download->path.data, (char *) name) == 0) {
        download->old = name;
        return;
    }

    download->absent = ngx_errno == NGX_ENOENT;
}


static void
ngx_http_link_func_download_forget(ngx_http_link_func_download_t *download)
{
    if (download->old) {
        (void) ngx_delete_file(download->old);
        download->old = NULL;
    }
}


/* The name that leads to a file is to survive a power failure, too. */

static void
ngx_http_link_func_download_settle(ngx_http_link_func_download_t *download)
{
    u_char  *slash, end;
    ngx_fd_t fd;

    if (!download->placed || download->temp == NULL) {
        return;
    }

    ngx_http_link_func_download_forget(download);

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

    download->temp = NULL;
}


static void
ngx_http_link_func_download_take_back(ngx_cycle_t                   *cycle,
                                      ngx_http_link_func_download_t *download)
{
    ngx_int_t rc;

    if (!download->placed) {
        return;
    }

    download->temp = NULL;
    ngx_set_errno(0);
    rc = NGX_FILE_ERROR;

    if (download->old) {
        rc = ngx_rename_file(download->old, download->path.data);

    } else if (download->absent) {
        rc = ngx_delete_file(download->path.data);
    }

    if (rc == NGX_FILE_ERROR) {
        ngx_http_link_func_download_failed(cycle->log, download, ngx_errno,
                                           "putting back what was there");
    }
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


void
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
