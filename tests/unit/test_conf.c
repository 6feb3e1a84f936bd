#include "lf_conf.h"

#include <stdio.h>

#include "exact.h"

/* The tokens as text: words in brackets, "1" and the like behind what ends a
 * directive for its line, what is broken as it says. */
static void describe(lf_str_t text, char *out, size_t size) {
    lf_conf_kind_t kind;
    lf_conf_t conf;
    lf_str_t word;
    FILE *stream = fmemopen(out, size, "w");

    assert_non_null(stream);
    lf_conf_init(&conf, text);
    while ((kind = lf_conf_next(&conf, &word)) != LF_CONF_END && kind != LF_CONF_BROKEN) {
        if (kind == LF_CONF_WORD) {
            char plain[128];
            size_t len = lf_conf_unescape(plain, word);

            (void) fprintf(stream, "[%.*s]", (int) len, plain);
        } else {
            (void) fprintf(stream, "%c%u",
                           kind == LF_CONF_STOP   ? ';'
                           : kind == LF_CONF_OPEN ? '{'
                                                  : '}',
                           conf.line);
        }
    }
    if (kind == LF_CONF_BROKEN) {
        (void) fprintf(stream, "%s at %u", conf.problem, conf.line);
    }
    (void) fputc('\0', stream);
    (void) fclose(stream);
}

typedef struct {
    const char *text;
    const char *tokens;
} row_t;

static void expect_tokens(const row_t *rows, size_t count) {
    char tokens[512];
    size_t i;

    for (i = 0; i < count; i++) {
        lf_str_t text = exact_bytes(rows[i].text, strlen(rows[i].text));

        describe(text, tokens, sizeof(tokens));
        assert_string_equal(tokens, rows[i].tokens);
        exact_free(text);
    }
}

#define END_OF_FILE "unexpected end of file, expecting \";\" or \"}\" at "

static void tokens_are_those_of_nginx(void **state) {
    static const row_t rows[] = {
        {"", ""},
        {" \t\r\n", ""},
        {"a;", "[a];1"},
        {"a b  c ;", "[a][b][c];1"},
        {"a{b;}", "[a]{1[b];1}1"},
        {"a\n{\nb\n;\n}", "[a]{2[b];4}5"},
        {"# all; is { comment\na; # b;\n#", "[a];2"},
        {"a#b;", "[a#b];1"},
        {"a }b;", "[a]unexpected \"}\" at 1"},
        {"a b}c;", "[a][b}c];1"},
        {"a ${b}c {}", "[a][${b}c]{1}1"},
        {"a ${{b;", "[a][${{b];1"},
        {"a x${b}{", "[a][x${b}]{1"},
        {"a $b{}", "[a][$b]{1}1"},
        {"a \"b c\" 'd;e{}';", "[a][b c][d;e{}];1"},
        {"a \"\" '';", "[a][][];1"},
        {"a 'it\"s' \"it's\";", "[a][it\"s][it's];1"},
        {"a \"b\nc\";", "[a][b\nc];2"},
        {"a \"\\\"\\'\\\\\";", "[a][\"'\\];1"},
        {"a b\\tc\\rd\\ne;", "[a][b\tc\rd\ne];1"},
        {"a \\.php$ \\d+;", "[a][\\.php$][\\d+];1"},
        {"a b\\ c\\;d;", "[a][b\\ c\\;d];1"},
        {"a \\$b{}", "[a][\\$b]{1}1"},
        {"if ($a = \"b\") {", "[if][($a][=][b][)]{1"},
        {"a \"b\"{", "[a][b]{1"},
        {"a \"b\"c;", "[a][b]unexpected \"c\" at 1"},
        {"a \"b\"};", "[a][b]unexpected \"}\" at 1"},
        {"a \"b\"#;", "[a][b]unexpected \"#\" at 1"},
        {";", "unexpected \";\" at 1"},
        {"a;\n{", "[a];1unexpected \"{\" at 2"},
        {"}", "}1"},
        {"a", END_OF_FILE "1"},
        {"a\n", "[a]" END_OF_FILE "2"},
        {"a \"b;\n", "[a]" END_OF_FILE "2"},
        {"a b\\", "[a]" END_OF_FILE "1"},
        {"a b # c;", "[a][b]" END_OF_FILE "1"},
    };

    (void) state;
    expect_tokens(rows, sizeof(rows) / sizeof(rows[0]));
}

#define END_OF_CODE "unexpected end of file, expecting terminating characters for lua code block at "

