#include <dlfcn.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "guard.h"
#include "nearest.h"

/* What there is to do, and what is told of each request that is sent. */
typedef struct {
    const call_options_t *options;
    const char *library;
    call_target_t target;
    const char *where; /* the URL; NULL: none was given */
    ngx_link_func_mock_t *mock;
    findings_t findings;
} job_t;

/*
 * Before the library
 */

/* What the mock refuses of the options. */
static _Noreturn void refuse(const char *message) {
    cli_misuse(&call_cli, "%s", message);
}

static void configure(ngx_link_func_mock_t *mock, const call_options_t *options) {
    size_t i;

    ngx_link_func_mock_on_finding(mock, NGX_LINK_FUNC_MOCK_COUNT);
    if (options->shm_size > 0) {
        ngx_link_func_mock_shm_size(mock, options->shm_size);
    }
    for (i = 0; i < options->props.count; i++) {
        const char *word = options->props.words[i];
        size_t len = strcspn(word, "=");
        char *key = strndup(word, len);

        ngx_link_func_mock_add_prop(mock, key, word + len + 1);
        free(key);
    }
}

/* A request is made once for what is wrong with it to be said first. */
static int prepare(job_t *job, call_input_t *input) {
    ngx_link_func_mock_on_failure(refuse);
    job->mock = ngx_link_func_mock_new();
    configure(job->mock, job->options);
    if (job->options->replay != NULL) {
        return 0;
    }
    if (call_url_read(&input->url, job->where == NULL ? "/" : job->where) != 0) {
        cli_misuse(&call_cli, "'%s' is not a URL: expected /PATH or http://HOST/PATH", job->where);
    }
    if (call_data_read(input, job->options) != 0) {
        return -1;
    }
    ngx_link_func_mock_request_free(call_request_new(job->mock, job->options, input));
    return 0;
}

/*
 * Calls
 */

static _Noreturn void stop(const char *message) {
    call_report("%s%s", call_replay_place(), message);
    exit(guard_end(1));
}

ngx_link_func_mock_response_t *call_send(const call_target_t *target, ngx_link_func_mock_request_t *request) {
    return target->function == NULL ? ngx_link_func_mock_send(request)
                                    : ngx_link_func_mock_call_name(request, target->function);
}

static int send_and_tell(ngx_link_func_mock_request_t *request, void *data) {
    const job_t *job = data;
    const ngx_link_func_mock_response_t *response = call_send(&job->target, request);

    if (ngx_link_func_mock_response_outcome(response) == NGX_LINK_FUNC_MOCK_PASSED) {
        call_report("the gate is open: the request goes on to the other handler of its location");
    } else {
        call_print_response(response, job->options->include);
    }
    ngx_link_func_mock_log_clear(job->mock);
    return 0;
}

static void send_each(job_t *job, const call_input_t *input) {
    size_t i;

    for (i = 1; i < job->options->repeat; i++) {
        ngx_link_func_mock_request_t *request = call_request_new(job->mock, job->options, input);

        (void) call_send(&job->target, request);
        ngx_link_func_mock_log_clear(job->mock);
        ngx_link_func_mock_request_free(request);
    }
    (void) send_and_tell(call_request_new(job->mock, job->options, input), job);
}

static int call(job_t *job, const call_input_t *input) {
    if (job->options->replay != NULL) {
        return call_replay(job->mock, job->options->replay, send_and_tell, job) == -1 ? -1 : 0;
    }
    if (job->options->bench) {
        call_print_log(job->mock, NULL);
        call_bench(job->mock, &job->target, job->options, input, &job->findings);
        call_print_log(job->mock, &job->options->log_level);
    } else {
        send_each(job, input);
    }
    return 0;
}

static int open_library(const job_t *job) {
    if (ngx_link_func_mock_load(job->mock, job->library) == 0
        && (job->options->conf == NULL || ngx_link_func_mock_config(job->mock, job->options->conf) == 0)) {
        return 0;
    }
    call_report("%s", ngx_link_func_mock_error(job->mock));
    return -1;
}

/* Whether there is one that was asked for. */
static int tell_findings(const job_t *job) {
    if (job->options->findings) {
        findings_print(&job->findings, job->options->json);
    }
    return job->options->findings && job->findings.count > 0;
}

/* Whether the loader finds it, be it in a library that this one needs. */
static bool is_found(const char *library, const char *function) {
    char path[PATH_MAX];
    void *handle = realpath(library, path) == NULL ? NULL : dlopen(path, RTLD_NOW | RTLD_NOLOAD);

    return handle != NULL && dlsym(handle, function) != NULL;
}

/* The mock has no more to say of a name than that it is unknown. */
static int check_function(const job_t *job) {
    const char *function = job->target.function, *nearest;
    library_t *library;

    if (function == NULL || is_found(job->library, function)) {
        return 0;
    }
    library = library_open(job->library);
    nearest = nearest_function(library, function);
    call_report("function \"%s\" not found in \"%s\"%s%s%s", function, job->library,
                nearest ? ", did you mean \"" : "", nearest ? nearest : "", nearest ? "\"?" : "");
    library_free(library);
    return -1;
}

static int perform(job_t *job, const call_input_t *input) {
    ngx_link_func_mock_on_failure(stop);
    call_print_log(job->mock, &job->options->log_level);
    guard_enter(GUARD_CONSTRUCTOR);
    if (open_library(job) != 0 || check_function(job) != 0) {
        return 1;
    }
    guard_enter(GUARD_INIT);
    (void) ngx_link_func_mock_start(job->mock);
    guard_enter(GUARD_FUNCTION);
    if (call(job, input) != 0) {
        return 1;
    }
    guard_enter(GUARD_EXIT);
    ngx_link_func_mock_stop(job->mock);
    findings_take(&job->findings, job->mock);
    return tell_findings(job);
}

/* In NGINX's workers a connection that is gone is an error, not a signal. */
static int run(void *data) {
    job_t *job = data;
    call_input_t input = {.data = NULL};
    int status;

    (void) signal(SIGPIPE, SIG_IGN);
    status = prepare(job, &input) == 0 ? perform(job, &input) : 1;
    call_input_free(&input);
    findings_free(&job->findings);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        call_report("cannot write to standard output");
        status = 1;
    }
    return guard_end(status);
}

/* The words behind the library: a configuration chooses the function. */
static void take_operands(job_t *job, char **words, int count) {
    if (job->options->conf == NULL) {
        if (count < 1) {
            cli_misuse(&call_cli, "expected FUNCTION, or --conf", NULL);
        }
        job->target.function = words[0];
        words++;
        count--;
    }
    if (count > 1) {
        cli_misuse(&call_cli, "unexpected argument '%s'", words[1]);
    }
    job->where = count > 0 ? words[0] : NULL;
}

int main(int argc, char **argv) {
    static call_options_t options = {.log_level = NGX_LINK_FUNC_MOCK_INFO};
    int operands = cli_parse(&call_cli, argc, argv, &options);
    job_t job = {.options = &options, .library = argv[1]};

    take_operands(&job, argv + 2, operands - 1);
    call_options_check(&options, job.where != NULL);
    return options.no_fork ? run(&job) : guard_run(run, &job, job.library, job.target.function);
}
