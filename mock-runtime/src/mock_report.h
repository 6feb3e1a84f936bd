/* What a worker process logs and is found to do, on its way to the mock that
 * started it. */

#ifndef MOCK_REPORT_H
#define MOCK_REPORT_H

#include "mock_finding.h"
#include "mock_log.h"

/* In the worker, as it happens: what comes later may kill it. */
void lfm_report_log(int fd, ngx_link_func_mock_level_t level, lf_str_t line);
void lfm_report_finding(int fd, const lfm_finding_t *finding);

/* The other end. */
typedef struct {
    int fd; /* -1 once it was read to its end */
    char *data;
    size_t len;
    size_t capacity;
} lfm_reports_t;

/* Reads what there is, and files what is complete.  Returns 0 at the end. */
int lfm_reports_read(lfm_reports_t *reports, lfm_log_t *log, lfm_findings_t *findings);

void lfm_reports_free(lfm_reports_t *reports);

#endif
