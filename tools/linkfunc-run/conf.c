#include "conf.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* NGINX's configuration language: words, ended by ; or by a { } block. */
typedef enum { TOKEN_WORD, TOKEN_OPEN, TOKEN_CLOSE, TOKEN_STOP, TOKEN_END, TOKEN_BROKEN } token_kind_t;

typedef struct {
    token_kind_t kind;
    const char *start; /* quotes included */
    const char *end;
    int line;
} token_t;

enum { KEPT_WORDS = 2, MAX_DEPTH = 64 };

typedef struct {
    const char *next;
    const char *end;
    int line;

    FILE *out;
    const char *copied; /* the input up to here has been written */

    token_t words[KEPT_WORDS]; /* the first ones of the current directive */
    size_t word_count;
    token_t blocks[MAX_DEPTH]; /* the names of the blocks around it */
    size_t depth;

    unsigned given; /* a bit for each of the defaults below that the http block sets itself */
    const conf_wishes_t *wishes;
    token_t listen; /* the address of the first listen directive */
    bool logs;      /* there is an error_log at the top level */
    bool module;    /* ours is loaded, and knows its directives */
    char *why;
    size_t why_size;
} conf_t;

/* What happens to a directive; nothing to those not listed. */
typedef struct {
    const char *name;
    const char *block; /* outermost block it must stand in; "" for the top level, NULL for anywhere */
    bool (*edit)(conf_t *conf, const char *stop);
} conf_rule_t;

static bool refuse(conf_t *conf, int line, const char *what) {
    snprintf(conf->why, conf->why_size, "nginx.conf:%d: %s", line, what);
    return false;
}

static bool word_is(const token_t *word, const char *text) {
    size_t len = (size_t) (word->end - word->start);

    return len == strlen(text) && memcmp(word->start, text, len) == 0;
}

/*
 * Tokens
 */

static char look(const conf_t *conf) {
    if (conf->next == conf->end) {
        return '\0';
    }
    return *conf->next;
}

static void step(conf_t *conf) {
    if (look(conf) == '\n') {
        conf->line++;
    }
    conf->next++;
}

static void skip_blanks(conf_t *conf) {
    while (conf->next < conf->end) {
        if (look(conf) == '#') {
            while (conf->next < conf->end && look(conf) != '\n') {
                step(conf);
            }
        } else if (isspace((unsigned char) look(conf))) {
            step(conf);
        } else {
            return;
        }
    }
}

static void skip_escaped(conf_t *conf) {
    if (look(conf) == '\\' && conf->next + 1 < conf->end) {
        step(conf);
    }
    step(conf);
}

/* Returns whether the closing quote was there. */
static bool skip_quoted(conf_t *conf) {
    char quote = look(conf);

    step(conf);
    while (conf->next < conf->end && look(conf) != quote) {
        skip_escaped(conf);
    }
    if (conf->next == conf->end) {
        return false;
    }
    step(conf);
    return true;
}

/* A brace behind a dollar sign belongs to the word: "${name}". */
static void skip_word(conf_t *conf) {
    while (conf->next < conf->end && !isspace((unsigned char) look(conf)) && look(conf) != ';'
           && look(conf) != '{') {
        bool variable = look(conf) == '$';

        skip_escaped(conf);
        if (variable && look(conf) == '{') {
            step(conf);
        }
    }
}

static token_t next_token(conf_t *conf) {
    static const char marks[] = "{};";
    static const token_kind_t kinds[] = {TOKEN_OPEN, TOKEN_CLOSE, TOKEN_STOP};
    token_t token = {.kind = TOKEN_WORD};
    const char *mark;

    skip_blanks(conf);
    token.start = conf->next;
    token.line = conf->line;
    if (conf->next == conf->end) {
        token.kind = TOKEN_END;
    } else if (look(conf) == '\0') {
        token.kind = TOKEN_BROKEN;
    } else if ((mark = strchr(marks, look(conf))) != NULL) {
        token.kind = kinds[mark - marks];
        step(conf);
    } else if (look(conf) == '"' || look(conf) == '\'') {
        token.kind = skip_quoted(conf) ? TOKEN_WORD : TOKEN_BROKEN;
    } else {
        skip_word(conf);
    }
    token.end = conf->next;
    return token;
}

