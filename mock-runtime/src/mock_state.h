/* What the opaque types of ngx_link_func_mock.h are. */

#ifndef MOCK_STATE_H
#define MOCK_STATE_H

#include "mock_public.h"

#include "lf_prop.h"
#include "mock_fault.h"
#include "mock_finding.h"
#include "mock_headers.h"
#include "mock_log.h"
#include "mock_memory.h"
#include "mock_pool.h"
#include "mock_portable.h"
#include "mock_schedule.h"
#include "mock_variables.h"
#include "mock_zone.h"

typedef void (*lfm_hook_t)(ngx_link_func_cycle_t *cycle);

typedef struct lfm_library_s lfm_library_t;

struct lfm_library_s {
    lfm_library_t *next;
    void *handle; /* NULL: the handlers are linked into the test */
    char *path;
    lfm_hook_t init_cycle; /* NULL when there is none */
    lfm_hook_t exit_cycle;
    ngx_link_func_cycle_t *cycle; /* as long as the worker lives */
    int failed;                   /* its init_cycle did, in this worker */
};

/* A function of the test's own, by the name that a configuration calls it. */
typedef struct {
    char *name;
    ngx_link_func_mock_handler_t handler;
} lfm_function_t;

typedef struct lfm_config_s lfm_config_t;

/* Calls that are kept after their return, for those who still use their ctx. */
#define LFM_ENDED 64

typedef struct lfm_call_s lfm_call_t;

typedef enum { LFM_WORKER_DOWN, LFM_WORKER_UP, LFM_WORKER_FAILED } lfm_worker_t;

struct ngx_link_func_mock_s {
    lfm_log_t log;
    lfm_findings_t findings;
    lfm_watch_t watch;
    lfm_faults_t faults;
    ngx_link_func_mock_target_t target;
    unsigned nginx_version;
    ngx_link_func_mock_sweep_t sweep; /* of the last one */
    lf_prop_t *props;
    size_t prop_count;
    size_t prop_capacity;
    lfm_zone_t *zone;      /* NULL without ngx_link_func_mock_shm_size() */
    lfm_library_t library; /* the first */
    lfm_worker_t worker;
    char *error;
    int is_worker; /* in a process of its own */
    int is_thread; /* and this is its mock */
    int has_seed;
    uint64_t seed;            /* of schedules */
    lfm_schedule_t *schedule; /* while workers or threads run by one */
    int *worker_statuses;
    size_t worker_count;
    ngx_link_func_mock_request_t *requests;
    lfm_call_t *ended[LFM_ENDED]; /* a ring of calls that have returned */
    size_t next_ended;
    lfm_call_t *nobody;   /* of contexts whose call is gone; NULL until there is one */
    lfm_config_t *config; /* NULL without ngx_link_func_mock_config() */
    lfm_function_t *functions;
    size_t function_count;
    size_t function_capacity;
};

struct ngx_link_func_mock_request_s {
    ngx_link_func_mock_t *mock;
    ngx_link_func_mock_request_t *next;
    char *method;
    char *target;
    char *remote_addr;
    lf_str_t path;         /* decoded; its memory is the request's */
    lf_str_t args;         /* within target */
    lfm_headers_t headers; /* as the test made it */
    lfm_headers_t ignored; /* sent, but dropped by NGINX for their names */
    lfm_headers_t after;   /* as the last call left them, when it changed them */
    int changed;           /* whether it did */
    lfm_variables_t variables;
    lfm_variables_t variables_after;
    char *body;
    size_t body_len;
    int in_thread;
    ngx_link_func_mock_response_t *responses;
};

/* Who owns a body that was not copied. */
typedef struct lfm_owner_s {
    void (*release)(void *arg);
    void *arg;
    struct lfm_owner_s *next;
} lfm_owner_t;

