/* The variable functions of ngx_link_func_module.h. */

#include "mock_builtin.h"

int ngx_link_func_get_var(ngx_link_func_ctx_t *ctx, const char *name, size_t name_len,
                          ngx_link_func_str_t *value) {
    lfm_call_t *call = lfm_enter(ctx);
    lf_str_t key = lf_str(name, name_len);
    const lfm_variable_t *declared = lfm_variables_find(&call->request->variables_after, key);

    if (call->in_thread) {
        return NGX_LINK_FUNC_WRONG_THREAD;
    }
    if (name_len == 0) {
        return NGX_LINK_FUNC_INVALID;
    }
    return declared == NULL ? lfm_builtin_get(call, key, value) : lfm_lend(call, value, declared->value);
}

/* What reads the arguments reads the new ones, but for ctx->req_args. */
static int set_args(lfm_call_t *call, lf_str_t value) {
    const char *copy = lfm_pool_text(&call->pool, value);

    if (copy == NULL) {
        return NGX_LINK_FUNC_NO_MEMORY;
    }
    call->args = lf_str(copy, value.len);
    return NGX_LINK_FUNC_OK;
}

int ngx_link_func_set_var(ngx_link_func_ctx_t *ctx, const char *name, size_t name_len, const char *value,
                          size_t value_len) {
    lfm_call_t *call = lfm_enter(ctx);
    lf_str_t key = lf_str(name, name_len);
    lf_str_t content = lf_str(value, value_len);

    if (call->in_thread) {
        return NGX_LINK_FUNC_WRONG_THREAD;
    }
    if (name_len == 0) {
        return NGX_LINK_FUNC_INVALID;
    }
    if (lf_str_case_equal(key, lf_cstr("args"))) {
        return set_args(call, content);
    }
    if (lfm_builtin_exists(key)) {
        return NGX_LINK_FUNC_INVALID;
    }
    if (lfm_variables_find(&call->request->variables_after, key) == NULL) {
        return NGX_LINK_FUNC_NOT_FOUND;
    }
    if (lfm_fault_fires(NGX_LINK_FUNC_MOCK_ALLOC_POOL, lfm_at)) {
        return NGX_LINK_FUNC_NO_MEMORY;
    }
    lfm_variables_set(&call->request->variables_after, key, content);
    return NGX_LINK_FUNC_OK;
}
