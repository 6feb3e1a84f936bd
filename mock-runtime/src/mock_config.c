/* Reading a configuration: which directive stands where. */

#include "mock_config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "mock_failure.h"

int lfm_config_refuse(const lfm_parser_t *parser, const lfm_directive_t *directive, const char *format, ...) {
    char *text, *whole;
    va_list args;
    int written;

    va_start(args, format);
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): clang-tidy 14 overlooks va_start */
    written = vasprintf(&text, format, args);
    va_end(args);
    if (written == -1) {
        lfm_out_of_memory();
    }
    written = directive->file == NULL
                  ? asprintf(&whole, "%s", text)
                  : asprintf(&whole, "%s in %s:%u", text, directive->file, directive->line);
    if (written == -1) {
        lfm_out_of_memory();
    }
    free(text);
    free(parser->mock->error);
    parser->mock->error = whole;
    return -1;
}

/*
 * What is made
 */

lfm_location_t *lfm_config_add_level(lfm_config_t *config, const lfm_directive_t *block,
                                     lfm_location_t *parent) {
    lfm_location_t *level = lfm_zalloc(sizeof(*level));

    level->block = block;
    level->parent = parent;
    config->levels =
        lfm_grow(config->levels, sizeof(lfm_location_t *), config->level_count, &config->level_capacity);
    config->levels[config->level_count++] = level;
    return level;
}

lfm_server_t *lfm_config_add_server(lfm_config_t *config, const lfm_directive_t *block,
                                    lfm_location_t *http) {
    lfm_server_t *server = lfm_zalloc(sizeof(*server));

    server->block = block;
    server->root = lfm_config_add_level(config, block, http);
    config->servers =
        lfm_grow(config->servers, sizeof(lfm_server_t *), config->server_count, &config->server_capacity);
    config->servers[config->server_count++] = server;
    return server;
}

int lfm_config_add_pattern(const lfm_parser_t *parser, const lfm_directive_t *directive, const char *pattern,
                           int caseless) {
    lfm_config_t *config = parser->config;
    char *problem = NULL;
    lfm_regex_t *regex = lfm_regex_new(pattern, caseless, &problem);

    if (regex == NULL) {
        int refused = lfm_config_refuse(parser, directive, "%s", problem);

        free(problem);
        return refused;
    }
    config->patterns =
        lfm_grow(config->patterns, sizeof(lfm_pattern_t), config->pattern_count, &config->pattern_capacity);
    config->patterns[config->pattern_count].pattern = pattern;
    config->patterns[config->pattern_count++].regex = regex;
    lfm_regex_declare(regex, &config->captures);
    return 0;
}

const lfm_regex_t *lfm_config_pattern(const lfm_config_t *config, const char *pattern) {
    size_t i;

    for (i = 0; i < config->pattern_count; i++) {
        if (config->patterns[i].pattern == pattern) {
            return config->patterns[i].regex;
        }
    }
    return NULL;
}

static void level_free(lfm_location_t *level) {
    free(level->inner);
    free(level->names);
    free(level);
}

static void server_free(lfm_server_t *server) {
    free(server->path);
    free(server->props);
    free(server);
}

void lfm_config_free(lfm_config_t *config) {
    if (config == NULL) {
        return;
    }
    while (config->level_count > 0) {
        level_free(config->levels[--config->level_count]);
    }
    while (config->server_count > 0) {
        server_free(config->servers[--config->server_count]);
    }
    while (config->pattern_count > 0) {
        lfm_regex_free(config->patterns[--config->pattern_count].regex);
    }
    free(config->levels);
    free(config->servers);
    free(config->patterns);
    lfm_variables_clear(&config->variables);
    lfm_variables_clear(&config->captures);
    lfm_conf_file_clear(&config->file);
    free(config);
}

/*
 * Walking
 */

static int is_duplicate(const lfm_parser_t *parser, const lfm_directive_t *directive) {
    const lfm_directive_t *earlier;

    for (earlier = parser->first; earlier != directive; earlier = earlier->next) {
        if (lfm_directive_is(earlier, directive->words[0])) {
            return 1;
        }
    }
    return 0;
}

static int check_flag(const lfm_parser_t *parser, const lfm_directive_t *directive) {
    lf_str_t value = lf_cstr(directive->words[1]);

    if (lf_str_case_equal(value, lf_cstr("on")) || lf_str_case_equal(value, lf_cstr("off"))) {
        return 0;
    }
    return lfm_config_refuse(parser, directive,
                             "invalid value \"%s\" in \"%s\" directive, it must be \"on\" or \"off\"",
                             directive->words[1], directive->words[0]);
}

