/* The directives that the mock knows, and those that it may overlook. */

#include "mock_config.h"

#include <stdio.h>
#include <stdlib.h>

#include "lf_header.h"
#include "lf_message.h"
#include "lf_url.h"
#include "mock_builtin.h"
#include "mock_rewrite.h"

/* Reads a block as another parser, whose context and level are its own. */
static int walk_block(const lfm_parser_t *parser, const lfm_directive_t *directive, unsigned context,
                      lfm_location_t *level) {
    lfm_parser_t inner = *parser;

    inner.context = context;
    inner.level = level;
    return lfm_config_walk(&inner, directive->children);
}

static int set_http(lfm_parser_t *parser, const lfm_directive_t *directive) {
    lfm_location_t *level = lfm_config_add_level(parser->config, directive, NULL);

    if (walk_block(parser, directive, LFM_HTTP, level) != 0) {
        return -1;
    }
    return lfm_config_merge(parser);
}

static int set_server(lfm_parser_t *parser, const lfm_directive_t *directive) {
    lfm_parser_t inner = *parser;

    inner.server = lfm_config_add_server(parser->config, directive, parser->level);
    return walk_block(&inner, directive, LFM_SERVER, inner.server->root);
}

/*
 * Locations
 */

static void add_inner(lfm_location_t *level, lfm_location_t *inner, const lf_location_t *name) {
    size_t at = level->count;

    level->inner = lfm_grow(level->inner, sizeof(lfm_location_t *), at, &level->capacity);
    level->names = lfm_grow(level->names, sizeof(lf_location_t), at, &level->names_capacity);
    level->inner[at] = inner;
    level->names[at] = *name;
    level->count++;
}

static int is_regex(const lf_location_t *location) {
    return location->kind == LF_LOCATION_REGEX || location->kind == LF_LOCATION_REGEX_CASELESS;
}

/* How the location is named that the parser is in. */
static const lf_location_t *own_name(const lfm_location_t *level) {
    size_t i;

    for (i = 0; i < level->parent->count; i++) {
        if (level->parent->inner[i] == level) {
            return &level->parent->names[i];
        }
    }
    return NULL;
}

static int starts_with(lf_str_t text, lf_str_t prefix) {
    return text.len >= prefix.len && lf_str_equal(lf_str(text.data, prefix.len), prefix);
}

static int check_nesting(const lfm_parser_t *parser, const lfm_directive_t *directive,
                         const lf_location_t *inner) {
    const lf_location_t *outer = own_name(parser->level);

    if (outer->kind == LF_LOCATION_EXACT || outer->kind == LF_LOCATION_NAMED) {
        return lfm_config_refuse(parser, directive, "location \"%s\" cannot be inside the %s location \"%s\"",
                                 inner->name.data, outer->kind == LF_LOCATION_EXACT ? "exact" : "named",
                                 outer->name.data);
    }
    if (inner->kind == LF_LOCATION_NAMED) {
        return lfm_config_refuse(parser, directive, "named location \"%s\" can be on the server level only",
                                 inner->name.data);
    }
    if (!is_regex(inner) && !starts_with(inner->name, outer->name)) {
        return lfm_config_refuse(parser, directive, "location \"%s\" is outside location \"%s\"",
                                 inner->name.data, outer->name.data);
    }
    return 0;
}

static int set_location(lfm_parser_t *parser, const lfm_directive_t *directive) {
    int two = directive->count == 3;
    lf_str_t modifier = lf_cstr(two ? directive->words[1] : NULL);
    lfm_location_t *level;
    lf_location_t name;

    if (!lf_location_parse(modifier, lf_cstr(directive->words[two ? 2 : 1]), &name)) {
        return lfm_config_refuse(parser, directive, "invalid location modifier \"%s\"", directive->words[1]);
    }
    if (is_regex(&name)
        && lfm_config_add_pattern(parser, directive, name.name.data, name.kind == LF_LOCATION_REGEX_CASELESS)
               != 0) {
        return -1;
    }
    if (parser->context == LFM_LOCATION && check_nesting(parser, directive, &name) != 0) {
        return -1;
    }
    level = lfm_config_add_level(parser->config, directive, parser->level);
    add_inner(parser->level, level, &name);
    return walk_block(parser, directive, LFM_LOCATION, level);
}

static int set_if(lfm_parser_t *parser, const lfm_directive_t *directive) {
    int in_server = parser->context == LFM_SERVER || parser->context == LFM_SERVER_IF;
    lfm_location_t *level;

    if (lfm_condition_check(parser, directive) != 0) {
        return -1;
    }
    if (in_server) {
        return walk_block(parser, directive, LFM_SERVER_IF, parser->level);
    }
    level = lfm_config_add_level(parser->config, directive, parser->level);
    level->unnamed = 1;
    return walk_block(parser, directive, LFM_LOCATION_IF, level);
}

