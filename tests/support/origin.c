#define _GNU_SOURCE

#include "origin.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
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
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define REQUEST_MAX 8192

struct origin_s {
    const char *folder;
    int port;
    pid_t pid;
    FILE *output; /* of openssl, which must stay open for it */
};

static void die(const char *what) {
    print_error("%s: %s\n", what, strerror(errno));
    fail();
}

/* The whole file of the folder, *len bytes and a NUL. */
static char *read_whole(const char *folder, const char *name, size_t *len) {
    char path[512], *data = NULL;
    FILE *file;
    long size;

    (void) snprintf(path, sizeof(path), "%s/%s", folder, name);
    file = fopen(path, "rbe");
    *len = 0;
    if (file == NULL) {
        return calloc(1, 1);
    }
    if (fseek(file, 0, SEEK_END) == 0 && (size = ftell(file)) >= 0) {
        data = calloc(1, (size_t) size + 1);
        rewind(file);
        *len = data == NULL ? 0 : fread(data, 1, (size_t) size, file);
    }
    (void) fclose(file);
    return data;
}

/*
 * In the process of one connection
 */

typedef struct {
    int fd;
    const char *folder;
    const char *request;
    const char *rest; /* of the path, behind the word that chose the function */
} exchange_t;

static void put(const exchange_t *exchange, const void *data, size_t len) {
    const char *at = data;

    while (len > 0) {
        ssize_t n = send(exchange->fd, at, len, MSG_NOSIGNAL);

        if (n <= 0) {
            _exit(0);
        }
        at += n;
        len -= (size_t) n;
    }
}

__attribute__((format(printf, 2, 3))) static void put_text(const exchange_t *exchange, const char *format,
                                                           ...) {
    char text[REQUEST_MAX + 256];
    va_list args;
    int len;

    va_start(args, format);
    len = vsnprintf(text, sizeof(text), format, args); /* NOLINT(clang-analyzer-valist.Uninitialized) */
    va_end(args);
    put(exchange, text, (size_t) len);
}

/* With the given status and further header lines. */
static void put_file(const exchange_t *exchange, int status, const char *headers, const char *name) {
    size_t len;
    char *data = read_whole(exchange->folder, name, &len);

    put_text(exchange, "HTTP/1.1 %d Fine\r\nContent-Length: %zu\r\n%s\r\n", status, len, headers);
    put(exchange, data, len);
    free(data);
}

static void serve_file(const exchange_t *exchange) {
    put_file(exchange, 200, "", exchange->rest);
}

static void serve_gzip(const exchange_t *exchange) {
    put_file(exchange, 200, "Content-Encoding: gzip\r\n", exchange->rest);
}

static void serve_status(const exchange_t *exchange) {
    const char *slash = strchr(exchange->rest, '/');

    put_file(exchange, (int) strtol(exchange->rest, NULL, 10), "", slash == NULL ? "" : slash + 1);
}

static void serve_chunked(const exchange_t *exchange) {
    size_t len, at, part;
    char *data = read_whole(exchange->folder, exchange->rest, &len);

    put_text(exchange, "HTTP/1.1 200 Fine\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (at = 0; at < len; at += part) {
        part = len - at < 1000 ? len - at : 1000;
        put_text(exchange, "%zx\r\n", part);
        put(exchange, data + at, part);
        put_text(exchange, "\r\n");
    }
    put_text(exchange, "0\r\n\r\n");
    free(data);
}

static void put_half(const exchange_t *exchange) {
    size_t len;
    char *data = read_whole(exchange->folder, exchange->rest, &len);

    put_text(exchange, "HTTP/1.1 200 Fine\r\nContent-Length: %zu\r\n\r\n", len);
    put(exchange, data, len / 2);
    free(data);
}

/* Until the test ends it. */
static void sleep_for_good(const exchange_t *exchange) {
    (void) exchange;
    for (;;) {
        (void) pause();
    }
}

static void serve_stalled(const exchange_t *exchange) {
    put_half(exchange);
    sleep_for_good(exchange);
}

