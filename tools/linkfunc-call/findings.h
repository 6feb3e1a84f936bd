/* What the mock found wrong, kept until the end. */

#ifndef FINDINGS_H
#define FINDINGS_H

#include <stdbool.h>
#include <stddef.h>

#include <ngx_link_func_mock.h>

typedef struct {
    const char *code;
    char *function;
    char *site;
    char *text;
} finding_t;

typedef struct {
    finding_t *items;
    size_t count;
} findings_t;

/* Takes those of the mock, which has none then. */
void findings_take(findings_t *findings, ngx_link_func_mock_t *mock);

/* The same, but of each code in a function and a place only the first: for what
 * happens in every one of a million calls. */
void findings_take_new(findings_t *findings, ngx_link_func_mock_t *mock);

void findings_free(findings_t *findings);

/* Prints them on standard error. */
void findings_print(const findings_t *findings, bool as_json);

#endif