struct ngx_link_func_mock_response_s {
    ngx_link_func_mock_response_t *next;
    const ngx_link_func_mock_request_t *request;
    ngx_link_func_mock_outcome_t outcome;
    int status;
    char *status_line;
    lfm_headers_t headers;
    char *body;
    size_t body_len;
    size_t log_begin; /* numbers of the log lines of the call */
    size_t log_end;
    char *exchange;      /* NULL until it is asked for */
    lfm_owner_t *owners; /* to be told that the request is over, the last one first */
    lfm_pool_t pool;     /* of the call, for as long as it has owners: their `arg` may be in it */
};

/* What a handler has written so far. */
typedef struct {
    int written;
    int declined; /* since it was written */
    int failed;   /* there was no memory for it */
    int typed;    /* the content type came from a header function */
    uintptr_t status;
    char *status_line;  /* NULL: the server's own */
    char *content_type; /* NULL: none */
    char *body;         /* a NUL behind it */
    lf_str_t lent;      /* the body instead, when its data is not NULL */
    size_t body_len;
    lfm_headers_t headers;
} lfm_answer_t;

/* Memory that is not the API's, but must live on behind a call of it. */
typedef struct {
    const char *what;
    lf_str_t text;
    uint64_t hash;
    const void *at;
    int is_lent; /* to write_resp_ref: it may change */
    int is_gone;
} lfm_borrowed_t;

typedef struct {
    lfm_borrowed_t *items;
    size_t count;
    size_t capacity;
} lfm_borrows_t;

/* One run of one handler; ctx->__pl__ is its handle. */
struct lfm_call_s {
    ngx_link_func_mock_t *mock;
    ngx_link_func_mock_request_t *request;
    ngx_link_func_ctx_t *ctx;
    int ended;
    lfm_pool_t pool;
    lf_str_t args; /* the query string as it is now */
    char *uri;     /* the block that get_uri lends, NULL before */
    lfm_owner_t *owners;
    lfm_borrows_t borrows;
    long switches;  /* of this thread before the handler, and within the mock */
    unsigned waits; /* calls that block */
    lfm_answer_t answer;
    const lf_prop_t *props; /* of the server of a configuration, behind those of the mock */
    size_t prop_count;
    unsigned long port; /* that a redirect names, 0: none */
    int tls;            /* "listen ... ssl" */
    int in_thread;      /* as with "aio threads" */
};

/* Where this thread has called the API last. */
extern __thread const void *lfm_at __attribute__((tls_model("initial-exec"), visibility("hidden")));

/* The call of a context.  When it has returned, that is found, and what is done
 * with it is done to nobody's request. */
lfm_call_t *lfm_call_of(const ngx_link_func_ctx_t *ctx, ngx_link_func_mock_code_t when_ended);

/* The mock of a cycle; stops the test when its worker is no more. */
ngx_link_func_mock_t *lfm_mock_of(const ngx_link_func_cycle_t *cycle);

/* How each function of ngx_link_func_module.h begins. */
#define lfm_enter(ctx) (lfm_called(), lfm_call_of((ctx), NGX_LINK_FUNC_MOCK_CODE_POOL_USE_AFTER_REQUEST))
#define lfm_enter_response(ctx)                                                                              \
    (lfm_called(), lfm_call_of((ctx), NGX_LINK_FUNC_MOCK_CODE_HEADER_AFTER_RETURN))
#define lfm_enter_cycle(cycle) (lfm_called(), lfm_mock_of(cycle))
#define lfm_enter_zone(shared_mem)                                                                           \
    (lfm_at = lfm_caller(), lfm_schedule_point(), lfm_portable_zone_call(__func__, (shared_mem)),            \
     (lfm_zone_t *) (shared_mem))
#define lfm_called() (lfm_at = lfm_caller(), lfm_schedule_point(), lfm_portable_call(__func__))

/* Says why a header is refused, unless the verdict is good; returns whether it is. */
int lfm_refuse_header(lfm_call_t *call, const char *function, lf_str_t name, lf_header_verdict_t verdict);

/* The calls of a request that goes are gone with it. */
void lfm_calls_forget(ngx_link_func_mock_t *mock, const ngx_link_func_mock_request_t *request);

