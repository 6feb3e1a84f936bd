/* The shared memory functions of ngx_link_func_module.h.  Without a zone each
 * fails as on a full one. */

#include "lf_cache.h"
#include "mock_state.h"

uintptr_t ngx_link_func_shmtx_trylock(void *shared_mem) {
    lfm_zone_t *zone = lfm_enter_zone(shared_mem);

    if (zone == NULL) {
        return 0;
    }
    lfm_zone_lock(zone);
    return 1;
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
    return zone == NULL ? NULL : lf_store_block_new(lfm_zone_callbacks(zone), lfm_zone_call(zone), size);
}

static void block_free(lfm_zone_t *zone, void *block) {
    if (zone != NULL && block != NULL) {
        lf_store_block_free(lfm_zone_callbacks(zone), lfm_zone_call(zone), block);
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

    if (zone == NULL) {
        return NULL;
    }
    return lf_cache_get(lfm_zone_callbacks(zone), lfm_zone_call(zone), lf_cstr(key));
}

void *ngx_link_func_cache_put(void *shared_mem, const char *key, void *value) {
    lfm_zone_t *zone = lfm_enter_zone(shared_mem);

    if (zone == NULL) {
        return NULL;
    }
    return lf_cache_put(lfm_zone_callbacks(zone), lfm_zone_call(zone), lf_cstr(key), value);
}

void *ngx_link_func_cache_new(void *shared_mem, const char *key, size_t size) {
    lfm_zone_t *zone = lfm_enter_zone(shared_mem);

    if (zone == NULL) {
        return NULL;
    }
    return lf_cache_new(lfm_zone_callbacks(zone), lfm_zone_call(zone), lf_cstr(key), size);
}

void *ngx_link_func_cache_remove(void *shared_mem, const char *key) {
    lfm_zone_t *zone = lfm_enter_zone(shared_mem);

    if (zone == NULL) {
        return NULL;
    }
    return lf_cache_remove(lfm_zone_callbacks(zone), lfm_zone_call(zone), lf_cstr(key));
}
