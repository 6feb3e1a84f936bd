/* The command line. */

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "call.h"

/* Of shared memory; more no server has, and no mock manages. */
#define SHM_PAGES_MIN 8
#define SHM_MAX ((size_t) 8 << 30)

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

/* As curl takes it: "Name: value", "Name:" for none of that name, "Name;" for an
 * empty one. */
static const char *take_header(void *options, const char *value) {
    const char *end = strchr(value, ':');

    if (end == NULL && value[0] != '\0' && value[strlen(value) - 1] == ';') {
        end = value + strlen(value) - 1;
    }
    if (end == NULL || end == value) {
        return "'%s' is not a header: expected 'Name: value'";
    }
    add_word(&call_options(options)->headers, value);
    return NULL;
}

static const char *add_part(call_options_t *options, call_part_t part) {
    options->data = realloc(options->data, (options->data_count + 1) * sizeof(*options->data));
    if (options->data == NULL) {
        abort();
    }
    options->data[options->data_count++] = part;
    return NULL;
}

static const char *take_data(void *options, const char *value) {
    return add_part(options, (call_part_t){.word = value});
}

static const char *take_binary(void *options, const char *value) {
    return add_part(options, (call_part_t){.word = value, .binary = true});
}

static const char *take_include(void *options, const char *value) {
    (void) value;
    call_options(options)->include = true;
    return NULL;
}

static const char *take_head(void *options, const char *value) {
    if (call_options(options)->method == NULL) {
        call_options(options)->method = "HEAD";
    }
    return take_include(options, value);
}

/* As $remote_addr has it: an address, or what stands for that of a UNIX socket. */
static const char *take_remote_addr(void *options, const char *value) {
    unsigned char address[sizeof(struct in6_addr)];

    if (inet_pton(AF_INET, value, address) != 1 && inet_pton(AF_INET6, value, address) != 1
        && strcmp(value, "unix:") != 0) {
        return "'%s' is not an address: expected one of IPv4 or IPv6, or unix:";
    }
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

/* A number with k, m or g behind it, or 0 for none of those. */
static unsigned long long size_of(const char *text) {
    static const char units[] = "kmg";
    char *end;
    unsigned long long size;
    const char *unit;
    int shift;

    errno = 0;
    size = strtoull(text, &end, 10);
    unit = *end == '\0' ? NULL : strchr(units, *end | 0x20);
    shift = unit == NULL ? 0 : 10 * (int) (unit - units + 1);
    if (text[0] < '0' || text[0] > '9' || (unit == NULL ? *end : end[1]) != '\0') {
        return 0;
    }
    return errno == ERANGE || size > ULLONG_MAX >> shift ? ULLONG_MAX : size << shift;
}

/* The sizes of ngx_link_func_shm_size. */
static const char *take_shm_size(void *options, const char *value) {
    unsigned long long size = size_of(value);

    if (size < (unsigned long long) (SHM_PAGES_MIN * sysconf(_SC_PAGESIZE)) || size > SHM_MAX) {
        return "'%s' is not a size of shared memory: expected 8 pages, mostly 32k, to 8g";
    }
    call_options(options)->shm_size = (size_t) size;
    return NULL;
}

static const char *take_repeat(void *options, const char *value) {
    unsigned long count;
    char *end;

    errno = 0;
    count = strtoul(value, &end, 10);
    if (value[0] < '0' || value[0] > '9' || *end != '\0' || count == 0 || errno != 0) {
        return "'%s' is not a number of calls: expected 1 or more";
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

static const char *take_no_fork(void *options, const char *value) {
    (void) value;
    call_options(options)->no_fork = true;
    return NULL;
}

static const cli_option_t option_table[] = {
    {"--request", 'X', "METHOD", "the method (default: GET, with data POST)", take_method},
    {"--header", 'H', "LINE", "a request header 'Name: value', as curl takes it; may be repeated",
     take_header},
    {"--data", 'd', "DATA", "the body; @FILE is that file, @- standard input, without line ends", take_data},
    {"--data-binary", 0, "DATA", "the body as --data has it, with the line ends of files", take_binary},
    {"--include", 'i', NULL, "print the status line and the headers too", take_include},
    {"--head", 'I', NULL, "the method HEAD; print the status line and the headers", take_head},
    {"--remote-addr", 0, "ADDR", "the client's address (default: 127.0.0.1)", take_remote_addr},
    {"--prop", 'p', "KEY=VALUE", "a property, as ngx_link_func_add_prop; may be repeated", take_prop},
    {"--shm-size", 0, "SIZE", "shared memory, as ngx_link_func_shm_size (default: none)", take_shm_size},
    {"--conf", 'c', "FILE", "an nginx.conf, in which the location chooses the function", take_conf},
    {"--replay", 0, "FILE", "send the requests of a file, HTTP/1.1 or HAR (.har), instead", take_replay},
    {"--repeat", 'n', "N", "call it N times and print the last response", take_repeat},
    {"--bench", 0, NULL, "call it for a second, or N times, and print what a call costs", take_bench},
    {"--no-fork", 0, NULL, "call it in the tool's own process, as for a debugger", take_no_fork},
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

/*
 * What goes together
 */

static const char no_replay[] = "%s makes no sense with --replay: the requests are those of the file";
static const char no_bench[] = "%s makes no sense with --bench: no response is printed";

void call_options_check(const call_options_t *options, bool has_url) {
    const struct {
        bool wrong;
        const char *option;
        const char *why;
    } rows[] = {
        {options->method != NULL, "--request", no_replay},
        {options->headers.count > 0, "--header", no_replay},
        {options->data_count > 0, "--data", no_replay},
        {options->remote_addr != NULL, "--remote-addr", no_replay},
        {options->repeat > 0, "--repeat", no_replay},
        {has_url, "a URL", no_replay},
        {options->bench, "--bench", no_replay},
        {options->include, "--include", no_bench},
    };
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].wrong && (rows[i].why == no_replay ? options->replay != NULL : options->bench)) {
            cli_misuse(&call_cli, rows[i].why, rows[i].option);
        }
    }
}
