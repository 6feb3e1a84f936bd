/*
 * Shared memory: two zones.  The first holds the data, and the mutex of its
 * slab pool guards the cache.  The second is there for its mutex alone, which
 * is the one that handlers lock: when a worker dies, NGINX releases the slab
 * pool mutexes that it held, and no others.
 */

#include "ngx_http_link_func_module.h"

#include <sys/random.h>


/* In the data zone. */
typedef struct {
    lf_cache_t   cache;
    ngx_atomic_t full_said; /* ngx_current_msec */
} ngx_http_link_func_shared_t;


/* What handlers hold as shared_mem; of this process. */
struct ngx_http_link_func_shm_s {
    lf_zone_t                    zone; /* its zone member is this struct */
    ngx_slab_pool_t             *pool;
    ngx_http_link_func_shared_t *shared;
    ngx_shm_zone_t              *data;
    ngx_shm_zone_t              *mutex;
};


static ngx_int_t ngx_http_link_func_shm_init(ngx_shm_zone_t *shm_zone,
                                             void           *data);
static ngx_int_t ngx_http_link_func_shm_create(ngx_shm_zone_t *shm_zone,
                                               ngx_http_link_func_shm_t *shm);
static ngx_int_t ngx_http_link_func_mutex_init(ngx_shm_zone_t *shm_zone,
                                               void           *data);
static void     *ngx_http_link_func_shm_slab_alloc(void *data, size_t size);
static void      ngx_http_link_func_shm_slab_free(void *data, void *p);
static void      ngx_http_link_func_shm_lock(void *data);
static void      ngx_http_link_func_shm_unlock(void *data);
static void      ngx_http_link_func_shm_say_full(ngx_http_link_func_shm_t *shm);
static ngx_shmtx_t *ngx_http_link_func_user_mutex(void *shared_mem);


static ngx_str_t ngx_http_link_func_shm_name = ngx_string("ngx_link_func");
static ngx_str_t ngx_http_link_func_mutex_name =
    ngx_string("ngx_link_func_mutex");


/* How often this thread has locked the handlers' mutex.  ngx_shmtx_t knows
 * only processes; there is one such mutex, so one count will do. */
static __thread ngx_uint_t   ngx_http_link_func_depth;
static __thread ngx_shmtx_t *ngx_http_link_func_locked;


ngx_int_t
ngx_http_link_func_shm_add(ngx_conf_t *cf, ngx_http_link_func_main_conf_t *lmcf,
                           size_t size)
{
    ngx_http_link_func_shm_t *shm;

    shm = ngx_pcalloc(cf->pool, sizeof(ngx_http_link_func_shm_t));
    if (shm == NULL) {
        return NGX_ERROR;
    }

    shm->data = ngx_shared_memory_add(cf, &ngx_http_link_func_shm_name, size,
                                      &ngx_http_link_func_module);
    shm->mutex =
        ngx_shared_memory_add(cf, &ngx_http_link_func_mutex_name,
                              8 * ngx_pagesize, &ngx_http_link_func_module);

    if (shm->data == NULL || shm->mutex == NULL) {
        return NGX_ERROR;
    }

    shm->data->init = ngx_http_link_func_shm_init;
    shm->data->data = shm;
    shm->mutex->init = ngx_http_link_func_mutex_init;
    shm->mutex->data = shm;

    shm->zone.alloc = ngx_http_link_func_shm_slab_alloc;
    shm->zone.free = ngx_http_link_func_shm_slab_free;
    shm->zone.lock = ngx_http_link_func_shm_lock;
    shm->zone.unlock = ngx_http_link_func_shm_unlock;
    shm->zone.zone = shm;

    lmcf->shm = shm;

    return NGX_OK;
}


