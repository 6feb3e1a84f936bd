/*
 * ngx_link_func_module.h - write NGINX request handlers as plain C functions.
 *
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A link-function library is a shared object that exports handlers
 *
 *     void my_handler(ngx_link_func_ctx_t *ctx);
 *
 * and two lifecycle hooks (ngx_link_func_init_cycle, ngx_link_func_exit_cycle).
 * The runtime, which is the NGINX module or the mock, defines every function
 * declared here; a library leaves them undefined and links against nothing.
 *
 * Versions
 *   NGX_LINK_FUNC_ABI_VERSION counts the generations of this interface.  It
 *   rises by one when functions are added.  A function is never removed, a
 *   struct never changes size or member order: a library that was compiled
 *   against any older version of this header runs on any newer runtime.
 *
 * Conventions
 *   - `key`, `value` and `str` arguments that come with a length need not be
 *     NUL-terminated; those without one must be.  NULL is allowed only where
 *     it is said.
 *   - Every argument is copied before the function returns (but for the value
 *     of cache_put, which is kept as the pointer that it is).
 *   - "Lives as long as the request" means until the function that got the
 *     memory as its `ctx` has returned and the response is sent; never free it.
 *   - `ctx` belongs to one call of one handler.  Use it from the thread that
 *     the handler was called on, and do not keep it after the return.
 *   - Functions that take `shared_mem` may be called from any worker and any
 *     thread.  Each accepts NULL (no ngx_link_func_shm_size in the
 *     configuration) and then fails as it does on a full zone.
 */

#ifndef NGX_LINK_FUNC_MODULE_H
#define NGX_LINK_FUNC_MODULE_H

#define NGX_LINK_FUNC_ABI_VERSION 34

/* Defined by every header since version 34; older code tests for it. */
#define ngx_link_func_module_version_34 1

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* So that hooks are exported also from code built with -fvisibility=hidden. */
#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

#define ngx_link_func_content_type_plaintext "text/plain"
#define ngx_link_func_content_type_html "text/html; charset=utf-8"
#define ngx_link_func_content_type_json "application/json"
#define ngx_link_func_content_type_jsonp "application/javascript"
#define ngx_link_func_content_type_xformencoded "application/x-www-form-urlencoded"

/* A run of bytes that somebody else owns.  `data` is not NUL-terminated
 * unless the function that filled it says so. */
typedef struct {
    size_t len;          /* bytes */
    unsigned char *data; /* same type as NGINX's u_char * */
} ngx_link_func_str_t;

/* One request, as one handler call sees it.  The members above the line are
 * for the handler to read; those below belong to the runtime. */
typedef struct {
    char *req_args;          /* query string without '?', NUL-terminated; NULL without one */
    unsigned char *req_body; /* whole body, with a NUL at req_body[req_body_len]; NULL when empty */
    size_t req_body_len;     /* bytes, without that NUL */
    void *shared_mem;        /* for the shm and cache functions; NULL without ngx_link_func_shm_size */
    /* ---- */
    void *__r__; /* in NGINX the ngx_http_request_t * */
    void *__pl__;
    void *__log__;
} ngx_link_func_ctx_t;

/* One worker, as the lifecycle hooks see it. */
typedef struct {
    void *shared_mem; /* as in ngx_link_func_ctx_t */
    int has_error;    /* set it to 1 in init_cycle: this library then answers 503 in this worker */
    /* ---- */
    void *__cycle__;
    void *__srv_cf__;
    void *__pl__;
    void *__log__;
} ngx_link_func_cycle_t;

/*
 * Hooks: the library exports them, the runtime calls them.
 */

/* Runs once in every worker before its first request.  Acquire here what
 * handlers need.  Not called in the master.  Setting cycle->has_error makes
 * every location of this library answer 503 in this worker. */
void ngx_link_func_init_cycle(ngx_link_func_cycle_t *cycle);

/* Runs once in every worker when it exits, unless its init_cycle failed. */
void ngx_link_func_exit_cycle(ngx_link_func_cycle_t *cycle);

/*
 * Logging: one call writes one line to the error log at that level.  `msg` is
 * NUL-terminated text, never a format string.  One trailing newline is
 * dropped; other control characters are written as \xHH.  NGINX cuts a log
 * line at 2,048 bytes, its own prefix included.
 */

