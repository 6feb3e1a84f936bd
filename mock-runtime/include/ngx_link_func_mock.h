/*
 * ngx_link_func_mock.h - run link-function handlers without NGINX.
 *
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The mock defines every function of ngx_link_func_module.h on plain memory.
 * A test makes a mock (one NGINX configuration with one worker), requests on
 * it, and calls handlers with them; the response is what a client would read
 * from the wire.
 *
 *     ngx_link_func_mock_t *mock = ngx_link_func_mock_new();
 *     ngx_link_func_mock_request_t *req = ngx_link_func_mock_request(mock, "GET", "/hi?name=NGINX");
 *     ngx_link_func_mock_response_t *resp = ngx_link_func_mock_call(req, my_handler);
 *     ... ngx_link_func_mock_response_status(resp) ...
 *     ngx_link_func_mock_free(mock);
 *
 * With cmocka, ngx_link_func_cmocka.h adds set-up, tear-down and assertions.
 *
 * Ownership: the mock owns its requests, a request owns its responses; freeing
 * the owner frees what it owns, and every string lent by an accessor lives as
 * long as the object it came from.  Strings passed in are copied.
 *
 * ctx->__r__ is no NGINX request, nor is there anything behind the other members
 * of ctx and cycle that the runtime has for itself: a handler or hook that follows
 * one stops the test as a misuse does, with its name and place and the member's; in
 * a thread of the library's own, with the process.  For this SIGSEGV is caught as
 * long as there is a mock, and goes where it went before when it has another cause.
 *
 * A misuse of the mock by the test (an unknown function, a malformed target)
 * stops the test with a message; see ngx_link_func_mock_on_failure().
 *
 * Threads: one mock is used by one thread at a time.  Threads of the handler
 * library's own may use shared memory beside it; what they find and log is told
 * behind the next handler or hook, their writes without the mutex are not, and
 * those of handlers no longer.  They are in no schedule, and one by which workers
 * run may hang when its turn waits for such a thread.  When such a thread uses the
 * context of a call that is over, the process ends with a message that names the
 * place.
 */

#ifndef NGX_LINK_FUNC_MOCK_H
#define NGX_LINK_FUNC_MOCK_H

#include <ngx_link_func_module.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ngx_link_func_mock_s ngx_link_func_mock_t;
typedef struct ngx_link_func_mock_request_s ngx_link_func_mock_request_t;
typedef struct ngx_link_func_mock_response_s ngx_link_func_mock_response_t;

typedef void (*ngx_link_func_mock_handler_t)(ngx_link_func_ctx_t *ctx);

/*
 * The mock
 */

/* Never returns NULL: when memory is short the process ends with a message. */
ngx_link_func_mock_t *ngx_link_func_mock_new(void);

/* Stops the worker (exit_cycle runs) and frees everything.  NULL is ignored. */
void ngx_link_func_mock_free(ngx_link_func_mock_t *mock);

/* ngx_link_func_shm_size.  Without it shared_mem is NULL, as in NGINX.  Once,
 * before the worker starts; less than 8 pages stops the test, as NGINX
 * refuses it, and so does more than 8 GiB.  The zone lives until mock_free.
 *
 * It is full when NGINX's would be: the same blocks, asked for and freed in
 * the same order, fit.  Each block stands apart from the others, and a freed
 * one is kept for a while, so that writes to what is no block are found: with
 * AddressSanitizer at the line, otherwise when the call that got the block has
 * returned, when the block is freed, or at the end of the worker.  Memory of
 * shm_alloc is filled with bytes 0xfb. */
void ngx_link_func_mock_shm_size(ngx_link_func_mock_t *mock, size_t bytes);

/* ngx_link_func_add_prop in the server; the later of two equal keys wins, and
 * a [warn] log line says so. */
void ngx_link_func_mock_add_prop(ngx_link_func_mock_t *mock, const char *key, const char *value);

/* The release of NGINX to be imitated where releases differ, as NGINX counts it:
 * 1026003 is 1.26.3.  A new mock is 1.22.1.  They differ in this:
 *   - from 1.23 on the variables of a request header that comes more than once,
 *     http_NAME and content_type, are all its values, joined by ", "; before it is
 *     the first.  http_cookie and http_x_forwarded_for were joined always. */
