/* Which server and which location a request goes to. */

#include "mock_dispatch.h"

#include <stdlib.h>

#include "lf_host.h"
#include "mock_builtin.h"
#include "mock_failure.h"

#define HTTP_PORT 80
#define HTTPS_PORT 443

/*
 * Servers
 */

/* Behind the address, or all of it; 0 for a socket of the file system. */
static unsigned long listen_port(const char *text) {
    const char *bracket = strrchr(text, ']');
    const char *colon = strrchr(bracket == NULL ? text : bracket, ':');

    if (strncmp(text, "unix:", 5) == 0) {
        return 0;
    }
    if (colon != NULL) {
        return strtoul(colon + 1, NULL, 10);
    }
    return bracket == NULL && text[strspn(text, "0123456789")] == '\0' ? strtoul(text, NULL, 10) : HTTP_PORT;
}

static int says(const lfm_directive_t *listen, const char *parameter) {
    size_t i;

    for (i = 2; i < listen->count; i++) {
        if (strcmp(listen->words[i], parameter) == 0) {
            return 1;
        }
    }
    return 0;
}

static int says_default(const lfm_directive_t *listen) {
    return says(listen, "default_server") || says(listen, "default");
}

/* 0 when it does not, 2 when it is the default there. */
static int listens_on(const lfm_server_t *server, unsigned long port) {
    const lfm_directive_t *directive;
    int found = 0, listens = 0;

    for (directive = server->block->children; directive != NULL; directive = directive->next) {
        if (lfm_directive_is(directive, "listen")) {
            found = 1;
            if (listen_port(directive->words[1]) == port) {
                listens = says_default(directive) ? 2 : listens == 0 ? 1 : listens;
            }
        }
    }
    return found ? listens : port == HTTP_PORT;
}

static unsigned long first_port(const lfm_server_t *server) {
    const lfm_directive_t *directive;

    for (directive = server->block->children; directive != NULL; directive = directive->next) {
        if (lfm_directive_is(directive, "listen")) {
            return listen_port(directive->words[1]);
        }
    }
    return HTTP_PORT;
}

static unsigned long port_of(const lfm_config_t *config, lf_str_t host) {
    lf_str_t name = lf_host_name(host);
    const char *colon = host.data == NULL ? NULL : memchr(host.data + name.len, ':', host.len - name.len);
    unsigned long port = colon == NULL ? 0 : strtoul(colon + 1, NULL, 10);
    size_t i;

    for (i = 0; i < config->server_count && port != 0; i++) {
        if (listens_on(config->servers[i], port)) {
            return port;
        }
    }
    return first_port(config->servers[0]);
}

/* The best of the server's names, as lf_server_name_match() rates it. */
static size_t rate(const lfm_server_t *server, lf_str_t host) {
    const lfm_directive_t *directive;
    size_t best = 0, i;

    for (directive = server->block->children; directive != NULL; directive = directive->next) {
        for (i = 1; lfm_directive_is(directive, "server_name") && i < directive->count; i++) {
            size_t match = lf_server_name_match(lf_cstr(directive->words[i]), host);

            best = match > best ? match : best;
        }
    }
    return best;
}

static void check_supported(const lfm_directive_t *directive) {
    if (!lfm_regex_is_supported()) {
        lfm_misuse("\"server_name\" in %s:%u has a regular expression, and the mock was built without PCRE2",
                   directive->file, directive->line);
    }
}

/* What it captures is kept for a call, if there is one. */
static int matches_pattern(const lfm_config_t *config, const lfm_server_t *server, lf_str_t host,
                           lfm_call_t *call, lfm_captures_t *captures) {
    const lfm_directive_t *directive;
    size_t i;

    for (directive = server->block->children; directive != NULL; directive = directive->next) {
        for (i = 1; lfm_directive_is(directive, "server_name") && i < directive->count; i++) {
            const char *name = directive->words[i];

            if (name[0] != '~') {
                continue;
            }
            check_supported(directive);
            if (lfm_regex_match(lfm_config_pattern(config, name + 1), call, host, captures)) {
                return 1;
            }
        }
    }
    return 0;
}

static const lfm_server_t *by_pattern(const lfm_config_t *config, unsigned long port, lf_str_t host) {
    lfm_captures_t unused;
    size_t i;

    for (i = 0; i < config->server_count; i++) {
        if (listens_on(config->servers[i], port)
            && matches_pattern(config, config->servers[i], host, NULL, &unused)) {
            return config->servers[i];
        }
    }
    return NULL;
}

static const lfm_server_t *by_default(const lfm_config_t *config, unsigned long port) {
    const lfm_server_t *first = NULL;
    size_t i;

    for (i = 0; i < config->server_count; i++) {
        int listens = listens_on(config->servers[i], port);

        if (listens == 2) {
            return config->servers[i];
        }
        first = listens && first == NULL ? config->servers[i] : first;
    }
    return first;
}

const lfm_server_t *lfm_server_default(const lfm_config_t *config,
                                       const ngx_link_func_mock_request_t *request) {
    lf_str_t host = lf_cstr(lfm_headers_find(&request->headers, lf_cstr("Host")));

    return config->server_count == 0 ? NULL : by_default(config, port_of(config, host));
}

