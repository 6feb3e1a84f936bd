#include "mock_log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lf_log.h"
#include "lf_message.h"
#include "mock_blocking.h"
#include "mock_memory.h"
#include "mock_report.h"

void lfm_log_line(lfm_log_t *log, ngx_link_func_mock_level_t level, lf_str_t line) {
    lfm_log_record_t *record;

    log->records = lfm_grow(log->records, sizeof(*record), log->count, &log->capacity);
    record = &log->records[log->count++];
    record->level = level;
    record->text = lfm_text_dup(line);
    record->is_shm = 0;
    if (log->tee > 0) {
        lfm_report_log(log->tee, level, line);
    } else if (log->told != NULL) {
        long of_handler = lfm_own_wait_begin();

        log->told(level, record->text, log->told_data);
        lfm_own_wait_end(of_handler);
    }
}

void lfm_log(lfm_log_t *log, ngx_link_func_mock_level_t level, lf_str_t text) {
    char line[LFM_LOG_LINE];

    lfm_log_line(log, level, lf_str(line, lf_log_escape(line, sizeof(line), text)));
}

void lfm_log_vformat(lfm_log_t *log, ngx_link_func_mock_level_t level, const char *format, va_list args) {
    char text[LFM_LOG_LINE + 1];

    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): clang-tidy 14 overlooks va_start */
    (void) vsnprintf(text, sizeof(text), format, args);
    lfm_log(log, level, lf_cstr(text));
}

void lfm_log_format(lfm_log_t *log, ngx_link_func_mock_level_t level, const char *format, ...) {
    char line[LFM_LOG_LINE + 1];
    va_list args;

    va_start(args, format);
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): clang-tidy 14 overlooks va_start */
    (void) vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    lfm_log_line(log, level, lf_cstr(line));
}

void lfm_log_shm(lfm_log_t *log, ngx_link_func_mock_level_t level, lf_str_t text) {
    lfm_log(log, level, text);
    log->records[log->count - 1].is_shm = 1;
}

void lfm_log_defer(lfm_log_t *log, size_t number) {
    size_t to = number < log->cleared ? 0 : number - log->cleared, i;

    for (i = to; i < log->count; i++) {
        lfm_log_record_t record = log->records[i];

        if (record.is_shm) {
            memmove(&log->records[to + 1], &log->records[to], (i - to) * sizeof(record));
            log->records[to++] = record;
        }
    }
}

void lfm_log_status_refused(lfm_log_t *log, uintptr_t status) {
    char line[LFM_LOG_LINE];

    lfm_log_line(log, NGX_LINK_FUNC_MOCK_ERR,
                 lf_str(line, lf_message_status_refused(line, sizeof(line), status)));
}

void lfm_log_body_refused(lfm_log_t *log, size_t len) {
    char line[LFM_LOG_LINE];

    lfm_log_line(log, NGX_LINK_FUNC_MOCK_ERR, lf_str(line, lf_message_body_refused(line, sizeof(line), len)));
}

void lfm_log_lock_held(lfm_log_t *log, lf_str_t function) {
    char line[LFM_LOG_LINE];

    lfm_log_line(log, NGX_LINK_FUNC_MOCK_ALERT,
                 lf_str(line, lf_message_lock_held(line, sizeof(line), function)));
}

void lfm_log_gate_unanswered(lfm_log_t *log, lf_str_t function) {
    char line[LFM_LOG_LINE];

    lfm_log_line(log, NGX_LINK_FUNC_MOCK_ERR,
                 lf_str(line, lf_message_gate_unanswered(line, sizeof(line), function)));
}

size_t lfm_log_next_number(const lfm_log_t *log) {
    return log->cleared + log->count;
}

const lfm_log_record_t *lfm_log_by_number(const lfm_log_t *log, size_t number) {
    return number < log->cleared ? NULL : &log->records[number - log->cleared];
}

void lfm_log_clear(lfm_log_t *log) {
    log->cleared += log->count;
    while (log->count > 0) {
        free(log->records[--log->count].text);
    }
    free(log->records);
    log->records = NULL;
    log->capacity = 0;
}