void ngx_link_func_mock_nginx_version(ngx_link_func_mock_t *mock, unsigned version);

/* Opens a library as the module does (RTLD_NOW | RTLD_LOCAL); its hooks are
 * then those that start and stop run, instead of hooks linked into the test; a
 * missing one is a [warn] log line.  Once, before the worker starts.  A path
 * without a slash is a file of the current folder.  The library finds the
 * functions of ngx_link_func_module.h in the shared libngx_link_func_mock; a
 * test that links the static one must export them (-rdynamic, and the whole
 * archive).  Returns 0; or -1, and ngx_link_func_mock_error() says why.  The
 * library stays open until the process ends, as in an NGINX worker, or until a
 * reload. */
int ngx_link_func_mock_load(ngx_link_func_mock_t *mock, const char *path);

/* Another build in its place, as `nginx -s reload` brings: the worker stops (its
 * exit_cycle runs), the library is unloaded, that one is opened, and the next
 * call starts a worker of it on the same zone.  What the zone still has of
 * pointers into the old one is found: a function or a string whose address was
 * kept in shared memory.  Returns 0; or -1, and ngx_link_func_mock_error() says
 * why: then the old one stays. */
int ngx_link_func_mock_reload(ngx_link_func_mock_t *mock, const char *path);

/* The reason of the last -1, in the module's words; "" before the first. */
const char *ngx_link_func_mock_error(const ngx_link_func_mock_t *mock);

/* The worker's life: start runs init_cycle, stop runs exit_cycle.  The first
 * call and mock_free do this when the test does not.  Returns 0; or -1 when
 * init_cycle set has_error: every call then answers 503, as in NGINX.  Hooks
 * linked into the test must be visible when the mock is the shared library:
 * not static, and not compiled with -fvisibility=hidden.  A start after a stop
 * is a new worker on the same zone. */
int ngx_link_func_mock_start(ngx_link_func_mock_t *mock);
void ngx_link_func_mock_stop(ngx_link_func_mock_t *mock);

/* What to do when the test misuses the mock.  `fail` gets one line of text and
 * must not return.  NULL restores the default: print it and abort().  For the
 * whole process. */
void ngx_link_func_mock_on_failure(void (*fail)(const char *message));

/*
 * Faults: allocations that fail because the test wants it, as they do when
 * memory is short.
 *
 * What a handler calls of libc, such as malloc() here, or of C++, such as operator
 * new (std::string asks for it too), goes through the mock
 *   - in a library of ngx_link_func_mock_load(), as it is;
 *   - in a handler that is linked into the test, when the test is linked to the
 *     shared mock with the flags of `pkg-config --variable=wrap
 *     ngx_link_func_mock` (in CMake: the target ngx_link_func::mock_wrap).
 *     The static mock has no functions for these flags: it would be wrapped too.
 * Memory always comes from the process's own malloc(), that of a sanitizer too.
 *
 * The same way tell heap-leak, what borrowed-pointer knows of memory that was
 * freed or changed, and the names of blocking-call.  Leaks are looked for when the
 * worker stops, in memory that handlers got: a block is none when a data segment,
 * thread-local data, the stack or another block points to it.  Of memory that libc
 * itself keeps (putenv(), tsearch()) nothing is known: allow heap-leak there.  Under
 * AddressSanitizer LeakSanitizer looks instead, under ThreadSanitizer nobody does.
 */

typedef enum {
    NGX_LINK_FUNC_MOCK_ALLOC_POOL,   /* memory of the request: palloc, and whatever takes some */
    NGX_LINK_FUNC_MOCK_ALLOC_SHM,    /* memory of the zone: shm_alloc, the cache, the dict */
    NGX_LINK_FUNC_MOCK_ALLOC_MALLOC, /* malloc() and its like, operator new */
    NGX_LINK_FUNC_MOCK_ALLOC_COUNT,
} ngx_link_func_mock_alloc_t;

/* Of the allocations of that kind that handlers and hooks make from now on,
 * `times` fail from the `nth` on, the first of them being 1; with 0 times all do.
 * An nth of 0 ends it.  A function of the API that cannot get its memory gives
 * what it gives in NGINX: NULL, -1, NO_MEMORY; malloc() NULL and ENOMEM; operator
 * new asks its handler, and throws std::bad_alloc. */
