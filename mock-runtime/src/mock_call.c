#include "mock_state.h"

#include <dlfcn.h>
#include <stdlib.h>

#include "lf_abi.h"
#include "lf_message.h"
#include "mock_blocking.h"
#include "mock_borrow.h"
#include "mock_check.h"
#include "mock_failure.h"
#include "mock_guard.h"
#include "mock_handle.h"
#include "mock_poison.h"
#include "mock_private.h"
#include "mock_running.h"
#include "mock_site.h"

__thread const void *lfm_at;

static char *checked(char *input) {
    if (input == NULL) {
        lfm_out_of_memory();
    }
    return input;
}

/* Query string and body in blocks that end where the promise to handlers ends,
 * behind one NUL. */
static ngx_link_func_ctx_t *context_new(lfm_call_t *call) {
    const ngx_link_func_mock_request_t *request = call->request;
    ngx_link_func_ctx_t *ctx = lfm_zalloc(sizeof(*ctx));

    if (call->args.len > 0) {
        ctx->req_args = checked(lfm_pool_input(&call->pool, call->args, 1, "query string", NULL));
    }
    if (request->body_len > 0) {
        lf_str_t body = lf_str(request->body, request->body_len);

        ctx->req_body = (unsigned char *) checked(lfm_pool_input(&call->pool, body, 1, "body", NULL));
        ctx->req_body_len = request->body_len;
    }
    ctx->shared_mem = call->mock->zone;
    ctx->__r__ = lfm_private(LFM_CTX_R);
    ctx->__log__ = lfm_private(LFM_CTX_LOG);
    ctx->__pl__ = lfm_handle_new(call, LFM_HANDLE_CALL);
    return ctx;
}

static lfm_call_t *call_new(ngx_link_func_mock_request_t *request) {
    lfm_call_t *call = lfm_zalloc(sizeof(*call));

    call->mock = request->mock;
    call->request = request;
    call->args = request->args;
    call->in_thread = request->in_thread;
    call->pool.watch = &request->mock->watch;
    request->changed = 0;
    lfm_variables_replace(&request->variables_after, &request->variables);
    return call;
}

void lfm_call_say_ignored(const lfm_call_t *call) {
    const lfm_headers_t *ignored = &call->request->ignored;
    size_t i;

    for (i = 0; i < ignored->count; i++) {
        lfm_log_format(&call->mock->log, NGX_LINK_FUNC_MOCK_INFO,
                       "client sent invalid header line: \"%s: %s\" while reading client request headers",
                       ignored->items[i].name, ignored->items[i].value);
    }
}

/* What the handler is called, as far as the dynamic symbols tell. */
static const char *handler_name(const void *entry) {
    Dl_info info;

    if (dladdr(entry, &info) == 0 || info.dli_saddr != entry) {
        return "handler";
    }
    return info.dli_sname;
}

LFM_CALLS_OUT static void run_handler(lfm_call_t *call, ngx_link_func_mock_handler_t handler) {
    memcpy(&call->mock->findings.handler, &handler, sizeof(handler));
    call->ctx = context_new(call);
    lfm_running_enter(call->mock, call, __builtin_frame_address(0));
    handler(call->ctx);
    lfm_running_leave();
}

static void check_lock(const lfm_call_t *call, const char *name) {
    ngx_link_func_mock_t *mock = call->mock;

    if (!lfm_zone_leave(mock->zone)) {
        return;
    }
    lfm_log_lock_held(&mock->log, lf_cstr(name == NULL ? handler_name(mock->findings.handler) : name));
    lfm_find(&mock->findings, NGX_LINK_FUNC_MOCK_CODE_LOCK_HELD_AT_RETURN, mock->findings.handler,
             "it " LF_MESSAGE_LOCK_HELD);
}

void lfm_call_run(lfm_call_t *call, ngx_link_func_mock_handler_t handler, const char *name) {
    size_t first_line = lfm_log_next_number(&call->mock->log);

    lfm_running_forget(call->mock);
    lfm_zone_begin(call->mock->zone);
    lfm_blocking_begin(call);
    run_handler(call, handler);
    lfm_blocking_end(call);
    lfm_borrow_check(call);
    lfm_check_return(call);
    lfm_portable_return(call);
    check_lock(call, name);
    if (call->in_thread) {
        lfm_log_defer(&call->mock->log, first_line);
    }
}

LFM_SEES_POISON static const void *handle_in(const ngx_link_func_ctx_t *ctx) {
    const void *handle;

    lfm_look_begin();
    handle = ctx->__pl__;
    lfm_was_read(&handle, sizeof(handle));
    lfm_look_end();
    return handle;
}

static ngx_link_func_mock_t *running_mock(void) {
    if (lfm_running.mock == NULL) {
        lfm_stop(lfm_at, "the context of a call was used whose request is gone");
    }
    return lfm_running.mock;
}

