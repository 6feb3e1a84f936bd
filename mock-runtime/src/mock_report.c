#include "mock_report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mock_blocking.h"
#include "mock_memory.h"

#define PARTS 3
#define STEP 65536

typedef struct {
    uint32_t is_finding;
    uint32_t number; /* the level or the code */
    uint32_t len[PARTS];
} head_t;

/* Nobody is there any more to read it when that fails. */
static void write_all(int fd, const char *data, size_t len) {
    long of_handler = lfm_own_wait_begin();

    while (len > 0) {
        ssize_t n = write(fd, data, len);

        if (n < 0 && errno != EINTR) {
            break;
        }
        data += n > 0 ? n : 0;
        len -= n > 0 ? (size_t) n : 0;
    }
    lfm_own_wait_end(of_handler);
}

static void send(int fd, head_t head, const lf_str_t *parts) {
    size_t size = sizeof(head), i;
    char *message;

    for (i = 0; i < PARTS; i++) {
        head.len[i] = (uint32_t) parts[i].len;
        size += parts[i].len;
    }
    message = lfm_alloc(size);
    memcpy(message, &head, sizeof(head));
    size = sizeof(head);
    for (i = 0; i < PARTS; i++) {
        if (parts[i].len > 0) {
            memcpy(message + size, parts[i].data, parts[i].len);
        }
        size += parts[i].len;
    }
    write_all(fd, message, size);
    free(message);
}

void lfm_report_log(int fd, ngx_link_func_mock_level_t level, lf_str_t line) {
    const lf_str_t parts[PARTS] = {line, lf_cstr(""), lf_cstr("")};
    const head_t head = {0, (uint32_t) level, {0}};

    send(fd, head, parts);
}

void lfm_report_finding(int fd, const lfm_finding_t *finding) {
    const lf_str_t parts[PARTS] = {lf_cstr(finding->function), lf_cstr(finding->site),
                                   lf_cstr(finding->text)};
    const head_t head = {1, (uint32_t) finding->code, {0}};

    send(fd, head, parts);
}

/* Returns the length of the first message; 0 while it is not complete. */
static size_t file_first(const char *data, size_t len, lfm_log_t *log, lfm_findings_t *findings) {
    size_t size = sizeof(head_t), i;
    lf_str_t parts[PARTS];
    head_t head;

    if (len < sizeof(head)) {
        return 0;
    }
    memcpy(&head, data, sizeof(head));
    for (i = 0; i < PARTS; i++) {
        parts[i] = lf_str(data + size, head.len[i]);
        size += head.len[i];
    }
    if (len < size) {
        return 0;
    }
    if (head.is_finding) {
        lfm_findings_add(findings, (ngx_link_func_mock_code_t) head.number, parts[0], parts[1], parts[2]);
    } else {
        lfm_log_line(log, (ngx_link_func_mock_level_t) head.number, parts[0]);
    }
    return size;
}

int lfm_reports_read(lfm_reports_t *reports, lfm_log_t *log, lfm_findings_t *findings) {
    size_t done = 0, size;
    ssize_t n;

    if (reports->capacity < reports->len + STEP) {
        reports->capacity = reports->len + STEP;
        reports->data = lfm_resize(reports->data, reports->capacity);
    }
    n = read(reports->fd, reports->data + reports->len, STEP);
    if (n <= 0) {
        return n < 0 && errno == EINTR;
    }
    reports->len += (size_t) n;
    while ((size = file_first(reports->data + done, reports->len - done, log, findings)) > 0) {
        done += size;
    }
    reports->len -= done;
    memmove(reports->data, reports->data + done, reports->len);
    return 1;
}

void lfm_reports_free(lfm_reports_t *reports) {
    free(reports->data);
}
