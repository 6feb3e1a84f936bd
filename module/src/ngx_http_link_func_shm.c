/*
 * Shared memory: two zones.  The first holds the data, and the mutex of its
 * slab pool guards it.  The second is there for its mutex alone, which is the
 * one that handlers lock: when a worker dies, NGINX releases the slab pool
 * mutexes that it held, and no others.
 */

#include "ngx_http_link_func_shm.h"

#include <sys/random.h>


#define NGX_HTTP_LINK_FUNC_SPIN  2048
#define NGX_HTTP_LINK_FUNC_YIELD 128


static ngx_int_t ngx_http_link_func_shm_init(ngx_shm_zone_t *shm_zone,
                                             void           *data);
static ngx_int_t ngx_http_link_func_shm_create(ngx_shm_zone_t *shm_zone,
                                               ngx_http_link_func_shm_t *shm);
static ngx_int_t ngx_http_link_func_mutex_init(ngx_shm_zone_t *shm_zone,
                                               void           *data);
static void     *ngx_http_link_func_slab_alloc(void *data, size_t size);
static void      ngx_http_link_func_slab_free(void *data, void *p);
static void      ngx_http_link_func_slab_reset(void *data);
static size_t    ngx_http_link_func_slab_room(void *data, size_t size);
static size_t    ngx_http_link_func_slab_left(void *data);
static void      ngx_http_link_func_shm_lock(void *data);
static void      ngx_http_link_func_shm_unlock(void *data);
static uint64_t  ngx_http_link_func_shm_now(void *data);
static void      ngx_http_link_func_shm_report(void *data, lf_event_t event);


static ngx_str_t ngx_http_link_func_shm_name = ngx_string("ngx_link_func");
static ngx_str_t ngx_http_link_func_mutex_name =
    ngx_string("ngx_link_func_mutex");


static const lf_zone_t ngx_http_link_func_shm_zone = {
    .alloc = ngx_http_link_func_slab_alloc,
    .free = ngx_http_link_func_slab_free,
    .lock = ngx_http_link_func_shm_lock,
    .unlock = ngx_http_link_func_shm_unlock,
    .reset = ngx_http_link_func_slab_reset,
    .now = ngx_http_link_func_shm_now,
    .owner = ngx_http_link_func_shm_owner,
    .alive = ngx_http_link_func_shm_alive,
    .report = ngx_http_link_func_shm_report,
    .room = ngx_http_link_func_slab_room,
    .free_bytes = ngx_http_link_func_slab_left,
};


ngx_int_t
ngx_http_link_func_shm_add(ngx_conf_t *cf, ngx_http_link_func_main_conf_t *lmcf,
                           size_t size)
{
    ngx_http_link_func_shm_t *shm;

    shm = ngx_pcalloc(cf->pool, sizeof(ngx_http_link_func_shm_t));
    if (shm == NULL) {
        return NGX_ERROR;
    }

    /* NGINX maps them in this order. */

    shm->mutex =
        ngx_shared_memory_add(cf, &ngx_http_link_func_mutex_name,
                              8 * ngx_pagesize, &ngx_http_link_func_module);
    shm->data = ngx_shared_memory_add(cf, &ngx_http_link_func_shm_name, size,
                                      &ngx_http_link_func_module);

    if (shm->data == NULL || shm->mutex == NULL) {
        return NGX_ERROR;
    }

    shm->data->init = ngx_http_link_func_shm_init;
    shm->data->data = shm;
    shm->mutex->init = ngx_http_link_func_mutex_init;
    shm->mutex->data = shm;

    shm->zone = ngx_http_link_func_shm_zone;
    shm->zone.zone = shm;

    lmcf->shm = shm;

    return NGX_OK;
}


/* A zone that is kept has its store where the pool says.  What outlives the
 * pool stands in the other zone's, which is used for nothing else. */

