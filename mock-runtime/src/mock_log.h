#ifndef MOCK_LOG_H
#define MOCK_LOG_H

#include "mock_public.h"

#include <stdarg.h>

#include "lf_header.h"
#include "lf_str.h"

/* NGINX cuts a line at 2,048 bytes with a prefix of some 48 in front: time,
 * level, process, connection. */
#define LFM_LOG_LINE 2000

typedef struct {
    ngx_link_func_mock_level_t level;
    char *text;
    int is_shm; /* of shared memory, which knows no request */
} lfm_log_record_t;

typedef struct {
    lfm_log_record_t *records;
    size_t count;
    size_t capacity;
    size_t cleared; /* records that came before these */
    int tee;        /* a file that gets each line too; 0: none */
    void (*told)(ngx_link_func_mock_level_t level, const char *text, void *data); /* or NULL */
    void *told_data;
} lfm_log_t;

/* Appends one line as it is. */
void lfm_log_line(lfm_log_t *log, ngx_link_func_mock_level_t level, lf_str_t line);

/* The same for what NGINX writes of its own, which escapes nothing. */
void lfm_log_format(lfm_log_t *log, ngx_link_func_mock_level_t level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Appends one line with its control characters escaped. */
void lfm_log(lfm_log_t *log, ngx_link_func_mock_level_t level, lf_str_t text);

void lfm_log_vformat(lfm_log_t *log, ngx_link_func_mock_level_t level, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));

/* The same for what shared memory has to say. */
void lfm_log_shm(lfm_log_t *log, ngx_link_func_mock_level_t level, lf_str_t text);

/* A pool thread's lines are written when its function has returned, those of
 * shared memory at once: they come first among the lines from that number on. */
void lfm_log_defer(lfm_log_t *log, size_t number);

/* The lines of lf_message.h. */

void lfm_log_status_refused(lfm_log_t *log, uintptr_t status);
void lfm_log_body_refused(lfm_log_t *log, size_t len);
void lfm_log_lock_held(lfm_log_t *log, lf_str_t function);
void lfm_log_gate_unanswered(lfm_log_t *log, lf_str_t function);

/* Records are numbered from 0 over the whole life of the log. */
size_t lfm_log_next_number(const lfm_log_t *log);

/* NULL when it was cleared. */
const lfm_log_record_t *lfm_log_by_number(const lfm_log_t *log, size_t number);

void lfm_log_clear(lfm_log_t *log);

#endif
