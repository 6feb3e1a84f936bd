#include "lf_conf.h"

#include <stdio.h>

/* Bytes of a word that is too long which the message shows. */
#define LF_CONF_SHOWN 10

void lf_conf_init(lf_conf_t *conf, lf_str_t text) {
    memset(conf, 0, sizeof(*conf));
    conf->text = text;
    conf->line = 1;
}

static lf_conf_kind_t lf_conf_broken(lf_conf_t *conf, const char *problem) {
    (void) snprintf(conf->problem, sizeof(conf->problem), "%s", problem);
    return LF_CONF_BROKEN;
}

static lf_conf_kind_t lf_conf_unexpected(lf_conf_t *conf, char c) {
    (void) snprintf(conf->problem, sizeof(conf->problem), "unexpected \"%c\"", c);
    return LF_CONF_BROKEN;
}

static int lf_conf_is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static int lf_conf_at_end(const lf_conf_t *conf) {
    return conf->at == conf->text.len;
}

/* The next byte, which is there, and counts lines. */
static char lf_conf_take(lf_conf_t *conf) {
    char c = conf->text.data[conf->at++];

    conf->line += c == '\n';
    return c;
}

static void lf_conf_skip_comment(lf_conf_t *conf) {
    while (!lf_conf_at_end(conf) && lf_conf_take(conf) != '\n') {
    }
}

static void lf_conf_skip_blanks(lf_conf_t *conf) {
    while (!lf_conf_at_end(conf)) {
        char c = conf->text.data[conf->at];

        if (c == '#') {
            lf_conf_skip_comment(conf);
        } else if (lf_conf_is_blank(c)) {
            (void) lf_conf_take(conf);
        } else {
            return;
        }
    }
}

static lf_conf_kind_t lf_conf_end(lf_conf_t *conf) {
    if (conf->words > 0) {
        return lf_conf_broken(conf, "unexpected end of file, expecting \";\" or \"}\"");
    }
    return LF_CONF_END;
}

static lf_conf_kind_t lf_conf_too_long(lf_conf_t *conf, lf_str_t word, unsigned line, char quote) {
    conf->line = line;
    if (quote != '\0') {
        (void) snprintf(conf->problem, sizeof(conf->problem),
                        "too long parameter, probably missing terminating \"%c\" character", quote);
    } else {
        (void) snprintf(conf->problem, sizeof(conf->problem), "too long parameter \"%.*s...\" started",
                        LF_CONF_SHOWN, word.data);
    }
    return LF_CONF_BROKEN;
}

/* Whether this byte ends the word.  In "${" the brace does not. */
static int lf_conf_ends_word(char c, char quote, int variable) {
    if (quote != '\0') {
        return c == quote;
    }
    return lf_conf_is_blank(c) || c == ';' || (c == '{' && !variable);
}

static void lf_conf_count_word(lf_conf_t *conf, lf_str_t word) {
    static const char end[] = "_by_lua_block";
    size_t len = sizeof(end) - 1;

    if (conf->words++ == 0) {
        conf->code = word.len > len && memcmp(word.data + word.len - len, end, len) == 0;
    }
}

/* The reader stands on the word's first byte, or its quote.  What ended an
 * unquoted word is read again, as the next token. */
static lf_conf_kind_t lf_conf_word(lf_conf_t *conf, lf_str_t *word) {
    char first = conf->text.data[conf->at];
    char quote = (char) (first == '"' || first == '\'' ? first : '\0');
    size_t start = conf->at + (quote != '\0');
    unsigned line = conf->line;
    int escaped = 0, variable = 0;

    for (conf->at = start; !lf_conf_at_end(conf); (void) lf_conf_take(conf)) {
        char c = conf->text.data[conf->at];

        if (conf->at - start == LF_CONF_WORD_MAX) {
            return lf_conf_too_long(conf, lf_str(conf->text.data + start, LF_CONF_WORD_MAX), line, quote);
        }
        if (!escaped && (conf->at > start || quote != '\0') && lf_conf_ends_word(c, quote, variable)) {
            *word = lf_str(conf->text.data + start, conf->at - start);
            conf->at += quote != '\0';
            conf->quoted = quote != '\0';
            lf_conf_count_word(conf, *word);
            return LF_CONF_WORD;
        }
        variable = !escaped && (c == '$' || (variable && c == '{'));
        escaped = !escaped && c == '\\';
    }
    conf->words++;
    return lf_conf_end(conf);
}

/*
 * Code
 */

