#include "mock_state.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#include "lf_message.h"
#include "mock_failure.h"
#include "mock_heap.h"
#include "mock_hook.h"
#include "mock_leak.h"
#include "mock_running.h"
#include "mock_site.h"

/* Hooks that were linked into the test, if it has them. */
#pragma weak ngx_link_func_init_cycle
#pragma weak ngx_link_func_exit_cycle

typedef void (*function_t)(void);

/* ISO C has no conversion from void * to a function pointer; POSIX promises
 * that the bytes are the same. */
static function_t find_function(void *handle, const char *name) {
    void *symbol = dlsym(handle, name);
    function_t function;

    memcpy(&function, &symbol, sizeof(function));
    return function;
}

/* A path without a slash is a file of this folder, not one that dlopen() looks
 * for in the system's. */
static char *path_to_open(const char *path) {
    size_t size = strlen(path) + sizeof("./");
    char *opened = lfm_alloc(size);

    (void) snprintf(opened, size, "%s%s", strchr(path, '/') == NULL ? "./" : "", path);
    return opened;
}

static void set_open_error(ngx_link_func_mock_t *mock, const char *path, const char *reason) {
    size_t size = strlen(path) + strlen(reason) + sizeof("dlopen() \"\" failed ()");

    mock->error = lfm_resize(mock->error, size);
    (void) snprintf(mock->error, size, "dlopen() \"%s\" failed (%s)", path, reason);
}

static lfm_hook_t find_hook(ngx_link_func_mock_t *mock, const char *name) {
    lfm_hook_t hook = (lfm_hook_t) find_function(mock->library.handle, name);

    if (hook == NULL) {
        lfm_log_format(&mock->log, NGX_LINK_FUNC_MOCK_WARN, "function \"%s\" not found in \"%s\"", name,
                       mock->library.path);
    }
    return hook;
}

int ngx_link_func_mock_load(ngx_link_func_mock_t *mock, const char *path) {
    char *opened;
    void *handle;

    if (mock->worker != LFM_WORKER_DOWN || mock->library.handle != NULL) {
        lfm_misuse("ngx_link_func_mock_load(\"%s\"): the mock has %s", path,
                   mock->library.handle != NULL ? "a library already" : "started its worker already");
    }
    opened = path_to_open(path);
    handle = dlopen(opened, RTLD_NOW | RTLD_LOCAL);
    free(opened);
    if (handle == NULL) {
        set_open_error(mock, path, dlerror());
        return -1;
    }
    lfm_hook_library(handle);
    mock->library.handle = handle;
    mock->library.path = lfm_text_dup(lf_cstr(path));
    mock->library.init_cycle = find_hook(mock, "ngx_link_func_init_cycle");
    mock->library.exit_cycle = find_hook(mock, "ngx_link_func_exit_cycle");
    return 0;
}

ngx_link_func_mock_handler_t lfm_library_function(const ngx_link_func_mock_t *mock, const char *name) {
    function_t function;

    if (mock->library.handle == NULL) {
        lfm_misuse("function \"%s\" was called by its name, but ngx_link_func_mock_load() opened no library",
                   name);
    }
    function = find_function(mock->library.handle, name);
    if (function == NULL) {
        lfm_misuse("function \"%s\" not found in \"%s\"", name, mock->library.path);
    }
    return (ngx_link_func_mock_handler_t) function;
}

void lfm_library_free(lfm_library_t *library) {
    free(library->path); /* the handle stays: the library may own threads */
}

/* One line of the library's, or of the hooks that were linked into the test. */
static void log_hook(ngx_link_func_mock_t *mock, ngx_link_func_mock_level_t level, const char *hook,
                     const char *what) {
    if (mock->library.path == NULL) {
        lfm_log_format(&mock->log, level, "%s() %s", hook, what);
    } else {
        lfm_log_format(&mock->log, level, "%s() of \"%s\" %s", hook, mock->library.path, what);
    }
}

LFM_CALLS_OUT static void call_hook(ngx_link_func_mock_t *mock, lfm_hook_t hook) {
    memcpy(&mock->findings.handler, &hook, sizeof(hook));
    lfm_running_enter(mock, NULL, __builtin_frame_address(0));
    hook(mock->cycle);
    lfm_running_leave();
    lfm_at = NULL;
}

static void run_hook(ngx_link_func_mock_t *mock, lfm_hook_t hook, const char *name) {
    if (hook == NULL) {
        return;
    }
    call_hook(mock, hook);
    if (lfm_zone_leave(mock->zone)) {
        log_hook(mock, NGX_LINK_FUNC_MOCK_ALERT, name, LF_MESSAGE_LOCK_HELD);
        lfm_find(&mock->findings, NGX_LINK_FUNC_MOCK_CODE_LOCK_HELD_AT_RETURN, mock->findings.handler,
                 "it " LF_MESSAGE_LOCK_HELD);
    }
}

static ngx_link_func_cycle_t *cycle_new(ngx_link_func_mock_t *mock) {
    ngx_link_func_cycle_t *cycle = lfm_zalloc(sizeof(*cycle));

    cycle->shared_mem = mock->zone;
    cycle->__cycle__ = cycle->__srv_cf__ = cycle->__log__ = lfm_guard();
    cycle->__pl__ = mock;
    return cycle;
}

static lfm_hook_t init_hook(const ngx_link_func_mock_t *mock) {
    return mock->library.handle != NULL ? mock->library.init_cycle : ngx_link_func_init_cycle;
}

static lfm_hook_t exit_hook(const ngx_link_func_mock_t *mock) {
    return mock->library.handle != NULL ? mock->library.exit_cycle : ngx_link_func_exit_cycle;
}

static void start_worker(ngx_link_func_mock_t *mock) {
    if (lfm_heap_is_used() || mock->library.handle != NULL) {
        lfm_hook_others();
    }
    mock->cycle = cycle_new(mock);
    mock->worker = LFM_WORKER_UP;
    run_hook(mock, init_hook(mock), "ngx_link_func_init_cycle");
    if (mock->cycle->has_error) {
        mock->worker = LFM_WORKER_FAILED;
        log_hook(mock, NGX_LINK_FUNC_MOCK_EMERG, "ngx_link_func_init_cycle", LF_MESSAGE_INIT_FAILED);
    }
}

int ngx_link_func_mock_start(ngx_link_func_mock_t *mock) {
    if (mock->worker == LFM_WORKER_DOWN) {
        start_worker(mock);
        lfm_settle(mock, NULL);
    }
    return mock->worker == LFM_WORKER_UP ? 0 : -1;
}

/* A worker ends when its requests have. */
static void end_requests(const ngx_link_func_mock_t *mock) {
    const ngx_link_func_mock_request_t *request;
    ngx_link_func_mock_response_t *response;

    for (request = mock->requests; request != NULL; request = request->next) {
        for (response = request->responses; response != NULL; response = response->next) {
            lfm_response_release(response);
        }
    }
}

void lfm_worker_stop(ngx_link_func_mock_t *mock) {
    end_requests(mock);
    if (mock->worker == LFM_WORKER_UP) {
        run_hook(mock, exit_hook(mock), "ngx_link_func_exit_cycle");
    }
    free(mock->cycle);
    mock->cycle = NULL;
    mock->worker = LFM_WORKER_DOWN;
}

void ngx_link_func_mock_stop(ngx_link_func_mock_t *mock) {
    lfm_worker_stop(mock);
    lfm_leak_check(mock, __builtin_frame_address(0));
    lfm_settle(mock, NULL);
}
