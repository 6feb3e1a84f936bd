/*
 * The public functions over shared memory.  Without a zone each fails as on a
 * full one.
 */

#include "ngx_http_link_func_shm.h"

#include "lf_cache.h"
#include "lf_dict.h"


static ngx_shmtx_t *ngx_http_link_func_user_mutex(void *shared_mem);


#define ngx_http_link_func_zone(shared_mem)                                    \
    (&((ngx_http_link_func_shm_t *) (shared_mem))->zone)


static ngx_shmtx_t *
ngx_http_link_func_user_mutex(void *shared_mem)
{
    ngx_http_link_func_shm_t *shm = shared_mem;

    return &((ngx_slab_pool_t *) shm->mutex->shm.addr)->mutex;
}


uintptr_t
ngx_link_func_shmtx_trylock(void *shared_mem)
{
    ngx_shmtx_t                 *mutex;
    ngx_http_link_func_thread_t *thread;

    if (shared_mem == NULL) {
        return 0;
    }

    mutex = ngx_http_link_func_user_mutex(shared_mem);
    thread = &ngx_http_link_func_thread;

    if (thread->depth == 0) {
        if (!ngx_http_link_func_mutex_trylock(mutex)) {
            return 0;
        }

        thread->locked = mutex;
    }

    thread->depth++;

    return 1;
}


void
ngx_link_func_shmtx_lock(void *shared_mem)
{
    ngx_shmtx_t                 *mutex;
    ngx_http_link_func_thread_t *thread;

    if (shared_mem == NULL) {
        return;
    }

    mutex = ngx_http_link_func_user_mutex(shared_mem);
    thread = &ngx_http_link_func_thread;

    if (thread->depth == 0) {
        ngx_http_link_func_mutex_lock(mutex);
        thread->locked = mutex;
    }

    thread->depth++;
}


void
ngx_link_func_shmtx_unlock(void *shared_mem)
{
    ngx_http_link_func_thread_t *thread;

    if (shared_mem == NULL) {
        return;
    }

    thread = &ngx_http_link_func_thread;

    if (thread->depth == 0) {
        ngx_log_error(NGX_LOG_ALERT, ngx_cycle->log, 0,
                      LF_MESSAGE_LOCK_NOT_HELD);
        return;
    }

    if (--thread->depth == 0) {
        ngx_http_link_func_mutex_unlock(thread->locked);
    }
}


void *
ngx_link_func_shm_alloc(void *shared_mem, size_t size)
{
    if (shared_mem == NULL) {
        return NULL;
    }

    return lf_store_block_new(ngx_http_link_func_zone(shared_mem),
                              ngx_http_link_func_this_call(), size);
}


void *
ngx_link_func_shm_alloc_locked(void *shared_mem, size_t size)
{
    return ngx_link_func_shm_alloc(shared_mem, size);
}


void
ngx_link_func_shm_free(void *shared_mem, void *ptr)
{
    if (shared_mem == NULL || ptr == NULL) {
        return;
    }

    lf_store_block_free(ngx_http_link_func_zone(shared_mem),
                        ngx_http_link_func_this_call(), ptr);
}


void
ngx_link_func_shm_free_locked(void *shared_mem, void *ptr)
{
    ngx_link_func_shm_free(shared_mem, ptr);
}


void *
ngx_link_func_cache_get(void *shared_mem, const char *key)
{
    if (shared_mem == NULL) {
        return NULL;
    }

    return lf_cache_get(ngx_http_link_func_zone(shared_mem),
                        ngx_http_link_func_this_call(), lf_cstr(key));
}


void *
ngx_link_func_cache_put(void *shared_mem, const char *key, void *value)
{
    if (shared_mem == NULL) {
        return NULL;
    }

    return lf_cache_put(ngx_http_link_func_zone(shared_mem),
                        ngx_http_link_func_this_call(), lf_cstr(key), value);
}


