/* The tables of cases, one for each version of the API: one request each, and
 * the exchange that both runtimes must give for it. */

#ifndef CASES_H
#define CASES_H

#include <stddef.h>

typedef struct {
    const char *name; /* a sentence */
    const char *method;
    const char *target;  /* "/FUNCTION..." */
    const char *headers; /* lines that end in CRLF, or NULL */
    const char *body;    /* or NULL */

    /* The status line; the headers in order, less Server, Date and Connection,
     * each a line; an empty line; the body; and, behind a line "--", the log
     * lines.  Control characters of the body but LF are \xHH. */
    const char *expected;
} conformance_case_t;

extern const conformance_case_t conformance_cases34[];
extern const size_t conformance_case_count34;

extern const conformance_case_t conformance_cases35[];
extern const size_t conformance_case_count35;

#endif
