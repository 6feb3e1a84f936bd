/* Runs a handler again and again, with one more allocation that fails each time,
 * each run in a child process: so a crash ends only that, and no run sees what
 * another has left. */

#include "mock_sweep.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mock_failure.h"
#include "mock_site.h"

/* More allocations than this are no handler's, but an endless loop's. */
#define MOST 10000

typedef struct {
    ngx_link_func_mock_t *mock;
    ngx_link_func_mock_make_request_t make_request;
    ngx_link_func_mock_handler_t handler;
    ngx_link_func_mock_alloc_t kind;
    lfm_fault_plan_t plan;
    ngx_link_func_mock_sweep_t *result;
    FILE *text;
} sweep_t;

static const char *const kinds[NGX_LINK_FUNC_MOCK_ALLOC_COUNT] = {
    [NGX_LINK_FUNC_MOCK_ALLOC_POOL] = "pool",
    [NGX_LINK_FUNC_MOCK_ALLOC_SHM] = "shm",
    [NGX_LINK_FUNC_MOCK_ALLOC_MALLOC] = "malloc",
};

/*
 * What went wrong
 */

static char *kept(const char *text) {
    return lfm_text_dup(lf_cstr(text));
}

/* The first is told in full, each is a line of the text. */
static void tell(sweep_t *sweep, const char *problem, lfm_site_t site) {
    ngx_link_func_mock_sweep_t *result = sweep->result;

    if (sweep->plan.wait == 0) {
        (void) fputs("no allocation fails: ", sweep->text);
    } else {
        (void) fprintf(sweep->text, "%s allocation %zu fails%s: ", kinds[sweep->kind], sweep->plan.wait,
                       sweep->plan.times == 0 ? ", and all behind it" : "");
    }
    (void) fprintf(sweep->text, "%s: %s: %s\n", site.function, site.place, problem);
    if (result->problems++ == 0) {
        result->kind = sweep->kind;
        result->nth = sweep->plan.wait;
        result->times = sweep->plan.times;
        result->function = site.function;
        result->site = site.place;
        return;
    }
    free(site.function);
    free(site.place);
}

static void tell_finding(sweep_t *sweep, const lfm_sweep_message_t *message) {
    char problem[sizeof(message->text) + 64];

    (void) snprintf(problem, sizeof(problem), "%s: %s", ngx_link_func_mock_code_name(message->code),
                    message->text);
    tell(sweep, problem, lfm_site_of(message->at));
}

static void tell_stop(sweep_t *sweep, const lfm_sweep_message_t *message) {
    tell(sweep, message->text, lfm_site_of(message->at));
}

static void tell_signal(sweep_t *sweep, const lfm_sweep_message_t *message) {
    char problem[128];

    if (message->signal == SIGALRM) {
        (void) snprintf(problem, sizeof(problem), "it did not return within %d seconds", LFM_SWEEP_SECONDS);
    } else {
        (void) snprintf(problem, sizeof(problem), "it crashed with signal %d (%s)", message->signal,
                        strsignal(message->signal));
    }
    tell(sweep, problem, lfm_site_of(message->at));
}

/* A sanitizer's report, or a handler that ended the process: what it printed. */
static void tell_end(sweep_t *sweep, int status, const char *output) {
    lfm_site_t site = lfm_sweep_reported_site(output);
    const char *error = strstr(output, LFM_SWEEP_RUNTIME_ERROR);
    const char *summary = error == NULL ? strstr(output, "SUMMARY: ") : error + 2;
    char problem[512];

    if (summary != NULL) {
        (void) snprintf(problem, sizeof(problem), "%.*s", (int) strcspn(summary, "\n"), summary);
    } else if (WIFSIGNALED(status)) {
        (void) snprintf(problem, sizeof(problem), "it ended the process by signal %d (%s)", WTERMSIG(status),
                        strsignal(WTERMSIG(status)));
    } else {
        (void) snprintf(problem, sizeof(problem), "it ended the process with status %d", WEXITSTATUS(status));
    }
    tell(sweep, problem, site);
}

/*
 * One run
 */

static int read_message(int fd, lfm_sweep_message_t *message) {
    size_t len = 0;
    ssize_t n = 1;

    while (len < sizeof(*message) && n > 0) {
        n = read(fd, (char *) message + len, sizeof(*message) - len);
        len += n > 0 ? (size_t) n : 0;
    }
    return len == sizeof(*message);
}