static int set_limit_except(lfm_parser_t *parser, const lfm_directive_t *directive) {
    lfm_location_t *level = lfm_config_add_level(parser->config, directive, parser->level);

    level->unnamed = 1;
    return walk_block(parser, directive, LFM_LIMIT_EXCEPT, level);
}

static int set_content(lfm_parser_t *parser, const lfm_directive_t *directive) {
    const lf_location_t *name = parser->context == LFM_LOCATION ? own_name(parser->level) : NULL;

    parser->level->content = directive;
    if (name != NULL && name->name.len > 0 && name->name.data[name->name.len - 1] == '/') {
        ((lf_location_t *) name)->redirects = strstr(directive->words[0], "_pass") != NULL;
    }
    return 0;
}

/*
 * Rewriting
 */

static int set_variable(lfm_parser_t *parser, const lfm_directive_t *directive) {
    const char *name = directive->words[1];
    lf_str_t bare;

    if (name[0] != '$' || name[1] == '\0') {
        return lfm_config_refuse(parser, directive, "invalid variable name \"%s\"", name);
    }
    bare = lf_cstr(name + 1);
    if (lfm_builtin_exists(bare) && !lf_str_case_equal(bare, lf_cstr("args"))) {
        return lfm_config_refuse(parser, directive, "the duplicate \"%s\" variable", bare.data);
    }
    if (!lf_str_case_equal(bare, lf_cstr("args"))) {
        lfm_variables_set(&parser->config->variables, bare, lf_cstr(""));
    }
    return lfm_script_check(parser, directive, directive->words[2]);
}

static int set_return(lfm_parser_t *parser, const lfm_directive_t *directive) {
    unsigned status;

    if (!lfm_return_status(directive, &status)) {
        return lfm_config_refuse(parser, directive, "invalid return code \"%s\"", directive->words[1]);
    }
    return lfm_script_check(parser, directive, directive->words[directive->count - 1]);
}

static int set_rewrite(lfm_parser_t *parser, const lfm_directive_t *directive) {
    return lfm_config_add_pattern(parser, directive, directive->words[1], 0);
}

static int set_server_name(lfm_parser_t *parser, const lfm_directive_t *directive) {
    size_t i;

    for (i = 1; i < directive->count; i++) {
        if (directive->words[i][0] == '~'
            && lfm_config_add_pattern(parser, directive, directive->words[i] + 1, 1) != 0) {
            return -1;
        }
    }
    return 0;
}

static int set_body_size(lfm_parser_t *parser, const lfm_directive_t *directive) {
    unsigned long long size;

    return lfm_config_size(directive->words[1], &size)
               ? 0
               : lfm_config_refuse(parser, directive, "\"%s\" directive invalid value", directive->words[0]);
}

/*
 * Those of the module
 */

static int set_library_path(lfm_parser_t *parser, const lfm_directive_t *directive, const char *path) {
    lfm_server_t *server = parser->server;

    if (server->lib != NULL) {
        return lfm_config_refuse(parser, directive, "\"%s\" directive is duplicate", directive->words[0]);
    }
    server->lib = directive;
    server->path = lfm_conf_file_path_dup(&parser->config->file, path);
    return 0;
}

static int set_lib(lfm_parser_t *parser, const lfm_directive_t *directive) {
    if (parser->server->lib == NULL && directive->words[1][0] == '\0') {
        return lfm_config_refuse(parser, directive, "ngx_link_func_lib: \"\" is not a path");
    }
    return set_library_path(parser, directive, directive->words[1]);
}

static int set_download(lfm_parser_t *parser, const lfm_directive_t *directive) {
    return set_library_path(parser, directive, directive->words[directive->count - 1]);
}

static int set_ca_cert(lfm_parser_t *parser, const lfm_directive_t *directive) {
    return directive->words[1][0] != '\0'
               ? 0
               : lfm_config_refuse(parser, directive, "ngx_link_func_ca_cert: \"\" is not a path");
}

static int set_call(lfm_parser_t *parser, const lfm_directive_t *directive) {
    if (directive->words[1][0] == '\0') {
        return lfm_config_refuse(parser, directive, "ngx_link_func_call: \"\" is not a function");
    }
    parser->level->call = directive;
    return 0;
}

