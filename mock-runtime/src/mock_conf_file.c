#include "mock_conf_file.h"

#include <errno.h>
#include <glob.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "lf_conf.h"
#include "mock_file.h"
#include "mock_memory.h"

/* NGINX runs out of descriptors somewhere. */
#define MAX_DEPTH 64

/* What `read_block` reads from, and where its directives go. */
typedef struct {
    lfm_conf_file_t *conf;
    lf_conf_t text;
    const char *file;
    size_t depth; /* of files */
} reader_t;

static int read_file(lfm_conf_file_t *conf, lfm_directive_t ***place, const char *path, size_t depth,
                     const lfm_directive_t *directive);

static lfm_directive_t *directive_new(const char *file, unsigned line) {
    lfm_directive_t *directive = lfm_zalloc(sizeof(*directive));

    directive->file = file;
    directive->line = line;
    return directive;
}

static void append(lfm_directive_t ***place, lfm_directive_t *directive) {
    **place = directive;
    *place = &directive->next;
}

/* Ends the reading: whoever walks the tree stops here. */
static int broken(lfm_directive_t ***place, const char *file, unsigned line, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static int broken(lfm_directive_t ***place, const char *file, unsigned line, const char *format, ...) {
    lfm_directive_t *directive = directive_new(file, line);
    va_list args;

    va_start(args, format);
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): clang-tidy 14 overlooks va_start */
    if (vasprintf(&directive->problem, format, args) == -1) {
        lfm_out_of_memory();
    }
    va_end(args);
    append(place, directive);
    return 0;
}

static void add_word(lfm_directive_t *directive, size_t *capacity, lf_str_t word) {
    char *text = lfm_alloc(word.len + 1);

    text[lf_conf_unescape(text, word)] = '\0';
    directive->words = lfm_grow(directive->words, sizeof(char *), directive->count, capacity);
    directive->words[directive->count++] = text;
}

/*
 * Includes
 */

static int include_matches(lfm_conf_file_t *conf, lfm_directive_t ***place, const char *pattern, size_t depth,
                           const lfm_directive_t *include) {
    glob_t found;
    size_t i;
    int good = 1;

    if (glob(pattern, 0, NULL, &found) != 0) {
        return 1;
    }
    for (i = 0; i < found.gl_pathc && good; i++) {
        good = read_file(conf, place, found.gl_pathv[i], depth, include);
    }
    globfree(&found);
    return good;
}

static int include(const reader_t *reader, lfm_directive_t ***place, const lfm_directive_t *directive) {
    char *path;
    int good;

    if (directive->is_block) {
        return broken(place, directive->file, directive->line,
                      "directive \"include\" is not terminated by \";\"");
    }
    if (directive->count != 2) {
        return broken(place, directive->file, directive->line,
                      "invalid number of arguments in \"include\" directive");
    }
    path = lfm_conf_file_path_dup(reader->conf, directive->words[1]);
    good = strpbrk(path, "*?[") == NULL
               ? read_file(reader->conf, place, path, reader->depth + 1, directive)
               : include_matches(reader->conf, place, path, reader->depth + 1, directive);
    free(path);
    return good;
}

/*
 * Reading
 */

static void directive_free(lfm_directive_t *directive);

static int read_block(reader_t *reader, lfm_directive_t ***place, int nested);

/* The words are read; what stands behind them decides. */
static int finish_directive(reader_t *reader, lfm_directive_t ***place, lfm_directive_t *directive) {
    lfm_directive_t **children = &directive->children;

    directive->line = reader->text.line;
    if (lfm_directive_is(directive, "include")) {
        int good = include(reader, place, directive);

        directive_free(directive);
        return good;
    }
    append(place, directive);
    return !directive->is_block || read_block(reader, &children, 1);
}

static int read_directive(reader_t *reader, lfm_directive_t ***place, lf_str_t word) {
    lfm_directive_t *directive = directive_new(reader->file, reader->text.line);
    size_t capacity = 0;
    lf_conf_kind_t kind;

    do {
        add_word(directive, &capacity, word);
        kind = lf_conf_next(&reader->text, &word);
    } while (kind == LF_CONF_WORD);
    if (kind == LF_CONF_BROKEN) {
        directive_free(directive);
        return broken(place, reader->file, reader->text.line, "%s", reader->text.problem);
    }
    directive->is_block = kind == LF_CONF_OPEN;
    return finish_directive(reader, place, directive);
}

