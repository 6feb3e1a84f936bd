/*
 * Libraries in the configuration, and in a worker: opening, hooks, functions.
 */

#include "ngx_http_link_func_module.h"

#include <dlfcn.h>
#include <sys/mman.h>


static void ngx_http_link_func_library_unshare(void *data);
static ngx_int_t
ngx_http_link_func_library_open(ngx_cycle_t                  *cycle,
                                ngx_http_link_func_library_t *library,
                                ngx_http_link_func_shm_t     *shm);
static ngx_int_t
ngx_http_link_func_library_init(ngx_http_link_func_library_t *library,
                                ngx_http_link_func_hook_pt    init);


/*
 * One byte for each library and worker, set while that worker is inside the
 * library's init_cycle.  A respawned worker has its predecessor's number, so a
 * byte that is set when it starts tells that the predecessor died there.
 */

typedef struct {
    u_char *addr;
    size_t  size;
} ngx_http_link_func_entered_t;


static ngx_uint_t
ngx_http_link_func_library_is(ngx_http_link_func_library_t *library,
                              ngx_str_t *path, ngx_file_info_t *info)
{
    if (library->path.len == path->len
        && ngx_strncmp(library->path.data, path->data, path->len) == 0)
    {
        return 1;
    }

    return info && library->known && library->info.st_dev == info->st_dev
           && library->info.st_ino == info->st_ino;
}


ngx_http_link_func_library_t *
ngx_http_link_func_library_add(ngx_conf_t                    *cf,
                               ngx_http_link_func_srv_conf_t *lscf)
{
    ngx_uint_t                      i, known;
    ngx_file_info_t                 info;
    ngx_http_link_func_library_t   *library, **libraryp;
    ngx_http_link_func_srv_conf_t **server;
    ngx_http_link_func_main_conf_t *lmcf;

    lmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_link_func_module);

    /* dlopen() will say what is wrong with a file that cannot be found. */

    known = ngx_file_info(lscf->path.data, &info) != NGX_FILE_ERROR;

    libraryp = lmcf->libraries.elts;

    for (i = 0; i < lmcf->libraries.nelts; i++) {
        if (ngx_http_link_func_library_is(libraryp[i], &lscf->path,
                                          known ? &info : NULL))
        {
            library = libraryp[i];
            goto found;
        }
    }

    library = ngx_pcalloc(cf->pool, sizeof(ngx_http_link_func_library_t));
    if (library == NULL) {
        return NULL;
    }

    library->path = lscf->path;
    library->place = lscf->place;
    library->known = known;

    if (known) {
        library->info = info;
    }

    if (ngx_array_init(&library->servers, cf->pool, 2, sizeof(void *))
        != NGX_OK) {
        return NULL;
    }

    libraryp = ngx_array_push(&lmcf->libraries);
    if (libraryp == NULL) {
        return NULL;
    }

    *libraryp = library;

found:

    server = ngx_array_push(&library->servers);
    if (server == NULL) {
        return NULL;
    }

    *server = lscf;

    return library;
}


ngx_int_t
ngx_http_link_func_library_share(ngx_cycle_t                    *cycle,
                                 ngx_http_link_func_main_conf_t *lmcf)
{
    size_t                         workers;
    ngx_uint_t                     i;
    ngx_core_conf_t               *ccf;
    ngx_pool_cleanup_t            *cln;
    ngx_http_link_func_library_t **library;
    ngx_http_link_func_entered_t  *entered;

    ccf = (ngx_core_conf_t *) ngx_get_conf(cycle->conf_ctx, ngx_core_module);
    workers = ngx_max(ccf->worker_processes, 1);

    cln =
        ngx_pool_cleanup_add(cycle->pool, sizeof(ngx_http_link_func_entered_t));
    if (cln == NULL) {
        return NGX_ERROR;
    }

    entered = cln->data;
    entered->size = workers * lmcf->libraries.nelts;
    entered->addr = mmap(NULL, entered->size, PROT_READ | PROT_WRITE,
                         MAP_ANON | MAP_SHARED, -1, 0);

    if (entered->addr == MAP_FAILED) {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, ngx_errno,
                      "mmap() of %uz bytes for ngx_link_func failed",
                      entered->size);
        return NGX_ERROR;
    }

    cln->handler = ngx_http_link_func_library_unshare;

    library = lmcf->libraries.elts;

    for (i = 0; i < lmcf->libraries.nelts; i++) {
        library[i]->entered = entered->addr + i * workers;
    }

    return NGX_OK;
}


