/* The phases of a request, as far as a configuration has them. */

#include "mock_dispatch.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "lf_message.h"
#include "mock_failure.h"
#include "mock_rewrite.h"
#include "mock_status.h"
#include "mock_target.h"

#define MAX_BODY_SIZE (1ULL << 20) /* client_max_body_size, where none is set */

int lfm_dispatch_stop(lfm_dispatch_t *dispatch, const char *format, ...) {
    va_list args;

    va_start(args, format);
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): clang-tidy 14 overlooks va_start */
    (void) vsnprintf(dispatch->stop, sizeof(dispatch->stop), format, args);
    va_end(args);
    return 0;
}

/* The last word of an error_page is where it leads. */
static int lists_status(const lfm_directive_t *page, int status) {
    size_t i;

    for (i = 1; i + 1 < page->count; i++) {
        if (strtol(page->words[i], NULL, 10) == status) {
            return 1;
        }
    }
    return 0;
}

static void stop_for_error_page(lfm_dispatch_t *dispatch, int status) {
    const lfm_location_t *level = dispatch->level;
    const lfm_directive_t *page = NULL;

    while (level != NULL && page == NULL) {
        page = lfm_directive_find(level->block->children, "error_page");
        if (page != NULL) {
            page = level->block->children;
        } else {
            level = level->parent;
        }
    }
    for (; page != NULL; page = page->next) {
        if (lfm_directive_is(page, "error_page") && lists_status(page, status)) {
            (void) lfm_dispatch_stop(dispatch,
                                     "\"error_page\" in %s:%u answers for %d, which the mock cannot",
                                     page->file, page->line, status);
            return;
        }
    }
}

void lfm_dispatch_page(lfm_dispatch_t *dispatch, unsigned status) {
    lfm_answer_t *answer = &dispatch->call->answer;

    stop_for_error_page(dispatch, (int) status);
    if (lfm_status_has_page(status)) {
        lfm_response_page(dispatch->response, dispatch->call, status);
        return;
    }
    answer->written = 1;
    answer->status = status;
    lfm_response_own(dispatch->response, dispatch->call);
}

int lfm_dispatch_enter(lfm_dispatch_t *dispatch, lfm_location_t *level) {
    const lfm_directive_t *blocker = level->blocker;

    dispatch->level = level;
    if (blocker == NULL) {
        return 1;
    }
    return lfm_dispatch_stop(dispatch, "the mock cannot imitate \"%s\" in %s:%u", blocker->words[0],
                             blocker->file, blocker->line);
}

/*
 * The location
 */

static int permits(const lfm_directive_t *limit, const char *method) {
    size_t i;

    for (i = 1; i < limit->count; i++) {
        if (lf_str_case_equal(lf_cstr(limit->words[i]), lf_cstr(method))
            || (lf_str_case_equal(lf_cstr(limit->words[i]), lf_cstr("GET")) && strcmp(method, "HEAD") == 0)) {
            return 1;
        }
    }
    return 0;
}

/* The "limit_except" that applies instead of the level, or the level. */
static lfm_location_t *limited(const lfm_dispatch_t *dispatch, lfm_location_t *level) {
    const lfm_directive_t *limit = lfm_directive_find(level->block->children, "limit_except");
    size_t i;

    if (limit == NULL || permits(limit, dispatch->call->request->method)) {
        return level;
    }
    for (i = 0; i < dispatch->config->level_count; i++) {
        if (dispatch->config->levels[i]->block == limit) {
            return dispatch->config->levels[i];
        }
    }
    return level;
}

static int is_too_large(const lfm_dispatch_t *dispatch, const lfm_location_t *level) {
    const lfm_directive_t *setting = lfm_setting(level, "client_max_body_size");
    unsigned long long most = MAX_BODY_SIZE;
    size_t len = dispatch->call->request->body_len;

    if (setting != NULL) {
        (void) lfm_config_size(setting->words[1], &most);
    }
    if (most == 0 || len <= most) {
        return 0;
    }
    lfm_log_format(&dispatch->call->mock->log, NGX_LINK_FUNC_MOCK_ERR,
                   "client intended to send too large body: %zu bytes", len);
    return 1;
}

