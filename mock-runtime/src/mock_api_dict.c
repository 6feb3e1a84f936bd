/* The dict of ngx_link_func_module.h.  Without a zone each function fails as
 * on an empty and full one. */

#include "lf_dict.h"
#include "mock_state.h"

int ngx_link_func_dict_get(void *shared_mem, const char *key, size_t key_len, void *buf, size_t *len) {
    lfm_zone_t *zone = lfm_enter_zone(shared_mem);

    if (zone == NULL) {
        return NGX_LINK_FUNC_NOT_FOUND;
    }
    return lf_dict_get(lfm_zone_callbacks(zone), lf_str(key, key_len), buf, len);
}

/* Only what is in the dict now can be read by anyone. */
static int told(lfm_zone_t *zone, lf_str_t key, lf_str_t value, int rc) {
    if (rc == NGX_LINK_FUNC_OK) {
        lfm_zone_set(zone, key, value);
    }
    return rc;
}

int ngx_link_func_dict_set(void *shared_mem, const char *key, size_t key_len, const void *value, size_t len,
                           uint64_t ttl_ms) {
    lfm_zone_t *zone = lfm_enter_zone(shared_mem);

    if (zone == NULL) {
        return NGX_LINK_FUNC_NO_MEMORY;
    }
    return told(zone, lf_str(key, key_len), lf_str(value, len),
                lf_dict_set(lfm_zone_callbacks(zone), lfm_zone_call(zone), lf_str(key, key_len),
                            lf_str(value, len), ttl_ms));
}

int ngx_link_func_dict_add(void *shared_mem, const char *key, size_t key_len, const void *value, size_t len,
                           uint64_t ttl_ms) {
    lfm_zone_t *zone = lfm_enter_zone(shared_mem);

    if (zone == NULL) {
        return NGX_LINK_FUNC_NO_MEMORY;
    }
    return told(zone, lf_str(key, key_len), lf_str(value, len),
                lf_dict_add(lfm_zone_callbacks(zone), lfm_zone_call(zone), lf_str(key, key_len),
                            lf_str(value, len), ttl_ms));
}

int ngx_link_func_dict_incr(void *shared_mem, const char *key, size_t key_len, int64_t by, int64_t init,
                            uint64_t init_ttl_ms, int64_t *out) {
    const lf_dict_incr_t incr = {by, init, init_ttl_ms};
    lfm_zone_t *zone = lfm_enter_zone(shared_mem);

    if (zone == NULL) {
        return NGX_LINK_FUNC_NO_MEMORY;
    }
    return lf_dict_incr(lfm_zone_callbacks(zone), lf_str(key, key_len), &incr, out);
}

int ngx_link_func_dict_delete(void *shared_mem, const char *key, size_t key_len) {
    lfm_zone_t *zone = lfm_enter_zone(shared_mem);

    if (zone == NULL) {
        return NGX_LINK_FUNC_NOT_FOUND;
    }
    return lf_dict_delete(lfm_zone_callbacks(zone), lf_str(key, key_len));
}

int ngx_link_func_dict_ttl(void *shared_mem, const char *key, size_t key_len, int64_t *ttl_ms) {
    lfm_zone_t *zone = lfm_enter_zone(shared_mem);

    if (zone == NULL) {
        return NGX_LINK_FUNC_NOT_FOUND;
    }
    return lf_dict_ttl(lfm_zone_callbacks(zone), lf_str(key, key_len), ttl_ms);
}

int ngx_link_func_dict_expire(void *shared_mem, const char *key, size_t key_len, uint64_t ttl_ms) {
    lfm_zone_t *zone = lfm_enter_zone(shared_mem);

    if (zone == NULL) {
        return NGX_LINK_FUNC_NOT_FOUND;
    }
    return lf_dict_expire(lfm_zone_callbacks(zone), lf_str(key, key_len), ttl_ms);
}

int ngx_link_func_dict_stats(void *shared_mem, ngx_link_func_dict_stats_t *stats) {
    lfm_zone_t *zone = lfm_enter_zone(shared_mem);

    if (zone == NULL) {
        return NGX_LINK_FUNC_ERROR;
    }
    lf_dict_stats(lfm_zone_callbacks(zone), stats);
    return NGX_LINK_FUNC_OK;
}
