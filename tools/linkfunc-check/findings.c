/* The list of what the rules found. */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

void check_add(check_findings_t *findings, const char *id, const char *place, const char *format, ...) {
    check_finding_t *added;
    va_list args;

    findings->items = realloc(findings->items, (findings->count + 1) * sizeof(*findings->items));
    if (findings->items == NULL) {
        abort();
    }
    added = &findings->items[findings->count++];
    added->rule = check_rule_find(id);
    added->place = strdup(place);
    va_start(args, format);
    /* The analyzer loses sight of va_start when it reads several files in one run. */
    if (vasprintf(&added->text, format, args) == -1) { /* NOLINT(clang-analyzer-valist.Uninitialized) */
        abort();
    }
    va_end(args);
}

static void free_finding(const check_finding_t *finding) {
    free(finding->place);
    free(finding->text);
}

static bool is_in(const char *id, char *const *ids, size_t count) {
    size_t i;

    for (i = 0; i < count; i++) {
        if (strcmp(id, ids[i]) == 0) {
            return true;
        }
    }
    return false;
}

void check_drop(check_findings_t *findings, char *const *ids, size_t count) {
    size_t i, kept = 0;

    for (i = 0; i < findings->count; i++) {
        if (is_in(findings->items[i].rule->id, ids, count)) {
            free_finding(&findings->items[i]);
        } else {
            findings->items[kept++] = findings->items[i];
        }
    }
    findings->count = kept;
}

bool check_fails(const check_findings_t *findings, bool strict) {
    size_t i;

    for (i = 0; i < findings->count; i++) {
        if (strict || findings->items[i].rule->severity > CHECK_NOTE) {
            return true;
        }
    }
    return false;
}

void check_free(check_findings_t *findings) {
    while (findings->count > 0) {
        free_finding(&findings->items[--findings->count]);
    }
    free(findings->items);
}