void ngx_link_func_mock_fail_alloc(ngx_link_func_mock_t *mock, ngx_link_func_mock_alloc_t kind, size_t nth,
                                   size_t times);

/* How many have failed since then. */
size_t ngx_link_func_mock_failed_allocs(const ngx_link_func_mock_t *mock, ngx_link_func_mock_alloc_t kind);

/* How many of that kind handlers and hooks have asked for since the mock was
 * made: by the functions of the API that allocate, by malloc() and its like. */
size_t ngx_link_func_mock_alloc_count(const ngx_link_func_mock_t *mock, ngx_link_func_mock_alloc_t kind);

/* Makes the request for one run of a sweep. */
typedef ngx_link_func_mock_request_t *(*ngx_link_func_mock_make_request_t)(ngx_link_func_mock_t *mock);

/* What a sweep has found.  A problem is a crash, a handler that does not return
 * within 10 seconds, a leak, or a finding that is not allowed. */
typedef struct {
    size_t allocations[NGX_LINK_FUNC_MOCK_ALLOC_COUNT]; /* that failed one by one, of each kind */
    size_t runs;
    size_t problems;
    ngx_link_func_mock_alloc_t kind; /* of the allocation that failed in the first problem; */
    size_t nth;                      /*   its number; 0: it comes without any fault, and the sweep ended */
    size_t times;                    /*   1: that one failed, 0: all behind it too */
    const char *function;            /* that is to blame for the first problem */
    const char *site;
    const char *text; /* a line for each problem; "" when there is none */
} ngx_link_func_mock_sweep_t;

/* Calls the handler with a request of `make_request` while the first allocation
 * fails, then the second, and so on until there are no more to fail; for each kind
 * of memory, and each time once and with all that follow.  Every run is a process
 * of its own that ends behind the handler, the exit_cycle and the search for leaks:
 * the mock and the program stay as they are, but what a run prints is not seen.
 * The result lives until the next sweep or mock_free.
 *
 * When the environment variable LINKFUNC_SWEEP_HTTP names a file and there was a
 * problem, the request is written to it, for replay. */
const ngx_link_func_mock_sweep_t *ngx_link_func_mock_oom_sweep(ngx_link_func_mock_t *mock,
                                                               ngx_link_func_mock_make_request_t make_request,
                                                               ngx_link_func_mock_handler_t handler);

/*
 * Requests and calls
 */

/* `target` is the request target as a client sends it: a path that begins with
 * '/', percent-encoded where it must be, with an optional query string.  The
 * path that handlers see is decoded and normalised as NGINX does (merge_slashes
 * on).  A request starts without headers but "Host: localhost".  A method or
 * target that NGINX would refuse before any handler stops the test. */
ngx_link_func_mock_request_t *ngx_link_func_mock_request(ngx_link_func_mock_t *mock, const char *method,
                                                         const char *target);

/* Adds a header.  "Host" replaces the one the request began with.  What NGINX
 * would refuse stops the test; a name with characters other than letters, digits
 * and '-' is dropped with an [info] log line in each call, as NGINX drops it
 * (underscores_in_headers off). */
void ngx_link_func_mock_request_header(ngx_link_func_mock_request_t *req, const char *name,
                                       const char *value);

/* Sets the body, and Content-Length with it. */
void ngx_link_func_mock_request_body(ngx_link_func_mock_request_t *req, const void *data, size_t len);

/* The client's address as text; "127.0.0.1" when the test sets none. */
void ngx_link_func_mock_request_remote_addr(ngx_link_func_mock_request_t *req, const char *text);

/* Its handler runs in a thread pool, as with `aio threads`: it may wait, and
 * get_var and set_var give WRONG_THREAD. */
void ngx_link_func_mock_request_in_thread(ngx_link_func_mock_request_t *req);

/* Declares an NGINX variable, as `set $NAME VALUE;` in the configuration does;
 * the case of names does not count.  For get_var there are the variables that a
 * test declares and those which come from the request:
 *   args  query_string  is_args  uri  document_uri  request_uri  request
 *   request_method  remote_addr  host  content_length  content_type
 *   scheme ("http", or "https" by a "listen ... ssl")  server_protocol ("HTTP/1.1")
 *   arg_NAME  cookie_NAME  http_NAME (of headers that repeat:
 *   ngx_link_func_mock_nginx_version())
 * All others are NOT_FOUND.  set_var changes those that a test declares, for
 * the rest of that call, and args; it gives INVALID for the variables of
 * NGINX's core, NOT_FOUND for any other.  A variable of NGINX's core that the
 * mock does not know itself (request_id, server_name, ...) gets its value here
 * too; one that comes from the request stops the test. */
