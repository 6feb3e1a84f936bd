#include "mock_state.h"

#include <dlfcn.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>

#include "lf_message.h"
#include "mock_failure.h"
#include "mock_guard.h"
#include "mock_handle.h"
#include "mock_heap.h"
#include "mock_hook.h"
#include "mock_leak.h"
#include "mock_private.h"
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

/* Returns NULL, or why it cannot be opened. */
const char *lfm_library_open(lfm_library_t *library, const char *path) {
    char *opened = path_to_open(path);

    library->handle = dlopen(opened, RTLD_NOW | RTLD_LOCAL);
    free(opened);
    if (library->handle == NULL) {
        return dlerror();
    }
    lfm_hook_library(library->handle);
    library->init_cycle = (lfm_hook_t) find_function(library->handle, "ngx_link_func_init_cycle");
    library->exit_cycle = (lfm_hook_t) find_function(library->handle, "ngx_link_func_exit_cycle");
    return NULL;
}

/* The first stands in the mock itself: without a configuration there is no
 * other. */
lfm_library_t *lfm_library_add(ngx_link_func_mock_t *mock, const char *path) {
    lfm_library_t *library = &mock->library, **place = &mock->library.next;

    if (library->path != NULL) {
        while (*place != NULL) {
            place = &(*place)->next;
        }
        library = *place = lfm_zalloc(sizeof(*library));
    }
    library->path = lfm_text_dup(lf_cstr(path));
    return library;
}

static void warn_of_missing_hook(ngx_link_func_mock_t *mock, lfm_hook_t hook, const char *name) {
    if (hook == NULL) {
        lfm_log_format(&mock->log, NGX_LINK_FUNC_MOCK_WARN, "function \"%s\" not found in \"%s\"", name,
                       mock->library.path);
    }
}

int lfm_library_load(ngx_link_func_mock_t *mock, const char *path) {
    const char *reason = lfm_library_open(&mock->library, path);

    if (reason != NULL) {
        set_open_error(mock, path, reason);
        return -1;
    }
    (void) lfm_library_add(mock, path);
    warn_of_missing_hook(mock, mock->library.init_cycle, "ngx_link_func_init_cycle");
    warn_of_missing_hook(mock, mock->library.exit_cycle, "ngx_link_func_exit_cycle");
    return 0;
}

int ngx_link_func_mock_load(ngx_link_func_mock_t *mock, const char *path) {
    if (mock->worker != LFM_WORKER_DOWN || mock->library.handle != NULL || mock->config != NULL) {
        lfm_misuse("ngx_link_func_mock_load(\"%s\"): the mock has %s", path,
                   mock->library.handle != NULL ? "a library already"
                   : mock->config != NULL       ? "a configuration already"
                                                : "started its worker already");
    }
    return lfm_library_load(mock, path);
}

static const void *object_of(void *symbol) {
    Dl_info info;

    return symbol != NULL && dladdr(symbol, &info) != 0 ? info.dli_fbase : NULL;
}

static int is_variable(void *symbol) {
    const ElfW(Sym) *entry = NULL;
    Dl_info info;

    return dladdr1(symbol, &info, (void **) &entry, RTLD_DL_SYMENT) != 0 && entry != NULL
           && ELF64_ST_TYPE(entry->st_info) == STT_OBJECT;
}

/* dlsym() also searches what a library depends on: a misspelt name may be one
 * of the C library, which is no handler.  Nor is a variable. */
static ngx_link_func_mock_handler_t find_handler(void *handle, const char *name) {
    void *symbol = dlsym(handle, name);
    const void *object = object_of(symbol);

    if (object != NULL
        && (object == object_of(dlsym(RTLD_DEFAULT, "gnu_get_libc_version")) || is_variable(symbol))) {
        return NULL;
    }
    return (ngx_link_func_mock_handler_t) find_function(handle, name);
}

ngx_link_func_mock_handler_t lfm_library_symbol(const lfm_library_t *library, const char *name) {
    return find_handler(library->handle, name);
}

ngx_link_func_mock_handler_t lfm_linked_function(const ngx_link_func_mock_t *mock, const char *name) {
    size_t i;

    for (i = 0; i < mock->function_count; i++) {
        if (strcmp(mock->functions[i].name, name) == 0) {
            return mock->functions[i].handler;
        }
    }
    return find_handler(RTLD_DEFAULT, name);
}

ngx_link_func_mock_handler_t lfm_library_function(const ngx_link_func_mock_t *mock, const char *name) {
    ngx_link_func_mock_handler_t function;

    if (mock->library.handle == NULL) {
        lfm_misuse("function \"%s\" was called by its name, but ngx_link_func_mock_load() opened no library",
                   name);
    }
    function = find_handler(mock->library.handle, name);
    if (function == NULL) {
        lfm_misuse("function \"%s\" not found in \"%s\"", name, mock->library.path);
    }
    return function;
}

/* The handles stay: a library may own threads. */
void lfm_libraries_free(ngx_link_func_mock_t *mock) {
    lfm_library_leave_open(mock->library.handle);
    free(mock->library.path);
    while (mock->library.next != NULL) {
        lfm_library_t *library = mock->library.next;

        mock->library.next = library->next;
        lfm_library_leave_open(library->handle);
        free(library->path);
        free(library);
    }
}

