/* Version, logging, properties and memory of ngx_link_func_module.h; request, response,
 * variables and shared memory have files of their own. */

#include "mock_state.h"

#include <stdarg.h>

#include "lf_error.h"
#include "mock_check.h"

/*
 * The runtime
 */

uint32_t ngx_link_func_abi_version(void) {
    lfm_called();
    return NGX_LINK_FUNC_ABI_VERSION;
}

const char *ngx_link_func_strerror(int status) {
    lfm_called();
    return lf_error_text(status);
}

/*
 * Logging
 */

static void log_line(ngx_link_func_mock_t *mock, ngx_link_func_mock_level_t level, const char *msg) {
    lfm_log(&mock->log, level, lf_cstr(msg));
    lfm_check_log(&mock->findings, msg);
}

void ngx_link_func_log_debug(ngx_link_func_ctx_t *ctx, const char *msg) {
    log_line(lfm_enter(ctx)->mock, NGX_LINK_FUNC_MOCK_DEBUG, msg);
}

void ngx_link_func_log_info(ngx_link_func_ctx_t *ctx, const char *msg) {
    log_line(lfm_enter(ctx)->mock, NGX_LINK_FUNC_MOCK_INFO, msg);
}

void ngx_link_func_log_warn(ngx_link_func_ctx_t *ctx, const char *msg) {
    log_line(lfm_enter(ctx)->mock, NGX_LINK_FUNC_MOCK_WARN, msg);
}

void ngx_link_func_log_err(ngx_link_func_ctx_t *ctx, const char *msg) {
    log_line(lfm_enter(ctx)->mock, NGX_LINK_FUNC_MOCK_ERR, msg);
}

void ngx_link_func_cyc_log_debug(ngx_link_func_cycle_t *cycle, const char *msg) {
    log_line(lfm_enter_cycle(cycle), NGX_LINK_FUNC_MOCK_DEBUG, msg);
}

void ngx_link_func_cyc_log_info(ngx_link_func_cycle_t *cycle, const char *msg) {
    log_line(lfm_enter_cycle(cycle), NGX_LINK_FUNC_MOCK_INFO, msg);
}

void ngx_link_func_cyc_log_warn(ngx_link_func_cycle_t *cycle, const char *msg) {
    log_line(lfm_enter_cycle(cycle), NGX_LINK_FUNC_MOCK_WARN, msg);
}

void ngx_link_func_cyc_log_err(ngx_link_func_cycle_t *cycle, const char *msg) {
    log_line(lfm_enter_cycle(cycle), NGX_LINK_FUNC_MOCK_ERR, msg);
}

/* The number of a level that there is not. */
#define NO_LEVEL (-1)

static int mock_level(int level) {
    switch (level) {
    case NGX_LINK_FUNC_LOG_ERR:
        return NGX_LINK_FUNC_MOCK_ERR;
    case NGX_LINK_FUNC_LOG_WARN:
        return NGX_LINK_FUNC_MOCK_WARN;
    case NGX_LINK_FUNC_LOG_INFO:
        return NGX_LINK_FUNC_MOCK_INFO;
    case NGX_LINK_FUNC_LOG_DEBUG:
        return NGX_LINK_FUNC_MOCK_DEBUG;
    default:
        return NO_LEVEL;
    }
}

int ngx_link_func_log_fmt(ngx_link_func_ctx_t *ctx, int level, const char *format, ...) {
    int to = mock_level(level);
    va_list args;

    if (to == NO_LEVEL) {
        return NGX_LINK_FUNC_INVALID;
    }
    va_start(args, format);
    lfm_log_vformat(&lfm_enter(ctx)->mock->log, (ngx_link_func_mock_level_t) to, format, args);
    va_end(args);
    return NGX_LINK_FUNC_OK;
}

/*
 * Properties
 */

/* Those that the test gave the mock win. */
static unsigned char *lend_prop(const ngx_link_func_mock_t *mock, lf_str_t key, const lf_prop_t *configured) {
    const lf_prop_t *prop = lf_prop_find(mock->props, mock->prop_count, key);

    prop = prop == NULL ? configured : prop;
    return prop == NULL ? NULL : (unsigned char *) prop->value.data;
}

unsigned char *ngx_link_func_get_prop(ngx_link_func_ctx_t *ctx, const char *key, size_t keylen) {
    const lfm_call_t *call = lfm_enter(ctx);
    lf_str_t name = lf_str(key, keylen);

    return lend_prop(call->mock, name, lf_prop_find(call->props, call->prop_count, name));
}

unsigned char *ngx_link_func_cyc_get_prop(ngx_link_func_cycle_t *cycle, const char *key, size_t keylen) {
    const ngx_link_func_mock_t *mock = lfm_enter_cycle(cycle);
    lf_str_t name = lf_str(key, keylen);

    return lend_prop(mock, name, lfm_config_cycle_prop(mock, cycle, name));
}

/*
 * Memory of the request
 */

/* NGINX's pool grows by blocks of 4096 bytes; what is larger is a block of its
 * own. */
static void log_no_memory(ngx_link_func_mock_t *mock, size_t size) {
    static const char reason[] = "failed (12: Cannot allocate memory)";

    if (size < 4096) {
        lfm_log_format(&mock->log, NGX_LINK_FUNC_MOCK_EMERG, "posix_memalign(16, 4096) %s", reason);
    } else {
        lfm_log_format(&mock->log, NGX_LINK_FUNC_MOCK_EMERG, "malloc(%zu) %s", size, reason);
    }
}

void *ngx_link_func_palloc(ngx_link_func_ctx_t *ctx, size_t size) {
    lfm_call_t *call = lfm_enter(ctx);
    void *block = lfm_pool_alloc(&call->pool, size);

    if (block == NULL) {
        log_no_memory(call->mock, size);
    }
    return block;
}

void *ngx_link_func_pcalloc(ngx_link_func_ctx_t *ctx, size_t size) {
    lfm_call_t *call = lfm_enter(ctx);
    void *block = lfm_pool_alloc(&call->pool, size);

    if (block == NULL) {
        log_no_memory(call->mock, size);
        return NULL;
    }
    return memset(block, 0, size);
}

char *ngx_link_func_strdup(ngx_link_func_ctx_t *ctx, const char *str) {
    lfm_call_t *call = lfm_enter(ctx);
    char *copy = lfm_pool_text(&call->pool, lf_cstr(str));

    if (copy == NULL) {
        log_no_memory(call->mock, strlen(str) + 1);
    }
    return copy;
}
