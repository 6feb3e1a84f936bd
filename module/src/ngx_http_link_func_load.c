/*
 * Which libraries a configuration has, decided when all of it is known: files
 * are downloaded, each is opened once and its bytes are taken, and a child
 * tries them all, before anything of the running configuration changes.  What
 * others see changes when NGINX has accepted the rest of it, too.
 */

#include "ngx_http_link_func_module.h"


static ngx_int_t
ngx_http_link_func_load_check(ngx_cycle_t                    *cycle,
                              ngx_http_link_func_main_conf_t *lmcf);
static ngx_int_t
ngx_http_link_func_load_collect(ngx_cycle_t                    *cycle,
                                ngx_http_link_func_main_conf_t *lmcf);
static ngx_http_link_func_library_t *
ngx_http_link_func_load_library(ngx_cycle_t                    *cycle,
                                ngx_http_link_func_main_conf_t *lmcf,
                                ngx_http_link_func_srv_conf_t  *lscf);
static ngx_int_t
ngx_http_link_func_load_open(ngx_http_link_func_library_t *library);
static ngx_http_link_func_library_t *
ngx_http_link_func_load_find_path(ngx_http_link_func_main_conf_t *lmcf,
                                  ngx_str_t                      *path);
static ngx_http_link_func_library_t *
ngx_http_link_func_load_find_file(ngx_http_link_func_main_conf_t *lmcf,
                                  ngx_file_info_t                *info);
static ngx_int_t
ngx_http_link_func_load_snapshot(ngx_cycle_t                    *cycle,
                                 ngx_http_link_func_main_conf_t *lmcf);


ngx_int_t
ngx_http_link_func_load(ngx_cycle_t                    *cycle,
                        ngx_http_link_func_main_conf_t *lmcf)
{
    ngx_int_t rc;

    rc = ngx_http_link_func_load_check(cycle, lmcf);

    /* The master sleeps until a signal before it looks at what the signals of
     * its waits have asked for. */

    if (ngx_process == NGX_PROCESS_MASTER
        && (ngx_reap || ngx_terminate || ngx_quit))
    {
        (void) raise(SIGCHLD);
    }

    /* "nginx -t" does not destroy the pool of a good configuration. */

    if (ngx_test_config) {
        ngx_http_link_func_download_discard(lmcf);
    }

    return rc;
}