/*
 * Edits
 */

static void replace(conf_t *conf, const char *start, const char *end, const char *text) {
    fwrite(conf->copied, 1, (size_t) (start - conf->copied), conf->out);
    fputs(text, conf->out);
    conf->copied = end;
}

static bool edit_listen(conf_t *conf, const char *stop) {
    const token_t *address = &conf->words[1];
    size_t len = (size_t) (address->end - address->start);
    char text[32];

    (void) stop;
    if (conf->word_count < 2) {
        return refuse(conf, conf->words[0].line, "listen without an address");
    }
    if (len >= 5 && memcmp(address->start, "unix:", 5) == 0) {
        return refuse(conf, address->line, "listen on a unix socket is not supported");
    }
    if (conf->listen.start == NULL) {
        conf->listen = *address;
    } else if ((size_t) (conf->listen.end - conf->listen.start) != len
               || memcmp(conf->listen.start, address->start, len) != 0) {
        return refuse(conf, address->line, "a second listen address is not supported");
    }
    snprintf(text, sizeof(text), "127.0.0.1:%d", conf->wishes->port);
    replace(conf, address->start, address->end, text);
    return true;
}

static bool edit_error_log(conf_t *conf, const char *stop) {
    (void) stop;
    if (conf->depth == 0) {
        conf->logs = true;
    }
    if (conf->word_count >= 2) {
        replace(conf, conf->words[1].start, conf->words[1].end, "stderr");
    }
    return true;
}

static bool edit_away(conf_t *conf, const char *stop) {
    replace(conf, conf->words[0].start, stop, "");
    return true;
}

static bool edit_processes(conf_t *conf, const char *stop) {
    return !conf->wishes->single || edit_away(conf, stop);
}

static bool edit_snapshot(conf_t *conf, const char *stop) {
    return !conf->wishes->live || edit_away(conf, stop);
}

static bool note_module(conf_t *conf, const char *stop) {
    static const char name[] = "ngx_http_link_func_module";
    const char *start = conf->words[0].start;

    conf->module = conf->module || memmem(start, (size_t) (stop - start), name, strlen(name)) != NULL;
    return true;
}

static const conf_rule_t rules[] = {
    {"listen", "http", edit_listen},  {"error_log", NULL, edit_error_log},
    {"pid", "", edit_away},           {"daemon", "", edit_away},
    {"user", "", edit_away},          {"master_process", "", edit_processes},
    {"load_module", "", note_module}, {"ngx_link_func_snapshot", "http", edit_snapshot},
};

/* What an http block without them would write to folders that were compiled
 * in, such as /var/log/nginx, where only root may. */
typedef struct {
    const char *name;
    const char *value;
} conf_default_t;

static const conf_default_t defaults[] = {
    {"access_log", "off"},
    {"client_body_temp_path", "nginx-body-temp"},
    {"proxy_temp_path", "nginx-proxy-temp"},
    {"fastcgi_temp_path", "nginx-fastcgi-temp"},
    {"uwsgi_temp_path", "nginx-uwsgi-temp"},
    {"scgi_temp_path", "nginx-scgi-temp"},
};

enum { DEFAULT_COUNT = sizeof(defaults) / sizeof(defaults[0]) };

static bool at_http_level(const conf_t *conf) {
    return conf->depth == 1 && word_is(&conf->blocks[0], "http");
}

static void note_default(conf_t *conf) {
    unsigned i;

    for (i = 0; i < DEFAULT_COUNT; i++) {
        if (word_is(&conf->words[0], defaults[i].name)) {
            conf->given |= 1u << i;
        }
    }
}

static void add_defaults(conf_t *conf, const char *where) {
    char text[80];
    unsigned i;

    for (i = 0; i < DEFAULT_COUNT; i++) {
        if ((conf->given & 1u << i) == 0) {
            snprintf(text, sizeof(text), "%s %s; ", defaults[i].name, defaults[i].value);
            replace(conf, where, where, text);
        }
    }
    if (conf->module && conf->wishes->live) {
        replace(conf, where, where, "ngx_link_func_snapshot off; ");
    }
}

