#include "mock_state.h"

#include <dlfcn.h>
#include <stdlib.h>

#include "lf_abi.h"

/* Query string and body in blocks that end where the promise to handlers ends,
 * behind one NUL. */
static ngx_link_func_ctx_t *context_new(lfm_call_t *call) {
    const ngx_link_func_mock_request_t *request = call->request;
    ngx_link_func_ctx_t *ctx = lfm_zalloc(sizeof(*ctx));

    if (request->args.len > 0) {
        ctx->req_args = lfm_text_dup(request->args);
    }
    if (request->body_len > 0) {
        ctx->req_body = (unsigned char *) lfm_text_dup(lf_str(request->body, request->body_len));
        ctx->req_body_len = request->body_len;
    }
    ctx->shared_mem = call->mock->zone;
    ctx->__r__ = ctx->__log__ = lfm_guard();
    ctx->__pl__ = call;
    return ctx;
}

static void call_begin(lfm_call_t *call, ngx_link_func_mock_request_t *request) {
    size_t i;

    memset(call, 0, sizeof(*call));
    call->mock = request->mock;
    call->request = request;
    call->args = request->args;
    request->changed = 0;
    lfm_variables_replace(&request->variables_after, &request->variables);
    for (i = 0; i < request->ignored.count; i++) {
        lfm_log_format(&call->mock->log, NGX_LINK_FUNC_MOCK_INFO,
                       "client sent invalid header line: \"%s: %s\" while reading client request headers",
                       request->ignored.items[i].name, request->ignored.items[i].value);
    }
}

/* What the handler is called, as far as the dynamic symbols tell. */
static const char *handler_name(ngx_link_func_mock_handler_t handler) {
    const void *address;
    Dl_info info;

    memcpy(&address, &handler, sizeof(address));
    if (dladdr(address, &info) == 0 || info.dli_saddr != address) {
        return "handler";
    }
    return info.dli_sname;
}

/* Pointers out of the context are the handler's to change: what is freed is
 * what was given. */
static void run_handler(lfm_call_t *call, ngx_link_func_mock_handler_t handler, const char *name) {
    ngx_link_func_ctx_t *ctx = context_new(call);
    char *args = ctx->req_args;
    unsigned char *body = ctx->req_body;

    handler(ctx);
    if (lfm_zone_leave(call->mock->zone)) {
        lfm_log_lock_held(&call->mock->log, lf_cstr(name == NULL ? handler_name(handler) : name));
    }
    free(args);
    free(body);
    free(ctx);
}

static ngx_link_func_mock_response_t *response_new(ngx_link_func_mock_request_t *request) {
    ngx_link_func_mock_response_t *response = lfm_zalloc(sizeof(*response));

    response->request = request;
    response->log_begin = lfm_log_next_number(&request->mock->log);
    response->next = request->responses;
    request->responses = response;
    return response;
}

/* The pool ends with the call, or with the owners that may use it. */
static void call_end(lfm_call_t *call, ngx_link_func_mock_response_t *response) {
    response->owners = call->owners;
    response->pool = call->pool;
    if (call->owners == NULL) {
        lfm_response_release(response);
    }
}

/* A NULL name is found out when it is needed. */
static ngx_link_func_mock_response_t *call_handler(ngx_link_func_mock_request_t *request,
                                                   ngx_link_func_mock_handler_t handler, const char *name) {
    ngx_link_func_mock_response_t *response = response_new(request);
    lfm_call_t call;

    call_begin(&call, request);
    if (ngx_link_func_mock_start(request->mock) == 0) {
        run_handler(&call, handler, name);
        lfm_response_finish(response, &call);
    } else {
        lfm_response_unavailable(response, &call);
    }
    call_end(&call, response);
    response->log_end = lfm_log_next_number(&request->mock->log);
    return response;
}

ngx_link_func_mock_response_t *ngx_link_func_mock_call(ngx_link_func_mock_request_t *request,
                                                       ngx_link_func_mock_handler_t handler) {
    return call_handler(request, handler, NULL);
}

ngx_link_func_mock_response_t *ngx_link_func_mock_call_name(ngx_link_func_mock_request_t *request,
                                                            const char *function) {
    return call_handler(request, lfm_library_function(request->mock, function), function);
}
