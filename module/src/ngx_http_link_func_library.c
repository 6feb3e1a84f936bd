/*
 * Libraries in a worker: opening, hooks, functions.
 */

#include "ngx_http_link_func_shm.h"

#include <dlfcn.h>
#include <sys/mman.h>


/* Where a worker is; 0: nowhere. */
#define NGX_HTTP_LINK_FUNC_ENTERED_OPEN 1
#define NGX_HTTP_LINK_FUNC_ENTERED_INIT 2

/* Blocks held while libraries are opened; the size is NGINX's default of
 * request_pool_size. */
#define NGX_HTTP_LINK_FUNC_HELD      4
#define NGX_HTTP_LINK_FUNC_POOL_SIZE 4096


static void ngx_http_link_func_library_unshare(void *data);
#ifdef __GLIBC__
static void ngx_http_link_func_library_watch_exit(void);
static void ngx_http_link_func_library_at_exit(int status, void *data);
#endif
static ngx_int_t
            ngx_http_link_func_library_open(ngx_cycle_t                  *cycle,
                                            ngx_http_link_func_library_t *library,
                                            ngx_http_link_func_shm_t     *shm);
static void ngx_http_link_func_library_died(
    ngx_log_t *log, ngx_http_link_func_library_t *library, u_char entered);
static ngx_int_t
ngx_http_link_func_library_dlopen(ngx_cycle_t                  *cycle,
                                  ngx_http_link_func_library_t *library);
static ngx_int_t
ngx_http_link_func_library_init(ngx_http_link_func_library_t *library);
static void
ngx_http_link_func_library_hook(ngx_http_link_func_library_t *library,
                                ngx_http_link_func_hook_pt    hook,
                                const char                   *name);


/*
 * Of all workers: for each library whether it is skipped, then for
 * each library and worker a byte that tells while that worker is inside the
 * library's constructors or init_cycle.  A respawned worker has its
 * predecessor's number, so a byte that is set when it starts tells where the
 * predecessor died.
 */


typedef struct {
    u_char *addr;
    size_t  size;
} ngx_http_link_func_shared_t;


ngx_int_t
ngx_http_link_func_library_share(ngx_cycle_t                    *cycle,
                                 ngx_http_link_func_main_conf_t *lmcf)
{
    size_t                         workers;
    u_char                        *entered;
    ngx_uint_t                     i;
    ngx_atomic_t                  *skipped;
    ngx_core_conf_t               *ccf;
    ngx_pool_cleanup_t            *cln;
    ngx_http_link_func_library_t **library;
    ngx_http_link_func_shared_t   *shared;

    ccf = (ngx_core_conf_t *) ngx_get_conf(cycle->conf_ctx, ngx_core_module);
    workers = ngx_max(ccf->worker_processes, 1);

    cln =
        ngx_pool_cleanup_add(cycle->pool, sizeof(ngx_http_link_func_shared_t));
    if (cln == NULL) {
        return NGX_ERROR;
    }

    shared = cln->data;
    shared->size = lmcf->libraries.nelts * (sizeof(ngx_atomic_t) + workers);
    shared->addr = mmap(NULL, shared->size, PROT_READ | PROT_WRITE,
                        MAP_ANON | MAP_SHARED, -1, 0);

    if (shared->addr == MAP_FAILED) {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, ngx_errno,
                      "mmap() of %uz bytes for ngx_link_func failed",
                      shared->size);
        return NGX_ERROR;
    }

    cln->handler = ngx_http_link_func_library_unshare;

    library = lmcf->libraries.elts;
    skipped = (ngx_atomic_t *) shared->addr;
    entered = (u_char *) (skipped + lmcf->libraries.nelts);

    for (i = 0; i < lmcf->libraries.nelts; i++) {
        library[i]->skipped = skipped + i;
        library[i]->entered = entered + i * workers;
    }

    return NGX_OK;
}


static void
ngx_http_link_func_library_unshare(void *data)
{
    ngx_http_link_func_shared_t *shared = data;

    (void) munmap(shared->addr, shared->size);
}


void
ngx_http_link_func_library_open_all(ngx_cycle_t                    *cycle,
                                    ngx_http_link_func_main_conf_t *lmcf)
{
    void                          *held[NGX_HTTP_LINK_FUNC_HELD];
    ngx_uint_t                     i;
    ngx_http_link_func_call_t    **call;
    ngx_http_link_func_library_t **library;

    library = lmcf->libraries.elts;

#ifdef __GLIBC__
    if (ngx_process == NGX_PROCESS_WORKER && lmcf->libraries.nelts) {
        ngx_http_link_func_library_watch_exit();
    }
#endif

    /* What the loader keeps must not break up the free memory that the pools
     * of requests fit into: finding a place costs more than cutting one. */

    for (i = 0; i < NGX_HTTP_LINK_FUNC_HELD; i++) {
        held[i] = ngx_memalign(NGX_POOL_ALIGNMENT, NGX_HTTP_LINK_FUNC_POOL_SIZE,
                               cycle->log);
    }

    for (i = 0; i < lmcf->libraries.nelts; i++) {
        if (ngx_http_link_func_library_open(cycle, library[i], lmcf->shm)
            != NGX_OK) {
            library[i]->handle = NULL;
        }
    }

    for (i = 0; i < NGX_HTTP_LINK_FUNC_HELD; i++) {
        ngx_free(held[i]);
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
                          &call[i]->name, &call[i]->server->path);
        }
    }
}


#ifdef __GLIBC__

