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
struct ngx_http_link_func_thread_s {
    lf_call_t call;

    /* How often it has locked the handlers' mutex.  ngx_shmtx_t knows only
     * processes; there is one such mutex, so one count will do. */
    ngx_uint_t   depth;
    ngx_shmtx_t *locked;
};


void ngx_http_link_func_mutex_wait(ngx_shmtx_t *mutex);


/* A function, because compilers look a thread's variable up at each use. */
ngx_http_link_func_thread_t *ngx_http_link_func_this_thread(void);


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
