/* The functions that an nginx.conf calls of the library. */

#include <errno.h>
#include <glob.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "lf_conf.h"

#define MAX_WORDS 16
#define MAX_DEPTH 64 /* of blocks, and of files that include each other */

typedef struct {
    char *function;
    char *place;
} call_t;

typedef struct {
    check_findings_t *findings;
    const library_t *library;
    char *folder;  /* of the first file, where relative paths start */
    size_t depth;  /* blocks that are open */
    size_t server; /* the depth inside the server block; 0: outside */
    size_t files;  /* that are open */
    char *lib;     /* of the server, or of what stands outside of all */
    call_t *calls; /* likewise */
    size_t call_count;
    size_t checked;
} reader_t;

typedef struct {
    lf_str_t words[MAX_WORDS];
    size_t count;
} directive_t;

static bool is(const directive_t *directive, const char *name, size_t count) {
    return directive->count == count && lf_str_equal(directive->words[0], lf_cstr(name));
}

/* Without its escapes, and with a NUL. */
static char *word_dup(lf_str_t word) {
    char *text = malloc(word.len + 1);

    if (text == NULL) {
        abort();
    }
    text[lf_conf_unescape(text, word)] = '\0';
    return text;
}

/* The library goes by the name of its file: it is checked before it is where
 * the configuration will find it.  Outside of all servers stands what one would
 * include, and its library may be named there. */
static bool is_of_library(const reader_t *reader) {
    const char *configured = reader->lib == NULL ? NULL : strrchr(reader->lib, '/');
    const char *given = strrchr(reader->library->path, '/');

    if (reader->lib == NULL) {
        return reader->server == 0;
    }
    return strcmp(configured == NULL ? reader->lib : configured + 1,
                  given == NULL ? reader->library->path : given + 1)
           == 0;
}

static void end_server(reader_t *reader) {
    bool counts = is_of_library(reader);
    size_t i;

    for (i = 0; i < reader->call_count; i++) {
        call_t *call = &reader->calls[i];

        if (counts) {
            check_function(reader->findings, reader->library, call->place, call->function);
            reader->checked++;
        }
        free(call->function);
        free(call->place);
    }
    free(reader->calls);
    free(reader->lib);
    reader->calls = NULL;
    reader->call_count = 0;
    reader->lib = NULL;
    reader->server = 0;
}

static char *place_dup(const char *path, unsigned line) {
    char *place;

    if (asprintf(&place, "%s:%u", path, line) == -1) {
        abort();
    }
    return place;
}

/* The file cannot be read on. */
static int broken(reader_t *reader, const char *path, unsigned line, const char *problem) {
    char *place = place_dup(path, line);

    check_add(reader->findings, "conf-syntax", place, "%s", problem);
    free(place);
    return -1;
}

static void add_call(reader_t *reader, lf_str_t function, const char *path, unsigned line) {
    call_t *call;

    reader->calls = realloc(reader->calls, (reader->call_count + 1) * sizeof(*reader->calls));
    if (reader->calls == NULL) {
        abort();
    }
    call = &reader->calls[reader->call_count++];
    call->function = word_dup(function);
    call->place = place_dup(path, line);
}

static int read_file(reader_t *reader, const char *path, const char *place);

/* As in NGINX a pattern may match nothing, but a plain name must be there. */
static int include_all(reader_t *reader, const char *pattern, const char *place) {
    glob_t found;
    size_t i;
    int status = 0;

    if (glob(pattern, 0, NULL, &found) != 0) {
        return strpbrk(pattern, "*?[") != NULL ? 0 : read_file(reader, pattern, place);
    }
    for (i = 0; i < found.gl_pathc && status == 0; i++) {
        status = read_file(reader, found.gl_pathv[i], place);
    }
    globfree(&found);
    return status;
}

static int include(reader_t *reader, lf_str_t word, const char *path, unsigned line) {
    char *name = word_dup(word), *place = place_dup(path, line), *pattern;
    int status;

    if (asprintf(&pattern, "%s%s%s", name[0] == '/' ? "" : reader->folder, name[0] == '/' ? "" : "/", name)
        == -1) {
        abort();
    }
    status = include_all(reader, pattern, place);
    free(pattern);
    free(place);
    free(name);
    return status;
}

