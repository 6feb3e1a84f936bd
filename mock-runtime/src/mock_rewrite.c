#include "mock_rewrite.h"

#include <stdlib.h>

#include "mock_status.h"

/*
 * Conditions
 */

static int is_one_of(const char *text, const char *const *list) {
    for (; *list != NULL; list++) {
        if (strcmp(text, *list) == 0) {
            return 1;
        }
    }
    return 0;
}

static int is_regex_operator(const char *text) {
    static const char *const operators[] = {"~", "~*", "!~", "!~*", NULL};

    return is_one_of(text, operators);
}

static int is_file_operator(const char *text) {
    static const char *const operators[] = {"-f", "-d", "-e", "-x", "!-f", "!-d", "!-e", "!-x", NULL};

    return is_one_of(text, operators);
}

static void drop_word(lfm_directive_t *directive, size_t index) {
    free(directive->words[index]);
    directive->count--;
    memmove(&directive->words[index], &directive->words[index + 1],
            (directive->count - index) * sizeof(char *));
}

/* Returns 0 when they do not surround the condition. */
static int drop_parentheses(lfm_directive_t *directive, size_t *wrong) {
    char *first = directive->words[1], *last = directive->words[directive->count - 1];
    size_t len = strlen(last);

    *wrong = 1;
    if (first[0] != '(') {
        return 0;
    }
    *wrong = directive->count - 1;
    if (len == 0 || last[len - 1] != ')') {
        return 0;
    }
    last[len - 1] = '\0';
    memmove(first, first + 1, strlen(first));
    if (last[0] == '\0' && directive->count > 2) {
        drop_word(directive, directive->count - 1);
    }
    if (directive->words[1][0] == '\0' && directive->count > 2) {
        drop_word(directive, 1);
    }
    return 1;
}

static int invalid(const lfm_parser_t *parser, const lfm_directive_t *directive, size_t word) {
    return lfm_config_refuse(parser, directive, "invalid condition \"%s\"", directive->words[word]);
}

static int check_operator(const lfm_parser_t *parser, const lfm_directive_t *directive) {
    const char *operator= directive->words[2];

    if (is_regex_operator(operator)) {
        return lfm_config_add_pattern(parser, directive,
                                      directive->words[3], operator[strlen(operator) - 1] == '*');
    }
    if (strcmp(operator, "=") == 0 || strcmp(operator, "!=") == 0) {
        return lfm_script_check(parser, directive, directive->words[3]);
    }
    return lfm_config_refuse(parser, directive, "unexpected \"%s\" in condition", operator);
}

int lfm_condition_check(const lfm_parser_t *parser, const lfm_directive_t *directive) {
    const char *first;
    size_t wrong;

    /* The tree is the parser's: it may be tidied. */
    if (!drop_parentheses((lfm_directive_t *) directive, &wrong)) {
        return invalid(parser, directive, wrong);
    }
    first = directive->words[1];
    if (is_file_operator(first)) {
        return directive->count == 3 ? 0 : invalid(parser, directive, 1);
    }
    if (first[0] != '$' || first[1] == '\0' || (directive->count != 2 && directive->count != 4)) {
        return invalid(parser, directive, 1);
    }
    if (lfm_script_check(parser, directive, first) != 0) {
        return -1;
    }
    return directive->count == 2 ? 0 : check_operator(parser, directive);
}

static int stop_without_regex(lfm_dispatch_t *dispatch, const lfm_directive_t *directive) {
    return lfm_dispatch_stop(dispatch,
                             "\"%s\" in %s:%u has a regular expression, and the mock was built without PCRE2",
                             directive->words[0], directive->file, directive->line);
}

/* The condition is given in *holds; returns 0 when the test is to stop. */
static int match_holds(lfm_dispatch_t *dispatch, const lfm_directive_t *directive, lf_str_t value,
                       int *holds) {
    const lfm_regex_t *regex = lfm_config_pattern(dispatch->config, directive->words[3]);

    if (!lfm_regex_is_supported()) {
        return stop_without_regex(dispatch, directive);
    }
    *holds = lfm_regex_match(regex, dispatch->call, value, &dispatch->captures);
    if (!*holds) {
        memset(&dispatch->captures, 0, sizeof(dispatch->captures));
    }
    *holds = *holds != (directive->words[2][0] == '!');
    return 1;
}

