#include "mock_state.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "lf_log.h"
#include "mock_blocking.h"
#include "mock_failure.h"
#include "mock_memory.h"
#include "mock_report.h"
#include "mock_site.h"

/* How a finding of a code is taken. */
typedef enum { WANTED, ALLOWED, UNWANTED } lfm_mode_t;

typedef struct {
    const char *name;
    lfm_mode_t mode; /* as a new mock has it */
} code_t;

static const code_t codes[NGX_LINK_FUNC_MOCK_CODE_COUNT] = {
    [NGX_LINK_FUNC_MOCK_CODE_POOL_OVERFLOW] = {"pool-overflow", WANTED},
    [NGX_LINK_FUNC_MOCK_CODE_POOL_USE_AFTER_REQUEST] = {"pool-use-after-request", WANTED},
    [NGX_LINK_FUNC_MOCK_CODE_INPUT_OVERREAD] = {"input-overread", WANTED},
    [NGX_LINK_FUNC_MOCK_CODE_BORROWED_POINTER] = {"borrowed-pointer", WANTED},
    [NGX_LINK_FUNC_MOCK_CODE_SHM_OVERFLOW] = {"shm-overflow", WANTED},
    [NGX_LINK_FUNC_MOCK_CODE_SHM_USE_AFTER_REMOVE] = {"shm-use-after-remove", WANTED},
    [NGX_LINK_FUNC_MOCK_CODE_SHM_DOUBLE_FREE] = {"shm-double-free", WANTED},
    [NGX_LINK_FUNC_MOCK_CODE_SHM_FOREIGN_FREE] = {"shm-foreign-free", WANTED},
    [NGX_LINK_FUNC_MOCK_CODE_SHM_POINTER_TO_HEAP] = {"shm-pointer-to-heap", WANTED},
    [NGX_LINK_FUNC_MOCK_CODE_SHM_LEAK] = {"shm-leak", WANTED},
    [NGX_LINK_FUNC_MOCK_CODE_LOCK_HELD_AT_RETURN] = {"lock-held-at-return", WANTED},
    [NGX_LINK_FUNC_MOCK_CODE_LOCK_NOT_HELD_UNLOCK] = {"lock-not-held-unlock", WANTED},
    [NGX_LINK_FUNC_MOCK_CODE_UNLOCKED_WRITE] = {"unlocked-write", UNWANTED},
    [NGX_LINK_FUNC_MOCK_CODE_RESPONSE_MISSING] = {"response-missing", WANTED},
    [NGX_LINK_FUNC_MOCK_CODE_RESPONSE_TWICE] = {"response-twice", WANTED},
    [NGX_LINK_FUNC_MOCK_CODE_HEADER_AFTER_RETURN] = {"header-after-return", WANTED},
    [NGX_LINK_FUNC_MOCK_CODE_HEADER_REFUSED] = {"header-refused", WANTED},
    [NGX_LINK_FUNC_MOCK_CODE_STATUS_MISMATCH] = {"status-mismatch", WANTED},
    [NGX_LINK_FUNC_MOCK_CODE_BODY_LENGTH_MISMATCH] = {"body-length-mismatch", WANTED},
    [NGX_LINK_FUNC_MOCK_CODE_LOG_TRUNCATED] = {"log-truncated", WANTED},
    [NGX_LINK_FUNC_MOCK_CODE_HEAP_LEAK] = {"heap-leak", WANTED},
    [NGX_LINK_FUNC_MOCK_CODE_BLOCKING_CALL] = {"blocking-call", UNWANTED},
    [NGX_LINK_FUNC_MOCK_CODE_PORTABILITY] = {"portability", UNWANTED},
};

void lfm_findings_init(lfm_findings_t *findings) {
    size_t i;

    for (i = 0; i < NGX_LINK_FUNC_MOCK_CODE_COUNT; i++) {
        findings->modes[i] = codes[i].mode;
    }
}

void lfm_findings_clear(lfm_findings_t *findings) {
    while (findings->count > 0) {
        const lfm_finding_t *record = &findings->records[--findings->count];

        free(record->function);
        free(record->site);
        free(record->text);
    }
    findings->settled = 0;
}

void lfm_findings_free(lfm_findings_t *findings) {
    lfm_findings_clear(findings);
    free(findings->records);
}

int lfm_findings_want(const lfm_findings_t *findings, ngx_link_func_mock_code_t code) {
    return findings->modes[code] != UNWANTED;
}

int lfm_findings_allow(const lfm_findings_t *findings, ngx_link_func_mock_code_t code) {
    return findings->modes[code] == ALLOWED;
}

/* A line number costs milliseconds, so it waits for somebody to ask. */
static const lfm_finding_t *named(lfm_finding_t *record) {
    if (record->function == NULL) {
        lfm_site_t site = lfm_site_of(record->at);

        record->function = site.function;
        record->site = site.place;
    }
    return record;
}

void lfm_findings_name(const lfm_findings_t *findings) {
    size_t i;

    for (i = 0; i < findings->count; i++) {
        (void) named(&findings->records[i]);
    }
}

static void print(FILE *out, lfm_finding_t *found) {
    const lfm_finding_t *record = named(found);

    (void) fprintf(out, "finding: %s: %s: %s: %s\n", codes[record->code].name, record->function, record->site,
                   record->text);
}

static lfm_finding_t *new_record(lfm_findings_t *findings, ngx_link_func_mock_code_t code, lf_str_t text) {
    lfm_finding_t *record;

    findings->records = lfm_grow(findings->records, sizeof(*record), findings->count, &findings->capacity);
    record = &findings->records[findings->count++];
    memset(record, 0, sizeof(*record));
    record->code = code;
    record->text = lfm_text_dup(text);
    return record;
}

