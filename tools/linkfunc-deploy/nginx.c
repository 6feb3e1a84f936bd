#include "nginx.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "find_nginx.h"
#include "lf_conf.h"

static char *checked(char *text) {
    if (text == NULL) {
        abort();
    }
    return text;
}

/* As seen from the prefix. */
static char *in_prefix(const char *prefix, const char *path, size_t len) {
    char *joined;
    const char *slash = path[0] == '/' || prefix[strlen(prefix) - 1] == '/' ? "" : "/";

    if (asprintf(&joined, "%s%s%.*s", path[0] == '/' ? "" : prefix, slash, (int) len, path) == -1) {
        abort();
    }
    return joined;
}

/*
 * What it was built with
 */

/* The value of "--NAME=VALUE" among configure's arguments; the fallback is what
 * configure takes when there is none. */
static const char *built_with(const char *arguments, const char *name, const char *fallback, size_t *len) {
    const char *found = strstr(arguments, name);
    const char *value = found == NULL ? fallback : found + strlen(name);

    *len = strcspn(value, " \n");
    return value;
}

static void take_paths(nginx_t *nginx, const char *arguments) {
    const char *value;
    size_t len;

    if (nginx->prefix == NULL) {
        value = built_with(arguments, " --prefix=", "/usr/local/nginx", &len);
        nginx->prefix = in_prefix("/", value, len);
    }
    if (nginx->conf == NULL) {
        value = built_with(arguments, " --conf-path=", "conf/nginx.conf", &len);
        nginx->conf = in_prefix(nginx->prefix, value, len);
    }
    value = built_with(arguments, " --pid-path=", "logs/nginx.pid", &len);
    nginx->pid_file = in_prefix(nginx->prefix, value, len);
}

static int ask_paths(nginx_t *nginx) {
    char option[] = "-V";
    char *argv[] = {nginx->program, option, NULL};
    command_text_t said = {NULL, 0};
    int status = command_run(argv, STDERR_FILENO, &said);

    if (status == 0 && said.data != NULL) {
        take_paths(nginx, said.data);
    } else if (status > 0) {
        deploy_report("cannot use '%s': nginx -V failed", nginx->program);
        status = -1;
    }
    free(said.data);
    return status;
}

/* NGINX sees relative paths from its prefix, a user from here. */
static int resolve(const char *path, char **resolved) {
    *resolved = path == NULL ? NULL : realpath(path, NULL);
    if (path != NULL && *resolved == NULL) {
        deploy_report("cannot read '%s': %s", path, strerror(errno));
        return -1;
    }
    return 0;
}

static int find_program(nginx_t *nginx) {
    const char *given = nginx->options->nginx;

    nginx->program = given == NULL ? find_nginx() : realpath(given, NULL);
    if (nginx->program == NULL && given == NULL) {
        deploy_report("nginx is not installed; install it or give --nginx PATH");
    } else if (nginx->program == NULL || access(nginx->program, X_OK) != 0) {
        deploy_report("cannot run '%s': %s", given != NULL ? given : nginx->program, strerror(errno));
    } else {
        return 0;
    }
    return -1;
}

int nginx_open(nginx_t *nginx, const deploy_options_t *options) {
    *nginx = (nginx_t){.options = options};
    if (find_program(nginx) != 0 || resolve(options->conf, &nginx->conf) != 0
        || resolve(options->prefix, &nginx->prefix) != 0) {
        return -1;
    }
    return ask_paths(nginx);
}

void nginx_close(nginx_t *nginx) {
    free(nginx->program);
    free(nginx->prefix);
    free(nginx->conf);
    free(nginx->pid_file);
}

/*
 * Its configuration
 */

typedef struct {
    lf_str_t words[2]; /* the first ones of a directive */
    size_t count;
    size_t depth; /* of blocks */
} reader_t;

static char *pid_of_directive(const nginx_t *nginx, const reader_t *reader) {
    char value[LF_CONF_WORD_MAX];
    size_t len;

    if (reader->depth > 0 || reader->count != 2 || !lf_str_equal(reader->words[0], lf_cstr("pid"))) {
        return NULL;
    }
    len = lf_conf_unescape(value, reader->words[1]);
    return in_prefix(nginx->prefix, value, len);
}

static char *take_token(const nginx_t *nginx, reader_t *reader, lf_conf_kind_t kind, lf_str_t word) {
    char *found = NULL;

    if (kind == LF_CONF_WORD) {
        if (reader->count < 2) {
            reader->words[reader->count] = word;
        }
        reader->count++;
        return NULL;
    }
    if (kind == LF_CONF_STOP) {
        found = pid_of_directive(nginx, reader);
    }
    reader->depth += kind == LF_CONF_OPEN;
    reader->depth -= kind == LF_CONF_CLOSE && reader->depth > 0;
    reader->count = 0;
    return found;
}

/* `dump` is what nginx -T prints: every file, each behind a comment with its name. */
static char *find_pid_file(const nginx_t *nginx, const command_text_t *dump) {
    reader_t reader = {.count = 0};
    char *found = NULL;
    lf_conf_t conf;
    lf_conf_kind_t kind;
    lf_str_t word;

    lf_conf_init(&conf, lf_str(dump->data, dump->len));
    do {
        word = lf_cstr(NULL);
        kind = lf_conf_next(&conf, &word);
        found = take_token(nginx, &reader, kind, word);
    } while (found == NULL && kind != LF_CONF_END && kind != LF_CONF_BROKEN);
    return found != NULL ? found : checked(strdup(nginx->pid_file));
}

/* -T is -t with the configuration printed, -q without "syntax is ok". */
char *nginx_test(const nginx_t *nginx) {
    char test[] = "-T", quiet[] = "-q", conf[] = "-c", prefix[] = "-p";
    char *argv[] = {nginx->program, test, quiet, conf, nginx->conf, prefix, nginx->prefix, NULL};
    command_text_t dump = {NULL, 0};
    int status = command_run(argv, STDOUT_FILENO, &dump);
    char *pid_file = NULL;

    if (status > 0) {
        deploy_report("nginx refuses the configuration '%s'", nginx->conf);
    } else if (status == 0) {
        pid_file = nginx->options->pid_file != NULL ? checked(strdup(nginx->options->pid_file))
                                                    : find_pid_file(nginx, &dump);
    }
    free(dump.data);
    return pid_file;
}