static int condition_holds(lfm_dispatch_t *dispatch, const lfm_directive_t *directive, int *holds) {
    lf_str_t value, other;

    if (directive->count == 3) {
        return lfm_dispatch_stop(dispatch, "\"if\" in %s:%u looks at a file, which the mock does not",
                                 directive->file, directive->line);
    }
    if (!lfm_script_value(dispatch, directive, directive->words[1], &value)) {
        return 0;
    }
    if (directive->count == 2) {
        *holds = value.len > 0 && !lf_str_equal(value, lf_cstr("0"));
        return 1;
    }
    if (is_regex_operator(directive->words[2])) {
        return match_holds(dispatch, directive, value, holds);
    }
    if (!lfm_script_value(dispatch, directive, directive->words[3], &other)) {
        return 0;
    }
    *holds = lf_str_equal(value, other) != (directive->words[2][0] == '!');
    return 1;
}

static lfm_location_t *level_of(const lfm_config_t *config, const lfm_directive_t *block) {
    size_t i;

    for (i = 0; i < config->level_count; i++) {
        if (config->levels[i]->block == block) {
            return config->levels[i];
        }
    }
    return NULL;
}

/* In a server it is no level of its own. */
static lfm_rewrite_t run_if(lfm_dispatch_t *dispatch, const lfm_directive_t *directive) {
    lfm_location_t *level = level_of(dispatch->config, directive);
    int holds = 0;

    if (!condition_holds(dispatch, directive, &holds)) {
        return LFM_REWRITE_STOPPED;
    }
    if (!holds) {
        return LFM_REWRITE_END;
    }
    if (level != NULL && !lfm_dispatch_enter(dispatch, level)) {
        return LFM_REWRITE_STOPPED;
    }
    return lfm_rewrite_run(dispatch, directive->children);
}

/*
 * Return
 */