void ngx_link_func_mock_request_variable(ngx_link_func_mock_request_t *req, const char *name,
                                         const char *value);

/* Frees a request and its responses early, for tests that make millions. */
void ngx_link_func_mock_request_free(ngx_link_func_mock_request_t *req);

/* Runs one handler to its end.  A request may be called many times; each call
 * starts from the request as the test made it.  Conditional requests
 * (If-None-Match, If-Modified-Since, ...) are answered as NGINX does from the
 * ETag and Last-Modified that the handler set. */
ngx_link_func_mock_response_t *ngx_link_func_mock_call(ngx_link_func_mock_request_t *req,
                                                       ngx_link_func_mock_handler_t handler);

/* The same for an exported function of the library of ngx_link_func_mock_load().
 * A function that it does not export stops the test. */
ngx_link_func_mock_response_t *ngx_link_func_mock_call_name(ngx_link_func_mock_request_t *req,
                                                            const char *function);

/* A request header as the handlers behind this one would see it: what the test
 * sent, changed by the handler's add_header_in of the last call.  NULL when
 * there is none.  The text lives until the next call of this request. */
const char *ngx_link_func_mock_request_header_after(const ngx_link_func_mock_request_t *req,
                                                    const char *name);

/* The same for a variable that the test declared: its value behind the
 * handler's set_var.  NULL when it was not declared. */
const char *ngx_link_func_mock_request_variable_after(const ngx_link_func_mock_request_t *req,
                                                      const char *name);

/*
 * Responses
 *
 * A handler that declines leaves the request to NGINX's static files.  The mock
 * answers as NGINX does when there is no such file: 404, or 405 to a method
 * other than GET, HEAD and POST, with NGINX's own page and the headers that the
 * handler added, less ETag and Last-Modified; no log line (log_not_found off).
 *
 * The `release` of write_resp_ref is called when the response is freed, or when
 * the worker stops before that.
 */

typedef enum {
    NGX_LINK_FUNC_MOCK_RESPONDED,   /* the handler wrote a response */
    NGX_LINK_FUNC_MOCK_NO_RESPONSE, /* it wrote none: 200 and an empty body */
    NGX_LINK_FUNC_MOCK_REFUSED,     /* what it wrote cannot be sent: 500 */
    NGX_LINK_FUNC_MOCK_UNAVAILABLE, /* its library's init_cycle failed: 503 */
    NGX_LINK_FUNC_MOCK_DECLINED,    /* it left the request to NGINX: 404 or 405 */
    NGX_LINK_FUNC_MOCK_PASSED,      /* a gate that let the request pass: see ngx_link_func_mock_send() */
    NGX_LINK_FUNC_MOCK_SERVED,      /* NGINX itself answered, no handler ran: likewise */
} ngx_link_func_mock_outcome_t;

ngx_link_func_mock_outcome_t ngx_link_func_mock_response_outcome(const ngx_link_func_mock_response_t *resp);

int ngx_link_func_mock_response_status(const ngx_link_func_mock_response_t *resp);

/* The status line behind "HTTP/1.1 ", such as "404 Not Found". */
const char *ngx_link_func_mock_response_status_line(const ngx_link_func_mock_response_t *resp);

/* The first header of that name (case ignored), or NULL. */
const char *ngx_link_func_mock_response_header(const ngx_link_func_mock_response_t *resp, const char *name);

/* All headers in the order of the wire, less the Server, Date and Connection
 * that NGINX adds of its own.  An index at or past the count gives NULL. */
size_t ngx_link_func_mock_response_header_count(const ngx_link_func_mock_response_t *resp);
const char *ngx_link_func_mock_response_header_name(const ngx_link_func_mock_response_t *resp, size_t index);
const char *ngx_link_func_mock_response_header_value(const ngx_link_func_mock_response_t *resp, size_t index);