static ngx_int_t
ngx_http_link_func_load_check(ngx_cycle_t                    *cycle,
                              ngx_http_link_func_main_conf_t *lmcf)
{
    ngx_uint_t                  i;
    ngx_http_link_func_call_t **call;

    if (ngx_http_link_func_download(cycle, lmcf) != NGX_OK
        || ngx_http_link_func_load_collect(cycle, lmcf) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (lmcf->libraries.nelts == 0) {
        return NGX_OK;
    }

    call = lmcf->calls.elts;

    for (i = 0; i < lmcf->calls.nelts; i++) {
        call[i]->library = call[i]->server->library;
    }

    if (ngx_http_link_func_load_snapshot(cycle, lmcf) != NGX_OK
        || ngx_http_link_func_verify(cycle, lmcf) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_link_func_library_share(cycle, lmcf);
}


static ngx_int_t
ngx_http_link_func_load_collect(ngx_cycle_t                    *cycle,
                                ngx_http_link_func_main_conf_t *lmcf)
{
    ngx_uint_t                      i;
    ngx_http_link_func_library_t   *library;
    ngx_http_link_func_srv_conf_t **lscf, **server;

    lscf = lmcf->servers.elts;

    for (i = 0; i < lmcf->servers.nelts; i++) {
        if (lscf[i]->path.len == 0) {
            continue;
        }

        library = ngx_http_link_func_load_library(cycle, lmcf, lscf[i]);
        if (library == NULL) {
            return NGX_ERROR;
        }

        server = ngx_array_push(&library->servers);
        if (server == NULL) {
            return NGX_ERROR;
        }

        *server = lscf[i];
        lscf[i]->library = library;

        if (!lscf[i]->snapshot) {
            library->snapshot = 0;
        }
    }

    return NGX_OK;
}


static ngx_http_link_func_library_t *
ngx_http_link_func_load_library(ngx_cycle_t                    *cycle,
                                ngx_http_link_func_main_conf_t *lmcf,
                                ngx_http_link_func_srv_conf_t  *lscf)
{
    ngx_http_link_func_library_t *library, *found, **libraryp;

    found = ngx_http_link_func_load_find_path(lmcf, &lscf->path);
    if (found) {
        return found;
    }

    library = ngx_pcalloc(cycle->pool, sizeof(ngx_http_link_func_library_t));
    if (library == NULL) {
        return NULL;
    }

    library->path = lscf->path;
    library->place = lscf->place;
    library->directive = lscf->download ? "ngx_link_func_download_link_lib"
                                        : "ngx_link_func_lib";
    library->snapshot = 1;
    library->fd = NGX_INVALID_FILE;
    library->load = lscf->path.data;

    if (ngx_http_link_func_download_source(cycle, lmcf, library) != NGX_OK) {
        return NULL;
    }

    if (ngx_http_link_func_load_open(library) == NGX_OK) {
        found = ngx_http_link_func_load_find_file(lmcf, &library->info);
        if (found) {
            (void) ngx_close_file(library->file);
            return found;
        }
    }

    if (ngx_array_init(&library->servers, cycle->pool, 2, sizeof(void *))
        != NGX_OK) {
        return NULL;
    }

    libraryp = ngx_array_push(&lmcf->libraries);
    if (libraryp == NULL) {
        return NULL;
    }

    *libraryp = library;

    return library;
}


/*
 * It stays open until all libraries are known, so that no other file can get
 * its inode number.  What is wrong with a file that cannot be opened, or is
 * none, dlopen() will say.  What was downloaded has been checked through its
 * own descriptor, and its name may lead elsewhere by now.
 */

static ngx_int_t
ngx_http_link_func_load_open(ngx_http_link_func_library_t *library)
{
    library->file =
        library->downloaded
            ? fcntl(library->source, F_DUPFD_CLOEXEC, 0)
            : open((char *) library->load, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

    if (library->file == NGX_INVALID_FILE) {
        return NGX_DECLINED;
    }

    if (ngx_fd_info(library->file, &library->info) == NGX_FILE_ERROR
        || !ngx_is_file(&library->info))
    {
        (void) ngx_close_file(library->file);
        library->file = NGX_INVALID_FILE;
        return NGX_DECLINED;
    }

    return NGX_OK;
}


static ngx_http_link_func_library_t *
ngx_http_link_func_load_find_path(ngx_http_link_func_main_conf_t *lmcf,
                                  ngx_str_t                      *path)
{
    ngx_uint_t                     i;
    ngx_http_link_func_library_t **library;

    library = lmcf->libraries.elts;

    for (i = 0; i < lmcf->libraries.nelts; i++) {
        if (library[i]->path.len == path->len
            && ngx_strncmp(library[i]->path.data, path->data, path->len) == 0)
        {
            return library[i];
        }
    }

    return NULL;
}


static ngx_http_link_func_library_t *
ngx_http_link_func_load_find_file(ngx_http_link_func_main_conf_t *lmcf,
                                  ngx_file_info_t                *info)
{
    ngx_uint_t                     i;
    ngx_http_link_func_library_t **library;

    library = lmcf->libraries.elts;

    for (i = 0; i < lmcf->libraries.nelts; i++) {
        if (library[i]->file != NGX_INVALID_FILE
            && library[i]->info.st_dev == info->st_dev
            && library[i]->info.st_ino == info->st_ino)
        {
            return library[i];
        }
    }

    return NULL;
}


static ngx_int_t
ngx_http_link_func_load_snapshot(ngx_cycle_t                    *cycle,
                                 ngx_http_link_func_main_conf_t *lmcf)
{
    ngx_int_t                      rc;
    ngx_uint_t                     i;
    ngx_http_link_func_library_t **library;

    rc = NGX_OK;
    library = lmcf->libraries.elts;

    for (i = 0; i < lmcf->libraries.nelts; i++) {
        if (library[i]->file == NGX_INVALID_FILE) {
            continue;
        }

        if (rc == NGX_OK && library[i]->snapshot) {
            rc = ngx_http_link_func_snapshot(cycle, lmcf, library[i]);
        }

        (void) ngx_close_file(library[i]->file);
        library[i]->file = NGX_INVALID_FILE;
    }

    return rc;
}