/* The size that the test chose stays. */
static int set_shm_size(lfm_parser_t *parser, const lfm_directive_t *directive) {
    const char *text = directive->words[1];
    unsigned long long size;

    if (!lfm_config_size(text, &size)) {
        return lfm_config_refuse(parser, directive, "ngx_link_func_shm_size: \"%s\" is not a size", text);
    }
    if (size < lfm_zone_min_size()) {
        return lfm_config_refuse(parser, directive,
                                 "ngx_link_func_shm_size: \"%s\" is too small, the minimum is %zuk", text,
                                 lfm_zone_min_size() / 1024);
    }
    if (size > LFM_ZONE_MAX_SIZE) {
        return lfm_config_refuse(
            parser, directive, "ngx_link_func_shm_size: \"%s\" is too large, the mock's maximum is 8g", text);
    }
    if (parser->mock->zone == NULL) {
        ngx_link_func_mock_shm_size(parser->mock, (size_t) size);
    }
    return 0;
}

static int is_set_before(const lfm_parser_t *parser, const lfm_directive_t *directive) {
    const lfm_directive_t *earlier;

    for (earlier = parser->first; earlier != directive; earlier = earlier->next) {
        if (lfm_directive_is(earlier, directive->words[0])
            && lf_str_case_equal(lf_cstr(earlier->words[1]), lf_cstr(directive->words[1]))) {
            return 1;
        }
    }
    return 0;
}

static int set_prop(lfm_parser_t *parser, const lfm_directive_t *directive) {
    if (directive->words[1][0] == '\0') {
        return lfm_config_refuse(parser, directive, "ngx_link_func_add_prop: \"\" is not a key");
    }
    if (is_set_before(parser, directive)) {
        lfm_log_format(
            &parser->mock->log, NGX_LINK_FUNC_MOCK_WARN,
            "ngx_link_func_add_prop: \"%s\" is set twice at this level, the later value is used in %s:%u",
            directive->words[1], directive->file, directive->line);
    }
    return 0;
}

static int set_req_header(lfm_parser_t *parser, const lfm_directive_t *directive) {
    lf_str_t name = lf_cstr(directive->words[1]);
    lf_header_verdict_t verdict = lf_header_check_request(name, lf_cstr(directive->words[2]));

    if (verdict != LF_HEADER_OK) {
        return lfm_config_refuse(parser, directive, "ngx_link_func_add_req_header: \"%s\" is refused, %s",
                                 directive->words[1], lf_message_verdict(verdict));
    }
    return lfm_script_check(parser, directive, directive->words[2]);
}

/*
 * The tables
 */

#define ALL_LEVELS (LFM_HTTP | LFM_SERVER | LFM_LOCATION)
#define REWRITING (LFM_SERVER | LFM_SERVER_IF | LFM_LOCATION | LFM_LOCATION_IF)
#define PASSING (LFM_LOCATION | LFM_LOCATION_IF | LFM_LIMIT_EXCEPT)