static int check_form(const lfm_parser_t *parser, const lfm_rule_t *rule, const lfm_directive_t *directive) {
    size_t arguments = directive->count - 1;

    if (!(rule->contexts & parser->context)) {
        return lfm_config_refuse(parser, directive, "\"%s\" directive is not allowed here", rule->name);
    }
    if (directive->is_block && !(rule->flags & LFM_BLOCK)) {
        return lfm_config_refuse(parser, directive, "directive \"%s\" is not terminated by \";\"",
                                 rule->name);
    }
    if (!directive->is_block && (rule->flags & LFM_BLOCK)) {
        return lfm_config_refuse(parser, directive, "directive \"%s\" has no opening \"{\"", rule->name);
    }
    if (arguments < rule->min || arguments > rule->max) {
        return lfm_config_refuse(parser, directive, "invalid number of arguments in \"%s\" directive",
                                 rule->name);
    }
    if ((rule->flags & LFM_ONCE) && is_duplicate(parser, directive)) {
        return lfm_config_refuse(parser, directive, "\"%s\" directive is duplicate", rule->name);
    }
    return rule->flags & LFM_FLAG ? check_flag(parser, directive) : 0;
}

static int walk_one(lfm_parser_t *parser, const lfm_directive_t *directive) {
    const lfm_rule_t *rule;

    if (directive->problem != NULL) {
        return lfm_config_refuse(parser, directive, "%s", directive->problem);
    }
    rule = lfm_rule_find(directive->words[0]);
    if (rule == NULL) {
        return strncmp(directive->words[0], "ngx_link_func_", 14) == 0
                   ? lfm_config_refuse(parser, directive, "unknown directive \"%s\"", directive->words[0])
                   : 0;
    }
    if (check_form(parser, rule, directive) != 0) {
        return -1;
    }
    return rule->set == NULL ? 0 : rule->set(parser, directive);
}

int lfm_config_walk(lfm_parser_t *parser, const lfm_directive_t *first) {
    const lfm_directive_t *directive;

    parser->first = first;
    for (directive = first; directive != NULL; directive = directive->next) {
        if (walk_one(parser, directive) != 0) {
            return -1;
        }
    }
    return 0;
}

/* Blocks of which nothing is known here can be broken, too. */
static int refuse_broken(const lfm_parser_t *parser, const lfm_directive_t *first) {
    for (; first != NULL; first = first->next) {
        if (first->problem != NULL) {
            return lfm_config_refuse(parser, first, "%s", first->problem);
        }
        if (refuse_broken(parser, first->children) != 0) {
            return -1;
        }
    }
    return 0;
}

/*
 * Settings
 */

const lfm_directive_t *lfm_setting(const lfm_location_t *level, const char *name) {
    const lfm_directive_t *found = NULL;

    for (; level != NULL && found == NULL; level = level->parent) {
        found = lfm_directive_find(level->block->children, name);
    }
    return found;
}

int lfm_setting_is_on(const lfm_location_t *level, const char *name, int by_default) {
    const lfm_directive_t *setting = lfm_setting(level, name);

    return setting == NULL ? by_default : lf_str_case_equal(lf_cstr(setting->words[1]), lf_cstr("on"));
}

int lfm_config_size(const char *text, unsigned long long *size) {
    static const char units[] = "kmg";
    const char *unit;
    char *end;

    if (text[0] < '0' || text[0] > '9') {
        return 0;
    }
    *size = strtoull(text, &end, 10);
    if (*end == '\0') {
        return 1;
    }
    unit = strchr(units, *end | 0x20);
    if (end[1] != '\0' || unit == NULL || *unit == '\0' || *size > ~0ULL >> (10 * (unit - units + 2))) {
        return 0;
    }
    *size <<= 10 * (unit - units + 1);
    return 1;
}

/*
 * The public functions
 */

int ngx_link_func_mock_config(ngx_link_func_mock_t *mock, const char *path) {
    lfm_parser_t parser = {.mock = mock, .context = LFM_MAIN};

    if (mock->config != NULL || mock->worker != LFM_WORKER_DOWN) {
        lfm_misuse("ngx_link_func_mock_config(\"%s\"): the mock has %s", path,
                   mock->config != NULL ? "a configuration already" : "started its worker already");
    }
    parser.config = lfm_zalloc(sizeof(*parser.config));
    lfm_conf_file_read(&parser.config->file, path);
    if (lfm_config_walk(&parser, parser.config->file.first) != 0
        || refuse_broken(&parser, parser.config->file.first) != 0 || lfm_config_load(&parser) != 0) {
        lfm_config_free(parser.config);
        return -1;
    }
    mock->config = parser.config;
    return 0;
}

void ngx_link_func_mock_function(ngx_link_func_mock_t *mock, const char *name,
                                 ngx_link_func_mock_handler_t handler) {
    lfm_function_t *function;

    mock->functions =
        lfm_grow(mock->functions, sizeof(*function), mock->function_count, &mock->function_capacity);
    function = &mock->functions[mock->function_count++];
    function->name = lfm_text_dup(lf_cstr(name));
    function->handler = handler;
}