/* Fails the test, when it has not heard of all findings.  May longjmp. */
void lfm_settle(ngx_link_func_mock_t *mock, ngx_link_func_mock_response_t *response);

/* A copy that lives as long as the call, with a NUL behind it.  OK, NO_MEMORY. */
int lfm_lend(lfm_call_t *call, ngx_link_func_str_t *out, lf_str_t text);

/* The request's headers as the handler sees them now. */
const lfm_headers_t *lfm_request_headers(const ngx_link_func_mock_request_t *request);

void lfm_answer_free(lfm_answer_t *answer);

/* Takes over what `call` has answered and turns it into what the wire shows. */
void lfm_response_finish(ngx_link_func_mock_response_t *response, lfm_call_t *call);

/* The answer of a worker whose init_cycle failed. */
void lfm_response_unavailable(ngx_link_func_mock_response_t *response, lfm_call_t *call);

/* NGINX's own answer: its page for the status with the headers of the call's
 * answer, or an answer as if a handler had written it. */
void lfm_response_page(ngx_link_func_mock_response_t *response, lfm_call_t *call, unsigned status);
void lfm_response_own(ngx_link_func_mock_response_t *response, lfm_call_t *call);

/* What follows when the function was a gate. */
void lfm_response_gate(ngx_link_func_mock_response_t *response, lfm_call_t *call, lf_str_t function);

/* The request is over: every owner is told, once. */
void lfm_response_release(ngx_link_func_mock_response_t *response);

void lfm_response_free(ngx_link_func_mock_response_t *response);

/* Before and after workers or threads; `function` is who starts them. */
void lfm_workers_prepare(ngx_link_func_mock_t *mock, const char *function, size_t count);
void lfm_workers_finish(ngx_link_func_mock_t *mock);

/* Ends this process, a worker that was about to go on as its parent. */
void lfm_worker_abandon(void) __attribute__((noreturn));

/* Ends the worker, without a word of findings. */
void lfm_worker_stop(ngx_link_func_mock_t *mock);

/* Runs a call: `answer` leaves the response as the wire shows it. */
ngx_link_func_mock_response_t *
lfm_call_answered(ngx_link_func_mock_request_t *request,
                  void (*answer)(lfm_call_t *call, ngx_link_func_mock_response_t *response, void *data),
                  void *data);

/* The log lines of the headers that NGINX drops. */
void lfm_call_say_ignored(const lfm_call_t *call);

/* The handler with its context; `name` may be NULL. */
void lfm_call_run(lfm_call_t *call, ngx_link_func_mock_handler_t handler, const char *name);

/* The headers of the request, to be changed for the rest of the call. */
lfm_headers_t *lfm_request_headers_to_change(ngx_link_func_mock_request_t *request);

/* A new library of the mock, not opened yet. */
lfm_library_t *lfm_library_add(ngx_link_func_mock_t *mock, const char *path);

/* Opens it.  Returns NULL, or why that failed. */
const char *lfm_library_open(lfm_library_t *library, const char *path);

/* An exported function of a library that is open, or NULL. */
ngx_link_func_mock_handler_t lfm_library_symbol(const lfm_library_t *library, const char *name);

/* A function that the test named, or else one of the program, or NULL. */
ngx_link_func_mock_handler_t lfm_linked_function(const ngx_link_func_mock_t *mock, const char *name);

void lfm_libraries_free(ngx_link_func_mock_t *mock);

/* As ngx_link_func_mock_load(), for a mock without a library. */
int lfm_library_load(ngx_link_func_mock_t *mock, const char *path);

/* Of a mock that goes; NULL is ignored. */
void lfm_library_leave_open(void *handle);

/* The exported function of that name; stops the test without one. */
ngx_link_func_mock_handler_t lfm_library_function(const ngx_link_func_mock_t *mock, const char *name);

void lfm_config_free(lfm_config_t *config);

/* The property as the cycle of a library sees it, behind those of the mock. */
const lf_prop_t *lfm_config_cycle_prop(const ngx_link_func_mock_t *mock, const ngx_link_func_cycle_t *cycle,
                                       lf_str_t key);

#endif