static void answer_redirect(lfm_dispatch_t *dispatch) {
    const char *name = lfm_location_name(dispatch->level)->name.data;
    lf_str_t args = dispatch->call->args;
    char *target;

    if (asprintf(&target, "%s%s%.*s", name, args.len == 0 ? "" : "?", (int) args.len,
                 args.len == 0 ? "" : args.data)
        == -1) {
        lfm_out_of_memory();
    }
    lfm_headers_add(&dispatch->call->answer.headers, lf_cstr("Location"), lf_cstr(target));
    free(target);
    lfm_dispatch_page(dispatch, 301);
}

/* Returns whether the request goes on. */
static int choose_location(lfm_dispatch_t *dispatch) {
    lfm_location_found_t found = lfm_location_choose(dispatch);
    lfm_location_t *level = dispatch->level;

    if (found == LFM_LOCATION_STOPPED) {
        return 0;
    }
    if (lfm_setting(level, "internal") != NULL) {
        lfm_dispatch_page(dispatch, 404);
        return 0;
    }
    if (!lfm_dispatch_enter(dispatch, limited(dispatch, level))) {
        return 0;
    }
    if (is_too_large(dispatch, level)) {
        lfm_dispatch_page(dispatch, 413);
        return 0;
    }
    if (found == LFM_LOCATION_REDIRECT) {
        dispatch->level = level;
        answer_redirect(dispatch);
        return 0;
    }
    return 1;
}

/*
 * Before the content
 */

static const lfm_location_t *level_with(const lfm_location_t *level, const char *name) {
    while (level != NULL && lfm_directive_find(level->block->children, name) == NULL) {
        level = level->parent;
    }
    return level;
}

/* '-' and '_' are the same in a name: what is alike goes. */
static void set_header(lfm_headers_t *headers, lf_str_t name, lf_str_t value) {
    size_t i = 0;

    while (i < headers->count) {
        const lfm_header_t *header = &headers->items[i];
        lf_str_t other = lf_str(header->name, header->name_len);

        if (lf_header_alike(other, name) && (value.len == 0 || !lf_str_case_equal(other, name))) {
            lfm_headers_remove(headers, other);
            i = 0;
        } else {
            i++;
        }
    }
    if (value.len > 0) {
        lfm_headers_set(headers, name, value);
    }
}

static int add_header(lfm_dispatch_t *dispatch, const lfm_directive_t *directive) {
    lfm_call_t *call = dispatch->call;
    lf_str_t value, name = lf_cstr(directive->words[1]);
    lf_header_verdict_t verdict;

    if (!lfm_script_value(dispatch, directive, directive->words[2], &value)) {
        return 0;
    }
    verdict = lf_header_check_request(name, value);
    if (verdict != LF_HEADER_OK) {
        lfm_log_format(&call->mock->log, NGX_LINK_FUNC_MOCK_ERR,
                       "ngx_link_func_add_req_header: \"%s\" is not set, %s", directive->words[1],
                       lf_message_verdict(verdict));
        value.len = 0;
    }
    set_header(lfm_request_headers_to_change(call->request), name, value);
    return 1;
}

static int add_headers(lfm_dispatch_t *dispatch) {
    const lfm_location_t *level = level_with(dispatch->level, "ngx_link_func_add_req_header");
    const lfm_directive_t *directive = level == NULL ? NULL : level->block->children;

    for (; directive != NULL; directive = directive->next) {
        if (lfm_directive_is(directive, "ngx_link_func_add_req_header") && !add_header(dispatch, directive)) {
            return 0;
        }
    }
    return 1;
}

static int is_access_rule(const lfm_directive_t *directive) {
    return lfm_directive_is(directive, "allow") || lfm_directive_is(directive, "deny");
}

static const lfm_directive_t *access_rules(const lfm_location_t *level) {
    const lfm_directive_t *directive;

    for (; level != NULL; level = level->parent) {
        for (directive = level->block->children; directive != NULL; directive = directive->next) {
            if (is_access_rule(directive)) {
                return directive;
            }
        }
    }
    return NULL;
}

