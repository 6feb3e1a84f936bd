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
 *   The other way round, a library that calls a function which the runtime is
 *   too old to have is refused when it is loaded, with both versions named.
 *   `#define NGX_LINK_FUNC_API 34` before the include hides what came later,
 *   for libraries that must also run on the original module.
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

#define NGX_LINK_FUNC_ABI_VERSION 35

/* Defined by every header since version 34; older code tests for it. */
#define ngx_link_func_module_version_34 1

/* The newest functions that the application wants to see. */
#ifndef NGX_LINK_FUNC_API
#define NGX_LINK_FUNC_API NGX_LINK_FUNC_ABI_VERSION
#endif

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

/* Which version of this header a library was compiled against, as an ELF note
 * that the module and linkfunc-check read: type 1, one 32-bit word. */
#if defined(__GNUC__) && defined(__ELF__)
static const struct {
    uint32_t name_size;
    uint32_t value_size;
    uint32_t type;
    char name[16];
    uint32_t version;
} ngx_link_func_note_ __attribute__((used, aligned(4), section(".note.ngx_link_func"))) = {
    sizeof("ngx_link_func"), sizeof(uint32_t), 1, "ngx_link_func", NGX_LINK_FUNC_API};
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

/* Behind the text stands whether it was cut, for the mock to find. */
typedef struct {
    char text[200];
    uint64_t cut; /* NGX_LINK_FUNC_CUT_, or 0 */
} ngx_link_func_line_t_;

#define NGX_LINK_FUNC_CUT_ UINT64_C(0x6c66206375742e00)

static inline void ngx_link_func_mark_cut_(ngx_link_func_line_t_ *line, int len) {
    line->cut = len >= (int) sizeof(line->text) ? NGX_LINK_FUNC_CUT_ : 0;
}