/* The body that follows the headers, with a NUL behind it; never NULL. */
const char *ngx_link_func_mock_response_body(const ngx_link_func_mock_response_t *resp);
size_t ngx_link_func_mock_response_body_len(const ngx_link_func_mock_response_t *resp);

/* The exchange as text for a person: what was sent, what came back, what the
 * call logged (less what was cleared by then).  NUL-terminated. */
const char *ngx_link_func_mock_response_exchange(const ngx_link_func_mock_response_t *resp);

/*
 * The error log: every line since the mock was made, or since the last clear.
 */

typedef enum {
    NGX_LINK_FUNC_MOCK_EMERG,
    NGX_LINK_FUNC_MOCK_ALERT,
    NGX_LINK_FUNC_MOCK_ERR,
    NGX_LINK_FUNC_MOCK_WARN,
    NGX_LINK_FUNC_MOCK_INFO,
    NGX_LINK_FUNC_MOCK_DEBUG,
} ngx_link_func_mock_level_t;

size_t ngx_link_func_mock_log_count(const ngx_link_func_mock_t *mock);

/* An index past the end stops the test.  The text is what NGINX writes between
 * its own prefix and suffix, cut at 2,000 bytes; it lives until the log is
 * cleared. */
ngx_link_func_mock_level_t ngx_link_func_mock_log_level(const ngx_link_func_mock_t *mock, size_t index);
const char *ngx_link_func_mock_log_text(const ngx_link_func_mock_t *mock, size_t index);

void ngx_link_func_mock_log_clear(ngx_link_func_mock_t *mock);

/* Has each line told as it is logged, before the call returns, if it does: what
 * a handler said that crashes.  The log is kept as ever.  `told` must not use
 * the mock; lines of workers and threads reach it when these have ended.  NULL:
 * nobody is told. */
void ngx_link_func_mock_on_log(ngx_link_func_mock_t *mock,
                               void (*told)(ngx_link_func_mock_level_t level, const char *text, void *data),
                               void *data);

/* "emerg", "alert", "error", "warn", "info", "debug", as the error log spells them. */
const char *ngx_link_func_mock_level_name(ngx_link_func_mock_level_t level);

/*
 * Findings: what a handler did wrong, also where NGINX would have got away
 * with it.  Each has a code, the function and the place of the call or access,
 * and a sentence.  findings.md, installed with the documentation, tells what
 * each code means in production and how to mend it.
 *
 * Names of lines need debugging information (-g) and libdw; without them a
 * place is "function+0x1f".  Compile with the flags of pkg-config
 * ngx_link_func_mock: an optimised handler that ends with a call to the API
 * jumps there, and then only its own first line can be named.
 */

typedef enum {
    NGX_LINK_FUNC_MOCK_CODE_POOL_OVERFLOW,
    NGX_LINK_FUNC_MOCK_CODE_POOL_USE_AFTER_REQUEST,
    NGX_LINK_FUNC_MOCK_CODE_INPUT_OVERREAD,
    NGX_LINK_FUNC_MOCK_CODE_BORROWED_POINTER,
    NGX_LINK_FUNC_MOCK_CODE_SHM_OVERFLOW,
    NGX_LINK_FUNC_MOCK_CODE_SHM_USE_AFTER_REMOVE,
    NGX_LINK_FUNC_MOCK_CODE_SHM_DOUBLE_FREE,
    NGX_LINK_FUNC_MOCK_CODE_SHM_FOREIGN_FREE,
    NGX_LINK_FUNC_MOCK_CODE_SHM_POINTER_TO_HEAP,
    NGX_LINK_FUNC_MOCK_CODE_SHM_LEAK,
    NGX_LINK_FUNC_MOCK_CODE_LOCK_HELD_AT_RETURN,
    NGX_LINK_FUNC_MOCK_CODE_LOCK_NOT_HELD_UNLOCK,
    NGX_LINK_FUNC_MOCK_CODE_UNLOCKED_WRITE, /* opt-in */
    NGX_LINK_FUNC_MOCK_CODE_RESPONSE_MISSING,
    NGX_LINK_FUNC_MOCK_CODE_RESPONSE_TWICE,
    NGX_LINK_FUNC_MOCK_CODE_HEADER_AFTER_RETURN,
    NGX_LINK_FUNC_MOCK_CODE_HEADER_REFUSED,
    NGX_LINK_FUNC_MOCK_CODE_STATUS_MISMATCH,
    NGX_LINK_FUNC_MOCK_CODE_BODY_LENGTH_MISMATCH,
    NGX_LINK_FUNC_MOCK_CODE_LOG_TRUNCATED,
    NGX_LINK_FUNC_MOCK_CODE_HEAP_LEAK,
    NGX_LINK_FUNC_MOCK_CODE_BLOCKING_CALL, /* opt-in */
    NGX_LINK_FUNC_MOCK_CODE_PORTABILITY,   /* opt-in */
    NGX_LINK_FUNC_MOCK_CODE_COUNT,
} ngx_link_func_mock_code_t;