/* The first rule that applies decides. */
static int may_access(lfm_dispatch_t *dispatch) {
    const lfm_directive_t *rule = access_rules(dispatch->level);
    const char *address = dispatch->call->request->remote_addr;

    for (; rule != NULL; rule = rule->next) {
        if (!is_access_rule(rule)) {
            continue;
        }
        if (strchr(rule->words[1], '/') != NULL) {
            return lfm_dispatch_stop(dispatch, "the mock cannot imitate \"%s %s\" in %s:%u", rule->words[0],
                                     rule->words[1], rule->file, rule->line);
        }
        if (strcmp(rule->words[1], "all") == 0 || strcmp(rule->words[1], address) == 0) {
            break;
        }
    }
    if (rule == NULL || lfm_directive_is(rule, "allow")) {
        return 1;
    }
    lfm_log_format(&dispatch->call->mock->log, NGX_LINK_FUNC_MOCK_ERR, "access forbidden by rule");
    lfm_dispatch_page(dispatch, 403);
    return 0;
}

/*
 * The content
 */

static int is_threaded(const lfm_location_t *level) {
    const lfm_directive_t *aio = lfm_setting(level, "aio");

    return aio != NULL
           && (strcmp(aio->words[1], "threads") == 0 || strncmp(aio->words[1], "threads=", 8) == 0);
}

static void call_function(lfm_dispatch_t *dispatch) {
    const lfm_location_t *level = dispatch->level;
    lfm_call_t *call = dispatch->call;
    const char *name = level->call->words[1];

    if (dispatch->server->library->failed) {
        lfm_response_unavailable(dispatch->response, call);
        return;
    }
    call->props = dispatch->server->props;
    call->prop_count = dispatch->server->prop_count;
    call->in_thread |= is_threaded(level);
    lfm_call_run(call, level->function, name);
    if (level->content != NULL) {
        lfm_response_gate(dispatch->response, call, lf_cstr(name));
    } else {
        lfm_response_finish(dispatch->response, call);
    }
}

/* Whether NGINX wrote the page, which error_page may replace. */
static int is_page(const ngx_link_func_mock_response_t *response) {
    switch (response->outcome) {
    case NGX_LINK_FUNC_MOCK_REFUSED:
    case NGX_LINK_FUNC_MOCK_UNAVAILABLE:
    case NGX_LINK_FUNC_MOCK_DECLINED:
    case NGX_LINK_FUNC_MOCK_NO_RESPONSE:
        return response->status >= 300;
    default:
        return 0;
    }
}

static void answer_content(lfm_dispatch_t *dispatch) {
    const lfm_directive_t *content = dispatch->level->content;

    if (dispatch->level->call != NULL) {
        call_function(dispatch);
    } else if (content != NULL) {
        (void) lfm_dispatch_stop(dispatch, "the mock cannot imitate \"%s\" in %s:%u", content->words[0],
                                 content->file, content->line);
        return;
    } else {
        dispatch->call->answer.declined = 1;
        lfm_response_finish(dispatch->response, dispatch->call);
        stop_for_error_page(dispatch, dispatch->response->status);
        dispatch->response->outcome = NGX_LINK_FUNC_MOCK_SERVED;
    }
    if (is_page(dispatch->response)) {
        stop_for_error_page(dispatch, dispatch->response->status);
    }
}

/* Each phase returns whether the next one comes. */
static void run_phases(lfm_dispatch_t *dispatch) {
    lfm_rewrite_t rewritten = lfm_rewrite_run(dispatch, dispatch->server->block->children);

    if (rewritten == LFM_REWRITE_ANSWERED || rewritten == LFM_REWRITE_STOPPED) {
        return;
    }
    if (!choose_location(dispatch)) {
        return;
    }
    if (dispatch->level != dispatch->server->root) {
        rewritten = lfm_rewrite_run(dispatch, dispatch->level->block->children);
    }
    if (rewritten == LFM_REWRITE_ANSWERED || rewritten == LFM_REWRITE_STOPPED) {
        return;
    }
    if (add_headers(dispatch) && may_access(dispatch)) {
        answer_content(dispatch);
    }
}

/*
 * Sending
 */

static void declare_variables(const lfm_dispatch_t *dispatch) {
    lfm_variables_t *variables = &dispatch->call->request->variables_after;
    const lfm_variables_t *declared = &dispatch->config->variables;
    size_t i;

    for (i = 0; i < declared->count; i++) {
        if (lfm_variables_find(variables, declared->items[i].name) == NULL) {
            lfm_variables_set(variables, declared->items[i].name, declared->items[i].value);
        }
    }
}