#define NGX_LINK_FUNC_LOG_(write_line, target, ...)                                                          \
    do {                                                                                                     \
        ngx_link_func_line_t_ ngx_link_func_line_;                                                           \
        int ngx_link_func_len_ =                                                                             \
            snprintf(ngx_link_func_line_.text, sizeof(ngx_link_func_line_.text), __VA_ARGS__);               \
        ngx_link_func_mark_cut_(&ngx_link_func_line_, ngx_link_func_len_);                                   \
        write_line((target), ngx_link_func_line_.text);                                                      \
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

/* Sets a request header for whatever runs after the handler (in a subrequest
 * also for the requests above it): replaces every header of that name, or adds
 * one.  `key` must be a token and `value` free of
 * CR, LF and NUL (RFC 9110 sections 5.1 and 5.5); headers that frame the
 * message (Content-Length, Transfer-Encoding, Connection, ...) are refused, and
 * a Host that NGINX would not take from a client.
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
 *   content_type  NUL-terminated; NULL means text/plain (or what add_header_out
 *                 set as Content-Type before), "" sends none
 *   resp_content  resp_len bytes, which may include NUL; may be NULL when 0;
 *                 a length above PTRDIFF_MAX (a failed snprintf's -1) is
 *                 refused as such a status is
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

/* Makes `key` name `value`, which must point into the zone: a block of
 * shm_alloc, which stays the caller's, or memory of cache_new whose entry this
 * call has removed or replaced, which belongs to the map again under this key.
 * (While an entry still names such memory, only that entry keeps it.)  Returns
 * the value that it replaced (memory of cache_new is reclaimed as said below),
 * or NULL; also NULL, with the map unchanged, when the zone is full. */
void *ngx_link_func_cache_put(void *shared_mem, const char *key, void *value);

/* Makes `key` name `size` zeroed bytes of the zone, and returns them.  An
 * entry of that key is replaced.  NULL, with the map unchanged, when full.
 *
 * The memory belongs to the map.  When its entry is removed or replaced it is
 * reclaimed, but not before every function that was running then has returned:
 * what cache_get gave stays readable until the function that called it
 * returns.  (A call that takes more than 64 such values out keeps the last
 * 64.)  So use a pointer within one call, and ask again in the next. */
void *ngx_link_func_cache_new(void *shared_mem, const char *key, size_t size);

/* Removes `key` and returns its value, or NULL when there was none.  Memory of
 * cache_new is reclaimed as said there; giving it to shm_free within the same
 * call is allowed, and not needed.  A value of cache_put is the caller's. */
void *ngx_link_func_cache_remove(void *shared_mem, const char *key);

#if NGX_LINK_FUNC_API >= 35

/*
 * Since version 35.  Results are values of ngx_link_func_status_t.  A string
 * that a function gives through an ngx_link_func_str_t is lent: it lives as
 * long as the request, must not be written to, and has a NUL at data[len].
 * Where a function does not return OK, *out is untouched.
 */

typedef enum {
    NGX_LINK_FUNC_OK = 0,
    NGX_LINK_FUNC_ERROR = -1,        /* none of the others; the error log has the reason */
    NGX_LINK_FUNC_NOT_FOUND = -2,    /* nothing of that name, or it has expired */
    NGX_LINK_FUNC_NO_MEMORY = -3,    /* the request's memory or the zone is used up */
    NGX_LINK_FUNC_INVALID = -4,      /* an argument is malformed or out of range */
    NGX_LINK_FUNC_EXISTS = -5,       /* dict_add found the key */
    NGX_LINK_FUNC_TYPE = -6,         /* dict_incr found a value that is no number */
    NGX_LINK_FUNC_WRONG_THREAD = -7, /* only possible on the event loop, not in a pool thread */
} ngx_link_func_status_t;

/* The levels of the error log; the numbers are NGINX's. */
typedef enum {
    NGX_LINK_FUNC_LOG_ERR = 4,
    NGX_LINK_FUNC_LOG_WARN = 5,
    NGX_LINK_FUNC_LOG_INFO = 7,
    NGX_LINK_FUNC_LOG_DEBUG = 8,
} ngx_link_func_log_level_t;

/* The state of a zone and of its dict, at one moment. */
typedef struct {
    uint64_t capacity;    /* bytes that the empty zone can give */
    uint64_t free;        /* bytes left; fragmented, so one block of that size may not fit */
    uint64_t entries;     /* of the dict; expired ones count until they are met */
    uint64_t evictions;   /* dict entries removed to make room, since the zone was made */
    uint64_t expirations; /* dict entries removed because their time was over */
} ngx_link_func_dict_stats_t;

/* The version of the running runtime: 35. */
uint32_t ngx_link_func_abi_version(void);

/* A static text for a status, such as "not found"; "unknown status" for any
 * other number.  Any thread. */
const char *ngx_link_func_strerror(int status);

/*
 * Request
 */

/* "GET", "POST", ... as the client spelt it (RFC 9110 section 9.1: case counts);
 * in a subrequest what NGINX gave it.  OK, NO_MEMORY. */
int ngx_link_func_get_method(ngx_link_func_ctx_t *ctx, ngx_link_func_str_t *method);

/* The client's address as text, without port; after the realip module.
 * "unix:" for a unix socket.  OK, NO_MEMORY. */
int ngx_link_func_get_remote_addr(ngx_link_func_ctx_t *ctx, ngx_link_func_str_t *addr);

/* The value of an NGINX variable; `name` without '$', case ignored.  OK;
 * NOT_FOUND when there is no such variable or it has no value here; INVALID for
 * an empty name; NO_MEMORY; WRONG_THREAD in a pool thread. */
int ngx_link_func_get_var(ngx_link_func_ctx_t *ctx, const char *name, size_t name_len,
                          ngx_link_func_str_t *value);

/* Sets an NGINX variable that the configuration can set too (with `set`, `map`,
 * ...); the value is copied.  OK; NOT_FOUND when the configuration names no
 * such variable; INVALID when it cannot be changed; NO_MEMORY; WRONG_THREAD. */
int ngx_link_func_set_var(ngx_link_func_ctx_t *ctx, const char *name, size_t name_len, const char *value,
                          size_t value_len);

/* Calls `visit` for each request header, in the order received; a result other
 * than 0 stops.  The strings are lent until `visit` returns; `visit` must not
 * change the request headers.  OK, also when it was stopped; NO_MEMORY. */
int ngx_link_func_each_header(ngx_link_func_ctx_t *ctx,
                              int (*visit)(void *data, const ngx_link_func_str_t *name,
                                           const ngx_link_func_str_t *value),
                              void *data);

/* The first query argument of that name, decoded: %XX becomes the byte (also
 * %00, so trust len), '+' a space; a '%' without two hex digits stays.  Names
 * are decoded before they are compared, exactly.  OK; NOT_FOUND when there is
 * none, or only the name without '='; NO_MEMORY. */
int ngx_link_func_get_query_arg(ngx_link_func_ctx_t *ctx, const char *name, size_t name_len,
                                ngx_link_func_str_t *value);

/* The same for a body of type application/x-www-form-urlencoded.  The caller
 * has checked the type: it is not looked at. */
int ngx_link_func_get_form_arg(ngx_link_func_ctx_t *ctx, const char *name, size_t name_len,
                               ngx_link_func_str_t *value);

/* The first cookie of that name (RFC 6265 section 5.4, case counts), raw, with
 * the quotes that it may have.  OK, NOT_FOUND, NO_MEMORY. */
int ngx_link_func_get_cookie(ngx_link_func_ctx_t *ctx, const char *name, size_t name_len,
                             ngx_link_func_str_t *value);

/* Removes every request header of that name, for whatever runs after the
 * handler, as add_header_in sets it.  OK; NOT_FOUND; INVALID, with one [error]
 * log line, for Host and for the headers that frame the message; NO_MEMORY. */
int ngx_link_func_del_header_in(ngx_link_func_ctx_t *ctx, const char *name, size_t name_len);

/*
 * Response
 */

/* Replaces every response header of that name by this one, or adds it.  OK;
 * INVALID, with one [error] log line, for what add_header_out refuses;
 * NO_MEMORY. */
int ngx_link_func_set_header_out(ngx_link_func_ctx_t *ctx, const char *name, size_t name_len,
                                 const char *value, size_t value_len);

/* Removes every response header of that name which was set so far; NGINX adds
 * its own (Date, Server, ...) later.  OK, NOT_FOUND, INVALID. */
int ngx_link_func_del_header_out(ngx_link_func_ctx_t *ctx, const char *name, size_t name_len);

/* Leaves the request to the next handler: where the function is a gate, to the
 * location's own (proxy_pass, ...); elsewhere to NGINX's static files.  A later
 * write_resp takes it back, as decline takes back an earlier one.  OK. */
int ngx_link_func_decline(ngx_link_func_ctx_t *ctx);

/* As write_resp with NGINX's own status line, but the body is not copied: `data`
 * belongs to the runtime from now on, must stay unchanged, and `release(arg)`
 * is called exactly once, on the worker's event loop, when it is no longer
 * needed: also when the response is never sent or this call fails.  Only when
 * there is no memory to remember it, this call itself calls it, on its own
 * thread.  `release` may be NULL, for data that outlives the worker.  OK;
 * INVALID for a status outside 200 to 599 or a length above PTRDIFF_MAX;
 * NO_MEMORY: the client gets 500. */
int ngx_link_func_write_resp_ref(ngx_link_func_ctx_t *ctx, uintptr_t status_code, const char *content_type,
                                 const char *data, size_t len, void (*release)(void *arg), void *arg);

/*
 * Logging
 */

/* printf-style, one line, escaped as by log_info; no limit of its own (NGINX
 * cuts a line at 2,048 bytes).  Nothing is formatted when the level is not
 * logged.  OK; INVALID for an unknown level. */
int ngx_link_func_log_fmt(ngx_link_func_ctx_t *ctx, int level, const char *format, ...)
#ifdef __GNUC__
    __attribute__((format(printf, 3, 4)))
#endif
    ;

/*
 * A dictionary in shared memory.  Keys and values are bytes with a length (0
 * is allowed) that are copied in and out.  A time to live is in milliseconds,
 * 0 means for ever.  When the zone is full, the entries of the dict that were
 * used least recently make room, also for shm_alloc and cache_new; the cache's
 * entries never do.  Of the last 64 that is one that takes as much room as is
 * needed; where there is none, a page of memory is cleared of the entries that
 * share it with the very last.  No call costs many more than 256 entries, and
 * one for each 64 bytes that it needs: it then fails as there is no memory.
 * Keys of the dict and of the cache are apart.  Any worker, any thread, each
 * call atomic by itself.
 */

/* Copies the value to `buf`, which has room for *len bytes, and sets *len to
 * its length.  OK; NOT_FOUND; INVALID when it does not fit: *len is then the
 * room needed, and nothing was copied (`buf` may be NULL when *len is 0). */
int ngx_link_func_dict_get(void *shared_mem, const char *key, size_t key_len, void *buf, size_t *len);

/* Stores a value and its time to live in place of what was there.  OK;
 * NO_MEMORY, and what was there stays. */
int ngx_link_func_dict_set(void *shared_mem, const char *key, size_t key_len, const void *value, size_t len,
                           uint64_t ttl_ms);

/* The same where the key is absent; EXISTS where it is not. */
int ngx_link_func_dict_add(void *shared_mem, const char *key, size_t key_len, const void *value, size_t len,
                           uint64_t ttl_ms);

/* Adds `by` to a number, which is a value of 8 bytes: an int64_t of this
 * machine, as this function, or dict_set with one, stores it.  An absent key
 * becomes init + by, with init_ttl_ms; an existing one keeps its time to live.
 * *out (may be NULL) is the new value.  OK; TYPE for a value of another size;
 * INVALID when it would overflow, and it stays; NO_MEMORY. */
int ngx_link_func_dict_incr(void *shared_mem, const char *key, size_t key_len, int64_t by, int64_t init,
                            uint64_t init_ttl_ms, int64_t *out);

int ngx_link_func_dict_delete(void *shared_mem, const char *key, size_t key_len); /* OK, NOT_FOUND */

/* The rest of the time to live, -1 when it has none.  OK, NOT_FOUND. */
int ngx_link_func_dict_ttl(void *shared_mem, const char *key, size_t key_len, int64_t *ttl_ms);

/* Gives an entry a new time to live, from now on.  OK, NOT_FOUND. */
int ngx_link_func_dict_expire(void *shared_mem, const char *key, size_t key_len, uint64_t ttl_ms);

/* OK; ERROR without a zone. */
int ngx_link_func_dict_stats(void *shared_mem, ngx_link_func_dict_stats_t *stats);

#endif /* NGX_LINK_FUNC_API >= 35 */

#ifdef __GNUC__
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif /* NGX_LINK_FUNC_MODULE_H */