/* Goes on in the middle when the folder has a file "go". */
static void serve_paused(const exchange_t *exchange) {
    const struct timespec pause = {0, 5000000};
    char go[512];
    size_t len;
    char *data = read_whole(exchange->folder, exchange->rest, &len);

    (void) snprintf(go, sizeof(go), "%s/go", exchange->folder);
    put_text(exchange, "HTTP/1.1 200 Fine\r\nContent-Length: %zu\r\n\r\n", len);
    put(exchange, data, len / 2);
    while (access(go, F_OK) != 0) {
        (void) nanosleep(&pause, NULL);
    }
    put(exchange, data + len / 2, len - len / 2);
    free(data);
}

/* In about so many seconds, never silent for more than two. */
static void serve_dripped(const exchange_t *exchange) {
    const struct timespec pause = {1, 0};
    size_t seconds = strtoul(exchange->rest, NULL, 10), len, part, i;
    const char *slash = strchr(exchange->rest, '/');
    char *data = read_whole(exchange->folder, slash == NULL ? "" : slash + 1, &len);

    put_text(exchange, "HTTP/1.1 200 Fine\r\nContent-Length: %zu\r\n\r\n", len);
    part = len / (seconds + 1);
    for (i = 0; i < seconds; i++) {
        put(exchange, data + i * part, part);
        (void) nanosleep(&pause, NULL);
    }
    put(exchange, data + seconds * part, len - seconds * part);
    free(data);
}

static void serve_huge(const exchange_t *exchange) {
    put_text(exchange, "HTTP/1.1 200 Fine\r\nContent-Length: 268435457\r\n\r\n");
}

static void serve_hops(const exchange_t *exchange) {
    const char *slash = strchr(exchange->rest, '/');
    int hops = (int) strtol(exchange->rest, NULL, 10);

    if (hops == 0) {
        put_file(exchange, 200, "", slash == NULL ? "" : slash + 1);
        return;
    }
    put_text(exchange, "HTTP/1.1 302 On\r\nLocation: /hops/%d%s\r\nContent-Length: 4\r\n\r\nmore", hops - 1,
             slash);
}

static void serve_redirect(const exchange_t *exchange) {
    put_text(exchange, "HTTP/1.1 307 There\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n", exchange->rest);
}

static void serve_login(const exchange_t *exchange) {
    int good = strstr(exchange->request, "\r\nAuthorization: Basic dXMgZXI6cEBzczp3b3Jk\r\n") != NULL;

    put_file(exchange, good ? 200 : 401, "", exchange->rest);
}

static void serve_token(const exchange_t *exchange) {
    int good = strstr(exchange->request, "\r\nX-Token: secret\r\n") != NULL;

    put_file(exchange, good ? 200 : 403, "", exchange->rest);
}

static const struct {
    const char *start;
    void (*serve)(const exchange_t *exchange);
} routes[] = {
    {"/file/", serve_file},     {"/chunked/", serve_chunked}, {"/gzip/", serve_gzip},
    {"/status/", serve_status}, {"/truncated/", put_half},    {"/stalled/", serve_stalled},
    {"/huge", serve_huge},      {"/hang", sleep_for_good},    {"/hops/", serve_hops},
    {"/paused/", serve_paused}, {"/to?", serve_redirect},     {"/login/", serve_login},
    {"/token/", serve_token},   {"/dripped/", serve_dripped},
};

/* Up to the empty line. */
static int read_request(int fd, char *request) {
    size_t len = 0;
    ssize_t n;

    while ((n = recv(fd, request + len, REQUEST_MAX - 1 - len, 0)) > 0) {
        len += (size_t) n;
        request[len] = '\0';
        if (strstr(request, "\r\n\r\n") != NULL) {
            return 1;
        }
    }
    return 0;
}

static void note_request(const char *folder, const char *request) {
    char path[512];
    FILE *file;

    (void) snprintf(path, sizeof(path), "%s/requests", folder);
    file = fopen(path, "ae");
    if (file != NULL) {
        (void) fputs(request, file);
        (void) fclose(file);
    }
}

