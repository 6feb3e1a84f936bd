#include "mock_state.h"

#include <stdio.h>
#include <stdlib.h>

#include "mock_failure.h"
#include "mock_guard.h"
#include "mock_heap.h"
#include "mock_leak.h"
#include "mock_private.h"
#include "mock_sweep.h"

/* What a new mock imitates. */
#define NGINX_VERSION 1022001

ngx_link_func_mock_t *ngx_link_func_mock_new(void) {
    ngx_link_func_mock_t *mock = lfm_zalloc(sizeof(*mock));

    mock->error = lfm_text_dup(lf_cstr(""));
    lfm_findings_init(&mock->findings);
    mock->watch.findings = &mock->findings;
    mock->nginx_version = NGINX_VERSION;
    lfm_thread_is(LFM_THREAD_TEST);
    lfm_private_watch();
    lfm_guard_open();
    return mock;
}

static void free_props(ngx_link_func_mock_t *mock) {
    size_t i;

    for (i = 0; i < mock->prop_count; i++) {
        free((char *) mock->props[i].key.data);
        free((char *) mock->props[i].value.data);
    }
    free(mock->props);
}

static void free_functions(ngx_link_func_mock_t *mock) {
    while (mock->function_count > 0) {
        free(mock->functions[--mock->function_count].name);
    }
    free(mock->functions);
}

void ngx_link_func_mock_free(ngx_link_func_mock_t *mock) {
    char *findings;

    if (mock == NULL) {
        return;
    }
    if (mock->is_worker) {
        lfm_worker_abandon();
    }
    lfm_worker_stop(mock);
    while (mock->requests != NULL) {
        ngx_link_func_mock_request_free(mock->requests);
    }
    lfm_leak_check(mock, __builtin_frame_address(0));
    lfm_zone_free(mock->zone);
    free_props(mock);
    lfm_config_free(mock->config);
    lfm_libraries_free(mock);
    free_functions(mock);
    lfm_log_clear(&mock->log);
    free(mock->error);
    lfm_sweep_free(&mock->sweep);
    free(mock->worker_statuses);
    lfm_watch_free(&mock->watch);
    lfm_heap_bequeath(mock, NULL);
    lfm_guard_close();
    findings = lfm_findings_unsettled(&mock->findings);
    lfm_findings_free(&mock->findings);
    free(mock);
    if (findings != NULL) {
        lfm_fail(findings);
    }
}

/* What makes them come again, and the whole exchange, when they are those of
 * one. */
static char *tell(const ngx_link_func_mock_t *mock, const char *findings, const char *exchange) {
    size_t size = strlen(findings) + strlen(exchange) + sizeof("schedule: seed 18446744073709551615\n");
    char *message = lfm_alloc(size);

    if (mock->has_seed) {
        (void) snprintf(message, size, "schedule: seed %ju\n%s%s", (uintmax_t) mock->seed, findings,
                        exchange);
    } else {
        (void) snprintf(message, size, "%s%s", findings, exchange);
    }
    return message;
}

void lfm_settle(ngx_link_func_mock_t *mock, ngx_link_func_mock_response_t *response) {
    char *findings = lfm_findings_unsettled(&mock->findings);
    char *message;

    if (findings == NULL) {
        return;
    }
    message = tell(mock, findings, response == NULL ? "" : ngx_link_func_mock_response_exchange(response));
    free(findings);
    lfm_fail(message);
}

void ngx_link_func_mock_shm_size(ngx_link_func_mock_t *mock, size_t bytes) {
    if (mock->zone != NULL) {
        lfm_misuse("ngx_link_func_mock_shm_size(): the zone has its size already");
    }
    if (mock->worker != LFM_WORKER_DOWN) {
        lfm_misuse("ngx_link_func_mock_shm_size(): the worker has started without a zone");
    }
    if (bytes < lfm_zone_min_size()) {
        lfm_misuse("ngx_link_func_mock_shm_size(): %zu bytes are less than the minimum of 8 pages, %zu",
                   bytes, lfm_zone_min_size());
    }
    if (bytes > LFM_ZONE_MAX_SIZE) {
        lfm_misuse("ngx_link_func_mock_shm_size(): %zu bytes are more than the mock's maximum of 8 GiB",
                   bytes);
    }
    mock->zone = lfm_zone_new(bytes, &mock->log, &mock->findings);
}

void ngx_link_func_mock_nginx_version(ngx_link_func_mock_t *mock, unsigned version) {
    mock->nginx_version = version;
}

void ngx_link_func_mock_advance_ms(ngx_link_func_mock_t *mock, uint64_t ms) {
    if (mock->zone != NULL) {
        lfm_zone_advance(mock->zone, ms);
    }
}

void ngx_link_func_mock_add_prop(ngx_link_func_mock_t *mock, const char *key, const char *value) {
    lf_prop_t *prop;

    if (lf_prop_find(mock->props, mock->prop_count, lf_cstr(key)) != NULL) {
        lfm_log_format(&mock->log, NGX_LINK_FUNC_MOCK_WARN,
                       "ngx_link_func_add_prop: \"%s\" is set twice at this level, the later value is used",
                       key);
    }
    mock->props = lfm_grow(mock->props, sizeof(*prop), mock->prop_count, &mock->prop_capacity);
    prop = &mock->props[mock->prop_count++];
    prop->key = lf_str(lfm_text_dup(lf_cstr(key)), strlen(key));
    prop->value = lf_str(lfm_text_dup(lf_cstr(value)), strlen(value));
}

const char *ngx_link_func_mock_error(const ngx_link_func_mock_t *mock) {
    return mock->error;
}

size_t ngx_link_func_mock_log_count(const ngx_link_func_mock_t *mock) {
    return mock->log.count;
}

static const lfm_log_record_t *log_record(const ngx_link_func_mock_t *mock, size_t index) {
    if (index >= mock->log.count) {
        lfm_misuse("log line %zu was asked for, there are %zu", index, mock->log.count);
    }
    return &mock->log.records[index];
}

ngx_link_func_mock_level_t ngx_link_func_mock_log_level(const ngx_link_func_mock_t *mock, size_t index) {
    return log_record(mock, index)->level;
}

const char *ngx_link_func_mock_log_text(const ngx_link_func_mock_t *mock, size_t index) {
    return log_record(mock, index)->text;
}

void ngx_link_func_mock_log_clear(ngx_link_func_mock_t *mock) {
    lfm_log_clear(&mock->log);
}

void ngx_link_func_mock_on_log(ngx_link_func_mock_t *mock,
                               void (*told)(ngx_link_func_mock_level_t level, const char *text, void *data),
                               void *data) {
    mock->log.told = told;
    mock->log.told_data = data;
}

const char *ngx_link_func_mock_level_name(ngx_link_func_mock_level_t level) {
    static const char *const names[] = {
        [NGX_LINK_FUNC_MOCK_EMERG] = "emerg", [NGX_LINK_FUNC_MOCK_ALERT] = "alert",
        [NGX_LINK_FUNC_MOCK_ERR] = "error",   [NGX_LINK_FUNC_MOCK_WARN] = "warn",
        [NGX_LINK_FUNC_MOCK_INFO] = "info",   [NGX_LINK_FUNC_MOCK_DEBUG] = "debug",
    };

    if ((size_t) level >= sizeof(names) / sizeof(names[0])) {
        lfm_misuse("%d is not a log level", (int) level);
    }
    return names[level];
}