/* What is done to a call that is gone is done to this one. */
static lfm_call_t *nobody(void) {
    ngx_link_func_mock_t *mock = running_mock();

    if (mock->nobody == NULL) {
        mock->nobody = call_new(ngx_link_func_mock_request(mock, "GET", "/"));
        mock->nobody->ended = 1;
    }
    return mock->nobody;
}

/* Findings are one thread's; another one may use the context at any time, even
 * while it goes. */
static void tell_ended(const lfm_call_t *call, ngx_link_func_mock_code_t when_ended) {
    if (lfm_thread != (call->mock->is_thread ? LFM_THREAD_POOL : LFM_THREAD_TEST)) {
        lfm_stop(lfm_at, "the context of a handler that has returned was used in a thread of its own");
    }
    lfm_find(&call->mock->findings, when_ended, lfm_at,
             "the context of a handler that has returned was used: it ends with the handler");
}

lfm_call_t *lfm_call_of(const ngx_link_func_ctx_t *ctx, ngx_link_func_mock_code_t when_ended) {
    lfm_call_t *call = lfm_handle_object(handle_in(ctx));

    call = call == NULL ? nobody() : call;
    if (call->ended) {
        tell_ended(call, when_ended);
    }
    return call;
}

static ngx_link_func_mock_response_t *response_new(ngx_link_func_mock_request_t *request) {
    ngx_link_func_mock_response_t *response = lfm_zalloc(sizeof(*response));

    response->request = request;
    response->log_begin = lfm_log_next_number(&request->mock->log);
    response->next = request->responses;
    request->responses = response;
    return response;
}

static void call_free(lfm_call_t *call) {
    if (call == NULL) {
        return;
    }
    lfm_pool_free(&call->pool);
    lfm_answer_free(&call->answer);
    free(call->borrows.items);
    if (call->ctx != NULL) {
        lfm_unpoison(call->ctx, sizeof(*call->ctx));
        lfm_handle_free(call->ctx->__pl__);
        free(call->ctx);
    }
    free(call);
}

/* The context is kept for a while, so that who still uses it can be told. */
static void keep_ended(lfm_call_t *call) {
    ngx_link_func_mock_t *mock = call->mock;
    size_t place = mock->next_ended++ % LFM_ENDED;

    call_free(mock->ended[place]);
    mock->ended[place] = call;
    if (call->ctx != NULL) {
        lfm_poison(call->ctx, sizeof(*call->ctx));
    }
}

void lfm_calls_forget(ngx_link_func_mock_t *mock, const ngx_link_func_mock_request_t *request) {
    size_t i;

    for (i = 0; i < LFM_ENDED; i++) {
        if (mock->ended[i] != NULL && mock->ended[i]->request == request) {
            call_free(mock->ended[i]);
            mock->ended[i] = NULL;
        }
    }
    if (mock->nobody != NULL && mock->nobody->request == request) {
        call_free(mock->nobody);
        mock->nobody = NULL;
    }
}

/* The pool ends with the call, or with the owners that may use it. */
static void call_end(lfm_call_t *call, ngx_link_func_mock_response_t *response) {
    response->owners = call->owners;
    lfm_pool_move(&response->pool, &call->pool);
    call->owners = NULL;
    call->ended = 1;
    keep_ended(call);
    if (response->owners == NULL) {
        lfm_response_release(response);
    }
}

ngx_link_func_mock_response_t *
lfm_call_answered(ngx_link_func_mock_request_t *request,
                  void (*answer)(lfm_call_t *call, ngx_link_func_mock_response_t *response, void *data),
                  void *data) {
    ngx_link_func_mock_response_t *response = response_new(request);
    lfm_call_t *call;

    (void) ngx_link_func_mock_start(request->mock);
    if (response->next == NULL) {
        lfm_guard_install();
    }
    call = call_new(request);
    answer(call, response, data);
    call_end(call, response);
    response->log_end = lfm_log_next_number(&request->mock->log);
    lfm_settle(request->mock, response);
    return response;
}

/* A NULL name is found out when it is needed. */
typedef struct {
    ngx_link_func_mock_handler_t function;
    const char *name;
} handler_t;

static void answer_by_handler(lfm_call_t *call, ngx_link_func_mock_response_t *response, void *data) {
    const handler_t *handler = data;

    lfm_call_say_ignored(call);
    if (call->mock->library.failed) {
        lfm_response_unavailable(response, call);
        return;
    }
    lfm_call_run(call, handler->function, handler->name);
    lfm_response_finish(response, call);
}

ngx_link_func_mock_response_t *ngx_link_func_mock_call(ngx_link_func_mock_request_t *request,
                                                       ngx_link_func_mock_handler_t handler) {
    handler_t called = {handler, NULL};

    return lfm_call_answered(request, answer_by_handler, &called);
}

ngx_link_func_mock_response_t *ngx_link_func_mock_call_name(ngx_link_func_mock_request_t *request,
                                                            const char *function) {
    handler_t called = {lfm_library_function(request->mock, function), function};

    return lfm_call_answered(request, answer_by_handler, &called);
}