static void serve_connection(int fd, const char *folder) {
    char request[REQUEST_MAX], target[REQUEST_MAX];
    exchange_t exchange = {.fd = fd, .folder = folder, .request = request};
    size_t i;

    if (!read_request(fd, request) || sscanf(request, "GET %8191s HTTP/1.1\r\n", target) != 1) {
        return;
    }
    note_request(folder, request);
    for (i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
        if (strncmp(target, routes[i].start, strlen(routes[i].start)) == 0) {
            exchange.rest = target + strlen(routes[i].start);
            routes[i].serve(&exchange);
            return;
        }
    }
}

/* Each connection has a process of its own, which dies with the server. */
static void serve(int listener, const char *folder) {
    pid_t server = getpid();

    (void) signal(SIGCHLD, SIG_IGN);
    for (;;) {
        int fd = accept(listener, NULL, NULL);

        if (fd != -1 && fork() == 0) {
            (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
            if (getppid() == server) {
                serve_connection(fd, folder);
            }
            _exit(0);
        }
        (void) close(fd);
    }
}

/*
 * In the test
 */

static int listen_somewhere(int *port) {
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(addr);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd == -1 || bind(fd, (struct sockaddr *) &addr, sizeof(addr)) == -1 || listen(fd, 16) == -1
        || getsockname(fd, (struct sockaddr *) &addr, &len) == -1) {
        die("listen");
    }
    *port = ntohs(addr.sin_port);
    return fd;
}

static origin_t *origin_new(const char *folder) {
    origin_t *origin = calloc(1, sizeof(*origin));

    if (origin == NULL) {
        die("calloc");
        return NULL;
    }
    origin->folder = folder;
    (void) fflush(NULL);
    return origin;
}

origin_t *origin_start(const char *folder) {
    origin_t *origin = origin_new(folder);
    int listener = listen_somewhere(&origin->port);
    pid_t test = getpid();

    origin->pid = fork();
    if (origin->pid == -1) {
        die("fork");
    }
    if (origin->pid == 0) {
        (void) setsid();
        (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() == test) {
            serve(listener, folder);
        }
        _exit(0);
    }
    (void) close(listener);
    return origin;
}

/* It serves files relative to where it stands, and tells its port. */
static void exec_openssl(const char *folder, const char *certificate, const char *key, int output) {
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    (void) setsid();
    (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void) dup2(null, STDIN_FILENO);
    (void) dup2(output, STDOUT_FILENO);
    (void) dup2(null, STDERR_FILENO);
    if (chdir(folder) == 0) {
        (void) execlp("openssl", "openssl", "s_server", "-HTTP", "-accept", "127.0.0.1:0", "-cert",
                      certificate, "-key", key, (char *) NULL);
    }
    _exit(127);
}

static int read_port(FILE *file) {
    static const char start[] = "ACCEPT 127.0.0.1:";
    char line[256];
    int port = 0;

    while (port == 0 && file != NULL && fgets(line, sizeof(line), file) != NULL) {
        if (strncmp(line, start, strlen(start)) == 0) {
            port = (int) strtol(line + strlen(start), NULL, 10);
        }
    }
    return port;
}

origin_t *origin_start_tls(const char *folder, const char *certificate, const char *key) {
    origin_t *origin = origin_new(folder);
    int output[2];

    if (pipe2(output, O_CLOEXEC) == -1 || (origin->pid = fork()) == -1) {
        die("pipe or fork");
    }
    if (origin->pid == 0) {
        exec_openssl(folder, certificate, key, output[1]);
    }
    (void) close(output[1]);
    origin->output = fdopen(output[0], "re");
    origin->port = read_port(origin->output);
    assert_int_not_equal(origin->port, 0);
    return origin;
}

int origin_port(const origin_t *origin) {
    return origin->port;
}

size_t origin_request_count(const origin_t *origin, const char *text) {
    size_t len, count = 0;
    char *requests = read_whole(origin->folder, "requests", &len);
    const char *at = requests;

    while ((at = strstr(at, text)) != NULL) {
        count++;
        at++;
    }
    free(requests);
    return count;
}

void origin_stop(origin_t *origin) {
    if (origin == NULL) {
        return;
    }
    (void) kill(origin->pid, SIGKILL);
    (void) waitpid(origin->pid, NULL, 0);
    if (origin->output != NULL) {
        (void) fclose(origin->output);
    }
    free(origin);
}