static ngx_int_t
ngx_http_link_func_shm_init(ngx_shm_zone_t *shm_zone, void *data)
{
    ngx_slab_pool_t          *pool, *mutex;
    ngx_http_link_func_shm_t *shm;

    shm = shm_zone->data;
    pool = (ngx_slab_pool_t *) shm_zone->shm.addr;
    mutex = (ngx_slab_pool_t *) shm->mutex->shm.addr;

    shm->pool = pool;
    shm->zone.store = (lf_store_t **) &pool->data;
    shm->zone.generation = (uint64_t *) &mutex->data;
    shm->zone.start = (const char *) pool->start;
    shm->zone.end = (const char *) pool->end;

    if (data == NULL && !shm_zone->shm.exists) {
        if (ngx_http_link_func_shm_create(shm_zone, shm) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    shm->zone.seed = (*shm->zone.store)->seed;
    shm->zone.page = ngx_pagesize;
    shm->zone.capacity =
        (pool->last - pool->pages) * ngx_pagesize
        - ngx_http_link_func_slab_room(shm, sizeof(lf_store_t));

    return NGX_OK;
}


static ngx_int_t
ngx_http_link_func_shm_create(ngx_shm_zone_t           *shm_zone,
                              ngx_http_link_func_shm_t *shm)
{
    uint64_t seed;

    if (getrandom(&seed, sizeof(seed), 0) != (ssize_t) sizeof(seed)) {
        ngx_log_error(NGX_LOG_EMERG, shm_zone->shm.log, ngx_errno,
                      "getrandom() for \"ngx_link_func_shm_size\" failed");
        return NGX_ERROR;
    }

    shm->pool->data = ngx_slab_calloc(shm->pool, sizeof(lf_store_t));
    if (shm->pool->data == NULL) {
        return NGX_ERROR;
    }

    /* A full zone is said by the module, less often than NGINX would. */

    shm->pool->log_nomem = 0;

    shm->zone.seed = seed;
    lf_store_init(&shm->zone);

    return NGX_OK;
}


/* A zone is kept unless its size changes.  What the configuration before had is
 * remembered, because it may be one that had not loaded this module. */

void
ngx_http_link_func_shm_say_changed(ngx_cycle_t              *cycle,
                                   ngx_http_link_func_shm_t *shm)
{
    size_t before, size;

    static size_t last;

    before = last;
    size = shm ? shm->data->shm.size : 0;
    last = size;

    if (before && size && before != size) {
        ngx_log_error(NGX_LOG_NOTICE, cycle->log, 0,
                      "ngx_link_func_shm_size: changed from %uz to %uz bytes, "
                      "the shared memory starts empty",
                      before, size);
    }
}


static ngx_int_t
ngx_http_link_func_mutex_init(ngx_shm_zone_t *shm_zone, void *data)
{
    return NGX_OK;
}


static void *
ngx_http_link_func_slab_alloc(void *data, size_t size)
{
    ngx_http_link_func_shm_t *shm = data;

    return ngx_slab_alloc_locked(shm->pool, size);
}


static void
ngx_http_link_func_slab_free(void *data, void *p)
{
    ngx_http_link_func_shm_t *shm = data;

    ngx_slab_free_locked(shm->pool, p);
}


/* The first block of an empty pool is always the same, so that whoever reads
 * the store meanwhile without the lock reads one. */

static void
ngx_http_link_func_slab_reset(void *data)
{
    ngx_http_link_func_shm_t *shm = data;

    ngx_slab_init(shm->pool);
    shm->pool->log_nomem = 0;
    shm->pool->data = ngx_slab_calloc_locked(shm->pool, sizeof(lf_store_t));
}


/* Powers of two up to half a page, whole pages above. */

static size_t
ngx_http_link_func_slab_room(void *data, size_t size)
{
    ngx_http_link_func_shm_t *shm = data;

    if (size > ngx_pagesize / 2) {
        return ngx_align(size, ngx_pagesize);
    }

    if (size <= shm->pool->min_size) {
        return shm->pool->min_size;
    }

    return (size_t) 1 << (sizeof(size_t) * 8 - __builtin_clzl(size - 1));
}


static size_t
ngx_http_link_func_slab_left(void *data)
{
    ngx_http_link_func_shm_t *shm = data;

    size_t           left;
    ngx_uint_t       i, n;
    ngx_slab_stat_t *stats;

    stats = shm->pool->stats;
    n = ngx_pagesize_shift - shm->pool->min_shift;
    left = shm->pool->pfree * ngx_pagesize;

    for (i = 0; i < n; i++) {
        left += (stats[i].total - stats[i].used) << (i + shm->pool->min_shift);
    }

    return left;
}


static void
ngx_http_link_func_shm_lock(void *data)
{
    ngx_http_link_func_shm_t *shm = data;

    ngx_http_link_func_mutex_lock(&shm->pool->mutex);
}


static void
ngx_http_link_func_shm_unlock(void *data)
{
    ngx_http_link_func_shm_t *shm = data;

    ngx_http_link_func_mutex_unlock(&shm->pool->mutex);
}


/*
 * A worker of an old configuration may use a zone that the master has let go,
 * and so will not unlock for a worker that dies: whoever waits long looks after
 * the owner himself.
 */

void
ngx_http_link_func_mutex_wait(ngx_shmtx_t *mutex)
{
    ngx_pid_t  owner;
    ngx_uint_t i, n;

    for (n = 1; n < NGX_HTTP_LINK_FUNC_SPIN; n <<= 1) {
        for (i = 0; i < n; i++) {
            ngx_cpu_pause();
        }

        if (ngx_http_link_func_mutex_trylock(mutex)) {
            return;
        }
    }

    for (n = 0; !ngx_http_link_func_mutex_trylock(mutex); n++) {
        if (n < NGX_HTTP_LINK_FUNC_YIELD) {
            ngx_sched_yield();
            continue;
        }

        owner = (ngx_pid_t) __atomic_load_n(mutex->lock, __ATOMIC_RELAXED);

        if (owner && kill(owner, 0) == -1 && ngx_errno == ESRCH) {
            (void) ngx_shmtx_force_unlock(mutex, owner);
            continue;
        }

        ngx_msleep(1);
    }
}


static uint64_t
ngx_http_link_func_shm_now(void *data)
{
    struct timespec ts;

    (void) clock_gettime(CLOCK_MONOTONIC, &ts);

    return (uint64_t) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}


static void
ngx_http_link_func_shm_report(void *data, lf_event_t event)
{
    ngx_log_t *log;

    log = ngx_cycle->log;

    switch (event) {
    case LF_EVENT_FULL:
        ngx_log_error(NGX_LOG_ERR, log, 0, LF_MESSAGE_ZONE_FULL);
        return;

    case LF_EVENT_SOUND:
        ngx_log_error(NGX_LOG_NOTICE, log, 0, LF_MESSAGE_ZONE_SOUND);
        return;

    case LF_EVENT_EMPTIED:
        ngx_log_error(NGX_LOG_ALERT, log, 0, LF_MESSAGE_ZONE_EMPTIED);
        return;
    }
}