static ngx_int_t
ngx_http_link_func_shm_init(ngx_shm_zone_t *shm_zone, void *data)
{
    ngx_http_link_func_shm_t *shm;

    shm = shm_zone->data;
    shm->pool = (ngx_slab_pool_t *) shm_zone->shm.addr;

    if (data == NULL && !shm_zone->shm.exists) {
        return ngx_http_link_func_shm_create(shm_zone, shm);
    }

    shm->shared = shm->pool->data;

    return NGX_OK;
}


static ngx_int_t
ngx_http_link_func_shm_create(ngx_shm_zone_t           *shm_zone,
                              ngx_http_link_func_shm_t *shm)
{
    uint64_t                        seed;
    ngx_http_link_func_main_conf_t *old;

    shm->shared =
        ngx_slab_calloc(shm->pool, sizeof(ngx_http_link_func_shared_t));
    if (shm->shared == NULL) {
        return NGX_ERROR;
    }

    if (getrandom(&seed, sizeof(seed), 0) != (ssize_t) sizeof(seed)) {
        ngx_log_error(NGX_LOG_EMERG, shm_zone->shm.log, ngx_errno,
                      "getrandom() for \"ngx_link_func_shm_size\" failed");
        return NGX_ERROR;
    }

    shm->shared->cache.seed = seed;
    shm->shared->full_said = ngx_current_msec - 1000;
    shm->pool->data = shm->shared;

    /* A full zone is said by the module, less often than NGINX would. */

    shm->pool->log_nomem = 0;

    /* While a configuration is loaded, ngx_cycle is the one before it. */

    old = ngx_cycle->conf_ctx ? ngx_http_cycle_get_module_main_conf(
              ngx_cycle, ngx_http_link_func_module)
                              : NULL;

    if (old && old->shm) {
        ngx_log_error(NGX_LOG_NOTICE, shm_zone->shm.log, 0,
                      "ngx_link_func_shm_size: changed from %uz to %uz bytes, "
                      "the shared memory starts empty",
                      old->shm->data->shm.size, shm_zone->shm.size);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_link_func_mutex_init(ngx_shm_zone_t *shm_zone, void *data)
{
    return NGX_OK;
}


/* The mutex is held. */

static void *
ngx_http_link_func_shm_slab_alloc(void *data, size_t size)
{
    ngx_http_link_func_shm_t *shm = data;

    void *p;

    p = ngx_slab_alloc_locked(shm->pool, size);

    if (p == NULL) {
        ngx_http_link_func_shm_say_full(shm);
    }

    return p;
}


static void
ngx_http_link_func_shm_slab_free(void *data, void *p)
{
    ngx_http_link_func_shm_t *shm = data;

    ngx_slab_free_locked(shm->pool, p);
}


static void
ngx_http_link_func_shm_lock(void *data)
{
    ngx_http_link_func_shm_t *shm = data;

    ngx_shmtx_lock(&shm->pool->mutex);
}


static void
ngx_http_link_func_shm_unlock(void *data)
{
    ngx_http_link_func_shm_t *shm = data;

    ngx_shmtx_unlock(&shm->pool->mutex);
}


/* At most once a second, in all workers together. */

static void
ngx_http_link_func_shm_say_full(ngx_http_link_func_shm_t *shm)
{
    ngx_msec_int_t passed;

    passed = (ngx_msec_int_t) (ngx_current_msec - shm->shared->full_said);

    if (passed >= 0 && passed < 1000) {
        return;
    }

    shm->shared->full_said = ngx_current_msec;

    ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0, LF_MESSAGE_ZONE_FULL);
}


static ngx_shmtx_t *
ngx_http_link_func_user_mutex(void *shared_mem)
{
    ngx_http_link_func_shm_t *shm = shared_mem;

    return &((ngx_slab_pool_t *) shm->mutex->shm.addr)->mutex;
}


uintptr_t
ngx_link_func_shmtx_trylock(void *shared_mem)
{
    ngx_shmtx_t *mutex;

    if (shared_mem == NULL) {
        return 0;
    }

    mutex = ngx_http_link_func_user_mutex(shared_mem);

    if (ngx_http_link_func_depth == 0) {
        if (!ngx_shmtx_trylock(mutex)) {
            return 0;
        }

        ngx_http_link_func_locked = mutex;
    }

    ngx_http_link_func_depth++;

    return 1;
}


void
ngx_link_func_shmtx_lock(void *shared_mem)
{
    ngx_shmtx_t *mutex;

    if (shared_mem == NULL) {
        return;
    }

    mutex = ngx_http_link_func_user_mutex(shared_mem);

    if (ngx_http_link_func_depth == 0) {
        ngx_shmtx_lock(mutex);
        ngx_http_link_func_locked = mutex;
    }

    ngx_http_link_func_depth++;
}


void
ngx_link_func_shmtx_unlock(void *shared_mem)
{
    if (shared_mem == NULL) {
        return;
    }

    if (ngx_http_link_func_depth == 0) {
        ngx_log_error(NGX_LOG_ALERT, ngx_cycle->log, 0,
                      LF_MESSAGE_LOCK_NOT_HELD);
        return;
    }

    if (--ngx_http_link_func_depth == 0) {
        ngx_shmtx_unlock(ngx_http_link_func_locked);
    }
}


/* Gives back what a function left locked, and tells whether it did. */

ngx_uint_t
ngx_http_link_func_shm_release(void)
{
    if (ngx_http_link_func_depth == 0) {
        return 0;
    }

    ngx_http_link_func_depth = 0;
    ngx_shmtx_unlock(ngx_http_link_func_locked);

    return 1;
}


void *
ngx_link_func_shm_alloc(void *shared_mem, size_t size)
{
    void                     *p;
    ngx_http_link_func_shm_t *shm;

    shm = shared_mem;

    if (shm == NULL) {
        return NULL;
    }

    ngx_http_link_func_shm_lock(shm);
    p = ngx_http_link_func_shm_slab_alloc(shm, size);
    ngx_http_link_func_shm_unlock(shm);

    return p;
}


void *
ngx_link_func_shm_alloc_locked(void *shared_mem, size_t size)
{
    return ngx_link_func_shm_alloc(shared_mem, size);
}


void
ngx_link_func_shm_free(void *shared_mem, void *ptr)
{
    ngx_http_link_func_shm_t *shm = shared_mem;

    if (shm == NULL || ptr == NULL) {
        return;
    }

    ngx_http_link_func_shm_lock(shm);
    ngx_http_link_func_shm_slab_free(shm, ptr);
    ngx_http_link_func_shm_unlock(shm);
}


void
ngx_link_func_shm_free_locked(void *shared_mem, void *ptr)
{
    ngx_link_func_shm_free(shared_mem, ptr);
}


void *
ngx_link_func_cache_get(void *shared_mem, const char *key)
{
    ngx_http_link_func_shm_t *shm = shared_mem;

    return shm ? lf_cache_get(&shm->shared->cache, &shm->zone, lf_cstr(key))
               : NULL;
}


void *
ngx_link_func_cache_put(void *shared_mem, const char *key, void *value)
{
    ngx_http_link_func_shm_t *shm = shared_mem;

    return shm ? lf_cache_put(&shm->shared->cache, &shm->zone, lf_cstr(key),
                              value)
               : NULL;
}


void *
ngx_link_func_cache_new(void *shared_mem, const char *key, size_t size)
{
    ngx_http_link_func_shm_t *shm = shared_mem;

    return shm ? lf_cache_new(&shm->shared->cache, &shm->zone, lf_cstr(key),
                              size)
               : NULL;
}


void *
ngx_link_func_cache_remove(void *shared_mem, const char *key)
{
    ngx_http_link_func_shm_t *shm = shared_mem;

    return shm ? lf_cache_remove(&shm->shared->cache, &shm->zone, lf_cstr(key))
               : NULL;
}