static int is_accepted(const lfm_server_t *server, const char *name) {
    static const char valid[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    if (!lfm_setting_is_on(server->root, "ignore_invalid_headers", 1)) {
        return 1;
    }
    return lfm_setting_is_on(server->root, "underscores_in_headers", 0) && name[strspn(name, valid)] == '\0';
}

/* What of the request depends on the server that reads it. */
typedef struct {
    lfm_headers_t headers;
    lfm_headers_t ignored;
    lf_str_t path;
} reading_t;

static void reading_begin(reading_t *before, ngx_link_func_mock_request_t *request,
                          const lfm_server_t *server) {
    const lfm_server_t *first = lfm_server_default(request->mock->config, request);
    lf_str_t args;
    size_t i;

    before->headers = request->headers;
    before->ignored = request->ignored;
    before->path = request->path;
    memset(&request->headers, 0, sizeof(request->headers));
    memset(&request->ignored, 0, sizeof(request->ignored));
    lfm_headers_copy(&request->headers, &before->headers);
    for (i = 0; i < before->ignored.count; i++) {
        const lfm_header_t *header = &before->ignored.items[i];

        lfm_headers_add(is_accepted(server, header->name) ? &request->headers : &request->ignored,
                        lf_str(header->name, header->name_len), lf_cstr(header->value));
    }
    if (!lfm_setting_is_on(first->root, "merge_slashes", 1)) {
        (void) lfm_target_parse_unmerged(lf_cstr(request->target), &request->path, &args);
    }
}

static void reading_end(const reading_t *before, ngx_link_func_mock_request_t *request) {
    if (request->path.data != before->path.data) {
        free((char *) request->path.data);
    }
    lfm_headers_clear(&request->headers);
    lfm_headers_clear(&request->ignored);
    request->headers = before->headers;
    request->ignored = before->ignored;
    request->path = before->path;
}

/* What the handler changes of the request begins with what the server read. */
static void answer_by_config(lfm_call_t *call, ngx_link_func_mock_response_t *response, void *data) {
    lfm_dispatch_t *dispatch = data;
    reading_t reading;

    dispatch->call = call;
    dispatch->response = response;
    dispatch->level = dispatch->server->root;
    reading_begin(&reading, call->request, dispatch->server);
    lfm_call_say_ignored(call);
    if (call->request->headers.count > reading.headers.count) {
        (void) lfm_request_headers_to_change(call->request);
    }
    declare_variables(dispatch);
    lfm_server_accept(call, dispatch->config);
    lfm_server_capture(dispatch);
    run_phases(dispatch);
    reading_end(&reading, call->request);
}

static const lfm_server_t *server_for(const ngx_link_func_mock_request_t *request) {
    const lfm_config_t *config = request->mock->config;
    const lfm_server_t *server = config == NULL ? NULL : lfm_server_choose(config, request);

    if (server == NULL) {
        lfm_misuse("ngx_link_func_mock_send(): %s",
                   config == NULL ? "the mock has no configuration" : "the configuration has no server");
    }
    return server;
}

ngx_link_func_mock_response_t *ngx_link_func_mock_send(ngx_link_func_mock_request_t *request) {
    lfm_dispatch_t dispatch = {.config = request->mock->config, .server = server_for(request)};
    ngx_link_func_mock_response_t *response = lfm_call_answered(request, answer_by_config, &dispatch);

    if (dispatch.stop[0] != '\0') {
        lfm_misuse("%s", dispatch.stop);
    }
    return response;
}

ngx_link_func_mock_response_t *ngx_link_func_mock_get(ngx_link_func_mock_t *mock, const char *target) {
    return ngx_link_func_mock_send(ngx_link_func_mock_request(mock, "GET", target));
}

const lf_prop_t *lfm_config_cycle_prop(const ngx_link_func_mock_t *mock, const ngx_link_func_cycle_t *cycle,
                                       lf_str_t key) {
    const lf_prop_t *found = NULL;
    size_t i;

    for (i = 0; mock->config != NULL && i < mock->config->server_count && found == NULL; i++) {
        const lfm_server_t *server = mock->config->servers[i];

        if (server->library != NULL && server->library->cycle == cycle) {
            found = lf_prop_find(server->props, server->prop_count, key);
        }
    }
    return found;
}