/* "pool-overflow", "pool-use-after-request" and so on: as above, in lower case
 * with '-'.  These names do not change. */
const char *ngx_link_func_mock_code_name(ngx_link_func_mock_code_t code);

typedef enum {
    NGX_LINK_FUNC_MOCK_FAIL,  /* they fail the test when the call has returned (default) */
    NGX_LINK_FUNC_MOCK_LOG,   /* each is a line on stderr: finding: CODE: FUNCTION: PLACE: TEXT */
    NGX_LINK_FUNC_MOCK_COUNT, /* they are only there to be asked for */
} ngx_link_func_mock_policy_t;

/* What becomes of findings from now on.  A failure is that of
 * ngx_link_func_mock_on_failure(), out of the function that ran the handler or
 * hook: call, start, stop, free. */
void ngx_link_func_mock_on_finding(ngx_link_func_mock_t *mock, ngx_link_func_mock_policy_t policy);

/* Looks for an opt-in code too, or takes an allowance back.  For unlocked-write
 * shared memory is closed while the mutex is not held, by SIGSEGV, and a write to a
 * block that only its handler knows is let through, by SIGTRAP.  Without an x86-64
 * processor nothing is looked at from such a write to the next call of the zone. */
void ngx_link_func_mock_detect(ngx_link_func_mock_t *mock, ngx_link_func_mock_code_t code);

/* Findings of this code do not fail the test. */
void ngx_link_func_mock_allow(ngx_link_func_mock_t *mock, ngx_link_func_mock_code_t code);

/* From now on the query string, the body, the path of get_uri and the blocks of
 * the request's pool end at a page that nobody may touch, and nobody may touch
 * any of them once the request is over.  So a read past the end is found too
 * (input-overread, pool-overflow), and a read too late (pool-use-after-request),
 * each at the line that does it; the handler goes on.  Fewer than 8 bytes between
 * the end of a block of palloc and that page are there for the sake of alignment:
 * of those only writes are found.  It costs some system
 * calls per block.  With ASan, which finds all this itself, it does nothing. */
void ngx_link_func_mock_guard_pages(ngx_link_func_mock_t *mock);

typedef enum {
    NGX_LINK_FUNC_MOCK_TARGET_THIS, /* the module of this project */
    NGX_LINK_FUNC_MOCK_TARGET_324,  /* the original module 3.2.4 as well */
} ngx_link_func_mock_target_t;

/* Where the handlers must run.  For the original module what works here, but not
 * there, is found (portability): a mutex that is locked twice, the cache and the
 * _locked functions without the mutex, shm_alloc and shm_free with it, any of them
 * without shared memory, functions of version 35, a header that is there twice
 * instead of replaced, and the empty 200 for want of a response.  Pointers that it
 * would keep are found in any case (borrowed-pointer). */
void ngx_link_func_mock_target(ngx_link_func_mock_t *mock, ngx_link_func_mock_target_t target);

/* All findings since the mock was made, or since the last clear, in order.  An
 * index past the end stops the test; the strings live until the clear. */
size_t ngx_link_func_mock_finding_count(const ngx_link_func_mock_t *mock);
ngx_link_func_mock_code_t ngx_link_func_mock_finding_code(const ngx_link_func_mock_t *mock, size_t index);
const char *ngx_link_func_mock_finding_function(const ngx_link_func_mock_t *mock, size_t index);
const char *ngx_link_func_mock_finding_site(const ngx_link_func_mock_t *mock, size_t index);
const char *ngx_link_func_mock_finding_text(const ngx_link_func_mock_t *mock, size_t index);

