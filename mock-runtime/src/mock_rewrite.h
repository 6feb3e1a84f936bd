/* set, if, return and break, and text with variables in it. */

#ifndef MOCK_REWRITE_H
#define MOCK_REWRITE_H

#include "mock_dispatch.h"

/* These refuse when the configuration is read. */
int lfm_script_check(const lfm_parser_t *parser, const lfm_directive_t *directive, const char *text);

/* Leaves the words of the directive without the parentheses. */
int lfm_condition_check(const lfm_parser_t *parser, const lfm_directive_t *directive);

/* Of a "return"; 0 when it has none. */
int lfm_return_status(const lfm_directive_t *directive, unsigned *status);

/* Text with its variables replaced, in memory of the call.  Returns 0 when the
 * test is to stop. */
int lfm_script_value(lfm_dispatch_t *dispatch, const lfm_directive_t *directive, const char *text,
                     lf_str_t *value);

typedef enum { LFM_REWRITE_END, LFM_REWRITE_BREAK, LFM_REWRITE_ANSWERED, LFM_REWRITE_STOPPED } lfm_rewrite_t;

/* Runs what rewrites among the directives of a block. */
lfm_rewrite_t lfm_rewrite_run(lfm_dispatch_t *dispatch, const lfm_directive_t *first);

#endif
