#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "call.h"

static call_options_t *call_options(void *options) {
    return options;
}

static void add_word(call_words_t *list, const char *word) {
    list->words = realloc(list->words, (list->count + 1) * sizeof(*list->words));
    if (list->words == NULL) {
        abort();
    }
    list->words[list->count++] = word;
}

static const char *take_method(void *options, const char *value) {
    call_options(options)->method = value;
    return NULL;
}

static const char *take_header(void *options, const char *value) {
    add_word(&call_options(options)->headers, value);
    return NULL;
}

static const char *take_data(void *options, const char *value) {
    call_options(options)->data = value;
    return NULL;
}

static const char *take_include(void *options, const char *value) {
    (void) value;
    call_options(options)->include = true;
    return NULL;
}

static const char *take_remote_addr(void *options, const char *value) {
    call_options(options)->remote_addr = value;
    return NULL;
}

static const char *take_prop(void *options, const char *value) {
    if (strchr(value, '=') == NULL || value[0] == '=') {
        return "'%s' is not a property: expected KEY=VALUE";
    }
    add_word(&call_options(options)->props, value);
    return NULL;
}

/* The sizes of ngx_link_func_shm_size. */
static const char *take_shm_size(void *options, const char *value) {
    static const char units[] = "kmg";
    char *end;
    unsigned long long size = strtoull(value, &end, 10);
    const char *unit = *end == '\0' ? NULL : strchr(units, *end | 0x20);
    int shift = unit == NULL ? 0 : 10 * (int) (unit - units + 1);

    if (value[0] < '0' || value[0] > '9' || (unit == NULL ? *end : end[1]) != '\0'
        || size > SIZE_MAX >> shift) {
        return "'%s' is not a size: expected a number, with k, m or g behind it";
    }
    call_options(options)->shm_size = (size_t) size << shift;
    return NULL;
}

static const char *take_repeat(void *options, const char *value) {
    char *end;
    unsigned long count = strtoul(value, &end, 10);

    if (value[0] < '0' || value[0] > '9' || *end != '\0' || count == 0) {
        return "'%s' is not a number of calls";
    }
    call_options(options)->repeat = count;
    return NULL;
}

static const char *take_log_level(void *options, const char *value) {
    int level;

    for (level = NGX_LINK_FUNC_MOCK_EMERG; level <= NGX_LINK_FUNC_MOCK_DEBUG; level++) {
        if (strcmp(value, ngx_link_func_mock_level_name((ngx_link_func_mock_level_t) level)) == 0) {
            call_options(options)->log_level = (ngx_link_func_mock_level_t) level;
            return NULL;
        }
    }
    return "'%s' is not a log level: expected emerg, alert, error, warn, info or debug";
}

static const char *take_conf(void *options, const char *value) {
    call_options(options)->conf = value;
    return NULL;
}

static const char *take_replay(void *options, const char *value) {
    call_options(options)->replay = value;
    return NULL;
}

static const char *take_bench(void *options, const char *value) {
    (void) value;
    call_options(options)->bench = true;
    return NULL;
}

static const char *take_findings(void *options, const char *value) {
    (void) value;
    call_options(options)->findings = true;
    return NULL;
}

static const char *take_json(void *options, const char *value) {
    (void) value;
    call_options(options)->json = call_options(options)->findings = true;
    return NULL;
}

static const cli_option_t option_table[] = {
    {"--request", 'X', "METHOD", "the method (default: GET, with data POST)", take_method},
    {"--header", 'H', "LINE", "a request header 'Name: value'; may be repeated", take_header},
    {"--data", 'd', "DATA", "the body; @FILE reads it from a file, @- from standard input", take_data},
    {"--include", 'i', NULL, "print the status line and the headers too", take_include},
    {"--remote-addr", 0, "ADDR", "the client's address (default: 127.0.0.1)", take_remote_addr},
    {"--prop", 'p', "KEY=VALUE", "a property, as ngx_link_func_add_prop; may be repeated", take_prop},
    {"--shm-size", 0, "SIZE", "shared memory, as ngx_link_func_shm_size (default: none)", take_shm_size},
    {"--conf", 'c', "FILE", "an nginx.conf, in which the location chooses the function", take_conf},
    {"--replay", 0, "FILE", "send the requests of a file, HTTP/1.1 or HAR (.har), instead", take_replay},
    {"--repeat", 'n', "N", "call it N times and print the last response", take_repeat},
    {"--bench", 0, NULL, "call it for a second and print what a call costs", take_bench},
    {"--log-level", 0, "LEVEL", "print log lines of this level and above (default: info)", take_log_level},
    {"--findings", 0, NULL, "print what the mock found wrong; exit 1 if anything", take_findings},
    {"--json", 0, NULL, "findings as JSON, on standard error", take_json},
    {NULL, 0, NULL, NULL, NULL},
};