void ngx_link_func_mock_findings_clear(ngx_link_func_mock_t *mock);

/*
 * A real configuration
 *
 *     ngx_link_func_mock_config(mock, "nginx.conf");
 *     resp = ngx_link_func_mock_get(mock, "/api/hello?name=NGINX");
 */

/* Reads an NGINX configuration with all that it includes: its ngx_link_func_*
 * directives, and how it sends requests to locations.  Relative paths start at
 * the file's folder.  Once, before the worker starts.  Returns 0; or -1, and
 * ngx_link_func_mock_error() says why, in NGINX's words and with file:line; such
 * a mock can only be freed.
 *
 * The library of ngx_link_func_mock_load(), when there is one, is that of all
 * servers.  Otherwise each server's ngx_link_func_lib is opened, once for each
 * file, without a snapshot, and its hooks run; when there is no such file but
 * the test has one of the functions that the server calls
 * (ngx_link_func_mock_function(), or exported by the program, which is linked
 * with -rdynamic then), they are the test's, as are the hooks.  Nothing is
 * downloaded: ngx_link_func_download_link_lib only names the path.
 *
 * A size and properties that the test gave the mock itself win over those of
 * the file. */
int ngx_link_func_mock_config(ngx_link_func_mock_t *mock, const char *path);

/* Gives a function of the test, which may be static, the name under which a
 * configuration calls it.  Before ngx_link_func_mock_config(). */
void ngx_link_func_mock_function(ngx_link_func_mock_t *mock, const char *name,
                                 ngx_link_func_mock_handler_t handler);

/* Sends the request through the configuration.
 *
 * The server: the request comes to the port that its Host names, or else to
 * that of the file's first "listen"; then server_name decides.  A redirect to a
 * path names that port unless it is 80, or 443 of a "listen ... ssl"; such a
 * request counts as come by TLS.  merge_slashes is that of the port's
 * default server, as in NGINX, which reads the path before it knows the name.
 * Host counts as the first header.
 *
 * What is imitated: locations of all kinds, also nested, "internal", "if",
 * "limit_except", set, return, break, a rewrite that does not match,
 * client_max_body_size, underscores_in_headers, ignore_invalid_headers,
 * merge_slashes, types, default_type, allow and deny of one address or all, and
 * "aio threads": get_var and set_var answer WRONG_THREAD there.  gzip, logs,
 * buffers, timeouts and the parameters of proxies change nothing here; neither
 * do files: a location without a handler has none (404 or 405).  Whatever else
 * applies to a location (try_files, add_header, auth_basic, a rewrite that
 * matches, proxy_pass without a function, an error_page for the page that
 * would be sent, ...) stops the test when a request gets there.  Regular
 * expressions need a mock that was built with PCRE2, else they stop the test.
 *
 * NGX_LINK_FUNC_MOCK_SERVED is the outcome when NGINX answers itself (a return,
 * 404, 413, ...).  A location with another content handler makes the function a
 * gate: NGX_LINK_FUNC_MOCK_PASSED is the outcome when it is open.  That
 * response has status 0, "" for its status line and body, and the headers which
 * the gate adds to the other handler's; the request that the other handler gets
 * is told by ngx_link_func_mock_request_header_after(). */
ngx_link_func_mock_response_t *ngx_link_func_mock_send(ngx_link_func_mock_request_t *req);

/* The same for a new GET request, which the mock frees. */
ngx_link_func_mock_response_t *ngx_link_func_mock_get(ngx_link_func_mock_t *mock, const char *target);

/*
 * Replay
 */

/* Visits the requests of a file in raw HTTP/1.1, one behind the other; bodies
 * may be chunked, and reach the handler with a Content-Length.  A request is
 * freed when its visit has returned; a visit that returns another value than 0
 * is the last.  Returns the number of requests visited; or -1, and
 * ngx_link_func_mock_error() says why, with file:line: then nothing was visited. */
int ngx_link_func_mock_replay_http(ngx_link_func_mock_t *mock, const char *path,
                                   int (*visit)(ngx_link_func_mock_request_t *req, void *data), void *data);

/* Writes the request as such a file; the client's address and variables have no
 * place in it.  Returns 0; or -1, and ngx_link_func_mock_error() says why. */
int ngx_link_func_mock_request_write(const ngx_link_func_mock_request_t *req, const char *path);