/* The block of Lua is read over, and ends its directive. */
static void code_of_lua_is_read_as_its_module_does(void **state) {
    static const row_t rows[] = {
        {"a_by_lua_block{}b;", "[a_by_lua_block];1[b];1"},
        {"a_by_lua_block $b {\nreturn {c, {}}\n}", "[a_by_lua_block][$b];3"},
        {"a_by_lua_block { x = '}' }", "[a_by_lua_block];1"},
        {"a_by_lua_block { x = \"\\\"}'\" .. '\\\\' }", "[a_by_lua_block];1"},
        {"a_by_lua_block { -- don't }\n }", "[a_by_lua_block];2"},
        {"a_by_lua_block { --[ don't }\n }", "[a_by_lua_block];2"},
        {"a_by_lua_block { --[[ don't }\n ]=] } ]] }", "[a_by_lua_block];2"},
        {"a_by_lua_block { x = [[ it's } -- ]] }", "[a_by_lua_block];1"},
        {"a_by_lua_block { x = [==[ \" }]]\n]=] ]==] }", "[a_by_lua_block];2"},
        {"a_by_lua_block { x[y[1]] = 7 - 1 }", "[a_by_lua_block];1"},
        {"a_by_lua_block { x = [=y } b", "[a_by_lua_block];1" END_OF_FILE "1"},
        {"a a_by_lua_block { b; }", "[a][a_by_lua_block]{1[b];1}1"},
        {"by_lua_block { b; }", "[by_lua_block]{1[b];1}1"},
        {"a_by_lua_block b;", "[a_by_lua_block][b];1"},
        {"a_by_lua_block {", "[a_by_lua_block]" END_OF_CODE "1"},
        {"a_by_lua_block {{\n}", "[a_by_lua_block]" END_OF_CODE "2"},
        {"a_by_lua_block { x = '}", "[a_by_lua_block]" END_OF_CODE "1"},
        {"a_by_lua_block { x = '}\\", "[a_by_lua_block]" END_OF_CODE "1"},
        {"a_by_lua_block { x = [[}]=]", "[a_by_lua_block]" END_OF_CODE "1"},
        {"a_by_lua_block { -", "[a_by_lua_block]" END_OF_CODE "1"},
        {"a_by_lua_block { --[=", "[a_by_lua_block]" END_OF_CODE "1"},
    };

    (void) state;
    expect_tokens(rows, sizeof(rows) / sizeof(rows[0]));
}

/* The word is `len` times 'x'.  Free the data of the result. */
static lf_str_t long_word(const char *before, size_t len, const char *after) {
    size_t from = strlen(before), to = from + len, i;
    lf_str_t text = {NULL, to + strlen(after)};
    char *data = malloc(text.len);

    assert_non_null(data);
    for (i = 0; i < text.len; i++) {
        data[i] = (char) (i < from ? before[i] : i < to ? 'x' : after[i - to]);
    }
    text.data = data;
    return text;
}

static void words_have_the_size_of_the_buffer_at_most(void **state) {
    static const struct {
        const char *before, *after;
        size_t len;
        const char *problem;
        unsigned line;
    } rows[] = {
        {"a ", ";", LF_CONF_WORD_MAX - 1, "", 1},
        {"a ", ";", LF_CONF_WORD_MAX, "too long parameter \"xxxxxxxxxx...\" started", 1},
        {"\na \"", "\n\";", LF_CONF_WORD_MAX,
         "too long parameter, probably missing terminating \"\"\" character", 2},
        {"a '", "';", LF_CONF_WORD_MAX - 1, "", 1},
    };
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        lf_str_t text = long_word(rows[i].before, rows[i].len, rows[i].after), word;
        lf_conf_t conf;

        lf_conf_init(&conf, text);
        assert_int_equal(lf_conf_next(&conf, &word), LF_CONF_WORD);
        assert_int_equal(lf_conf_next(&conf, &word), *rows[i].problem ? LF_CONF_BROKEN : LF_CONF_WORD);
        assert_string_equal(conf.problem, rows[i].problem);
        assert_int_equal(conf.line, rows[i].line);
        free((char *) text.data);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_are_those_of_nginx),
        cmocka_unit_test(code_of_lua_is_read_as_its_module_does),
        cmocka_unit_test(words_have_the_size_of_the_buffer_at_most),
    };
    return cmocka_run_group_tests_name("conf", tests, NULL, NULL);
}
