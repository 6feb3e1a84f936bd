/* What the files of linkfunc-call share. */

#ifndef CALL_H
#define CALL_H

#include <stdbool.h>
#include <stddef.h>

#include <ngx_link_func_mock.h>

#include "cli.h"
#include "findings.h"

extern const cli_t call_cli;

/* "linkfunc-call: ..." on standard error. */
#define call_report(...) cli_report(&call_cli, __VA_ARGS__)

/* The words that an option was given with, in order. */
typedef struct {
    const char **words;
    size_t count;
} call_words_t;

/* A part of the body. */
typedef struct {
    const char *word; /* "TEXT", "@FILE" or "@-" */
    bool binary;      /* of a file every byte counts */
} call_part_t;

typedef struct {
    const char *method; /* NULL: GET, or POST with data */
    call_words_t headers;
    call_words_t props;
    call_part_t *data; /* joined by "&"; none: no body */
    size_t data_count;
    const char *remote_addr;
    const char *conf;   /* an nginx.conf that chooses the function */
    const char *replay; /* a file of requests */
    size_t shm_size;
    size_t repeat; /* 0: not told, once */
    ngx_link_func_mock_level_t log_level;
    bool include;
    bool bench;
    bool findings;
    bool json;
    bool no_fork;
} call_options_t;

/* Ends the process with a misuse when some of them do not go together. */
void call_options_check(const call_options_t *options, bool has_url);

/* The words of an operand: "/path?query" or "http://host/path?query". */
typedef struct {
    char *host; /* NULL: not named */
    char *target;
} call_url_t;

/* Returns -1 when the text is neither. */
int call_url_read(call_url_t *url, const char *text);
void call_url_free(call_url_t *url);

/* What the requests are made from, beside the options. */
typedef struct {
    call_url_t url;
    char *data; /* NULL: no body */
    size_t len;
} call_input_t;

/* Returns -1, which has been reported, when some of it cannot be read. */
int call_data_read(call_input_t *input, const call_options_t *options);
void call_input_free(call_input_t *input);

/* A request as the options describe it. */
ngx_link_func_mock_request_t *call_request_new(ngx_link_func_mock_t *mock, const call_options_t *options,
                                               const call_input_t *input);

/* Visits the requests of a file: HAR when its name ends in ".har", else raw
 * HTTP/1.1.  Returns how many there were; or -1, which has been reported. */
int call_replay(ngx_link_func_mock_t *mock, const char *path,
                int (*visit)(ngx_link_func_mock_request_t *request, void *data), void *data);

/* "FILE: entry N: " while a request of a file is being made, else "": where
 * what the mock has to say belongs. */
const char *call_replay_place(void);

/* How a request is answered: by a function, or as the configuration says. */
typedef struct {
    const char *function; /* NULL: the configuration's */
} call_target_t;

ngx_link_func_mock_response_t *call_send(const call_target_t *target, ngx_link_func_mock_request_t *request);

/* Sends the request for about a second and prints what a call costs. */
void call_bench(ngx_link_func_mock_t *mock, const call_target_t *target, const call_options_t *options,
                const call_input_t *input, findings_t *findings);

/* The response as curl prints it. */
void call_print_response(const ngx_link_func_mock_response_t *response, bool with_headers);

/* Has what is logged from now on printed on standard error, as it comes: lines
 * of *level and above, or none when it is NULL. */
void call_print_log(ngx_link_func_mock_t *mock, const ngx_link_func_mock_level_t *level);

#endif