const cli_t call_cli = {
    .name = "linkfunc-call",
    .version = LINKFUNC_VERSION,
    .operands = "LIB.so [FUNCTION] [URL]",
    .summary = "Calls a function of a library with a request for URL (default: /), without a\n"
               "server, and prints the response as curl does, log lines on standard error.",
    .options = option_table,
    .min_operands = 1,
    .max_operands = 3,
};

static _Noreturn void stop(const char *message) {
    call_report("%s", message);
    exit(1);
}

static void configure(ngx_link_func_mock_t *mock, const call_options_t *options) {
    size_t i;

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

ngx_link_func_mock_response_t *call_send(const call_target_t *target, ngx_link_func_mock_request_t *request) {
    return target->function == NULL ? ngx_link_func_mock_send(request)
                                    : ngx_link_func_mock_call_name(request, target->function);
}

/* What is told of each request that is sent. */
typedef struct {
    ngx_link_func_mock_t *mock;
    const call_options_t *options;
    const call_target_t *target;
} teller_t;

static int send_and_tell(ngx_link_func_mock_request_t *request, void *data) {
    const teller_t *teller = data;
    const ngx_link_func_mock_response_t *response = call_send(teller->target, request);

    if (ngx_link_func_mock_response_outcome(response) == NGX_LINK_FUNC_MOCK_PASSED) {
        call_report("the gate is open: the request goes on to the other handler of its location");
    } else {
        call_print_response(response, teller->options->include);
    }
    call_print_log(teller->mock, teller->options->log_level);
    return 0;
}

static int send_one(const teller_t *teller, const call_url_t *url) {
    ngx_link_func_mock_request_t *request;
    size_t i;

    for (i = 1; i < teller->options->repeat; i++) {
        request = call_request_new(teller->mock, teller->options, url);
        if (request == NULL) {
            return -1;
        }
        (void) call_send(teller->target, request);
        call_print_log(teller->mock, teller->options->log_level);
        ngx_link_func_mock_request_free(request);
    }
    request = call_request_new(teller->mock, teller->options, url);
    return request == NULL ? -1 : send_and_tell(request, (void *) teller);
}

static int call(const teller_t *teller, const call_url_t *url) {
    if (teller->options->replay != NULL) {
        return call_replay(teller->mock, teller->options->replay, send_and_tell, (void *) teller) == -1 ? -1
                                                                                                        : 0;
    }
    if (teller->options->bench) {
        call_bench(teller->mock, teller->target, teller->options, url);
        return 0;
    }
    return send_one(teller, url);
}

static int open_library(ngx_link_func_mock_t *mock, const call_options_t *options, const char *library) {
    if (ngx_link_func_mock_load(mock, library) == 0
        && (options->conf == NULL || ngx_link_func_mock_config(mock, options->conf) == 0)) {
        return 0;
    }
    call_report("%s", ngx_link_func_mock_error(mock));
    return -1;
}

static int run(const call_options_t *options, const char *library, const call_target_t *target,
               const char *where) {
    ngx_link_func_mock_t *mock = ngx_link_func_mock_new();
    const teller_t teller = {mock, options, target};
    call_url_t url;

    ngx_link_func_mock_on_finding(mock, NGX_LINK_FUNC_MOCK_COUNT);
    configure(mock, options);
    if (call_url_read(&url, where) != 0 || open_library(mock, options, library) != 0
        || call(&teller, &url) != 0) {
        return 1;
    }
    ngx_link_func_mock_stop(mock);
    call_print_log(mock, options->log_level);
    call_url_free(&url);
    return options->findings && call_print_findings(mock, options->json) > 0;
}

/* The words behind the library: a configuration chooses the function. */
static const char *take_operands(const call_options_t *options, call_target_t *target, char **words,
                                 int count) {
    if (options->conf == NULL) {
        if (count < 1) {
            cli_misuse(&call_cli, "expected FUNCTION, or --conf", NULL);
        }
        target->function = words[0];
        words++;
        count--;
    }
    if (count > 1) {
        cli_misuse(&call_cli, "unexpected argument '%s'", words[1]);
    }
    return count > 0 ? words[0] : "/";
}

int main(int argc, char **argv) {
    call_options_t options = {.repeat = 1, .log_level = NGX_LINK_FUNC_MOCK_INFO};
    int operands = cli_parse(&call_cli, argc, argv, &options);
    call_target_t target = {NULL};
    const char *where = take_operands(&options, &target, argv + 2, operands - 1);
    int status;

    ngx_link_func_mock_on_failure(stop);
    status = run(&options, argv[1], &target, where);
    if (fflush(stdout) != 0) {
        stop("cannot write to standard output");
    }
    return status;
}