static int take_directive(reader_t *reader, const directive_t *directive, const char *path, unsigned line) {
    if (is(directive, "include", 2)) {
        return include(reader, directive->words[1], path, line);
    }
    if (is(directive, "ngx_link_func_call", directive->count)) {
        if (directive->count != 2) {
            return broken(reader, path, line,
                          "invalid number of arguments in \"ngx_link_func_call\" directive");
        }
        add_call(reader, directive->words[1], path, line);
    } else if (is(directive, "ngx_link_func_lib", 2)
               || (directive->count >= 3
                   && is(directive, "ngx_link_func_download_link_lib", directive->count))) {
        free(reader->lib);
        reader->lib = word_dup(directive->words[directive->count - 1]);
    }
    return 0;
}

static void open_block(reader_t *reader, const directive_t *directive) {
    reader->depth++;
    if (reader->server == 0 && is(directive, "server", 1)) {
        end_server(reader);
        reader->server = reader->depth;
    }
}

static void close_block(reader_t *reader) {
    if (reader->server == reader->depth) {
        end_server(reader);
    }
    reader->depth--;
}

typedef struct {
    const char *path;
    size_t outside; /* the depth where its own blocks begin */
    lf_conf_t conf;
} file_t;

static int close_own_block(reader_t *reader, const file_t *file) {
    if (reader->depth == file->outside) {
        return broken(reader, file->path, file->conf.line, "unexpected \"}\"");
    }
    close_block(reader);
    return 0;
}

static int end_file(reader_t *reader, const file_t *file) {
    if (reader->depth > file->outside) {
        return broken(reader, file->path, file->conf.line, "unexpected end of file, expecting \"}\"");
    }
    return 0;
}

/* What stands behind the words of a directive, or between two. */
static int take_token(reader_t *reader, const file_t *file, lf_conf_kind_t kind,
                      const directive_t *directive) {
    switch (kind) {
    case LF_CONF_STOP:
        return take_directive(reader, directive, file->path, file->conf.line);
    case LF_CONF_OPEN:
        open_block(reader, directive);
        return 0;
    case LF_CONF_CLOSE:
        return close_own_block(reader, file);
    case LF_CONF_BROKEN:
        return broken(reader, file->path, file->conf.line, file->conf.problem);
    default:
        return end_file(reader, file);
    }
}

static int read_text(reader_t *reader, const char *path, lf_str_t text) {
    file_t file = {.path = path, .outside = reader->depth};
    directive_t directive = {.count = 0};
    lf_conf_kind_t kind;
    lf_str_t word;
    int status = 0;

    lf_conf_init(&file.conf, text);
    do {
        kind = lf_conf_next(&file.conf, &word);
        if (kind != LF_CONF_WORD) {
            status = take_token(reader, &file, kind, &directive);
            directive.count = 0;
        } else if (directive.count < MAX_WORDS) {
            directive.words[directive.count++] = word;
        }
    } while (status == 0 && kind != LF_CONF_END);
    return status;
}

/* Returns NULL, and errno says why, when it cannot be read. */
static char *text_dup(const char *path, size_t *len) {
    FILE *in = fopen(path, "rb"), *out;
    char buffer[4096], *text = NULL;
    size_t n;
    int failed;

    if (in == NULL) {
        return NULL;
    }
    out = open_memstream(&text, len);
    if (out == NULL) {
        abort();
    }
    errno = 0;
    while ((n = fread(buffer, 1, sizeof(buffer), in)) > 0) {
        (void) fwrite(buffer, 1, n, out);
    }
    failed = ferror(in) ? errno : 0;
    (void) fclose(out);
    (void) fclose(in);
    if (failed != 0) {
        free(text);
        text = NULL;
    }
    errno = failed;
    return text;
}

/* `place` is where the file is named. */
static int read_file(reader_t *reader, const char *path, const char *place) {
    size_t len;
    char *text = reader->files < MAX_DEPTH ? text_dup(path, &len) : NULL;
    int status;

    if (text == NULL) {
        check_add(reader->findings, "conf-unreadable", place, "cannot read '%s': %s", path,
                  reader->files < MAX_DEPTH ? strerror(errno) : "it includes itself");
        return -1;
    }
    reader->files++;
    status = read_text(reader, path, lf_str(text, len));
    reader->files--;
    free(text);
    return status;
}

void check_conf(check_findings_t *findings, const library_t *library, const char *path) {
    char *copy = strdup(path);
    reader_t reader = {.findings = findings, .library = library, .folder = dirname(copy)};
    int status = read_file(&reader, path, path);

    end_server(&reader);
    free(copy);
    if (status == 0 && reader.checked == 0) {
        check_add(findings, "conf-without-calls", path, "no server calls a function of '%s'", library->path);
    }
}
