/* The rules of linkfunc-check, which linkfunc-deploy lets one ignore. */

#ifndef RULES_H
#define RULES_H

typedef enum { CHECK_NOTE, CHECK_WARNING, CHECK_ERROR } check_severity_t;

typedef struct {
    const char *id;
    check_severity_t severity;
    const char *remedy; /* one line */
} check_rule_t;

/* NULL: there is none of that id. */
const check_rule_t *check_rule_find(const char *id);

#endif