static void lf_conf_skip(lf_conf_t *conf, size_t len) {
    while (len-- > 0 && !lf_conf_at_end(conf)) {
        (void) lf_conf_take(conf);
    }
}

/* The length of a long bracket such as "[==[" in this place, 0 if none is. */
static size_t lf_conf_long_bracket(const lf_conf_t *conf, size_t at, char bracket) {
    lf_str_t text = conf->text;
    size_t end = at + 1;

    if (at >= text.len || text.data[at] != bracket) {
        return 0;
    }
    while (end < text.len && text.data[end] == '=') {
        end++;
    }
    return end < text.len && text.data[end] == bracket ? end + 1 - at : 0;
}

static void lf_conf_skip_long(lf_conf_t *conf, size_t bracket) {
    lf_conf_skip(conf, bracket);
    while (!lf_conf_at_end(conf) && lf_conf_long_bracket(conf, conf->at, ']') != bracket) {
        (void) lf_conf_take(conf);
    }
    lf_conf_skip(conf, bracket);
}

static void lf_conf_skip_string(lf_conf_t *conf) {
    char quote = lf_conf_take(conf);

    while (!lf_conf_at_end(conf)) {
        char c = lf_conf_take(conf);

        if (c == quote) {
            return;
        }
        lf_conf_skip(conf, c == '\\');
    }
}

/* Skips what hides braces, or takes one byte. */
static void lf_conf_skip_code(lf_conf_t *conf, size_t *depth) {
    const char *next = conf->text.data + conf->at;
    size_t comment = conf->text.len - conf->at >= 2 && memcmp(next, "--", 2) == 0 ? 2 : 0;
    size_t bracket = lf_conf_long_bracket(conf, conf->at + comment, '[');

    if (bracket > 0) {
        lf_conf_skip(conf, comment);
        lf_conf_skip_long(conf, bracket);
    } else if (comment > 0) {
        lf_conf_skip_comment(conf);
    } else if (*next == '"' || *next == '\'') {
        lf_conf_skip_string(conf);
    } else {
        *depth += *next == '{';
        *depth -= *next == '}';
        (void) lf_conf_take(conf);
    }
}

/* The reader stands behind the opening brace. */
static lf_conf_kind_t lf_conf_code(lf_conf_t *conf) {
    size_t depth = 1;

    while (depth > 0) {
        if (lf_conf_at_end(conf)) {
            return lf_conf_broken(
                conf, "unexpected end of file, expecting terminating characters for lua code block");
        }
        lf_conf_skip_code(conf, &depth);
    }
    return LF_CONF_STOP;
}

/*
 * Tokens
 */

/* What may stand behind a closing quote. */
static int lf_conf_follows_quote(char c) {
    return lf_conf_is_blank(c) || c == ';' || c == '{' || c == ')';
}

lf_conf_kind_t lf_conf_next(lf_conf_t *conf, lf_str_t *word) {
    char c;

    if (conf->quoted && !lf_conf_at_end(conf) && !lf_conf_follows_quote(conf->text.data[conf->at])) {
        return lf_conf_unexpected(conf, lf_conf_take(conf));
    }
    conf->quoted = 0;
    lf_conf_skip_blanks(conf);
    if (lf_conf_at_end(conf)) {
        return lf_conf_end(conf);
    }
    c = conf->text.data[conf->at];
    if (c != ';' && c != '{' && c != '}') {
        return lf_conf_word(conf, word);
    }
    conf->at++;
    if ((conf->words == 0) != (c == '}')) {
        return lf_conf_unexpected(conf, c);
    }
    conf->words = 0;
    if (c == '}') {
        return LF_CONF_CLOSE;
    }
    if (c == ';') {
        return LF_CONF_STOP;
    }
    return conf->code ? lf_conf_code(conf) : LF_CONF_OPEN;
}

/* The byte that an escape stands for; NUL when the backslash stays. */
static char lf_conf_escape(char c) {
    switch (c) {
    case '"':
    case '\'':
    case '\\':
        return c;
    case 't':
        return '\t';
    case 'r':
        return '\r';
    case 'n':
        return '\n';
    default:
        return '\0';
    }
}

size_t lf_conf_unescape(char *dst, lf_str_t word) {
    size_t i, len = 0;

    for (i = 0; i < word.len; i++) {
        char c = word.data[i];
        char escaped = (char) (c == '\\' && i + 1 < word.len ? lf_conf_escape(word.data[i + 1]) : '\0');

        i += escaped != '\0';
        dst[len++] = (char) (escaped != '\0' ? escaped : c);
    }
    return len;
}