static bool rule_applies(const conf_t *conf, const conf_rule_t *rule) {
    if (!word_is(&conf->words[0], rule->name)) {
        return false;
    }
    if (rule->block == NULL) {
        return true;
    }
    return conf->depth == 0 ? rule->block[0] == '\0' : word_is(&conf->blocks[0], rule->block);
}

static bool edit_directive(conf_t *conf, const char *stop) {
    size_t i;

    for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        if (rule_applies(conf, &rules[i])) {
            return rules[i].edit(conf, stop);
        }
    }
    return true;
}

/*
 * Structure
 */

static bool enter_block(conf_t *conf, const token_t *token) {
    if (conf->word_count == 0) {
        return refuse(conf, token->line, "unexpected \"{\"");
    }
    if (conf->depth == MAX_DEPTH) {
        return refuse(conf, token->line, "blocks nest too deep");
    }
    conf->blocks[conf->depth++] = conf->words[0];
    return true;
}

static bool leave_block(conf_t *conf, const token_t *token) {
    if (conf->word_count != 0 || conf->depth == 0) {
        return refuse(conf, token->line, "unexpected \"}\"");
    }
    if (at_http_level(conf)) {
        add_defaults(conf, token->start);
    }
    conf->depth--;
    return true;
}

static bool end_directive(conf_t *conf, const token_t *token) {
    if (conf->word_count == 0) {
        return refuse(conf, token->line, "unexpected \";\"");
    }
    if (at_http_level(conf)) {
        note_default(conf);
    }
    return edit_directive(conf, token->end);
}

static bool take_token(conf_t *conf, const token_t *token) {
    bool good = true;

    switch (token->kind) {
    case TOKEN_WORD:
        if (conf->word_count < KEPT_WORDS) {
            conf->words[conf->word_count] = *token;
        }
        conf->word_count++;
        return true;
    case TOKEN_OPEN:
        good = enter_block(conf, token);
        break;
    case TOKEN_CLOSE:
        good = leave_block(conf, token);
        break;
    case TOKEN_STOP:
        good = end_directive(conf, token);
        break;
    case TOKEN_END:
    case TOKEN_BROKEN:
        return refuse(conf, token->line, "a quote is not closed");
    }
    conf->word_count = 0;
    return good;
}

static bool adapt(conf_t *conf) {
    token_t token;

    for (token = next_token(conf); token.kind != TOKEN_END; token = next_token(conf)) {
        if (!take_token(conf, &token)) {
            return false;
        }
    }
    if (conf->depth != 0 || conf->word_count != 0) {
        return refuse(conf, token.line, "unexpected end of file, expecting \";\" or \"}\"");
    }
    if (conf->listen.start == NULL) {
        return refuse(conf, token.line, "no listen directive in an http server");
    }
    replace(conf, conf->end, conf->end, "");
    return true;
}

/* An inherited socket already keeps NGINX in the foreground (nginx.c); the
 * directive says it for whoever reads the file. */
static char *with_preamble(const conf_t *conf, const char *body) {
    char *text = NULL;

    if (asprintf(&text, "daemon off; pid nginx.pid; %s%s%s",
                 conf->wishes->single ? "master_process off; " : "", conf->logs ? "" : "error_log stderr; ",
                 body)
        < 0) {
        return NULL;
    }
    return text;
}

char *conf_adapt(const char *text, size_t len, const conf_wishes_t *wishes, char *why, size_t why_size) {
    conf_t conf = {.next = text, .end = text + len, .line = 1, .copied = text, .wishes = wishes};
    char *body = NULL;
    char *result = NULL;
    size_t body_len = 0;
    bool good;

    conf.why = why;
    conf.why_size = why_size;
    snprintf(why, why_size, "out of memory");
    conf.out = open_memstream(&body, &body_len);
    if (conf.out == NULL) {
        return NULL;
    }
    good = adapt(&conf);
    if (fclose(conf.out) == 0 && good) {
        result = with_preamble(&conf, body);
    }
    free(body);
    return result;
}
