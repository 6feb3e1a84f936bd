/* Another build of the library, in the place of the first. */

#include "mock_state.h"

#include <dlfcn.h>
#include <stdlib.h>

#include "mock_failure.h"

/* Libraries of mocks that are gone, as often as those had opened them. */
static struct {
    void **handles;
    size_t count;
    size_t capacity;
} left_open;

void lfm_library_leave_open(void *handle) {
    if (handle == NULL) {
        return;
    }
    left_open.handles =
        lfm_grow(left_open.handles, sizeof(*left_open.handles), left_open.count, &left_open.capacity);
    left_open.handles[left_open.count++] = handle;
}

static void close_all(void *handle) {
    size_t i, kept = 0;

    for (i = 0; i < left_open.count; i++) {
        if (left_open.handles[i] == handle) {
            (void) dlclose(handle);
        } else {
            left_open.handles[kept++] = left_open.handles[i];
        }
    }
    left_open.count = kept;
    (void) dlclose(handle);
}

/* Nothing that is still to be told may need code that goes. */
static void drop_library(ngx_link_func_mock_t *mock) {
    lfm_worker_stop(mock);
    lfm_watch_check(&mock->watch);
    if (mock->zone != NULL) {
        lfm_zone_unload(mock->zone, mock->library.handle);
    }
    lfm_findings_name(&mock->findings);
    mock->findings.handler = NULL;
    close_all(mock->library.handle);
    free(mock->library.path);
    memset(&mock->library, 0, sizeof(mock->library));
}

/* Opens it beside the first, and closes it again: the same file is the same
 * library to the linker, unless all of it is closed. */
static int can_be_loaded(ngx_link_func_mock_t *mock, const char *path) {
    lfm_library_t current = mock->library, trial;

    memset(&trial, 0, sizeof(trial));
    if (lfm_library_open(&trial, path) == NULL) {
        (void) dlclose(trial.handle);
        return 1;
    }
    memset(&mock->library, 0, sizeof(mock->library));
    (void) lfm_library_load(mock, path); /* for the reason */
    mock->library = current;
    return 0;
}

int ngx_link_func_mock_reload(ngx_link_func_mock_t *mock, const char *path) {
    int result;

    if (mock->library.handle == NULL || mock->config != NULL) {
        lfm_misuse("ngx_link_func_mock_reload(\"%s\"): ngx_link_func_mock_load() opened no library", path);
    }
    if (!can_be_loaded(mock, path)) {
        return -1;
    }
    drop_library(mock);
    result = lfm_library_load(mock, path);
    lfm_settle(mock, NULL);
    return result;
}
