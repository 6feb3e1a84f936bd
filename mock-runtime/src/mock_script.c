/* Text of a configuration with variables in it. */

#include "mock_rewrite.h"

#include <stdio.h>
#include <stdlib.h>

#include "mock_builtin.h"

static int is_name_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* The name behind a '$', and where the text goes on.  An empty name is none;
 * *text is NULL when a brace is not closed. */
static lf_str_t take_name(const char **text) {
    const char *start = *text;
    int braced = *start == '{', digit;
    size_t len = 0;

    start += braced;
    digit = !braced && *start >= '1' && *start <= '9';
    while (is_name_char(start[len]) && !(digit && len == 1)) {
        len++;
    }
    *text = start + len + braced;
    if (braced && start[len] != '}') {
        *text = NULL;
    }
    return lf_str(start, len);
}

int lfm_script_check(const lfm_parser_t *parser, const lfm_directive_t *directive, const char *text) {
    while ((text = strchr(text, '$')) != NULL) {
        lf_str_t name;

        text++;
        name = take_name(&text);
        if (text == NULL) {
            return lfm_config_refuse(parser, directive, "the closing bracket in \"%.*s\" variable is missing",
                                     (int) name.len, name.data);
        }
        if (name.len == 0) {
            return lfm_config_refuse(parser, directive, "invalid variable name");
        }
    }
    return 0;
}

static int stop_unknown(lfm_dispatch_t *dispatch, const lfm_directive_t *directive, lf_str_t name) {
    return lfm_dispatch_stop(dispatch,
                             "\"%s\" in %s:%u needs the variable \"%.*s\", which the mock does not know: "
                             "ngx_link_func_mock_request_variable() gives it a value",
                             directive->words[0], directive->file, directive->line, (int) name.len,
                             name.data);
}

/* Appends the value; returns 0 when the test is to stop. */
static int print_variable(lfm_dispatch_t *dispatch, const lfm_directive_t *directive, lf_str_t name,
                          FILE *out) {
    const lfm_variables_t *declared = &dispatch->call->request->variables_after;
    const lfm_variable_t *variable = lfm_variables_find(declared, name);
    ngx_link_func_str_t value = {0, NULL};

    if (name.len == 1 && name.data[0] >= '1' && name.data[0] <= '9') {
        lf_str_t group = dispatch->captures.groups[name.data[0] - '0'];

        (void) fwrite(group.data == NULL ? "" : group.data, 1, group.len, out);
        return 1;
    }
    if (variable != NULL) {
        (void) fwrite(variable->value.data, 1, variable->value.len, out);
        return 1;
    }
    if (lfm_variables_find(&dispatch->config->captures, name) != NULL) {
        return 1; /* that expression has not matched */
    }
    if (!lfm_builtin_is_known(name)) {
        return stop_unknown(dispatch, directive, name);
    }
    if (lfm_builtin_get(dispatch->call, name, &value) == NGX_LINK_FUNC_OK) {
        (void) fwrite(value.data, 1, value.len, out);
    }
    return 1;
}

static int print_value(lfm_dispatch_t *dispatch, const lfm_directive_t *directive, const char *text,
                       FILE *out) {
    while (text != NULL && *text != '\0') {
        size_t plain = strcspn(text, "$");

        (void) fwrite(text, 1, plain, out);
        text += plain;
        if (*text == '$') {
            text++;
            if (!print_variable(dispatch, directive, take_name(&text), out)) {
                return 0;
            }
        }
    }
    return 1;
}

int lfm_script_value(lfm_dispatch_t *dispatch, const lfm_directive_t *directive, const char *text,
                     lf_str_t *value) {
    char *made = NULL;
    size_t len;
    FILE *out = open_memstream(&made, &len);
    const char *copy;
    int good;

    if (out == NULL) {
        lfm_out_of_memory();
    }
    good = print_value(dispatch, directive, text, out);
    if (fclose(out) != 0) {
        lfm_out_of_memory();
    }
    copy = lfm_pool_text(&dispatch->call->pool, lf_str(made, len));
    if (copy == NULL) {
        lfm_out_of_memory();
    }
    free(made);
    *value = lf_str(copy, len);
    return good;
}