static const lfm_rule_t rules[] = {
    {"http", LFM_MAIN, LFM_BLOCK | LFM_ONCE, 0, 0, set_http},
    {"server", LFM_HTTP, LFM_BLOCK, 0, 0, set_server},
    {"location", LFM_SERVER | LFM_LOCATION, LFM_BLOCK, 1, 2, set_location},
    {"if", REWRITING, LFM_BLOCK, 1, LFM_ANY, set_if},
    {"limit_except", LFM_LOCATION, LFM_BLOCK | LFM_ONCE, 1, LFM_ANY, set_limit_except},
    {"types", ALL_LEVELS, LFM_BLOCK, 0, 0, NULL},

    {"set", REWRITING, 0, 2, 2, set_variable},
    {"return", REWRITING, 0, 1, 2, set_return},
    {"break", REWRITING, 0, 0, 0, NULL},
    {"rewrite", REWRITING, 0, 2, 3, set_rewrite},

    {"listen", LFM_SERVER, 0, 1, LFM_ANY, NULL},
    {"server_name", LFM_SERVER, 0, 1, LFM_ANY, set_server_name},
    {"internal", LFM_LOCATION, 0, 0, 0, NULL},
    {"aio", ALL_LEVELS, LFM_ONCE, 1, 1, NULL},
    {"allow", ALL_LEVELS | LFM_LIMIT_EXCEPT, 0, 1, 1, NULL},
    {"deny", ALL_LEVELS | LFM_LIMIT_EXCEPT, 0, 1, 1, NULL},
    {"client_max_body_size", ALL_LEVELS, LFM_ONCE, 1, 1, set_body_size},
    {"default_type", ALL_LEVELS, LFM_ONCE, 1, 1, NULL},
    {"error_page", ALL_LEVELS | LFM_LOCATION_IF, 0, 2, LFM_ANY, NULL},
    {"ignore_invalid_headers", LFM_HTTP | LFM_SERVER, LFM_FLAG | LFM_ONCE, 1, 1, NULL},
    {"merge_slashes", LFM_HTTP | LFM_SERVER, LFM_FLAG | LFM_ONCE, 1, 1, NULL},
    {"underscores_in_headers", LFM_HTTP | LFM_SERVER, LFM_FLAG | LFM_ONCE, 1, 1, NULL},

    {"empty_gif", LFM_LOCATION, LFM_CONTENT, 0, 0, set_content},
    {"fastcgi_pass", LFM_LOCATION | LFM_LOCATION_IF, LFM_CONTENT | LFM_ONCE, 1, 1, set_content},
    {"flv", LFM_LOCATION, LFM_CONTENT, 0, 0, set_content},
    {"grpc_pass", LFM_LOCATION | LFM_LOCATION_IF, LFM_CONTENT | LFM_ONCE, 1, 1, set_content},
    {"memcached_pass", LFM_LOCATION | LFM_LOCATION_IF, LFM_CONTENT | LFM_ONCE, 1, 1, set_content},
    {"mp4", LFM_LOCATION, LFM_CONTENT, 0, 0, set_content},
    {"proxy_pass", PASSING, LFM_CONTENT | LFM_ONCE, 1, 1, set_content},
    {"scgi_pass", LFM_LOCATION | LFM_LOCATION_IF, LFM_CONTENT | LFM_ONCE, 1, 1, set_content},
    {"stub_status", LFM_SERVER | LFM_LOCATION, LFM_CONTENT, 0, 1, set_content},
    {"uwsgi_pass", LFM_LOCATION | LFM_LOCATION_IF, LFM_CONTENT | LFM_ONCE, 1, 1, set_content},

    {"ngx_link_func_lib", LFM_SERVER, 0, 1, 1, set_lib},
    {"ngx_link_func_download_link_lib", LFM_SERVER, 0, 2, 3, set_download},
    {"ngx_link_func_ca_cert", LFM_SERVER, LFM_ONCE, 1, 1, set_ca_cert},
    {"ngx_link_func_snapshot", LFM_HTTP | LFM_SERVER, LFM_FLAG | LFM_ONCE, 1, 1, NULL},
    {"ngx_link_func_call", LFM_LOCATION, LFM_ONCE, 1, 1, set_call},
    {"ngx_link_func_shm_size", LFM_HTTP, LFM_ONCE, 1, 1, set_shm_size},
    {"ngx_link_func_add_prop", LFM_HTTP | LFM_SERVER, 0, 2, 2, set_prop},
    {"ngx_link_func_add_req_header", ALL_LEVELS | LFM_LOCATION_IF, 0, 2, 2, set_req_header},
};

/* What changes no answer, or none that the mock gives. */
static const char *const harmless[] = {
    "access_log",
    "aio_write",
    "alias",
    "autoindex",
    "chunked_transfer_encoding",
    "connection_pool_size",
    "directio",
    "disable_symlinks",
    "error_log",
    "etag",
    "geo",
    "http2",
    "index",
    "large_client_header_buffers",
    "limit_conn_zone",
    "limit_rate",
    "limit_req_zone",
    "map",
    "max_ranges",
    "output_buffers",
    "postpone_output",
    "read_ahead",
    "recursive_error_pages",
    "request_pool_size",
    "reset_timedout_connection",
    "resolver",
    "rewrite_log",
    "root",
    "server_tokens",
    "split_clients",
    "uninitialized_variable_warn",
    "upstream",
};

static const char *const harmless_prefixes[] = {
    "client_",     "fastcgi_",
    "grpc_",       "gzip",
    "http2_",      "keepalive_",
    "lingering_",  "log_",
    "map_hash_",   "memcached_",
    "msie_",       "open_file_",
    "proxy_",      "resolver_",
    "scgi_",       "send",
    "ssl_",        "tcp_",
    "types_hash_", "server_names_hash_",
    "uwsgi_",      "variables_hash_",
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

const lfm_rule_t *lfm_rule_find(const char *name) {
    size_t i;

    for (i = 0; i < COUNT(rules); i++) {
        if (strcmp(rules[i].name, name) == 0) {
            return &rules[i];
        }
    }
    return NULL;
}

int lfm_directive_is_harmless(const char *name) {
    size_t i;

    for (i = 0; i < COUNT(harmless); i++) {
        if (strcmp(harmless[i], name) == 0) {
            return 1;
        }
    }
    for (i = 0; i < COUNT(harmless_prefixes); i++) {
        if (strncmp(name, harmless_prefixes[i], strlen(harmless_prefixes[i])) == 0) {
            return 1;
        }
    }
    return 0;
}
