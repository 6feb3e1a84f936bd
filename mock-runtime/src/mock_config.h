/* What ngx_link_func_mock_config() made of a configuration. */

#ifndef MOCK_CONFIG_H
#define MOCK_CONFIG_H

#include "lf_location.h"
#include "mock_conf_file.h"
#include "mock_regex.h"
#include "mock_state.h"

typedef struct lfm_location_s lfm_location_t;

/* A level of the configuration: http, server, location, "if" or "limit_except". */
struct lfm_location_s {
    const lfm_directive_t *block; /* its children are the settings */
    lfm_location_t *parent;       /* where settings come from that are not set here */
    int unnamed;                  /* "if" and "limit_except" */
    lfm_location_t **inner;       /* the locations in it, in the order of the file */
    lf_location_t *names;         /* of those */
    size_t count;
    size_t names_capacity;
    size_t capacity;
    const lfm_directive_t *call; /* ngx_link_func_call, NULL without */
    ngx_link_func_mock_handler_t function;
    const lfm_directive_t *content; /* another content handler, NULL without */
    const lfm_directive_t *blocker; /* what the mock cannot imitate, NULL without */
};

typedef struct {
    const lfm_directive_t *block;
    lfm_location_t *root;
    const lfm_directive_t *lib; /* NULL without a library */
    char *path;                 /* of the library */
    lfm_library_t *library;
    lf_prop_t *props; /* the http level's before the server's; the text is the file's */
    size_t prop_count;
    size_t prop_capacity;
} lfm_server_t;

/* A pattern, by the address of its word. */
typedef struct {
    const char *pattern;
    lfm_regex_t *regex;
} lfm_pattern_t;

struct lfm_config_s {
    lfm_conf_file_t file;
    lfm_location_t **levels; /* all there are */
    size_t level_count;
    size_t level_capacity;
    lfm_server_t **servers;
    size_t server_count;
    size_t server_capacity;
    lfm_pattern_t *patterns;
    size_t pattern_count;
    size_t pattern_capacity;
    lfm_variables_t variables; /* that "set" declares, all empty */
    lfm_variables_t captures;  /* that regular expressions name, likewise */
};

/* Where a directive may stand. */
#define LFM_MAIN 1u
#define LFM_HTTP 2u
#define LFM_SERVER 4u
#define LFM_SERVER_IF 8u
#define LFM_LOCATION 16u
#define LFM_LOCATION_IF 32u
#define LFM_LIMIT_EXCEPT 64u

/* A configuration as it is read. */
typedef struct {
    ngx_link_func_mock_t *mock;
    lfm_config_t *config;
    lfm_server_t *server;
    lfm_location_t *level;
    const lfm_directive_t *first; /* of the block */
    unsigned context;
} lfm_parser_t;

/* A setter returns 0, or -1 when it has refused. */
typedef struct {
    const char *name;
    unsigned contexts;
    unsigned flags;
    size_t min; /* arguments */
    size_t max;
    int (*set)(lfm_parser_t *parser, const lfm_directive_t *directive);
} lfm_rule_t;

#define LFM_BLOCK 1u
#define LFM_FLAG 2u    /* on or off */
#define LFM_ONCE 4u    /* a second one in the same block "is duplicate" */
#define LFM_CONTENT 8u /* makes a content handler */
#define LFM_ANY ((size_t) -1)

/* NULL when NGINX may know the directive, but the mock does not. */
const lfm_rule_t *lfm_rule_find(const char *name);

/* Whether it leaves the answers alone. */
int lfm_directive_is_harmless(const char *name);

/* Walks the directives of a block, in the parser's context. */
int lfm_config_walk(lfm_parser_t *parser, const lfm_directive_t *first);

/* Refuses in NGINX's form, with " in FILE:LINE".  Returns -1. */
int lfm_config_refuse(const lfm_parser_t *parser, const lfm_directive_t *directive, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

lfm_location_t *lfm_config_add_level(lfm_config_t *config, const lfm_directive_t *block,
                                     lfm_location_t *parent);
lfm_server_t *lfm_config_add_server(lfm_config_t *config, const lfm_directive_t *block, lfm_location_t *http);

/* Compiles the pattern that a word of the directive is, from its byte `from`. */
int lfm_config_add_pattern(const lfm_parser_t *parser, const lfm_directive_t *directive, const char *pattern,
                           int caseless);
const lfm_regex_t *lfm_config_pattern(const lfm_config_t *config, const char *pattern);

/* When the http block is read: calls are bound to their servers. */
int lfm_config_merge(const lfm_parser_t *parser);

/* When all is read: opens the libraries and finds the functions. */
int lfm_config_load(const lfm_parser_t *parser);

/* The setting of a level, its own or inherited, or NULL. */
const lfm_directive_t *lfm_setting(const lfm_location_t *level, const char *name);

/* Whether a setting of one flag is on. */
int lfm_setting_is_on(const lfm_location_t *level, const char *name, int by_default);

/* NGINX's sizes, with k, m and g.  Returns 0 when the text is none. */
int lfm_config_size(const char *text, unsigned long long *size);

#endif