void *
ngx_link_func_cache_new(void *shared_mem, const char *key, size_t size)
{
    if (shared_mem == NULL) {
        return NULL;
    }

    return lf_cache_new(ngx_http_link_func_zone(shared_mem),
                        ngx_http_link_func_this_call(), lf_cstr(key), size);
}


void *
ngx_link_func_cache_remove(void *shared_mem, const char *key)
{
    if (shared_mem == NULL) {
        return NULL;
    }

    return lf_cache_remove(ngx_http_link_func_zone(shared_mem),
                           ngx_http_link_func_this_call(), lf_cstr(key));
}


int
ngx_link_func_dict_get(void *shared_mem, const char *key, size_t key_len,
                       void *buf, size_t *len)
{
    if (shared_mem == NULL) {
        return NGX_LINK_FUNC_NOT_FOUND;
    }

    return lf_dict_get(ngx_http_link_func_zone(shared_mem),
                       lf_str(key, key_len), buf, len);
}


int
ngx_link_func_dict_set(void *shared_mem, const char *key, size_t key_len,
                       const void *value, size_t len, uint64_t ttl_ms)
{
    if (shared_mem == NULL) {
        return NGX_LINK_FUNC_NO_MEMORY;
    }

    return lf_dict_set(ngx_http_link_func_zone(shared_mem),
                       ngx_http_link_func_this_call(), lf_str(key, key_len),
                       lf_str(value, len), ttl_ms);
}


int
ngx_link_func_dict_add(void *shared_mem, const char *key, size_t key_len,
                       const void *value, size_t len, uint64_t ttl_ms)
{
    if (shared_mem == NULL) {
        return NGX_LINK_FUNC_NO_MEMORY;
    }

    return lf_dict_add(ngx_http_link_func_zone(shared_mem),
                       ngx_http_link_func_this_call(), lf_str(key, key_len),
                       lf_str(value, len), ttl_ms);
}


int
ngx_link_func_dict_incr(void *shared_mem, const char *key, size_t key_len,
                        int64_t by, int64_t init, uint64_t init_ttl_ms,
                        int64_t *out)
{
    lf_dict_incr_t incr;

    if (shared_mem == NULL) {
        return NGX_LINK_FUNC_NO_MEMORY;
    }

    incr.by = by;
    incr.init = init;
    incr.ttl = init_ttl_ms;

    return lf_dict_incr(ngx_http_link_func_zone(shared_mem),
                        lf_str(key, key_len), &incr, out);
}


int
ngx_link_func_dict_delete(void *shared_mem, const char *key, size_t key_len)
{
    if (shared_mem == NULL) {
        return NGX_LINK_FUNC_NOT_FOUND;
    }

    return lf_dict_delete(ngx_http_link_func_zone(shared_mem),
                          lf_str(key, key_len));
}


int
ngx_link_func_dict_ttl(void *shared_mem, const char *key, size_t key_len,
                       int64_t *ttl_ms)
{
    if (shared_mem == NULL) {
        return NGX_LINK_FUNC_NOT_FOUND;
    }

    return lf_dict_ttl(ngx_http_link_func_zone(shared_mem),
                       lf_str(key, key_len), ttl_ms);
}


int
ngx_link_func_dict_expire(void *shared_mem, const char *key, size_t key_len,
                          uint64_t ttl_ms)
{
    if (shared_mem == NULL) {
        return NGX_LINK_FUNC_NOT_FOUND;
    }

    return lf_dict_expire(ngx_http_link_func_zone(shared_mem),
                          lf_str(key, key_len), ttl_ms);
}


int
ngx_link_func_dict_stats(void *shared_mem, ngx_link_func_dict_stats_t *stats)
{
    if (shared_mem == NULL) {
        return NGX_LINK_FUNC_ERROR;
    }

    lf_dict_stats(ngx_http_link_func_zone(shared_mem), stats);

    return NGX_LINK_FUNC_OK;
}
