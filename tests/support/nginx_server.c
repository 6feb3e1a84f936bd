#define _GNU_SOURCE

#include "nginx_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define START_MS 10000
#define LOG_MS 5000
#define STOP_MS 10000
#define POLL_MS 5

#define EXPECTED_MAX 8

struct nginx_server_s {
    char prefix[64];
    int reservation; /* a socket */
    int port;
    pid_t master; /* 0 when it has ended */
    const char *expected[EXPECTED_MAX];
    size_t expected_count;
};

static void die(const char *what) {
    print_error("%s: %s\n", what, strerror(errno));
    fail();
}

static int64_t now_ms(void) {
    struct timespec ts;

    (void) clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* The pause between two looks at a condition that has a deadline. */
static void poll_pause(void) {
    const struct timespec pause = {0, POLL_MS * 1000000L};

    (void) nanosleep(&pause, NULL);
}

static char *path_in_prefix(const nginx_server_t *server, const char *name) {
    char *path;

    if (asprintf(&path, "%s/%s", server->prefix, name) == -1) {
        die("asprintf");
    }
    return path;
}

/* The whole file; "" when there is none. */
static char *read_file(const char *path) {
    char *text = NULL;
    size_t size = 0;
    FILE *file = fopen(path, "re");

    if (file == NULL || getdelim(&text, &size, '\0', file) == -1) {
        free(text);
        text = strdup("");
    }
    if (file != NULL) {
        (void) fclose(file);
    }
    if (text == NULL) {
        die("out of memory");
    }
    return text;
}

char *nginx_server_log_dup(const nginx_server_t *server) {
    char *path = path_in_prefix(server, "error.log");
    char *text = read_file(path);

    free(path);
    return text;
}

static size_t log_count(const nginx_server_t *server, const char *text) {
    char *log = nginx_server_log_dup(server);
    const char *at = log;
    size_t count = 0;

    while ((at = strstr(at, text)) != NULL) {
        count++;
        at += strlen(text);
    }
    free(log);
    return count;
}

/* Everything but NGINX's own debug lines, and what it printed before it had
 * read error_log. */
static void print_log(const nginx_server_t *server) {
    char *path = path_in_prefix(server, "output");
    char *output = read_file(path);
    char *log = nginx_server_log_dup(server);
    char *save = NULL;
    const char *line;

    print_error("%s", output);
    for (line = strtok_r(log, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save)) {
        if (strstr(line, " [debug] ") == NULL) {
            print_error("  %s\n", line);
        }
    }
    free(log);
    free(output);
    free(path);
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

static void write_config(const nginx_server_t *server, const nginx_config_t *config) {
    char *path = path_in_prefix(server, "nginx.conf");
    FILE *file = fopen(path, "we");

    free(path);
    if (file == NULL) {
        die("nginx.conf");
        return;
    }
    (void) fprintf(file, "load_module %s;\ndaemon off;\nworker_processes %d;\npid nginx.pid;\n",
                   NGINX_MODULE_SO, config->workers == 0 ? 1 : config->workers);
    (void) fprintf(file, "error_log error.log info;\n%s",
                   geteuid() == 0 && strstr(or_empty(config->main), "user ") == NULL ? "user root;\n" : "");
    write_expanded(file, server, or_empty(config->main));
    (void) fputs("\nevents { }\nhttp {\n    access_log off;\n    error_log error.log debug;\n", file);
    write_temp_paths(file);
    write_expanded(file, server, or_empty(config->http));
    (void) fprintf(file, "\n    server {\n        listen 127.0.0.1:%d;\n", server->port);
    write_expanded(file, server, or_empty(config->server));
    (void) fputs("\n    }\n}\n", file);
    if (fclose(file) != 0) {
        die("nginx.conf");
    }
}

/*
 * The process
 */

/* Bound, but not listening, it keeps the port from everyone but a socket with
 * SO_REUSEADDR that asks for this very port, as NGINX's does. */
static void reserve_port(nginx_server_t *server) {
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(addr);
    const int yes = 1;

    server->reservation = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (server->reservation == -1
        || setsockopt(server->reservation, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) == -1
        || bind(server->reservation, (struct sockaddr *) &addr, sizeof(addr)) == -1
        || getsockname(server->reservation, (struct sockaddr *) &addr, &len) == -1) {
        die("port");
    }
    server->port = ntohs(addr.sin_port);
}

static nginx_server_t *server_new(const nginx_config_t *config) {
    nginx_server_t *server = calloc(1, sizeof(*server));
    const char *folder = getenv("TMPDIR");

    if (server == NULL) {
        die("calloc");
        return NULL;
    }
    if (folder == NULL || strlen(folder) + sizeof("/linkfunc-XXXXXX") > sizeof(server->prefix)) {
        folder = "/tmp";
    }
    (void) snprintf(server->prefix, sizeof(server->prefix), "%s/linkfunc-XXXXXX", folder);
    if (mkdtemp(server->prefix) == NULL) {
        die(server->prefix);
    }
    reserve_port(server);
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
    (void) close(server->reservation);
    (void) nftw(server->prefix, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    free(server);
}

/* In the child: the output goes to `output`; `option` is "-t", "-s" with its
 * `value`, or NULL. */
static void exec_nginx(const nginx_server_t *server, int output, char *option, char *value) {
    char *argv[] = {"nginx", "-p", (char *) server->prefix, "-c", "nginx.conf", NGINX_EARLY_LOG option,
                    value,   NULL};

    (void) prctl(PR_SET_PDEATHSIG, SIGTERM);
    (void) dup2(output, STDOUT_FILENO);
    (void) dup2(output, STDERR_FILENO);
    (void) execv(NGINX_BINARY, argv);
    (void) dprintf(STDERR_FILENO, "cannot run %s: %s\n", NGINX_BINARY, strerror(errno));
    _exit(127);
}

static pid_t spawn_nginx(const nginx_server_t *server, const char *output_name, char *option, char *value) {
    char *path = path_in_prefix(server, output_name);
    int output = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    pid_t pid;

    free(path);
    if (output == -1) {
        die(output_name);
    }
    /* A process that outlives its master becomes our child, so stop finds it. */
    (void) prctl(PR_SET_CHILD_SUBREAPER, 1);
    (void) fflush(NULL);
    pid = fork();
    if (pid == -1) {
        die("fork");
    }
    if (pid == 0) {
        exec_nginx(server, output, option, value);
    }
    (void) close(output);
    return pid;
}

static int server_is_up(const nginx_server_t *server, const nginx_config_t *config) {
    size_t workers = config->workers == 0 ? 1 : (size_t) config->workers;
    char *path, *pid_text;
    int has_pid;

    if (strstr(or_empty(config->main), "master_process off") == NULL) {
        return log_count(server, "start worker process ") >= workers;
    }
    path = path_in_prefix(server, "nginx.pid");
    pid_text = read_file(path);
    has_pid = pid_text[0] != '\0';
    free(pid_text);
    free(path);
    return has_pid;
}

static void give_up_start(nginx_server_t *server) {
    print_error("nginx did not start:\n");
    print_log(server);
    if (server->master != 0) {
        (void) kill(server->master, SIGKILL);
        (void) waitpid(server->master, NULL, 0);
    }
    server_free(server);
    fail();
}

nginx_server_t *nginx_server_start(const nginx_config_t *config) {
    nginx_server_t *server = server_new(config);
    int64_t deadline = now_ms() + START_MS;

    server->master = spawn_nginx(server, NGINX_OUTPUT, NULL, NULL);
    while (!server_is_up(server, config)) {
        if (waitpid(server->master, NULL, WNOHANG) != 0) {
            server->master = 0;
        }
        if (server->master == 0 || now_ms() > deadline) {
            give_up_start(server);
            return NULL;
        }
        poll_pause();
    }
    return server;
}

static int wait_for_exit(pid_t pid) {
    int status = 0;

    if (waitpid(pid, &status, 0) != pid) {
        die("waitpid");
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int nginx_config_test(const nginx_config_t *config, char **output) {
    nginx_server_t *server = server_new(config);
    int status = wait_for_exit(spawn_nginx(server, "output", "-t", NULL));
    char *path = path_in_prefix(server, "output");

    *output = read_file(path);
    free(path);
    server_free(server);
    return status;
}

int nginx_server_command(const nginx_server_t *server, const char *name) {
    return wait_for_exit(spawn_nginx(server, "signal-output", "-s", (char *) name));
}

void nginx_server_reconfigure(nginx_server_t *server, const nginx_config_t *config) {
    write_config(server, config);
    if (kill(server->master, SIGHUP) == -1) {
        die("kill");
    }
}

int nginx_server_port(const nginx_server_t *server) {
    return server->port;
}

pid_t nginx_server_master(const nginx_server_t *server) {
    return server->master;
}

void nginx_server_wait_for_log(const nginx_server_t *server, const char *text) {
    int64_t deadline = now_ms() + LOG_MS;

    while (log_count(server, text) == 0) {
        if (now_ms() > deadline) {
            print_error("not in the log within %d ms: %s\n", LOG_MS, text);
            print_log(server);
            fail();
        }
        poll_pause();
    }
}

void nginx_server_expect_log(nginx_server_t *server, const char *text) {
    assert_true(server->expected_count < EXPECTED_MAX);
    server->expected[server->expected_count++] = text;
}

/*
 * Stopping, and the verdict
 */

static int line_is_bad(const char *line) {
    static const char *const marks[] = {"[alert]", "[emerg]", "exited on signal", "Sanitizer",
                                        "runtime error:"};
    size_t i;

    if (strstr(line, " [debug] ") != NULL) {
        return 0;
    }
    for (i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        if (strstr(line, marks[i]) != NULL) {
            return 1;
        }
    }
    return 0;
}

static int line_is_expected(const nginx_server_t *server, const char *line) {
    size_t i;

    for (i = 0; i < server->expected_count; i++) {
        if (strstr(line, server->expected[i]) != NULL) {
            return 1;
        }
    }
    return 0;
}

static int log_is_clean(const nginx_server_t *server) {
    char *log = nginx_server_log_dup(server);
    char *save = NULL;
    const char *line;
    int clean = 1;

    for (line = strtok_r(log, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save)) {
        if (line_is_bad(line) && !line_is_expected(server, line)) {
            print_error("unexpected in the log: %s\n", line);
            clean = 0;
        }
    }
    free(log);
    return clean;
}

/* Whether the master ended by itself. */
static int end_master(nginx_server_t *server) {
    int64_t deadline = now_ms() + STOP_MS;

    if (server->master == 0) {
        return 1;
    }
    (void) kill(server->master, SIGQUIT);
    while (waitpid(server->master, NULL, WNOHANG) == 0) {
        if (now_ms() > deadline) {
            print_error("nginx did not stop within %d ms\n", STOP_MS);
            (void) kill(server->master, SIGKILL);
            (void) waitpid(server->master, NULL, 0);
            return 0;
        }
        poll_pause();
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
    children = read_file(path);
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
    good &= end_orphans() == 0;
    good &= log_is_clean(server);
    if (!good) {
        print_log(server);
    }
    server_free(server);
    assert_true(good);
}
