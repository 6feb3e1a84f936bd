#include "mock_sweep.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "mock_frame.h"
#include "mock_leak.h"

/* Of LeakSanitizer: absent without it. */
int __lsan_do_recoverable_leak_check(void);
#pragma weak __lsan_do_recoverable_leak_check

static int messages = -1;

static void send_message(const lfm_sweep_message_t *message) {
    (void) !write(messages, message, sizeof(*message));
}

static void crashed(int signal, siginfo_t *info, void *context) {
    static lfm_sweep_message_t message; /* the stack may be full */

    (void) info;
    message.type = LFM_SWEEP_SIGNAL;
    message.signal = signal;
    message.at = lfm_frame_of_signal(context);
    send_message(&message);
    _exit(1);
}

static void stopped(const char *text) {
    lfm_sweep_message_t message = {.type = LFM_SWEEP_STOP, .at = lfm_at};

    (void) snprintf(message.text, sizeof(message.text), "%s", text);
    send_message(&message);
    _exit(1);
}

static void catch_signals(void) {
    static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGALRM};
    static char stack[65536];
    const stack_t other = {.ss_sp = stack, .ss_size = sizeof(stack)};
    struct sigaction action = {.sa_sigaction = crashed, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    size_t i;

    lfm_frame_prepare();
    (void) sigaltstack(&other, NULL);
    for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        (void) sigaction(signals[i], &action, NULL);
    }
    (void) alarm(LFM_SWEEP_SECONDS);
}

static void send_findings(const lfm_findings_t *findings) {
    size_t i;

    for (i = 0; i < findings->count; i++) {
        const lfm_finding_t *record = &findings->records[i];
        lfm_sweep_message_t message = {.type = LFM_SWEEP_FINDING, .code = record->code, .at = record->at};

        (void) snprintf(message.text, sizeof(message.text), "%s", record->text);
        if (!lfm_findings_allow(findings, record->code)) {
            send_message(&message);
        }
    }
}

/* Without an end the parent takes the report for what has happened. */
static void check_leaks(ngx_link_func_mock_t *mock) {
    lfm_zone_check_leaks(mock->zone);
    lfm_leak_check(mock, __builtin_frame_address(0));
    if (__lsan_do_recoverable_leak_check != NULL && __lsan_do_recoverable_leak_check() != 0) {
        _exit(1);
    }
}

void lfm_sweep_run(const lfm_sweep_run_t *run) {
    ngx_link_func_mock_t *mock = run->mock;
    lfm_sweep_message_t end = {.type = LFM_SWEEP_END};
    ngx_link_func_mock_request_t *request;

    messages = run->fd;
    catch_signals();
    lfm_findings_clear(&mock->findings);
    ngx_link_func_mock_on_finding(mock, NGX_LINK_FUNC_MOCK_COUNT);
    ngx_link_func_mock_on_failure(stopped);
    request = run->make_request(mock);
    ngx_link_func_mock_fail_alloc(mock, run->kind, run->plan.wait, run->plan.times);
    (void) ngx_link_func_mock_call(request, run->handler);
    end.fired = ngx_link_func_mock_failed_allocs(mock, run->kind) > 0;
    ngx_link_func_mock_fail_alloc(mock, run->kind, 0, 0);
    ngx_link_func_mock_request_free(request);
    lfm_worker_stop(mock);
    check_leaks(mock);
    lfm_watch_free(&mock->watch);
    send_findings(&mock->findings);
    send_message(&end);
    _exit(0);
}

/*
 * Reports of sanitizers
 */

/* "    #1 0x55d0 in function place" with neither the sanitizer nor the mock in it. */
static int is_site(const char *line, size_t len) {
    static const char *const others[] = {"sanitizer", "asan", "mock_hook", "libc.so", "__interceptor"};
    char text[512];
    size_t i;

    (void) snprintf(text, sizeof(text), "%.*s", (int) len, line);
    if (strncmp(text, "    #", 5) != 0 || strstr(text, " in ") == NULL) {
        return 0;
    }
    for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (strstr(text, others[i]) != NULL) {
            return 0;
        }
    }
    return 1;
}

static lfm_site_t read_site(const char *line) {
    const char *function = strstr(line, " in ") + 4;
    size_t len = strcspn(function, " \n");
    const char *place = function + len + (function[len] == ' ');
    lfm_site_t site = {lfm_text_dup(lf_str(function, len)),
                       lfm_text_dup(lf_str(place, strcspn(place, " \n")))};

    return site;
}

/* "file.c:12:5: runtime error: what" */
static lfm_site_t read_runtime_error(const char *report, const char *error) {
    lfm_site_t site = {lfm_text_dup(lf_cstr("?")), NULL};
    const char *begin = error;

    while (begin > report && begin[-1] != '\n') {
        begin--;
    }
    site.place = lfm_text_dup(lf_str(begin, (size_t) (error - begin)));
    return site;
}

lfm_site_t lfm_sweep_reported_site(const char *report) {
    const char *line = report;
    const char *error = strstr(report, LFM_SWEEP_RUNTIME_ERROR);

    if (error != NULL) {
        return read_runtime_error(report, error);
    }
    while (*line != '\0') {
        size_t len = strcspn(line, "\n");

        if (is_site(line, len)) {
            return read_site(line);
        }
        line += len + (line[len] == '\n');
    }
    return lfm_site_of(NULL);
}