/* The master does not start a worker again that exited with code 2, which is
 * how a worker says that its configuration cannot work.  A library that calls
 * exit(2) does not mean that.  NGINX unloads modules before it exits, but this
 * one has to stay then. */

static void
ngx_http_link_func_library_watch_exit(void)
{
    Dl_info self;

    if (dladdr((void *) &ngx_http_link_func_module, &self) != 0
        && dlopen(self.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE))
    {
        (void) on_exit(ngx_http_link_func_library_at_exit, NULL);
    }
}


static void
ngx_http_link_func_library_at_exit(int status, void *data)
{
    if (status != 2 || !ngx_http_link_func_thread.inside) {
        return;
    }

    ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                  "a library called exit(2), the worker exits with code 1 "
                  "instead so that it is started again");

    _exit(1);
}

#endif


static ngx_int_t
ngx_http_link_func_library_open(ngx_cycle_t                  *cycle,
                                ngx_http_link_func_library_t *library,
                                ngx_http_link_func_shm_t     *shm)
{
    u_char   *entered;
    ngx_int_t rc;

    entered = &library->entered[ngx_worker];

    if (*entered && ngx_atomic_cmp_set(library->skipped, 0, 1)) {
        ngx_http_link_func_library_died(cycle->log, library, *entered);
    }

    if (*library->skipped) {
        return NGX_ERROR;
    }

    /* Its constructors may do in a worker what they did not in the trial. */

    *entered = NGX_HTTP_LINK_FUNC_ENTERED_OPEN;
    ngx_http_link_func_thread.inside = 1;
    rc = ngx_http_link_func_library_dlopen(cycle, library);
    ngx_http_link_func_thread.inside = 0;

    if (rc == NGX_OK) {
        library->cycle.shared_mem = shm;
        library->cycle.__cycle__ = cycle;
        library->cycle.__srv_cf__ = library;
        library->cycle.__pl__ = cycle->pool;
        library->cycle.__log__ = cycle->log;

        *entered = NGX_HTTP_LINK_FUNC_ENTERED_INIT;
        rc = ngx_http_link_func_library_init(library);
    }

    *entered = 0;

    return rc;
}


static void
ngx_http_link_func_library_died(ngx_log_t                    *log,
                                ngx_http_link_func_library_t *library,
                                u_char                        entered)
{
    if (entered == NGX_HTTP_LINK_FUNC_ENTERED_OPEN) {
        ngx_log_error(NGX_LOG_EMERG, log, 0,
                      "a worker died while \"%V\" was opened, it is not opened "
                      "again and its locations answer 503",
                      &library->path);
        return;
    }

    ngx_log_error(NGX_LOG_EMERG, log, 0,
                  "a worker died inside ngx_link_func_init_cycle() of "
                  "\"%V\", it is not called again and its locations "
                  "answer 503",
                  &library->path);
}


static ngx_int_t
ngx_http_link_func_library_dlopen(ngx_cycle_t                  *cycle,
                                  ngx_http_link_func_library_t *library)
{
    u_char reason[NGX_MAX_ERROR_STR], *last;

    library->handle = dlopen((char *) library->load, RTLD_NOW | RTLD_LOCAL);

    if (library->handle) {
        return NGX_OK;
    }

    last = ngx_http_link_func_library_reason(library, dlerror(), reason,
                                             reason + sizeof(reason));
    ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                  "%s: dlopen() \"%V\" failed (%*s)", library->directive,
                  &library->path, (size_t) (last - reason), reason);

    return NGX_ERROR;
}


static ngx_int_t
ngx_http_link_func_library_init(ngx_http_link_func_library_t *library)
{
    ngx_log_t                 *log;
    ngx_http_link_func_hook_pt init;

    init = (ngx_http_link_func_hook_pt) dlsym(library->handle,
                                              "ngx_link_func_init_cycle");

    if (init == NULL) {
        return NGX_OK;
    }

    ngx_http_link_func_library_hook(library, init, "ngx_link_func_init_cycle");

    if (library->cycle.has_error) {
        log = library->cycle.__log__;
        ngx_log_error(
            NGX_LOG_EMERG, log, 0,
            "ngx_link_func_init_cycle() of \"%V\" " LF_MESSAGE_INIT_FAILED,
            &library->path);
        return NGX_ERROR;
    }

    return NGX_OK;
}


static void
ngx_http_link_func_library_hook(ngx_http_link_func_library_t *library,
                                ngx_http_link_func_hook_pt    hook,
                                const char                   *name)
{
    ngx_log_t *log;
    ngx_http_link_func_shm_enter();
    hook(&library->cycle);

    if (ngx_http_link_func_shm_leave()) {
        log = library->cycle.__log__;
        ngx_log_error(NGX_LOG_ALERT, log, 0, "%s() of \"%V\" %s", name,
                      &library->path, LF_MESSAGE_LOCK_HELD);
    }
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
            ngx_http_link_func_library_hook(library[i], leave,
                                            "ngx_link_func_exit_cycle");
        }
    }
}


/* dlerror() knows the library by the name that it was opened by. */

u_char *
ngx_http_link_func_library_reason(ngx_http_link_func_library_t *library,
                                  const char *reason, u_char *buf, u_char *last)
{
    size_t len;

    len = ngx_strlen(library->load);

    while (*reason && buf < last) {
        if (ngx_strncmp(reason, library->load, len) == 0
            && (reason[len] < '0' || reason[len] > '9'))
        {
            buf = ngx_slprintf(buf, last, "%V", &library->path);
            reason += len;
            continue;
        }

        *buf++ = *reason++;
    }

    return buf;
}
