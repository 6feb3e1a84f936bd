/* What the mock has found wrong about a handler. */

#ifndef MOCK_FINDING_H
#define MOCK_FINDING_H

#include "mock_public.h"

#include <stddef.h>

#include "lf_str.h"

typedef struct {
    ngx_link_func_mock_code_t code;
    const void *at;
    char *function; /* NULL until somebody asks, and the next too */
    char *site;
    char *text;
} lfm_finding_t;

typedef struct {
    lfm_finding_t *records;
    size_t count;
    size_t capacity;
    size_t settled; /* of the records: those a test has heard of */
    ngx_link_func_mock_policy_t policy;
    int tee;                                            /* a file that gets each too; 0: none */
    const void *handler;                                /* the entry of what runs, or ran last */
    unsigned char modes[NGX_LINK_FUNC_MOCK_CODE_COUNT]; /* lfm_mode_t */
} lfm_findings_t;

void lfm_findings_init(lfm_findings_t *findings);
void lfm_findings_clear(lfm_findings_t *findings);
void lfm_findings_free(lfm_findings_t *findings);

/* Puts names to all, before code goes that they were found in. */
void lfm_findings_name(const lfm_findings_t *findings);

/* Whether anybody wants to hear of it: what is costly to look for asks first. */
int lfm_findings_want(const lfm_findings_t *findings, ngx_link_func_mock_code_t code);

/* Whether one fails no test. */
int lfm_findings_allow(const lfm_findings_t *findings, ngx_link_func_mock_code_t code);

/* Records one, if it is wanted.  `at` is an address within the instruction that
 * is to blame; NULL when there is none. */
void lfm_find(lfm_findings_t *findings, ngx_link_func_mock_code_t code, const void *at, const char *format,
              ...) __attribute__((format(printf, 4, 5)));

/* Records one that was found elsewhere, and has its names. */
void lfm_findings_add(lfm_findings_t *findings, ngx_link_func_mock_code_t code, lf_str_t function,
                      lf_str_t site, lf_str_t text);

/* Appends all of `from`, which is empty then. */
void lfm_findings_move(lfm_findings_t *findings, lfm_findings_t *from);

/* The same, without a look at their names, of those that are wanted. */
void lfm_findings_take(lfm_findings_t *findings, lfm_findings_t *from);

/* The findings that fail the test and have not done so yet, a line each, to be
 * freed by the caller; NULL when there are none.  After that they are settled. */
char *lfm_findings_unsettled(lfm_findings_t *findings);

/* Where the caller of the function that says this is: the call itself, which
 * comes before the address it returns to. */
#define lfm_caller() ((const void *) ((const char *) __builtin_return_address(0) - 1))

#endif
