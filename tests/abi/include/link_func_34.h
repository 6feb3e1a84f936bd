/* Version 34 of the interface as applications were compiled against it, put down
 * here once more so that a change of the public header cannot change it.  Only
 * what an application sees: types, prototypes, values. */

#ifndef LINK_FUNC_34_H
#define LINK_FUNC_34_H

#define ngx_link_func_module_version_34 1

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define ngx_link_func_content_type_plaintext "text/plain"
#define ngx_link_func_content_type_html "text/html; charset=utf-8"
#define ngx_link_func_content_type_json "application/json"
#define ngx_link_func_content_type_jsonp "application/javascript"
#define ngx_link_func_content_type_xformencoded "application/x-www-form-urlencoded"

#ifdef __cplusplus
extern "C" {
#endif

typedef unsigned char u_char_34;

typedef struct {
    size_t len;
    u_char_34 *data;
} ngx_link_func_str_t;

typedef struct {
    char *req_args;
    u_char_34 *req_body;
    size_t req_body_len;
    void *shared_mem;
    void *__r__;
    void *__pl__;
    void *__log__;
} ngx_link_func_ctx_t;

typedef struct {
    void *shared_mem;
    int has_error;
    void *__cycle__;
    void *__srv_cf__;
    void *__pl__;
    void *__log__;
} ngx_link_func_cycle_t;

void ngx_link_func_log_debug(ngx_link_func_ctx_t *ctx, const char *msg);
void ngx_link_func_log_info(ngx_link_func_ctx_t *ctx, const char *msg);
void ngx_link_func_log_warn(ngx_link_func_ctx_t *ctx, const char *msg);
void ngx_link_func_log_err(ngx_link_func_ctx_t *ctx, const char *msg);
void ngx_link_func_cyc_log_debug(ngx_link_func_cycle_t *cycle, const char *msg);
void ngx_link_func_cyc_log_info(ngx_link_func_cycle_t *cycle, const char *msg);
void ngx_link_func_cyc_log_warn(ngx_link_func_cycle_t *cycle, const char *msg);
void ngx_link_func_cyc_log_err(ngx_link_func_cycle_t *cycle, const char *msg);

u_char_34 *ngx_link_func_cyc_get_prop(ngx_link_func_cycle_t *cycle, const char *key, size_t keylen);
u_char_34 *ngx_link_func_get_prop(ngx_link_func_ctx_t *ctx, const char *key, size_t keylen);

int ngx_link_func_get_uri(ngx_link_func_ctx_t *ctx, ngx_link_func_str_t *out);
u_char_34 *ngx_link_func_get_header(ngx_link_func_ctx_t *ctx, const char *key, size_t keylen);
void *ngx_link_func_get_query_param(ngx_link_func_ctx_t *ctx, const char *key);

void *ngx_link_func_palloc(ngx_link_func_ctx_t *ctx, size_t size);
void *ngx_link_func_pcalloc(ngx_link_func_ctx_t *ctx, size_t size);
char *ngx_link_func_strdup(ngx_link_func_ctx_t *ctx, const char *str);

int ngx_link_func_add_header_in(ngx_link_func_ctx_t *ctx, const char *key, size_t keylen, const char *value,
                                size_t val_len);
int ngx_link_func_add_header_out(ngx_link_func_ctx_t *ctx, const char *key, size_t keylen, const char *value,
                                 size_t val_len);
void ngx_link_func_write_resp(ngx_link_func_ctx_t *ctx, uintptr_t status_code, const char *status_line,
                              const char *content_type, const char *resp_content, size_t resp_len);
void ngx_link_func_write_resp_l(ngx_link_func_ctx_t *ctx, uintptr_t status_code, const char *status_line,
                                size_t status_line_len, const char *content_type, size_t content_type_len,
                                const char *resp_content, size_t resp_content_len);

uintptr_t ngx_link_func_shmtx_trylock(void *shared_mem);
void ngx_link_func_shmtx_lock(void *shared_mem);
void ngx_link_func_shmtx_unlock(void *shared_mem);
void *ngx_link_func_shm_alloc(void *shared_mem, size_t size);
void *ngx_link_func_shm_alloc_locked(void *shared_mem, size_t size);
void ngx_link_func_shm_free(void *shared_mem, void *ptr);
void ngx_link_func_shm_free_locked(void *shared_mem, void *ptr);

void *ngx_link_func_cache_get(void *shared_mem, const char *key);
void *ngx_link_func_cache_put(void *shared_mem, const char *key, void *value);
void *ngx_link_func_cache_new(void *shared_mem, const char *key, size_t size);
void *ngx_link_func_cache_remove(void *shared_mem, const char *key);

void ngx_link_func_init_cycle(ngx_link_func_cycle_t *cycle);
void ngx_link_func_exit_cycle(ngx_link_func_cycle_t *cycle);

#ifdef __cplusplus
}
#endif

#endif
