/* Regular expressions of a configuration, by PCRE2 where the mock has it. */

#ifndef MOCK_REGEX_H
#define MOCK_REGEX_H

#include "mock_state.h"

typedef struct lfm_regex_s lfm_regex_t;

/* What the last match captured: $0 to $9 of the subject, in memory of the
 * call. */
typedef struct {
    lf_str_t groups[10];
} lfm_captures_t;

/* NULL when the pattern is wrong: *problem, which the caller frees, says why in
 * NGINX's words.  Without PCRE2 every pattern is taken, and matching one is
 * for the caller to refuse: lfm_regex_is_supported(). */
lfm_regex_t *lfm_regex_new(const char *pattern, int caseless, char **problem);
void lfm_regex_free(lfm_regex_t *regex);

int lfm_regex_is_supported(void);

/* Adds its named groups, without a value. */
void lfm_regex_declare(const lfm_regex_t *regex, lfm_variables_t *variables);

/* Whether it matches.  Numbered groups go to *captures, named ones to the
 * variables of the call; nothing is kept when that is NULL. */
int lfm_regex_match(const lfm_regex_t *regex, lfm_call_t *call, lf_str_t subject, lfm_captures_t *captures);

#endif