/* One line of the library's, or of the hooks that were linked into the test. */
static void log_hook(ngx_link_func_mock_t *mock, const lfm_library_t *library,
                     ngx_link_func_mock_level_t level, const char *hook, const char *what) {
    if (library->path == NULL) {
        lfm_log_format(&mock->log, level, "%s() %s", hook, what);
    } else {
        lfm_log_format(&mock->log, level, "%s() of \"%s\" %s", hook, library->path, what);
    }
}

LFM_CALLS_OUT static void call_hook(ngx_link_func_mock_t *mock, const lfm_library_t *library,
                                    lfm_hook_t hook) {
    memcpy(&mock->findings.handler, &hook, sizeof(hook));
    lfm_running_enter(mock, NULL, __builtin_frame_address(0));
    hook(library->cycle);
    lfm_running_leave();
    lfm_at = NULL;
}

static void run_hook(ngx_link_func_mock_t *mock, const lfm_library_t *library, lfm_hook_t hook,
                     const char *name) {
    if (hook == NULL) {
        return;
    }
    lfm_running_forget(mock);
    lfm_zone_begin(mock->zone);
    call_hook(mock, library, hook);
    if (lfm_zone_leave(mock->zone)) {
        log_hook(mock, library, NGX_LINK_FUNC_MOCK_ALERT, name, LF_MESSAGE_LOCK_HELD);
        lfm_find(&mock->findings, NGX_LINK_FUNC_MOCK_CODE_LOCK_HELD_AT_RETURN, mock->findings.handler,
                 "it " LF_MESSAGE_LOCK_HELD);
    }
}

static ngx_link_func_cycle_t *cycle_new(ngx_link_func_mock_t *mock) {
    ngx_link_func_cycle_t *cycle = lfm_zalloc(sizeof(*cycle));

    cycle->shared_mem = mock->zone;
    cycle->__cycle__ = lfm_private(LFM_CYCLE_CYCLE);
    cycle->__srv_cf__ = lfm_private(LFM_CYCLE_SRV_CF);
    cycle->__log__ = lfm_private(LFM_CYCLE_LOG);
    cycle->__pl__ = lfm_handle_new(mock, LFM_HANDLE_CYCLE);
    return cycle;
}

static void cycle_free(ngx_link_func_cycle_t *cycle) {
    if (cycle != NULL) {
        lfm_handle_free(cycle->__pl__);
        free(cycle);
    }
}

ngx_link_func_mock_t *lfm_mock_of(const ngx_link_func_cycle_t *cycle) {
    ngx_link_func_mock_t *mock = lfm_handle_object(cycle->__pl__);

    if (mock == NULL) {
        lfm_stop(lfm_at, "the cycle of a worker was used that has ended");
    }
    return mock;
}

static lfm_hook_t init_hook(const lfm_library_t *library) {
    return library->handle != NULL ? library->init_cycle : ngx_link_func_init_cycle;
}

static lfm_hook_t exit_hook(const lfm_library_t *library) {
    return library->handle != NULL ? library->exit_cycle : ngx_link_func_exit_cycle;
}

static void start_library(ngx_link_func_mock_t *mock, lfm_library_t *library) {
    library->cycle = cycle_new(mock);
    run_hook(mock, library, init_hook(library), "ngx_link_func_init_cycle");
    library->failed = library->cycle->has_error != 0;
    if (library->failed) {
        mock->worker = LFM_WORKER_FAILED;
        log_hook(mock, library, NGX_LINK_FUNC_MOCK_EMERG, "ngx_link_func_init_cycle", LF_MESSAGE_INIT_FAILED);
    }
}

static void stop_library(ngx_link_func_mock_t *mock, lfm_library_t *library) {
    if (library->cycle != NULL && !library->failed) {
        run_hook(mock, library, exit_hook(library), "ngx_link_func_exit_cycle");
    }
    cycle_free(library->cycle);
    library->cycle = NULL;
}

int ngx_link_func_mock_start(ngx_link_func_mock_t *mock) {
    lfm_library_t *library;

    if (mock->worker == LFM_WORKER_DOWN) {
        lfm_guard_install();
        lfm_hook_program();
        if (lfm_heap_is_used() || mock->library.handle != NULL) {
            lfm_hook_others();
        }
        mock->worker = LFM_WORKER_UP;
        start_library(mock, &mock->library);
        for (library = mock->library.next; library != NULL; library = library->next) {
            start_library(mock, library);
        }
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
    lfm_library_t *library;

    lfm_running_forget(mock);
    end_requests(mock);
    stop_library(mock, &mock->library);
    for (library = mock->library.next; library != NULL; library = library->next) {
        stop_library(mock, library);
    }
    if (mock->worker != LFM_WORKER_DOWN) {
        lfm_zone_end_worker(mock->zone);
    }
    mock->worker = LFM_WORKER_DOWN;
}

void ngx_link_func_mock_stop(ngx_link_func_mock_t *mock) {
    lfm_worker_stop(mock);
    lfm_leak_check(mock, __builtin_frame_address(0));
    lfm_settle(mock, NULL);
}
