/* A sweep, and one run of it in a child process that tells the parent. */

#ifndef MOCK_SWEEP_H
#define MOCK_SWEEP_H

#include "mock_state.h"

#include <signal.h>

#include "mock_site.h"

/* After which a handler does not return any more. */
#define LFM_SWEEP_SECONDS 10

typedef enum { LFM_SWEEP_FINDING, LFM_SWEEP_SIGNAL, LFM_SWEEP_STOP, LFM_SWEEP_END } lfm_sweep_type_t;

/* Addresses are the same in parent and child. */
typedef struct {
    lfm_sweep_type_t type;
    int fired; /* of the end */
    int signal;
    ngx_link_func_mock_code_t code; /* of the finding */
    const void *at;
    char text[1024];
} lfm_sweep_message_t;

typedef struct {
    ngx_link_func_mock_t *mock;
    ngx_link_func_mock_make_request_t make_request;
    ngx_link_func_mock_handler_t handler;
    ngx_link_func_mock_alloc_t kind;
    lfm_fault_plan_t plan;
    int fd; /* for the messages */
} lfm_sweep_run_t;

_Noreturn void lfm_sweep_run(const lfm_sweep_run_t *run);

/* How UndefinedBehaviorSanitizer goes on behind a place. */
#define LFM_SWEEP_RUNTIME_ERROR ": runtime error: "

/* Where a sanitizer's report says that it was, as far as it does. */
lfm_site_t lfm_sweep_reported_site(const char *report);

void lfm_sweep_free(ngx_link_func_mock_sweep_t *result);

#endif