static void
ngx_http_link_func_library_unshare(void *data)
{
    ngx_http_link_func_entered_t *entered = data;

    (void) munmap(entered->addr, entered->size);
}


void
ngx_http_link_func_library_open_all(ngx_cycle_t                    *cycle,
                                    ngx_http_link_func_main_conf_t *lmcf)
{
    ngx_uint_t                     i;
    ngx_http_link_func_call_t    **call;
    ngx_http_link_func_library_t **library;

    library = lmcf->libraries.elts;

    for (i = 0; i < lmcf->libraries.nelts; i++) {
        if (ngx_http_link_func_library_open(cycle, library[i], lmcf->shm)
            != NGX_OK) {
            library[i]->handle = NULL;
        }
    }

    call = lmcf->calls.elts;

    for (i = 0; i < lmcf->calls.nelts; i++) {
        if (call[i]->library->handle == NULL) {
            continue;
        }

        call[i]->function = (ngx_http_link_func_pt) dlsym(
            call[i]->library->handle, (char *) call[i]->name.data);

        if (call[i]->function == NULL) {
            ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                          "ngx_link_func_call: function \"%V\" not found in "
                          "\"%V\"",
                          &call[i]->name, &call[i]->path);
        }
    }
}


static ngx_int_t
ngx_http_link_func_library_open(ngx_cycle_t                  *cycle,
                                ngx_http_link_func_library_t *library,
                                ngx_http_link_func_shm_t     *shm)
{
    ngx_http_link_func_hook_pt init;

    library->handle =
        dlopen((char *) library->path.data, RTLD_NOW | RTLD_LOCAL);

    if (library->handle == NULL) {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                      "ngx_link_func_lib: dlopen() \"%V\" failed (%s)",
                      &library->path, dlerror());
        return NGX_ERROR;
    }

    library->cycle.shared_mem = shm;
    library->cycle.__cycle__ = cycle;
    library->cycle.__srv_cf__ = library;
    library->cycle.__pl__ = cycle->pool;
    library->cycle.__log__ = cycle->log;

    init = (ngx_http_link_func_hook_pt) dlsym(library->handle,
                                              "ngx_link_func_init_cycle");

    if (init == NULL) {
        return NGX_OK;
    }

    return ngx_http_link_func_library_init(library, init);
}


static ngx_int_t
ngx_http_link_func_library_init(ngx_http_link_func_library_t *library,
                                ngx_http_link_func_hook_pt    init)
{
    u_char    *entered;
    ngx_log_t *log;

    log = library->cycle.__log__;
    entered = &library->entered[ngx_worker];

    if (*entered) {
        ngx_log_error(NGX_LOG_EMERG, log, 0,
                      "a worker died inside ngx_link_func_init_cycle() of "
                      "\"%V\", it is not called again and its locations "
                      "answer 503",
                      &library->path);
        return NGX_ERROR;
    }

    *entered = 1;
    init(&library->cycle);
    *entered = 0;

    if (ngx_http_link_func_shm_release()) {
        ngx_log_error(
            NGX_LOG_ALERT, log, 0,
            "ngx_link_func_init_cycle() of \"%V\" " LF_MESSAGE_LOCK_HELD,
            &library->path);
    }

    if (library->cycle.has_error) {
        ngx_log_error(
            NGX_LOG_EMERG, log, 0,
            "ngx_link_func_init_cycle() of \"%V\" " LF_MESSAGE_INIT_FAILED,
            &library->path);
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* Nothing is closed: the worker is about to exit, and a library may still have
 * threads that run its code. */

void
ngx_http_link_func_library_exit_all(ngx_http_link_func_main_conf_t *lmcf)
{
    ngx_uint_t                     i;
    ngx_http_link_func_hook_pt     leave;
    ngx_http_link_func_library_t **library;

    library = lmcf->libraries.elts;

    for (i = 0; i < lmcf->libraries.nelts; i++) {
        if (library[i]->handle == NULL) {
            continue;
        }

        leave = (ngx_http_link_func_hook_pt) dlsym(library[i]->handle,
                                                   "ngx_link_func_exit_cycle");

        if (leave) {
            leave(&library[i]->cycle);
        }
    }
}
