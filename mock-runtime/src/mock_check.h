/* What is looked for in the arguments of the API: discipline of responses,
 * headers and log lines. */

#ifndef MOCK_CHECK_H
#define MOCK_CHECK_H

#include "mock_state.h"

/* Before a response is written; `line_is_used` tells whether the status line
 * fits the status. */
void lfm_check_response(lfm_call_t *call, uintptr_t status, lf_str_t line, int line_is_used);

/* With the content type chosen. */
void lfm_check_body(lfm_call_t *call, lf_str_t body);

/* After the handler. */
void lfm_check_return(lfm_call_t *call);

void lfm_check_log(lfm_findings_t *findings, const char *msg);

#endif