static int starts_with(const char *text, const char *prefix) {
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

int lfm_return_status(const lfm_directive_t *directive, unsigned *status) {
    const char *code = directive->words[1];

    if (code[0] != '\0' && code[strspn(code, "0123456789")] == '\0' && strlen(code) <= 3) {
        *status = (unsigned) strtoul(code, NULL, 10);
        return 1;
    }
    *status = 302;
    return directive->count == 2
           && (starts_with(code, "http://") || starts_with(code, "https://") || starts_with(code, "$scheme"));
}

static int is_redirect(unsigned status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* NGINX reads up to three dots that a segment begins with as dot segments that
 * turned out to be none. */
#define LEADING_DOTS 3

/* The extension of the path, behind the last '.' of its last segment. */
static lf_str_t extension(lf_str_t path) {
    size_t start = path.len, i;

    while (start > 0 && path.data[start - 1] != '/') {
        start--;
    }
    for (i = 0; i < LEADING_DOTS && start < path.len && path.data[start] == '.'; i++) {
        start++;
    }
    for (i = path.len; i > start; i--) {
        if (path.data[i - 1] == '.') {
            return lf_str(path.data + i, path.len - i);
        }
    }
    return lf_cstr(NULL);
}

static const char *listed_type(const lfm_directive_t *types, lf_str_t wanted) {
    const lfm_directive_t *row;
    size_t i;

    for (row = types->children; row != NULL; row = row->next) {
        for (i = 1; i < row->count; i++) {
            if (lf_str_case_equal(lf_cstr(row->words[i]), wanted)) {
                return row->words[0];
            }
        }
    }
    return NULL;
}

/* What NGINX knows when no "types" stand anywhere. */
static const char *known_type(lf_str_t wanted) {
    static const char *const types[][2] = {
        {"html", "text/html"}, {"gif", "image/gif"}, {"jpg", "image/jpeg"}};
    size_t i;

    for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (lf_str_case_equal(lf_cstr(types[i][0]), wanted)) {
            return types[i][1];
        }
    }
    return NULL;
}

static const char *type_of(const lfm_dispatch_t *dispatch) {
    const lfm_directive_t *types = lfm_setting(dispatch->level, "types");
    const lfm_directive_t *fallback = lfm_setting(dispatch->level, "default_type");
    lf_str_t wanted = extension(dispatch->call->request->path);
    const char *type = NULL;

    if (wanted.len > 0) {
        type = types == NULL ? known_type(wanted) : listed_type(types, wanted);
    }
    if (type == NULL) {
        type = fallback == NULL ? "text/plain" : fallback->words[1];
    }
    return type;
}

static void answer_text(lfm_dispatch_t *dispatch, unsigned status, lf_str_t text) {
    lfm_answer_t *answer = &dispatch->call->answer;

    answer->written = 1;
    answer->status = status;
    answer->content_type = lfm_text_dup(lf_cstr(type_of(dispatch)));
    answer->body = lfm_text_dup(text);
    answer->body_len = text.len;
    lfm_response_own(dispatch->response, dispatch->call);
}

/* Statuses of NGINX's own are no answers. */
static int is_answer(unsigned status) {
    return status >= 200 && status <= 599 && status != 444 && (status < 494 || status > 499);
}

static lfm_rewrite_t run_return(lfm_dispatch_t *dispatch, const lfm_directive_t *directive) {
    const char *text = directive->count == 3 ? directive->words[2] : "";
    lf_str_t value;
    unsigned status;

    (void) lfm_return_status(directive, &status);
    if (directive->count == 2 && !(directive->words[1][0] >= '0' && directive->words[1][0] <= '9')) {
        text = directive->words[1];
    }
    if (!is_answer(status)) {
        (void) lfm_dispatch_stop(dispatch, "\"return %s\" in %s:%u is no answer that the mock can give",
                                 directive->words[1], directive->file, directive->line);
        return LFM_REWRITE_STOPPED;
    }
    if (!lfm_script_value(dispatch, directive, text, &value)) {
        return LFM_REWRITE_STOPPED;
    }
    if (is_redirect(status)) {
        lfm_headers_add(&dispatch->call->answer.headers, lf_cstr("Location"), value);
    }
    if (is_redirect(status) || (status >= 400 && text[0] == '\0')) {
        lfm_dispatch_page(dispatch, status);
    } else {
        answer_text(dispatch, status, value);
    }
    return dispatch->stop[0] == '\0' ? LFM_REWRITE_ANSWERED : LFM_REWRITE_STOPPED;
}

/*
 * The others
 */

static lfm_rewrite_t run_set(lfm_dispatch_t *dispatch, const lfm_directive_t *directive) {
    lf_str_t name = lf_cstr(directive->words[1] + 1), value;

    if (!lfm_script_value(dispatch, directive, directive->words[2], &value)) {
        return LFM_REWRITE_STOPPED;
    }
    if (lf_str_case_equal(name, lf_cstr("args"))) {
        dispatch->call->args = value;
    } else {
        lfm_variables_set(&dispatch->call->request->variables_after, name, value);
    }
    return LFM_REWRITE_END;
}

static lfm_rewrite_t run_break(lfm_dispatch_t *dispatch, const lfm_directive_t *directive) {
    (void) dispatch;
    (void) directive;
    return LFM_REWRITE_BREAK;
}

/* One that does not match changes nothing. */
static lfm_rewrite_t run_rewrite(lfm_dispatch_t *dispatch, const lfm_directive_t *directive) {
    const lfm_regex_t *regex = lfm_config_pattern(dispatch->config, directive->words[1]);

    if (!lfm_regex_is_supported()) {
        (void) stop_without_regex(dispatch, directive);
        return LFM_REWRITE_STOPPED;
    }
    if (!lfm_regex_match(regex, dispatch->call, dispatch->call->request->path, &dispatch->captures)) {
        memset(&dispatch->captures, 0, sizeof(dispatch->captures));
        return LFM_REWRITE_END;
    }
    (void) lfm_dispatch_stop(dispatch, "\"rewrite\" in %s:%u changes the path, which the mock does not",
                             directive->file, directive->line);
    return LFM_REWRITE_STOPPED;
}

static const struct {
    const char *name;
    lfm_rewrite_t (*run)(lfm_dispatch_t *dispatch, const lfm_directive_t *directive);
} codes[] = {
    {"break", run_break}, {"if", run_if}, {"return", run_return}, {"rewrite", run_rewrite}, {"set", run_set},
};

static lfm_rewrite_t run_one(lfm_dispatch_t *dispatch, const lfm_directive_t *directive) {
    size_t i;

    for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        if (lfm_directive_is(directive, codes[i].name)) {
            return codes[i].run(dispatch, directive);
        }
    }
    return LFM_REWRITE_END;
}

lfm_rewrite_t lfm_rewrite_run(lfm_dispatch_t *dispatch, const lfm_directive_t *first) {
    lfm_rewrite_t result = LFM_REWRITE_END;

    for (; first != NULL && result == LFM_REWRITE_END; first = first->next) {
        result = run_one(dispatch, first);
    }
    return result;
}
