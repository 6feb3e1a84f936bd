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
#include "prefix.h"
#include "run.h"
#include "server.h"

typedef struct {
    int port;
    const char *nginx;
    const char *module_dir;
} options_t;

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

static const cli_option_t option_table[] = {
    {"--port", 'p', "N", "listen on this port (default: a free one)", take_port},
    {"--nginx", 0, "PATH", "the nginx program (default: from PATH)", take_nginx},
    {"--module-dir", 0, "PATH", "where ngx_http_link_func_module.so is", take_module_dir},
    {NULL, 0, NULL, NULL, NULL},
};

const cli_t run_cli = {
    .name = "linkfunc-run",
    .version = LINKFUNC_VERSION,
    .operands = "[DIR]",
    .summary = "Serves the project in DIR (default: .) by a real NGINX, unprivileged, in the\n"
               "foreground.  Ctrl-C ends it; SIGHUP brings the project in anew and reloads.",
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

static int serve(const char *nginx, prefix_t *prefix) {
    server_t server = {.nginx = nginx, .prefix = prefix, .listener = listener_open(&prefix->port)};
    int status = 1;

    if (server.listener == -1) {
        return 1;
    }
    if (prefix_make(prefix) == 0 && prefix_fill(prefix) == 0) {
        status = server_run(&server);
    }
    prefix_remove(prefix);
    return status;
}

int main(int argc, char **argv) {
    options_t options = {.port = 0};
    char project[PATH_MAX];
    prefix_t prefix = {.project = project};
    int operands = cli_parse(&run_cli, argc, argv, &options);
    const char *folder = operands > 0 ? argv[1] : ".";
    char *nginx;
    int status;

    server_block_signals();
    if (realpath(folder, project) == NULL) {
        run_report("cannot read '%s': %s", folder, strerror(errno));
        return 1;
    }
    nginx = nginx_path(options.nginx);
    if (nginx == NULL) {
        return 1;
    }
    prefix.module_dir = options.module_dir;
    prefix.port = options.port;
    status = find_user(&prefix.user) == 0 ? serve(nginx, &prefix) : 1;
    free(nginx);
    return status;
}
