/* What only the whole configuration tells: inheritance, libraries, functions. */

#include "mock_config.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static lfm_server_t *server_of(const lfm_config_t *config, const lfm_location_t *level) {
    size_t i;

    for (; level != NULL; level = level->parent) {
        for (i = 0; i < config->server_count; i++) {
            if (config->servers[i]->root == level) {
                return config->servers[i];
            }
        }
    }
    return NULL;
}

/*
 * Merging
 */

static int blocks(const lfm_directive_t *directive) {
    return lfm_rule_find(directive->words[0]) == NULL && !lfm_directive_is_harmless(directive->words[0]);
}

/* Of what the mock does not know, try_files alone is not inherited. */
static const lfm_directive_t *find_blocker(const lfm_location_t *level) {
    const lfm_location_t *from;
    const lfm_directive_t *directive;

    for (from = level; from != NULL; from = from->parent) {
        for (directive = from->block->children; directive != NULL; directive = directive->next) {
            if (blocks(directive) && (from == level || !lfm_directive_is(directive, "try_files"))) {
                return directive;
            }
        }
    }
    return NULL;
}

/* Parents come before what is in them. */
static int merge_level(const lfm_parser_t *parser, lfm_location_t *level) {
    const lfm_location_t *parent = level->parent;

    level->blocker = find_blocker(level);
    if (level->unnamed) {
        level->call = parent->call;
        level->content = level->content == NULL ? parent->content : level->content;
        return 0;
    }
    if (level->call != NULL && server_of(parser->config, level)->lib == NULL) {
        return lfm_config_refuse(
            parser, level->call,
            "ngx_link_func_call: function \"%s\" has no library, its server needs \"ngx_link_func_lib\"",
            level->call->words[1]);
    }
    return 0;
}

static int is_same_location(const lf_location_t *a, const lf_location_t *b) {
    int a_exact = a->kind == LF_LOCATION_EXACT, b_exact = b->kind == LF_LOCATION_EXACT;

    return a->kind <= LF_LOCATION_EXACT && b->kind <= LF_LOCATION_EXACT && a_exact == b_exact
           && lf_str_equal(a->name, b->name);
}

static int refuse_duplicates(const lfm_parser_t *parser, const lfm_location_t *level) {
    size_t i, k;

    for (i = 0; i < level->count; i++) {
        for (k = 0; k < i; k++) {
            if (is_same_location(&level->names[i], &level->names[k])) {
                return lfm_config_refuse(parser, level->inner[i]->block, "duplicate location \"%s\"",
                                         level->names[i].name.data);
            }
        }
    }
    return 0;
}

static void add_props(lfm_server_t *server, const lfm_directive_t *directive) {
    for (; directive != NULL; directive = directive->next) {
        if (lfm_directive_is(directive, "ngx_link_func_add_prop")) {
            server->props =
                lfm_grow(server->props, sizeof(lf_prop_t), server->prop_count, &server->prop_capacity);
            server->props[server->prop_count].key = lf_cstr(directive->words[1]);
            server->props[server->prop_count++].value = lf_cstr(directive->words[2]);
        }
    }
}

int lfm_config_merge(const lfm_parser_t *parser) {
    const lfm_config_t *config = parser->config;
    size_t i;

    for (i = 0; i < config->server_count; i++) {
        add_props(config->servers[i], config->servers[i]->root->parent->block->children);
        add_props(config->servers[i], config->servers[i]->block->children);
    }
    for (i = 0; i < config->level_count; i++) {
        if (merge_level(parser, config->levels[i]) != 0) {
            return -1;
        }
    }
    for (i = 0; i < config->level_count; i++) {
        if (refuse_duplicates(parser, config->levels[i]) != 0) {
            return -1;
        }
    }
    return 0;
}

/*
 * Libraries
 */

static int is_same_file(const char *a, const char *b) {
    struct stat first, second;

    if (strcmp(a, b) == 0) {
        return 1;
    }
    return stat(a, &first) == 0 && stat(b, &second) == 0 && first.st_dev == second.st_dev
           && first.st_ino == second.st_ino;
}

static lfm_library_t *find_library(const lfm_config_t *config, size_t before, const char *path) {
    size_t i;

    for (i = 0; i < before; i++) {
        if (config->servers[i]->library != NULL && is_same_file(config->servers[i]->path, path)) {
            return config->servers[i]->library;
        }
    }
    return NULL;
}

/* Whether the test has one of the functions that this server calls. */
static int is_linked_in(const lfm_parser_t *parser, const lfm_server_t *server) {
    const lfm_config_t *config = parser->config;
    size_t i;

    for (i = 0; i < config->level_count; i++) {
        const lfm_directive_t *call = config->levels[i]->call;

        if (call != NULL && server_of(config, config->levels[i]) == server
            && lfm_linked_function(parser->mock, call->words[1]) != NULL) {
            return 1;
        }
    }
    return 0;
}

static int warn_of_hook(const lfm_parser_t *parser, const lfm_server_t *server, lfm_hook_t hook,
                        const char *name) {
    if (hook == NULL) {
        lfm_log_format(&parser->mock->log, NGX_LINK_FUNC_MOCK_WARN,
                       "%s: function \"%s\" not found in \"%s\" in %s:%u", server->lib->words[0], name,
                       server->path, server->lib->file, server->lib->line);
    }
    return 0;
}

static int open_library(const lfm_parser_t *parser, lfm_server_t *server) {
    const char *reason = lfm_library_open(server->library, server->path);

    if (reason != NULL) {
        return lfm_config_refuse(parser, server->lib, "%s: dlopen() \"%s\" failed (%s)",
                                 server->lib->words[0], server->path, reason);
    }
    return warn_of_hook(parser, server, server->library->init_cycle, "ngx_link_func_init_cycle")
           + warn_of_hook(parser, server, server->library->exit_cycle, "ngx_link_func_exit_cycle");
}

/* `loaded` was opened by the test, which wants no other. */
static int find_or_open(const lfm_parser_t *parser, size_t index, lfm_library_t *loaded) {
    lfm_server_t *server = parser->config->servers[index];

    if (server->lib == NULL) {
        return 0;
    }
    server->library = loaded != NULL ? loaded : find_library(parser->config, index, server->path);
    if (server->library != NULL) {
        return 0;
    }
    server->library = lfm_library_add(parser->mock, server->path);
    if (access(server->path, F_OK) != 0 && is_linked_in(parser, server)) {
        return 0;
    }
    return open_library(parser, server);
}

static int find_function(const lfm_parser_t *parser, lfm_location_t *level) {
    const lfm_server_t *server = server_of(parser->config, level);
    const char *name = level->call->words[1];

    level->function = server->library->handle == NULL ? lfm_linked_function(parser->mock, name)
                                                      : lfm_library_symbol(server->library, name);
    if (level->function == NULL) {
        return lfm_config_refuse(parser, level->call,
                                 "ngx_link_func_call: function \"%s\" not found in \"%s\"", name,
                                 server->path);
    }
    return 0;
}

int lfm_config_load(const lfm_parser_t *parser) {
    const lfm_config_t *config = parser->config;
    lfm_library_t *loaded = parser->mock->library.handle == NULL ? NULL : &parser->mock->library;
    size_t i;

    for (i = 0; i < config->server_count; i++) {
        if (find_or_open(parser, i, loaded) != 0) {
            return -1;
        }
    }
    for (i = 0; i < config->level_count; i++) {
        if (config->levels[i]->call != NULL && find_function(parser, config->levels[i]) != 0) {
            return -1;
        }
    }
    return 0;
}
