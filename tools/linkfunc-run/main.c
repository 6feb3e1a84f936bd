#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "find_nginx.h"
#include "listener.h"
#include "loop.h"
#include "names.h"
#include "run.h"

typedef struct {
    int port;
    const char *nginx;
    const char *module_dir;
    const char *command;
    under_kind_t under;
    bool no_watch;
    bool no_check;
} options_t;

/* All that lives as long as the run. */
typedef struct {
    char project[PATH_MAX];
    under_t under;
    prefix_t prefix;
    scratch_t sanitized;
    build_t build;
    server_t server;
    update_t update;
    watch_t watch;
    log_t log;
} session_t;

static const char *take_port(void *options, const char *value) {
    char *end;
    long port = strtol(value, &end, 10);

    if (value[0] < '0' || value[0] > '9' || *end != '\0' || port < 1 || port > 65535) {
        return "'%s' is not a port";
    }
    ((options_t *) options)->port = (int) port;
    return NULL;
}

static const char *take_nginx(void *options, const char *value) {
    ((options_t *) options)->nginx = value;
    return NULL;
}

static const char *take_module_dir(void *options, const char *value) {
    ((options_t *) options)->module_dir = value;
    return NULL;
}

static const char *take_command(void *options, const char *value) {
    ((options_t *) options)->command = value;
    return NULL;
}

static const char *take_no_watch(void *options, const char *value) {
    (void) value;
    ((options_t *) options)->no_watch = true;
    return NULL;
}

static const char *take_no_check(void *options, const char *value) {
    (void) value;
    ((options_t *) options)->no_check = true;
    return NULL;
}

static const char *take_under(options_t *options, under_kind_t kind) {
    if (options->under != UNDER_NOTHING && options->under != kind) {
        return "only one of --asan, --valgrind and --gdb can be given";
    }
    options->under = kind;
    return NULL;
}

static const char *take_asan(void *options, const char *value) {
    (void) value;
    return take_under(options, UNDER_ASAN);
}

static const char *take_valgrind(void *options, const char *value) {
    (void) value;
    return take_under(options, UNDER_VALGRIND);
}

static const char *take_gdb(void *options, const char *value) {
    (void) value;
    return take_under(options, UNDER_GDB);
}

static const cli_option_t option_table[] = {
    {"--port", 'p', "N", "listen on this port (default: a free one)", take_port},
    {"--no-watch", 0, NULL, "serve what is there: neither build nor watch", take_no_watch},
    {"--no-check", 0, NULL, "do not run linkfunc-check on what was built", take_no_check},
    {"--build", 'b', "COMMAND", "build by this (default: make, CMake or Meson)", take_command},
    {"--asan", 0, NULL, "build a copy with AddressSanitizer and serve that", take_asan},
    {"--valgrind", 0, NULL, "run nginx under valgrind", take_valgrind},
    {"--gdb", 0, NULL, "run nginx, as one process, under gdb; nothing is watched", take_gdb},
    {"--nginx", 0, "PATH", "the nginx program (default: from PATH)", take_nginx},
    {"--module-dir", 0, "PATH", "where ngx_http_link_func_module.so is", take_module_dir},
    {NULL, 0, NULL, NULL, NULL},
};

const cli_t run_cli = {
    .name = "linkfunc-run",
    .version = LINKFUNC_VERSION,
    .operands = "[DIR]",
    .summary = "Builds the project in DIR (default: .) and serves it by a real NGINX,\n"
               "unprivileged, in the foreground.  When a file of it changes, builds it again,\n"
               "checks it and reloads; where one of these fails, the old code keeps serving.\n"
               "Ctrl-C ends it; SIGHUP brings the project in anew and reloads.",
    .options = option_table,
    .max_operands = 1,
};

/* Absolute, as it is started from another folder; the caller frees it. */
static char *nginx_path(const char *given) {
    char *path = given != NULL ? realpath(given, NULL) : find_nginx();

    if (path == NULL && given == NULL) {
        run_report("nginx is not installed; install it or give --nginx PATH");
    } else if (path == NULL || access(path, X_OK) != 0) {
        run_report("cannot run '%s': %s", given != NULL ? given : path, strerror(errno));
        free(path);
        path = NULL;
    }
    return path;
}

