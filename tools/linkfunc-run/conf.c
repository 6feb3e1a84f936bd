#include "conf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lf_conf.h"

enum { KEPT_WORDS = 2, MAX_DEPTH = 64 };

typedef struct {
    lf_conf_t text;

    FILE *out;
    const char *copied; /* the input up to here has been written */

    lf_str_t words[KEPT_WORDS]; /* the first ones of the current directive, with their quotes */
    size_t word_count;
    lf_str_t blocks[MAX_DEPTH]; /* the names of the blocks around it */
    size_t depth;

    unsigned given; /* a bit for each of the defaults below that the http block sets itself */
    const conf_wishes_t *wishes;
    lf_str_t listen; /* the address of the first listen directive */
    bool logs;       /* there is an error_log at the top level */
    bool module;     /* ours is loaded, and knows its directives */
    char *why;
    size_t why_size;
} conf_t;

/* What happens to a directive; nothing to those not listed. */
typedef struct {
    const char *name;
    const char *block; /* outermost block it must stand in; "" for the top level, NULL for anywhere */
    bool (*edit)(conf_t *conf, lf_str_t directive);
} conf_rule_t;

static bool refuse(conf_t *conf, const char *what) {
    snprintf(conf->why, conf->why_size, "nginx.conf:%u: %s", conf->text.line, what);
    return false;
}

static bool word_is(lf_str_t word, const char *text) {
    return lf_str_equal(word, lf_cstr(text));
}

/*
 * Edits
 */

static void replace(conf_t *conf, lf_str_t old, const char *text) {
    fwrite(conf->copied, 1, (size_t) (old.data - conf->copied), conf->out);
    fputs(text, conf->out);
    conf->copied = old.data + old.len;
}

static bool edit_listen(conf_t *conf, lf_str_t directive) {
    lf_str_t address = conf->words[1];
    char text[32];

    (void) directive;
    if (conf->word_count < 2) {
        return refuse(conf, "listen without an address");
    }
    if (address.len >= 5 && memcmp(address.data, "unix:", 5) == 0) {
        return refuse(conf, "listen on a unix socket is not supported");
    }
    if (conf->listen.data == NULL) {
        conf->listen = address;
    } else if (!lf_str_equal(conf->listen, address)) {
        return refuse(conf, "a second listen address is not supported");
    }
    snprintf(text, sizeof(text), "127.0.0.1:%d", conf->wishes->port);
    replace(conf, address, text);
    return true;
}

static bool edit_error_log(conf_t *conf, lf_str_t directive) {
    (void) directive;
    if (conf->depth == 0) {
        conf->logs = true;
    }
    if (conf->word_count >= 2) {
        replace(conf, conf->words[1], "stderr");
    }
    return true;
}

static bool edit_away(conf_t *conf, lf_str_t directive) {
    replace(conf, directive, "");
    return true;
}

static bool edit_processes(conf_t *conf, lf_str_t directive) {
    return !conf->wishes->single || edit_away(conf, directive);
}

static bool edit_snapshot(conf_t *conf, lf_str_t directive) {
    return !conf->wishes->live || edit_away(conf, directive);
}

static bool note_module(conf_t *conf, lf_str_t directive) {
    static const char name[] = "ngx_http_link_func_module";

    conf->module = conf->module || memmem(directive.data, directive.len, name, strlen(name)) != NULL;
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
    return conf->depth == 1 && word_is(conf->blocks[0], "http");
}

static void note_default(conf_t *conf) {
    unsigned i;

    for (i = 0; i < DEFAULT_COUNT; i++) {
        if (word_is(conf->words[0], defaults[i].name)) {
            conf->given |= 1u << i;
        }
    }
}

static void add_defaults(conf_t *conf, const char *place) {
    lf_str_t where = lf_str(place, 0);
    char text[80];
    unsigned i;

    for (i = 0; i < DEFAULT_COUNT; i++) {
        if ((conf->given & 1u << i) == 0) {
            snprintf(text, sizeof(text), "%s %s; ", defaults[i].name, defaults[i].value);
            replace(conf, where, text);
        }
    }
    if (conf->module && conf->wishes->live) {
        replace(conf, where, "ngx_link_func_snapshot off; ");
    }
}

static bool rule_applies(const conf_t *conf, const conf_rule_t *rule) {
    if (!word_is(conf->words[0], rule->name)) {
        return false;
    }
    if (rule->block == NULL) {
        return true;
    }
    return conf->depth == 0 ? rule->block[0] == '\0' : word_is(conf->blocks[0], rule->block);
}

static bool edit_directive(conf_t *conf, lf_str_t directive) {
    size_t i;

    for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        if (rule_applies(conf, &rules[i])) {
            return rules[i].edit(conf, directive);
        }
    }
    return true;
}

/*
 * Structure
 */

/* Where the reader stands. */
static const char *here(const conf_t *conf) {
    return conf->text.text.data + conf->text.at;
}

static void take_word(conf_t *conf, lf_str_t word) {
    if (conf->word_count < KEPT_WORDS) {
        const char *start = word.data - conf->text.quoted;

        conf->words[conf->word_count] = lf_str(start, (size_t) (here(conf) - start));
    }
    conf->word_count++;
}

static bool enter_block(conf_t *conf) {
    if (conf->depth == MAX_DEPTH) {
        return refuse(conf, "blocks nest too deep");
    }
    conf->blocks[conf->depth++] = conf->words[0];
    return true;
}

static bool leave_block(conf_t *conf) {
    if (conf->depth == 0) {
        return refuse(conf, "unexpected \"}\"");
    }
    if (at_http_level(conf)) {
        add_defaults(conf, here(conf) - 1);
    }
    conf->depth--;
    return true;
}

static bool end_directive(conf_t *conf) {
    const char *start = conf->words[0].data;

    if (at_http_level(conf)) {
        note_default(conf);
    }
    return edit_directive(conf, lf_str(start, (size_t) (here(conf) - start)));
}

static bool end_text(conf_t *conf) {
    if (conf->depth != 0) {
        return refuse(conf, "unexpected end of file, expecting \"}\"");
    }
    if (conf->listen.data == NULL) {
        return refuse(conf, "no listen directive in an http server");
    }
    replace(conf, lf_str(here(conf), 0), "");
    return true;
}

static bool take_token(conf_t *conf, lf_conf_kind_t kind) {
    switch (kind) {
    case LF_CONF_STOP:
        return end_directive(conf);
    case LF_CONF_OPEN:
        return enter_block(conf);
    case LF_CONF_CLOSE:
        return leave_block(conf);
    case LF_CONF_BROKEN:
        return refuse(conf, conf->text.problem);
    default:
        return end_text(conf);
    }
}

static bool adapt(conf_t *conf) {
    lf_conf_kind_t kind;
    lf_str_t word;
    bool good = true;

    do {
        kind = lf_conf_next(&conf->text, &word);
        if (kind == LF_CONF_WORD) {
            take_word(conf, word);
        } else {
            good = take_token(conf, kind);
            conf->word_count = 0;
        }
    } while (good && kind != LF_CONF_END);
    return good;
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
    conf_t conf = {.copied = text, .wishes = wishes};
    char *body = NULL;
    char *result = NULL;
    size_t body_len = 0;
    bool good;

    lf_conf_init(&conf.text, lf_str(text, len));
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