const lfm_server_t *lfm_server_choose(const lfm_config_t *config,
                                      const ngx_link_func_mock_request_t *request) {
    lf_str_t value = lf_cstr(lfm_headers_find(&request->headers, lf_cstr("Host")));
    lf_str_t host = lf_host_name(value);
    const lfm_server_t *server = NULL;
    size_t best = 0, i;
    unsigned long port;

    if (config->server_count == 0) {
        return NULL;
    }
    port = port_of(config, value);
    for (i = 0; i < config->server_count; i++) {
        size_t match = listens_on(config->servers[i], port) ? rate(config->servers[i], host) : 0;

        if (match > best) {
            best = match;
            server = config->servers[i];
        }
    }
    server = server == NULL ? by_pattern(config, port, host) : server;
    return server == NULL ? by_default(config, port) : server;
}

/* One server that says so says it for all of the port. */
static int is_tls(const lfm_config_t *config, unsigned long port) {
    const lfm_directive_t *directive;
    size_t i;

    for (i = 0; i < config->server_count; i++) {
        for (directive = config->servers[i]->block->children; directive != NULL;
             directive = directive->next) {
            if (lfm_directive_is(directive, "listen") && listen_port(directive->words[1]) == port
                && says(directive, "ssl")) {
                return 1;
            }
        }
    }
    return 0;
}

void lfm_server_accept(lfm_call_t *call, const lfm_config_t *config) {
    lf_str_t host = lf_cstr(lfm_headers_find(&call->request->headers, lf_cstr("Host")));
    unsigned long port = port_of(config, host);

    call->tls = is_tls(config, port);
    call->port = port == (call->tls ? HTTPS_PORT : HTTP_PORT) ? 0 : port;
}

/* NGINX matches in small letters. */
void lfm_server_capture(lfm_dispatch_t *dispatch) {
    ngx_link_func_str_t value;
    lf_str_t host;

    if (lfm_builtin_get(dispatch->call, lf_cstr("host"), &value) != NGX_LINK_FUNC_OK) {
        lfm_out_of_memory();
    }
    host = lf_str((const char *) value.data, value.len);
    if (rate(dispatch->server, host) == 0) {
        (void) matches_pattern(dispatch->config, dispatch->server, host, dispatch->call, &dispatch->captures);
    }
}

/*
 * Locations
 */

const lf_location_t *lfm_location_name(const lfm_location_t *level) {
    size_t i;

    for (i = 0; level->parent != NULL && i < level->parent->count; i++) {
        if (level->parent->inner[i] == level) {
            return &level->parent->names[i];
        }
    }
    return NULL;
}

/* How far NGINX has come at one level. */
typedef enum { NOT_FOUND, FOUND_PREFIX, FOUND, FOUND_REDIRECT, STOPPED } found_t;

static int is_regex(const lf_location_t *location) {
    return location->kind == LF_LOCATION_REGEX || location->kind == LF_LOCATION_REGEX_CASELESS;
}

static found_t find(lfm_dispatch_t *dispatch, lfm_location_t *level);

static found_t find_regex(lfm_dispatch_t *dispatch, lfm_location_t *level, found_t before) {
    lf_str_t path = dispatch->call->request->path;
    size_t i;

    for (i = 0; i < level->count; i++) {
        lfm_location_t *inner = level->inner[i];

        if (!is_regex(&level->names[i])) {
            continue;
        }
        if (!lfm_regex_is_supported()) {
            (void) lfm_dispatch_stop(
                dispatch,
                "\"location\" in %s:%u has a regular expression, and the mock was built without PCRE2",
                inner->block->file, inner->block->line);
            return STOPPED;
        }
        if (lfm_regex_match(lfm_config_pattern(dispatch->config, level->names[i].name.data), dispatch->call,
                            path, &dispatch->captures)) {
            dispatch->level = inner;
            return find(dispatch, inner) == STOPPED ? STOPPED : FOUND;
        }
    }
    return before;
}

static found_t find(lfm_dispatch_t *dispatch, lfm_location_t *level) {
    found_t found = NOT_FOUND;
    int final = 0;
    size_t index;

    switch (lf_location_find(level->names, level->count, dispatch->call->request->path, &index)) {
    case LF_LOCATION_FINAL:
        dispatch->level = level->inner[index];
        return FOUND;
    case LF_LOCATION_REDIRECT:
        dispatch->level = level->inner[index];
        return FOUND_REDIRECT;
    case LF_LOCATION_LONGEST:
        dispatch->level = level->inner[index];
        final = level->names[index].kind == LF_LOCATION_PREFIX_FINAL;
        found = find(dispatch, dispatch->level);
        found = found == NOT_FOUND ? FOUND_PREFIX : found;
        break;
    case LF_LOCATION_NONE:
        break;
    }
    if (found == FOUND || found == FOUND_REDIRECT || found == STOPPED || final) {
        return found;
    }
    return find_regex(dispatch, level, found);
}

lfm_location_found_t lfm_location_choose(lfm_dispatch_t *dispatch) {
    dispatch->level = dispatch->server->root;
    switch (find(dispatch, dispatch->server->root)) {
    case STOPPED:
        return LFM_LOCATION_STOPPED;
    case FOUND_REDIRECT:
        return LFM_LOCATION_REDIRECT;
    default:
        return LFM_LOCATION_TAKEN;
    }
}
