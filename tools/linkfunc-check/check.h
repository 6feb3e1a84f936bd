/* What the files of linkfunc-check share. */

#ifndef CHECK_H
#define CHECK_H

#include <stdbool.h>
#include <stddef.h>

#include "cli.h"
#include "library.h"
#include "rules.h"

extern const cli_t check_cli;

/* "linkfunc-check: ..." on standard error. */
#define check_report(...) cli_report(&check_cli, __VA_ARGS__)

typedef struct {
    const check_rule_t *rule;
    char *place; /* the library, or "file:line" of a configuration */
    char *text;
} check_finding_t;

typedef struct {
    check_finding_t *items;
    size_t count;
} check_findings_t;

void check_add(check_findings_t *findings, const char *id, const char *place, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Leaves out what rules of these ids have found. */
void check_drop(check_findings_t *findings, char *const *ids, size_t count);

/* Whether there are errors or warnings; with `strict`, anything. */
bool check_fails(const check_findings_t *findings, bool strict);

void check_free(check_findings_t *findings);

/* The rules, a file for each kind. */
void check_format(check_findings_t *findings, const library_t *library);
void check_symbols(check_findings_t *findings, const library_t *library);
void check_hardening(check_findings_t *findings, const library_t *library);
void check_files(check_findings_t *findings, const library_t *library, bool deployed_elsewhere);

/* A function that a location calls; `place` is where that is said. */
void check_function(check_findings_t *findings, const library_t *library, const char *place,
                    const char *function);

/* Each function that the servers of an nginx.conf which have this library call;
 * that there is none, or that it cannot be read, is a finding too. */
void check_conf(check_findings_t *findings, const library_t *library, const char *path);

/* Opens it in a process of its own, with its constructors. */
void check_load(check_findings_t *findings, const library_t *library);

/* Prints them on standard output. */
void check_print(const check_findings_t *findings, bool as_json);

#endif