/* NGINX never runs as root here: what it runs is code under development. */
static int find_user(run_user_t *user) {
    struct passwd *nobody;

    user->drop = geteuid() == 0;
    if (!user->drop) {
        return 0;
    }
    nobody = getpwnam("nobody");
    if (nobody == NULL) {
        run_report("there is no user 'nobody' to run nginx as");
        return -1;
    }
    user->uid = nobody->pw_uid;
    user->gid = nobody->pw_gid;
    return 0;
}

static void forget(void *data, const char *path) {
    session_t *session = data;

    prefix_forget(session->prefix.scratch.path, session->project, path);
    if (session->build.sanitize != NULL) {
        prefix_forget(session->build.sanitize, session->project, path);
    }
}

static int make_folders(session_t *session) {
    static const run_user_t ourselves = {.drop = false};
    const run_user_t *user = &session->prefix.user;

    scratch_clean(user);
    if (session->under.kind == UNDER_ASAN) {
        if (scratch_make(&session->sanitized, &ourselves) != 0) {
            return -1;
        }
        session->build.sanitize = session->sanitized.path;
        session->prefix.built = session->sanitized.path;
    }
    return scratch_make(&session->prefix.scratch, user);
}

/* gdb has a user who asks it, in the middle of which no reload may come. */
static int begin_watch(session_t *session, const options_t *options) {
    if (options->no_watch || under_is_interactive(&session->under)) {
        return 0;
    }
    session->watch.root = session->project;
    session->watch.removed = forget;
    session->watch.data = session;
    return watch_open(&session->watch);
}

static void wire(session_t *session, const options_t *options) {
    session->build.project = session->project;
    session->build.command = options->command;
    session->prefix.project = session->project;
    session->prefix.module_dir = options->module_dir;
    session->prefix.wishes.port = options->port;
    session->prefix.wishes.single = under_is_interactive(&session->under);
    session->prefix.wishes.live = under_is_live(&session->under);
    session->server.prefix = &session->prefix;
    session->server.under = &session->under;
    session->update.server = &session->server;
    session->update.prefix = &session->prefix;
    session->update.build = &session->build;
    session->update.check.project = session->project;
    session->update.checks = !options->no_check && session->under.kind != UNDER_ASAN;
    session->update.probe = -1;
    session->watch.fd = -1;
    session->log.fd = -1;
}

static int serve(session_t *session, const options_t *options) {
    const loop_t loop = {&session->server, &session->update, &session->watch, &session->log};
    bool builds = !options->no_watch || session->under.kind == UNDER_ASAN;

    session->server.listener =
        listener_open(&session->prefix.wishes.port, !under_is_interactive(&session->under));
    if (session->server.listener == -1 || log_open(&session->log) != 0 || make_folders(session) != 0
        || begin_watch(session, options) != 0) {
        return 1;
    }
    build_find(&session->build);
    session->server.log = session->log.writer;
    return loop_run(&loop, builds ? NAMES_BUILD | NAMES_CONF : NAMES_CONF);
}

static void clean_up(session_t *session) {
    watch_close(&session->watch);
    log_close(&session->log);
    check_free(&session->update.check);
    scratch_remove(&session->prefix.scratch);
    scratch_remove(&session->sanitized);
}

int main(int argc, char **argv) {
    static session_t session;
    options_t options = {.port = 0};
    int operands = cli_parse(&run_cli, argc, argv, &options);
    const char *folder = operands > 0 ? argv[1] : ".";
    char *nginx;
    int status = 1;

    server_block_signals();
    if (realpath(folder, session.project) == NULL) {
        run_report("cannot read '%s': %s", folder, strerror(errno));
        return 1;
    }
    nginx = nginx_path(options.nginx);
    if (nginx == NULL) {
        return 1;
    }
    session.server.nginx = nginx;
    session.under.kind = options.under;
    wire(&session, &options);
    if (under_find(&session.under) == 0 && find_user(&session.prefix.user) == 0) {
        status = serve(&session, &options);
    }
    clean_up(&session);
    free(nginx);
    return status;
}
