#define _GNU_SOURCE

#include "nginx_build.h"
#include "nginx_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define START_MS 10000
#define STOP_MS 10000
#define POLL_MS 5

/* The releases that first know what is said to them here. */
#define FIRST_WITH_EARLY_LOG 1019005 /* -e */
#define FIRST_WITH_HTTP2_ON 1025001

void nginx_die(const char *what) {
    print_error("%s: %s\n", what, strerror(errno));
    fail();
}

int64_t nginx_now_ms(void) {
    struct timespec ts;

    (void) clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t nginx_deadline(int ms) {
    return nginx_now_ms() + (int64_t) ms * nginx_build_patience();
}

void nginx_poll_pause(void) {
    const struct timespec pause = {0, POLL_MS * 1000000L};

    (void) nanosleep(&pause, NULL);
}

char *nginx_path_dup(const nginx_server_t *server, const char *name) {
    char *path;

    if (asprintf(&path, "%s/%s", server->prefix, name) == -1) {
        nginx_die("asprintf");
    }
    return path;
}

/*
 * The configuration
 */

static const char *or_empty(const char *text) {
    return text == NULL ? "" : text;
}

/* Writes `text` with PREFIX and PORT replaced. */
static void write_expanded(FILE *file, const nginx_server_t *server, const char *text) {
    while (*text != '\0') {
        if (strncmp(text, "PREFIX", 6) == 0) {
            (void) fputs(server->prefix, file);
            text += 6;
        } else if (strncmp(text, "PORT", 4) == 0) {
            (void) fprintf(file, "%d", server->port);
            text += 4;
        } else {
            (void) fputc(*text++, file);
        }
    }
}

static void write_temp_paths(FILE *file) {
    static const char *const kinds[] = {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"};
    size_t i;

    for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        (void) fprintf(file, "    %s_temp_path %s_temp;\n", kinds[i], kinds[i]);
    }
}

/* Behind the address of listen; the old form is deprecated with a warning. */
static const char *http2_listening(void) {
    return nginx_build_version() >= FIRST_WITH_HTTP2_ON ? ";\n        http2 on" : " http2";
}

static void write_listen(FILE *file, const nginx_server_t *server, const nginx_config_t *config) {
    (void) fprintf(file, "        listen 127.0.0.1:%d%s;\n", server->port,
                   config->http2 ? http2_listening() : "");
    if (config->http3) {
        (void) fprintf(file, "        listen 127.0.0.1:%d quic reuseport;\n", server->port);
        (void) fputs("        ssl_certificate good.pem;\n        ssl_certificate_key good.key;\n", file);
    }
}

static void write_config(const nginx_server_t *server, const nginx_config_t *config) {
    char *path = nginx_path_dup(server, "nginx.conf");
    FILE *file = fopen(path, "we");

    free(path);
    if (file == NULL) {
        nginx_die("nginx.conf");
        return;
    }
    if (!config->without_module) {
        (void) fprintf(file, "load_module %s;\n", nginx_build_module());
    }
    (void) fprintf(file, "daemon %s;\nworker_processes %d;\npid nginx.pid;\n", config->daemon ? "on" : "off",
                   config->workers == 0 ? 1 : config->workers);
    (void) fprintf(file, "error_log error.log info;\n%s",
                   geteuid() == 0 && strstr(or_empty(config->main), "user ") == NULL ? "user root;\n" : "");
    write_expanded(file, server, or_empty(config->main));
    (void) fputs("\nevents { }\nhttp {\n    access_log off;\n    error_log error.log debug;\n", file);
    write_temp_paths(file);
    write_expanded(file, server, or_empty(config->http));
    (void) fputs("\n    server {\n", file);
    write_listen(file, server, config);
    write_expanded(file, server, or_empty(config->server));
    (void) fputs("\n    }\n}\n", file);
    if (fclose(file) != 0) {
        nginx_die("nginx.conf");
    }
}

/*
 * The process
 */

/* good.pem and good.key are for localhost. */
static void make_certificates(const nginx_server_t *server) {
    char command[512];

    (void) snprintf(command, sizeof(command), "'%s' '%s' 2> '%s/certificates.log'", MAKE_CERTIFICATES,
                    server->prefix, server->prefix);
    if (system(command) != 0) { /* NOLINT(cert-env33-c): all paths are the test's own */
        nginx_die("certificates");
    }
}

static nginx_server_t *server_new(const nginx_config_t *config) {
    nginx_server_t *server = calloc(1, sizeof(*server));
    const char *folder = getenv("TMPDIR");

    if (server == NULL) {
        nginx_die("calloc");
        return NULL;
    }
    if (folder == NULL || strlen(folder) + sizeof("/linkfunc-XXXXXX") > sizeof(server->prefix)) {
        folder = "/tmp";
    }
    (void) snprintf(server->prefix, sizeof(server->prefix), "%s/linkfunc-XXXXXX", folder);
    if (mkdtemp(server->prefix) == NULL) {
        nginx_die(server->prefix);
    }
    (void) nginx_build_version(); /* asked once, before there are children */
    server->single = strstr(or_empty(config->main), "master_process off") != NULL;
    nginx_ports_reserve(server, config->http3);
    if (config->http3) {
        make_certificates(server);
    }
    write_config(server, config);
    return server;
}

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *walk) {
    (void) info;
    (void) type;
    (void) walk;
    return remove(path);
}