/*
 * Fuzzing
 *
 *     int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
 *         ngx_link_func_mock_fuzz_one(data, size, my_handler);
 *         return 0;
 *     }
 */

/* Calls the handler with a request made of any bytes, on a mock of its own with
 * 1 MiB of shared memory, hooks included.  The bytes are read as a request in
 * raw HTTP/1.1 - files for replay are good seeds - and what NGINX would refuse
 * of them is left out or encoded; all that follows the empty line is the body.
 * The same bytes make the same request.
 *
 * When the environment variable LINKFUNC_FUZZ_HTTP names a file, the request is
 * written to it first: `LINKFUNC_FUZZ_HTTP=crash.http ./fuzz crash-...` turns
 * the input that failed into a file for replay. */
void ngx_link_func_mock_fuzz_one(const uint8_t *data, size_t size, ngx_link_func_mock_handler_t handler);

/* Only makes the request, on a mock that the target prepares as it likes. */
ngx_link_func_mock_request_t *ngx_link_func_mock_fuzz_request(ngx_link_func_mock_t *mock, const uint8_t *data,
                                                              size_t size);

/*
 * Time, workers and schedules
 */

/* The clock by which entries of the dict expire, and by which a message is
 * repeated at most once a second, is the mock's own: it stands still but for
 * this.  Without a zone there is nothing to time. */
void ngx_link_func_mock_advance_ms(ngx_link_func_mock_t *mock, uint64_t ms);

/* What a worker does: its requests and calls are those of the mock that it
 * gets.  Workers are numbered from 0. */
typedef void (*ngx_link_func_mock_worker_t)(ngx_link_func_mock_t *mock, size_t worker, void *arg);

/* Runs that many workers at the same time, up to 256, and returns when all have
 * ended.  Each is a process, a fork of this one, over the one zone, between
 * init_cycle and exit_cycle; the mock's own worker stops before.  The mutex is
 * real between them, and one that dies with it does not keep the others out.
 *
 * What they log and are found to do is in `mock` afterwards, in the order in
 * which it came; with NGX_LINK_FUNC_MOCK_FAIL it fails the test then.  All else
 * that they do to memory, but to the zone, is gone with them: a test that needs
 * a result has it logged.  A failed assertion ends its worker.  Returns how many
 * did not end with status 0. */
size_t ngx_link_func_mock_workers(ngx_link_func_mock_t *mock, size_t count, ngx_link_func_mock_worker_t run,
                                  void *arg);

/* How a worker of the last run ended: 0 when its function returned; the exit
 * status; or a signal that killed it, negative. */
int ngx_link_func_mock_worker_status(const ngx_link_func_mock_t *mock, size_t worker);

/* Runs `run` in that many threads of this process, up to 256, as a thread pool
 * of the mock's worker: requests that are made in them are in-thread, see
 * ngx_link_func_mock_request_in_thread().  ThreadSanitizer sees what handlers
 * do to each other, and nothing of the mock's.  Requests and responses end with
 * their thread; log lines and findings are in `mock` afterwards, thread by
 * thread.  `run` must not leave by a jump, so it can contain no assertion that
 * fails.  While unlocked-write is looked for they run one at a time, as by a
 * schedule: then a thread must not wait for another but by the mutex. */
void ngx_link_func_mock_threads(ngx_link_func_mock_t *mock, size_t count, ngx_link_func_mock_worker_t run,
                                void *arg);

/* From now on workers and threads run one at a time, and at each call that a
 * handler or hook makes of ngx_link_func_module.h a number that follows from
 * `seed` decides who goes on.  The same seed gives the same run, as far as the
 * handlers have no other source of chance; it is part of the message when a
 * finding fails the test.  So a test can try seeds until one
 * fails, print it, and have it fail again:
 *
 *     for (seed = 1; seed <= 200; seed++) {
 *         ngx_link_func_mock_schedule(mock, seed);
 *         ngx_link_func_mock_workers(mock, 2, count_up, NULL);
 *         ... print_error("seed %d\n", seed) when the sum is wrong ...
 *     } */
void ngx_link_func_mock_schedule(ngx_link_func_mock_t *mock, uint64_t seed);

#ifdef __cplusplus
}
#endif

#endif /* NGX_LINK_FUNC_MOCK_H */
