/*
 * The shared memory, for the files that implement it.
 */

#ifndef NGX_HTTP_LINK_FUNC_SHM_H
#define NGX_HTTP_LINK_FUNC_SHM_H

#include "ngx_http_link_func_module.h"

#include "lf_call.h"

#pragma GCC visibility push(hidden)


/* What handlers hold as shared_mem; of this process. */
struct ngx_http_link_func_shm_s {
    lf_zone_t        zone; /* its zone member is this struct */
    ngx_slab_pool_t *pool;
    ngx_shm_zone_t  *data;
    ngx_shm_zone_t  *mutex;
};


/* What a thread of this process does with it. */
typedef struct {
    ngx_uint_t inside; /* a function runs */

    /* How often it has locked the handlers' mutex.  ngx_shmtx_t knows only
     * processes; there is one such mutex, so one count will do. */
    ngx_uint_t   depth;
    ngx_shmtx_t *locked;

    lf_call_t *call; /* NULL until it uses the zone */
} ngx_http_link_func_thread_t;


/*
 * Where the linker reserves room in every thread, to get there is one
 * instruction instead of a call.  The room that glibc has left for modules is
 * small, and is not given back when a module's file is replaced and loaded
 * again: so this is small too.  Other libraries have none at all.
 */
#ifdef __GLIBC__
#define NGX_HTTP_LINK_FUNC_TLS __attribute__((tls_model("initial-exec")))
#else
#define NGX_HTTP_LINK_FUNC_TLS
#endif

extern __thread ngx_http_link_func_thread_t ngx_http_link_func_thread
    NGX_HTTP_LINK_FUNC_TLS;


/* NULL without memory: such a thread does without protection. */
lf_call_t *ngx_http_link_func_call_create(void);

ngx_uint_t ngx_http_link_func_shm_left(void);

lf_owner_t ngx_http_link_func_shm_owner(void *data);
int        ngx_http_link_func_shm_alive(void *data, lf_owner_t owner);

void ngx_http_link_func_mutex_wait(ngx_shmtx_t *mutex);


/* Around each function and hook, on the thread that runs it. */

static ngx_inline void
ngx_http_link_func_shm_enter(void)
{
    ngx_http_link_func_thread.inside = 1;
}


/* Gives back what the function left locked, and tells whether it did. */

static ngx_inline ngx_uint_t
ngx_http_link_func_shm_leave(void)
{
    ngx_http_link_func_thread_t *thread;

    thread = &ngx_http_link_func_thread;
    thread->inside = 0;

    if (thread->depth == 0
        && (thread->call == NULL || thread->call->generation == 0))
    {
        return 0;
    }

    return ngx_http_link_func_shm_left();
}


static ngx_inline lf_call_t *
ngx_http_link_func_this_call(void)
{
    ngx_http_link_func_thread_t *thread;

    thread = &ngx_http_link_func_thread;

    if (thread->call == NULL) {
        return ngx_http_link_func_call_create();
    }

    thread->call->inside = thread->inside;

    return thread->call;
}


/*
 * As the ngx_shmtx functions, inline, and without their semaphore: who waits
 * wakes up by himself, so that he need not rely on a process that died.
 */

static ngx_inline ngx_uint_t
ngx_http_link_func_mutex_trylock(ngx_shmtx_t *mutex)
{
    return __atomic_load_n(mutex->lock, __ATOMIC_RELAXED) == 0
           && ngx_atomic_cmp_set(mutex->lock, 0, ngx_pid);
}


static ngx_inline void
ngx_http_link_func_mutex_lock(ngx_shmtx_t *mutex)
{
    if (!ngx_http_link_func_mutex_trylock(mutex)) {
        ngx_http_link_func_mutex_wait(mutex);
    }
}


static ngx_inline void
ngx_http_link_func_mutex_unlock(ngx_shmtx_t *mutex)
{
    __atomic_store_n(mutex->lock, 0, __ATOMIC_RELEASE);
}


#pragma GCC visibility pop

#endif /* NGX_HTTP_LINK_FUNC_SHM_H */