/* Returns whether the child came to its end, and in *fired whether a fault did. */
static int read_messages(sweep_t *sweep, int fd, int *fired) {
    lfm_sweep_message_t message;
    int has_ended = 0;

    while (read_message(fd, &message)) {
        switch (message.type) {
        case LFM_SWEEP_FINDING:
            tell_finding(sweep, &message);
            break;
        case LFM_SWEEP_SIGNAL:
            tell_signal(sweep, &message);
            has_ended = *fired = 1;
            break;
        case LFM_SWEEP_STOP:
            tell_stop(sweep, &message);
            has_ended = *fired = 1;
            break;
        case LFM_SWEEP_END:
            has_ended = 1;
            *fired = message.fired;
            break;
        }
    }
    return has_ended;
}

static void wait_for(sweep_t *sweep, pid_t pid, int has_ended, int output) {
    int status = 0;

    (void) waitpid(pid, &status, 0);
    if (!has_ended) {
        char text[65536];
        ssize_t len = pread(output, text, sizeof(text) - 1, 0);

        text[len > 0 ? len : 0] = '\0';
        tell_end(sweep, status, text);
    }
}

static int run(sweep_t *sweep) {
    int output = memfd_create("output", MFD_CLOEXEC), ends[2], has_ended, fired = 1;
    pid_t pid;

    (void) fflush(NULL);
    if (pipe(ends) != 0 || (pid = fork()) == -1) {
        lfm_misuse("ngx_link_func_mock_oom_sweep(): there can be no child process");
    }
    if (pid == 0) {
        const lfm_sweep_run_t child = {sweep->mock, sweep->make_request, sweep->handler,
                                       sweep->kind, sweep->plan,         ends[1]};

        (void) close(ends[0]);
        (void) dup2(output, STDOUT_FILENO);
        (void) dup2(output, STDERR_FILENO);
        lfm_sweep_run(&child);
    }
    (void) close(ends[1]);
    has_ended = read_messages(sweep, ends[0], &fired);
    wait_for(sweep, pid, has_ended, output);
    (void) close(ends[0]);
    (void) close(output);
    sweep->result->runs++;
    return fired;
}

/*
 * All runs
 */

/* Returns how many there are. */
static size_t fail_each(sweep_t *sweep, ngx_link_func_mock_alloc_t kind, size_t times) {
    sweep->kind = kind;
    sweep->plan.times = times;
    for (sweep->plan.wait = 1; sweep->plan.wait <= MOST && run(sweep); sweep->plan.wait++) {
    }
    return sweep->plan.wait - 1;
}

static void fail_all(sweep_t *sweep) {
    ngx_link_func_mock_alloc_t kind;

    (void) run(sweep);
    if (sweep->result->problems > 0) {
        return; /* they would come again and again */
    }
    for (kind = 0; kind < NGX_LINK_FUNC_MOCK_ALLOC_COUNT; kind++) {
        sweep->result->allocations[kind] = fail_each(sweep, kind, 1);
        (void) fail_each(sweep, kind, 0);
    }
}

void lfm_sweep_free(ngx_link_func_mock_sweep_t *result) {
    free((char *) result->function);
    free((char *) result->site);
    free((char *) result->text);
    memset(result, 0, sizeof(*result));
}

/* For a replay of the first problem. */
static void write_when_asked(const sweep_t *sweep) {
    const char *path = getenv("LINKFUNC_SWEEP_HTTP");
    ngx_link_func_mock_request_t *request;

    if (path == NULL || sweep->result->problems == 0) {
        return;
    }
    request = sweep->make_request(sweep->mock);
    if (ngx_link_func_mock_request_write(request, path) != 0) {
        lfm_misuse("LINKFUNC_SWEEP_HTTP: %s", ngx_link_func_mock_error(sweep->mock));
    }
    ngx_link_func_mock_request_free(request);
}

const ngx_link_func_mock_sweep_t *ngx_link_func_mock_oom_sweep(ngx_link_func_mock_t *mock,
                                                               ngx_link_func_mock_make_request_t make_request,
                                                               ngx_link_func_mock_handler_t handler) {
    sweep_t sweep = {.mock = mock, .make_request = make_request, .handler = handler, .result = &mock->sweep};
    char *text = NULL;
    size_t size;

    (void) ngx_link_func_mock_start(mock);
    lfm_sweep_free(&mock->sweep);
    sweep.text = open_memstream(&text, &size);
    if (sweep.text == NULL) {
        lfm_out_of_memory();
    }
    fail_all(&sweep);
    (void) fclose(sweep.text);
    mock->sweep.text = text;
    if (mock->sweep.problems == 0) {
        mock->sweep.function = kept("");
        mock->sweep.site = kept("");
    }
    write_when_asked(&sweep);
    return &mock->sweep;
}