static int read_block(reader_t *reader, lfm_directive_t ***place, int nested) {
    lf_conf_kind_t kind;
    lf_str_t word;

    while ((kind = lf_conf_next(&reader->text, &word)) == LF_CONF_WORD) {
        if (!read_directive(reader, place, word)) {
            return 0;
        }
    }
    if (kind == LF_CONF_BROKEN) {
        return broken(place, reader->file, reader->text.line, "%s", reader->text.problem);
    }
    if (kind == LF_CONF_CLOSE && !nested) {
        return broken(place, reader->file, reader->text.line, "unexpected \"}\"");
    }
    if (kind == LF_CONF_END && nested) {
        return broken(place, reader->file, reader->text.line, "unexpected end of file, expecting \"}\"");
    }
    return 1;
}

static const char *remember_file(lfm_conf_file_t *conf, const char *path) {
    char *copy = lfm_text_dup(lf_cstr(path));

    conf->files = lfm_grow(conf->files, sizeof(char *), conf->file_count, &conf->file_capacity);
    conf->files[conf->file_count++] = copy;
    return copy;
}

/* `include` is NULL for the first file. */
static int read_file(lfm_conf_file_t *conf, lfm_directive_t ***place, const char *path, size_t depth,
                     const lfm_directive_t *directive) {
    size_t len;
    char *text = depth > MAX_DEPTH ? NULL : lfm_file_dup(path, &len);
    reader_t reader;
    int good;

    if (text == NULL) {
        int reason = depth > MAX_DEPTH ? EMFILE : errno;

        return broken(place, directive == NULL ? NULL : directive->file,
                      directive == NULL ? 0 : directive->line, "open() \"%s\" failed (%d: %s)", path, reason,
                      strerror(reason));
    }
    reader.conf = conf;
    reader.file = remember_file(conf, path);
    reader.depth = depth;
    lf_conf_init(&reader.text, lf_str(text, len));
    good = read_block(&reader, place, 0);
    free(text);
    return good;
}

void lfm_conf_file_read(lfm_conf_file_t *conf, const char *path) {
    const char *slash = strrchr(path, '/');
    lfm_directive_t **place = &conf->first;

    memset(conf, 0, sizeof(*conf));
    conf->folder = lfm_text_dup(slash == NULL ? lf_cstr("") : lf_str(path, (size_t) (slash - path) + 1));
    (void) read_file(conf, &place, path, 0, NULL);
}

static void directive_free(lfm_directive_t *directive) {
    while (directive->count > 0) {
        free(directive->words[--directive->count]);
    }
    free(directive->words);
    free(directive->problem);
    free(directive);
}

static void tree_free(lfm_directive_t *first) {
    while (first != NULL) {
        lfm_directive_t *next = first->next;

        tree_free(first->children);
        directive_free(first);
        first = next;
    }
}

void lfm_conf_file_clear(lfm_conf_file_t *conf) {
    tree_free(conf->first);
    while (conf->file_count > 0) {
        free(conf->files[--conf->file_count]);
    }
    free(conf->files);
    free(conf->folder);
    memset(conf, 0, sizeof(*conf));
}

char *lfm_conf_file_path_dup(const lfm_conf_file_t *conf, const char *path) {
    char *full;

    if (asprintf(&full, "%s%s", path[0] == '/' ? "" : conf->folder, path) == -1) {
        lfm_out_of_memory();
    }
    return full;
}

int lfm_directive_is(const lfm_directive_t *directive, const char *name) {
    return directive->count > 0 && strcmp(directive->words[0], name) == 0;
}

const lfm_directive_t *lfm_directive_find(const lfm_directive_t *first, const char *name) {
    const lfm_directive_t *found = NULL;

    for (; first != NULL; first = first->next) {
        if (lfm_directive_is(first, name)) {
            found = first;
        }
    }
    return found;
}