static void server_free(nginx_server_t *server) {
    nginx_ports_release(server->reservation, server->udp_reservation);
    (void) nftw(server->prefix, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    free(server);
}

/* Whether it can be told where to log before it has read error_log; one that
 * cannot must be built with --error-log-path=stderr. */
static int has_early_log(void) {
    return nginx_build_version() >= FIRST_WITH_EARLY_LOG;
}

/* NGINX frees nothing before it exits from -t and -s. */
static void look_for_no_leaks(void) {
    char *options;

    if (asprintf(&options, "%s:detect_leaks=0", or_empty(getenv("ASAN_OPTIONS"))) == -1
        || setenv("ASAN_OPTIONS", options, 1) == -1) {
        _exit(127);
    }
    free(options);
}

/* In the child: the output goes to `output`; `option` is "-t", "-s" with its
 * `value`, or NULL. */
static void exec_nginx(const nginx_server_t *server, int output, char *option, char *value) {
    char *argv[10] = {
        (char *) nginx_build_program(), "-p", (char *) server->prefix, "-c", "nginx.conf", "-e", "error.log"};
    char **next = argv + (has_early_log() ? 7 : 5);

    next[0] = option;
    next[1] = value;
    next[2] = NULL;
    if (option != NULL) {
        look_for_no_leaks();
    }
    (void) prctl(PR_SET_PDEATHSIG, SIGTERM);
    (void) dup2(output, STDOUT_FILENO);
    (void) dup2(output, STDERR_FILENO);
    (void) execv(nginx_build_program(), argv);
    (void) dprintf(STDERR_FILENO, "cannot run %s: %s\n", nginx_build_program(), strerror(errno));
    _exit(127);
}

static pid_t spawn_nginx(const nginx_server_t *server, const char *output_name, char *option, char *value) {
    char *path = nginx_path_dup(server, output_name);
    int output = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    pid_t pid;

    free(path);
    if (output == -1) {
        nginx_die(output_name);
    }
    /* A process that outlives its master becomes our child, so stop finds it. */
    (void) prctl(PR_SET_CHILD_SUBREAPER, 1);
    (void) fflush(NULL);
    pid = fork();
    if (pid == -1) {
        nginx_die("fork");
    }
    if (pid == 0) {
        exec_nginx(server, output, option, value);
    }
    (void) close(output);
    return pid;
}

static int wait_for_exit(pid_t pid) {
    int status = 0;

    if (waitpid(pid, &status, 0) != pid) {
        nginx_die("waitpid");
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int server_is_up(const nginx_server_t *server, const nginx_config_t *config) {
    size_t workers = config->workers == 0 ? 1 : (size_t) config->workers;

    if (!server->single) {
        return nginx_log_count(server, "start worker process ") >= workers;
    }
    return nginx_server_pid(server, "nginx.pid") != 0;
}

static void give_up_start(nginx_server_t *server) {
    print_error("nginx did not start:\n");
    nginx_log_print(server);
    if (server->master != 0) {
        (void) kill(server->master, SIGKILL);
        (void) waitpid(server->master, NULL, 0);
    }
    nginx_guard_end(server);
    server_free(server);
    fail();
}

/* The process that was started ends when its daemon has begun, which writes its
 * pid only then.  0 is failure. */
static pid_t wait_for_daemon(const nginx_server_t *server, int64_t deadline) {
    pid_t pid = 0;

    if (wait_for_exit(server->master) != 0) {
        return 0;
    }
    while ((pid = nginx_server_pid(server, "nginx.pid")) == 0 && nginx_now_ms() < deadline) {
        nginx_poll_pause();
    }
    return pid;
}

nginx_server_t *nginx_server_start(const nginx_config_t *config) {
    nginx_server_t *server = server_new(config);
    int64_t deadline = nginx_deadline(START_MS);

    if (config->daemon) {
        nginx_guard_start(server);
    }
    server->master = spawn_nginx(server, has_early_log() ? "output" : "error.log", NULL, NULL);
    if (config->daemon) {
        server->master = wait_for_daemon(server, deadline);
    }
    while (!server_is_up(server, config)) {
        if (server->master != 0 && waitpid(server->master, NULL, WNOHANG) != 0) {
            server->master = 0;
        }
        if (server->master == 0 || nginx_now_ms() > deadline) {
            give_up_start(server);
            return NULL;
        }
        nginx_poll_pause();
    }
    return server;
}

int nginx_config_test(const nginx_config_t *config, char **output) {
    nginx_server_t *server = server_new(config);
    int status = wait_for_exit(spawn_nginx(server, "output", "-t", NULL));
    char *path = nginx_path_dup(server, "output");

    *output = nginx_read_dup(path);
    free(path);
    server_free(server);
    if (!nginx_text_has_no_report(*output)) {
        print_error("%s", *output);
        fail();
    }
    return status;
}

int nginx_server_command(const nginx_server_t *server, const char *name) {
    return wait_for_exit(spawn_nginx(server, "signal-output", "-s", (char *) name));
}

void nginx_server_reconfigure(nginx_server_t *server, const nginx_config_t *config) {
    write_config(server, config);
    if (kill(server->master, SIGHUP) == -1) {
        nginx_die("kill");
    }
}

int nginx_server_port(const nginx_server_t *server) {
    return server->port;
}

pid_t nginx_server_master(const nginx_server_t *server) {
    return server->master;
}

/*
 * Stopping, and the verdict
 */

/* Whether the master ended by itself. */
static int end_master(nginx_server_t *server) {
    int64_t deadline = nginx_deadline(STOP_MS);

    if (server->master == 0) {
        return 1;
    }
    (void) kill(server->master, SIGQUIT);
    while (waitpid(server->master, NULL, WNOHANG) == 0) {
        if (nginx_now_ms() > deadline) {
            print_error("nginx did not stop in time\n");
            (void) kill(server->master, SIGKILL);
            (void) waitpid(server->master, NULL, 0);
            return 0;
        }
        nginx_poll_pause();
    }
    return 1;
}

/* Ends what an orphan of NGINX is left, by its pid, and counts it.  Helpers of
 * the test lead a session of their own. */
static int end_orphans(void) {
    char path[64];
    char *children, *save = NULL;
    const char *word;
    int count = 0;

    (void) snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int) getpid());
    children = nginx_read_dup(path);
    for (word = strtok_r(children, " ", &save); word != NULL; word = strtok_r(NULL, " ", &save)) {
        pid_t pid = (pid_t) strtol(word, NULL, 10);

        if (getsid(pid) != pid && waitpid(pid, NULL, WNOHANG) == 0) {
            print_error("process %d was left behind\n", (int) pid);
            (void) kill(pid, SIGKILL);
            (void) waitpid(pid, NULL, 0);
            count++;
        }
    }
    free(children);
    return count;
}

void nginx_server_stop(nginx_server_t *server) {
    int good;

    if (server == NULL) {
        return;
    }
    good = end_master(server);
    while (end_orphans() > 0) {
        good = 0; /* one that was ended may leave others */
    }
    nginx_guard_end(server);
    good &= nginx_log_is_clean(server);
    if (!good) {
        nginx_log_print(server);
    }
    server_free(server);
    assert_true(good);
}
