/* The shared memory functions of ngx_link_func_module.h.  Without a zone each
 * fails as on a full one. */

#include "lf_cache.h"
#include "mock_state.h"

uintptr_t ngx_link_func_shmtx_trylock(void *shared_mem) {
    lfm_zone_t *zone = lfm_enter_zone(shared_mem);

    return zone == NULL ? 0 : (uintptr_t) lfm_zone_trylock(zone);
}

void ngx_link_func_shmtx_lock(void *shared_mem) {
    lfm_zone_t *zone = lfm_enter_zone(shared_mem);

    if (zone != NULL) {
        lfm_zone_lock(zone);
    }
}

void ngx_link_func_shmtx_unlock(void *shared_mem) {
    lfm_zone_t *zone = lfm_enter_zone(shared_mem);

    if (zone != NULL) {
        lfm_zone_unlock(zone);
    }
}

static void *block_new(lfm_zone_t *zone, size_t size) {
    void *block;

    if (zone == NULL) {
        return NULL;
    }
    block = lf_store_block_new(lfm_zone_callbacks(zone), lfm_zone_call(zone), size);
    lfm_zone_gave(zone, block, size, NULL);
    return block;
}

static void block_free(lfm_zone_t *zone, void *block) {
    if (zone != NULL && block != NULL && lfm_zone_giving(zone, block)) {
        lf_store_block_free(lfm_zone_callbacks(zone), lfm_zone_call(zone), block);
        lfm_zone_given(zone);
    }
}

void *ngx_link_func_shm_alloc(void *shared_mem, size_t size) {
    return block_new(lfm_enter_zone(shared_mem), size);
}

void *ngx_link_func_shm_alloc_locked(void *shared_mem, size_t size) {
    return block_new(lfm_enter_zone(shared_mem), size);
}

void ngx_link_func_shm_free(void *shared_mem, void *ptr) {
    block_free(lfm_enter_zone(shared_mem), ptr);
}

void ngx_link_func_shm_free_locked(void *shared_mem, void *ptr) {
    block_free(lfm_enter_zone(shared_mem), ptr);
}

void *ngx_link_func_cache_get(void *shared_mem, const char *key) {
    lfm_zone_t *zone = lfm_enter_zone(shared_mem);
    void *value;

    if (zone == NULL) {
        return NULL;
    }
    value = lf_cache_get(lfm_zone_callbacks(zone), lfm_zone_call(zone), lf_cstr(key));
    lfm_zone_lent(zone, value);
    return value;
}

void *ngx_link_func_cache_put(void *shared_mem, const char *key, void *value) {
    lfm_zone_t *zone = lfm_enter_zone(shared_mem);
    void *old;

    if (zone == NULL) {
        return NULL;
    }
    lfm_zone_put(zone, key, value);
    old = lf_cache_put(lfm_zone_callbacks(zone), lfm_zone_call(zone), lf_cstr(key), value);
    if (old != value) {
        lfm_zone_removed(zone, old);
    }
    return old;
}

/* Who replaces a value is asked later, when it is used all the same. */
static void replaces(lfm_zone_t *zone, const char *key) {
    lfm_zone_removed(zone, lf_cache_get(lfm_zone_callbacks(zone), lfm_zone_call(zone), lf_cstr(key)));
}

void *ngx_link_func_cache_new(void *shared_mem, const char *key, size_t size) {
    lfm_zone_t *zone = lfm_enter_zone(shared_mem);
    void *value;

    if (zone == NULL) {
        return NULL;
    }
    replaces(zone, key);
    value = lf_cache_new(lfm_zone_callbacks(zone), lfm_zone_call(zone), lf_cstr(key), size);
    lfm_zone_gave(zone, value, size, key);
    return value;
}

void *ngx_link_func_cache_remove(void *shared_mem, const char *key) {
    lfm_zone_t *zone = lfm_enter_zone(shared_mem);
    void *value;

    if (zone == NULL) {
        return NULL;
    }
    value = lf_cache_remove(lfm_zone_callbacks(zone), lfm_zone_call(zone), lf_cstr(key));
    lfm_zone_removed(zone, value);
    return value;
}