/* Files with names and lines are read for it. */
static void pass_on(const lfm_findings_t *findings, lfm_finding_t *record) {
    long of_handler = lfm_own_wait_begin();

    if (findings->tee > 0) {
        lfm_report_finding(findings->tee, named(record));
    }
    if (findings->policy == NGX_LINK_FUNC_MOCK_LOG) {
        print(stderr, record);
    }
    lfm_own_wait_end(of_handler);
}

void lfm_find(lfm_findings_t *findings, ngx_link_func_mock_code_t code, const void *at, const char *format,
              ...) {
    lfm_finding_t *record;
    va_list args;
    char text[1024], line[1024];

    if (!lfm_findings_want(findings, code)) {
        return;
    }
    va_start(args, format);
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): clang-tidy 14 overlooks va_start */
    (void) vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    record = new_record(findings, code, lf_str(line, lf_log_escape(line, sizeof(line), lf_cstr(text))));
    record->at = lfm_site_is_call_out(at) ? findings->handler : at;
    pass_on(findings, record);
}

void lfm_findings_add(lfm_findings_t *findings, ngx_link_func_mock_code_t code, lf_str_t function,
                      lf_str_t site, lf_str_t text) {
    lfm_finding_t *record = new_record(findings, code, text);

    record->function = lfm_text_dup(function);
    record->site = lfm_text_dup(site);
    pass_on(findings, record);
}

void lfm_findings_move(lfm_findings_t *findings, lfm_findings_t *from) {
    size_t i;

    for (i = 0; i < from->count; i++) {
        const lfm_finding_t *record = named(&from->records[i]);

        lfm_findings_add(findings, record->code, lf_cstr(record->function), lf_cstr(record->site),
                         lf_cstr(record->text));
    }
    lfm_findings_clear(from);
}

void lfm_findings_take(lfm_findings_t *findings, lfm_findings_t *from) {
    size_t i;

    for (i = 0; i < from->count; i++) {
        const lfm_finding_t *record = &from->records[i];

        if (lfm_findings_want(findings, record->code)) {
            lfm_finding_t *copy = new_record(findings, record->code, lf_cstr(record->text));

            copy->at = record->at;
            pass_on(findings, copy);
        }
    }
    lfm_findings_free(from);
    from->records = NULL;
    from->capacity = 0;
}

static int fails(const lfm_findings_t *findings, const lfm_finding_t *record) {
    return findings->policy == NGX_LINK_FUNC_MOCK_FAIL && findings->modes[record->code] == WANTED;
}

char *lfm_findings_unsettled(lfm_findings_t *findings) {
    char *text = NULL;
    size_t size, told = 0;
    FILE *out;

    if (findings->settled == findings->count) {
        return NULL;
    }
    out = open_memstream(&text, &size);
    if (out == NULL) {
        lfm_out_of_memory();
    }
    for (; findings->settled < findings->count; findings->settled++) {
        if (fails(findings, &findings->records[findings->settled])) {
            print(out, &findings->records[findings->settled]);
            told++;
        }
    }
    (void) fclose(out);
    if (told == 0) {
        free(text);
        return NULL;
    }
    return text;
}

/*
 * The part of ngx_link_func_mock.h
 */

static void check_code(ngx_link_func_mock_code_t code) {
    if ((size_t) code >= NGX_LINK_FUNC_MOCK_CODE_COUNT) {
        lfm_misuse("%d is not the code of a finding", (int) code);
    }
}

void ngx_link_func_mock_on_finding(ngx_link_func_mock_t *mock, ngx_link_func_mock_policy_t policy) {
    mock->findings.policy = policy;
}

static void set_mode(ngx_link_func_mock_t *mock, ngx_link_func_mock_code_t code, lfm_mode_t mode) {
    check_code(code);
    mock->findings.modes[code] = (unsigned char) mode;
}

void ngx_link_func_mock_detect(ngx_link_func_mock_t *mock, ngx_link_func_mock_code_t code) {
    set_mode(mock, code, WANTED);
}

void ngx_link_func_mock_allow(ngx_link_func_mock_t *mock, ngx_link_func_mock_code_t code) {
    set_mode(mock, code, ALLOWED);
}

size_t ngx_link_func_mock_finding_count(const ngx_link_func_mock_t *mock) {
    return mock->findings.count;
}

static const lfm_finding_t *finding(const ngx_link_func_mock_t *mock, size_t index) {
    if (index >= mock->findings.count) {
        lfm_misuse("finding %zu was asked for, there are %zu", index, mock->findings.count);
    }
    return named(&mock->findings.records[index]);
}

ngx_link_func_mock_code_t ngx_link_func_mock_finding_code(const ngx_link_func_mock_t *mock, size_t index) {
    return finding(mock, index)->code;
}

const char *ngx_link_func_mock_finding_function(const ngx_link_func_mock_t *mock, size_t index) {
    return finding(mock, index)->function;
}

const char *ngx_link_func_mock_finding_site(const ngx_link_func_mock_t *mock, size_t index) {
    return finding(mock, index)->site;
}

const char *ngx_link_func_mock_finding_text(const ngx_link_func_mock_t *mock, size_t index) {
    return finding(mock, index)->text;
}

void ngx_link_func_mock_findings_clear(ngx_link_func_mock_t *mock) {
    lfm_findings_clear(&mock->findings);
}

const char *ngx_link_func_mock_code_name(ngx_link_func_mock_code_t code) {
    check_code(code);
    return codes[code].name;
}