void ngx_link_func_log_debug(ngx_link_func_ctx_t *ctx, const char *msg);
void ngx_link_func_log_info(ngx_link_func_ctx_t *ctx, const char *msg);
void ngx_link_func_log_warn(ngx_link_func_ctx_t *ctx, const char *msg);
void ngx_link_func_log_err(ngx_link_func_ctx_t *ctx, const char *msg);

void ngx_link_func_cyc_log_debug(ngx_link_func_cycle_t *cycle, const char *msg);
void ngx_link_func_cyc_log_info(ngx_link_func_cycle_t *cycle, const char *msg);
void ngx_link_func_cyc_log_warn(ngx_link_func_cycle_t *cycle, const char *msg);
void ngx_link_func_cyc_log_err(ngx_link_func_cycle_t *cycle, const char *msg);

/* ngx_link_func_log(level, ctx, format, ...) and
 * ngx_link_func_cyc_log(level, cycle, format, ...): printf-style, with level
 * one of debug, info, warn, err.  The text is cut at 199 characters. */
#define ngx_link_func_log(level, ctx, ...) NGX_LINK_FUNC_LOG_(ngx_link_func_log_##level, ctx, __VA_ARGS__)
#define ngx_link_func_cyc_log(level, cycle, ...)                                                             \
    NGX_LINK_FUNC_LOG_(ngx_link_func_cyc_log_##level, cycle, __VA_ARGS__)

#define NGX_LINK_FUNC_LOG_(write_line, target, ...)                                                          \
    do {                                                                                                     \
        char ngx_link_func_line_[200];                                                                       \
        (void) snprintf(ngx_link_func_line_, sizeof(ngx_link_func_line_), __VA_ARGS__);                      \
        write_line((target), ngx_link_func_line_);                                                           \
    } while (0)

/*
 * Properties: values of ngx_link_func_add_prop.  `key` is compared without
 * regard to case.  NULL when there is none; else NUL-terminated, read-only,
 * valid as long as the configuration that the worker runs.
 */

/* Of the request's server; server values hide http values of the same key. */
unsigned char *ngx_link_func_get_prop(ngx_link_func_ctx_t *ctx, const char *key, size_t keylen);

/* Of the first server, in configuration order, that uses this library and has
 * the property. */
unsigned char *ngx_link_func_cyc_get_prop(ngx_link_func_cycle_t *cycle, const char *key, size_t keylen);

/*
 * Request
 */

/* Lends the decoded and normalised path in *uri, without the query string.
 * It lives as long as the request and is not NUL-terminated.
 * Returns 0, or -1 when the path is empty. */
int ngx_link_func_get_uri(ngx_link_func_ctx_t *ctx, ngx_link_func_str_t *uri);

/* Returns the first request header named `key` (case ignored, RFC 9110
 * section 5.1) as a NUL-terminated copy that lives as long as the request;
 * NULL when there is none or when memory is short. */
unsigned char *ngx_link_func_get_header(ngx_link_func_ctx_t *ctx, const char *key, size_t keylen);

/* Returns what follows the first `key=` of the query string, up to the next
 * '&', as it was sent (nothing is percent-decoded).  The comparison is exact.
 * "" for `key=`; NULL when there is only `key` without '=', when it is absent,
 * or when memory is short.  A NUL-terminated char string that lives as long as
 * the request. */
void *ngx_link_func_get_query_param(ngx_link_func_ctx_t *ctx, const char *key);

/* Sets a request header for whatever runs after the handler: replaces every
 * header of that name, or adds one.  `key` must be a token and `value` free of
 * CR, LF and NUL (RFC 9110 sections 5.1 and 5.5); headers that frame the
 * message (Content-Length, Transfer-Encoding, Connection, ...) are refused.
 * Returns 0; or -1 with one [error] log line, and nothing has changed. */
int ngx_link_func_add_header_in(ngx_link_func_ctx_t *ctx, const char *key, size_t keylen, const char *value,
                                size_t val_len);

/*
 * Memory of the request.  NULL when memory is short.  Aligned to 8 bytes
 * (NGINX's NGX_ALIGNMENT).  Freed by the runtime after the request.
 */

void *ngx_link_func_palloc(ngx_link_func_ctx_t *ctx, size_t size);
void *ngx_link_func_pcalloc(ngx_link_func_ctx_t *ctx, size_t size); /* zeroed */

/* A NUL-terminated copy of `str`. */
char *ngx_link_func_strdup(ngx_link_func_ctx_t *ctx, const char *str);

/*
 * Response
 */

/* Appends a response header; allowed before and after write_resp.
 * Content-Type, Location, Server, Date, Last-Modified, ETag, Content-Encoding
 * and Content-Disposition have one value, which is replaced.  Malformed names
 * and values, and the headers that frame the message, are refused as by
 * add_header_in.  Returns 0; or -1 with one [error] log line. */
int ngx_link_func_add_header_out(ngx_link_func_ctx_t *ctx, const char *key, size_t keylen, const char *value,
                                 size_t val_len);

/* Sets the response; the last call wins, and a handler that never calls it
 * answers 200 with an empty body.
 *   status_code   200 to 599; else the client gets 500 and the log an [error]
 *   status_line   NUL-terminated, such as "200 OK"; used when it begins with
 *                 the same three digits and holds no control character, else
 *                 (and when NULL) NGINX's own line for the code
 *   content_type  NUL-terminated; NULL means text/plain, "" sends none
 *   resp_content  resp_len bytes, which may include NUL; may be NULL when 0
 * HEAD, 204 and 304 never carry a body. */
void ngx_link_func_write_resp(ngx_link_func_ctx_t *ctx, uintptr_t status_code, const char *status_line,
                              const char *content_type, const char *resp_content, size_t resp_len);

/* The same with explicit lengths; no argument needs a NUL. */
void ngx_link_func_write_resp_l(ngx_link_func_ctx_t *ctx, uintptr_t status_code, const char *status_line,
                                size_t status_line_len, const char *content_type, size_t content_type_len,
                                const char *resp_content, size_t resp_content_len);

/*
 * Shared memory: one zone for all workers, which survives reloads.
 */

/* The caller's own critical section.  It nests within one thread.  Unlocking
 * what this thread does not hold is logged at [alert] and does nothing; a
 * handler that returns with the lock held is logged at [alert], and the lock
 * is released.  The cache and shm functions need no lock of the caller's. */
uintptr_t ngx_link_func_shmtx_trylock(void *shared_mem); /* 1 when taken, 0 when held by others */
void ngx_link_func_shmtx_lock(void *shared_mem);
void ngx_link_func_shmtx_unlock(void *shared_mem);

/* `size` bytes, not zeroed, valid in every worker until freed; NULL when the
 * zone is full.  Free with shm_free; the _locked names are the same functions. */
void *ngx_link_func_shm_alloc(void *shared_mem, size_t size);
void *ngx_link_func_shm_alloc_locked(void *shared_mem, size_t size);
void ngx_link_func_shm_free(void *shared_mem, void *ptr); /* NULL is ignored */
void ngx_link_func_shm_free_locked(void *shared_mem, void *ptr);

/* A map from NUL-terminated keys to pointers into the zone. */

/* The value of `key`, or NULL. */
void *ngx_link_func_cache_get(void *shared_mem, const char *key);

/* Makes `key` name `value`, which the caller owns and which must point into
 * the zone.  Returns the value that it replaced, or NULL; also NULL, with the
 * map unchanged, when the zone is full. */
void *ngx_link_func_cache_put(void *shared_mem, const char *key, void *value);

/* Makes `key` name `size` zeroed bytes of the zone, and returns them.  An
 * entry of that key is replaced, and its value stays allocated: take it with
 * cache_remove and free it before, or it is lost.  NULL, with the map
 * unchanged, when full. */
void *ngx_link_func_cache_new(void *shared_mem, const char *key, size_t size);

/* Removes `key` and returns its value, or NULL when there was none.  The value
 * is the caller's then: memory of cache_new goes to shm_free when no other
 * worker can be reading it any more. */
void *ngx_link_func_cache_remove(void *shared_mem, const char *key);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif /* NGX_LINK_FUNC_MODULE_H */
