#define _GNU_SOURCE

#include "fixture.h"

#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define WAIT_ROUNDS 4000 /* of 5 ms */

int start_server(void **state, const nginx_config_t *config) {
    *state = nginx_server_start(config);
    return 0;
}

int stop_server(void **state) {
    nginx_server_stop(*state);
    *state = NULL;
    return 0;
}

/* A copy with ORIGIN replaced by the port. */
static char *with_origin(const char *text, int port) {
    size_t size = strlen(text) + 1, len = 0;
    char *copy = calloc(1, size);

    assert_non_null(copy);
    for (; *text != '\0'; text++) {
        if (strncmp(text, "ORIGIN", 6) == 0) {
            len += (size_t) snprintf(copy + len, size - len, "%d", port);
            text += 5;
        } else {
            copy[len++] = *text;
        }
    }
    return copy;
}

int start_proxied_by(void **state, const nginx_config_t *wanted) {
    proxied_t *proxied = calloc(1, sizeof(*proxied));
    nginx_config_t config = *wanted;
    char *expanded;
    int port = 0;

    assert_non_null(proxied);
    proxied->origin = upstream_listen(&port);
    expanded = with_origin(config.server, port);
    config.server = expanded;
    proxied->server = nginx_server_start(&config);
    free(expanded);
    *state = proxied;
    return 0;
}

int start_proxied(void **state, const char *http, const char *server) {
    return start_proxied_by(state, &(nginx_config_t){.http = http, .server = server});
}

int stop_proxied(void **state) {
    proxied_t *proxied = *state;

    *state = NULL;
    if (proxied == NULL) {
        return 0;
    }
    (void) close(proxied->origin);
    nginx_server_stop(proxied->server);
    free(proxied);
    return 0;
}

upstream_request_t play_origin(const proxied_t *proxied, const char *answer) {
    int fd = upstream_accept(proxied->origin);
    upstream_request_t request = upstream_read(fd);

    wire_send_text(fd, answer);
    (void) close(fd);
    return request;
}

wire_response_t *get_with(const nginx_server_t *server, const char *target, const char *headers) {
    return wire_request(nginx_server_port(server), "GET", target, headers, NULL, 0);
}

wire_response_t *get(const nginx_server_t *server, const char *target) {
    return get_with(server, target, NULL);
}

void assert_get_with(const nginx_server_t *server, const char *target, const char *headers, int status,
                     const char *body) {
    wire_response_t *response = get_with(server, target, headers);

    if (response->status != status || strcmp(response->body, body) != 0) {
        print_error("GET %s: %s\n%s\n", target, response->status_line, response->body);
    }
    assert_int_equal(response->status, status);
    assert_string_equal(response->body, body);
    wire_free(response);
}

void assert_get(const nginx_server_t *server, const char *target, int status, const char *body) {
    assert_get_with(server, target, NULL, status, body);
}

void assert_header(const wire_response_t *response, const char *name, const char *value) {
    const char *found = wire_header(response, name);

    if (value == NULL || found == NULL) {
        if (value != found) {
            print_error("%s: expected %s, got %s\n", name, value ? value : "none", found ? found : "none");
        }
        assert_true(value == found);
        return;
    }
    assert_string_equal(found, value);
}

size_t header_count(const wire_response_t *response, const char *name) {
    size_t i, count = 0;

    for (i = 0; i < response->header_count; i++) {
        count += strcasecmp(response->names[i], name) == 0;
    }
    return count;
}

char *make_summed_body(size_t len, char *sum, size_t sum_size) {
    char *body = test_malloc(len + 1);
    unsigned long long total = 0;
    size_t i;

    for (i = 0; i < len; i++) {
        body[i] = (char) ('a' + i % 23);
        total += (i + 1) * (unsigned char) body[i];
    }
    (void) snprintf(sum, sum_size, "%zu %llu %d", len, total, len == 0 ? -1 : 0);
    return body;
}

size_t log_count_of(const nginx_server_t *server, const char *text) {
    char *log = nginx_server_log_dup(server);
    const char *at = log;
    size_t count = 0;

    while ((at = strstr(at, text)) != NULL) {
        count++;
        at++;
    }
    free(log);
    return count;
}

void wait_for_log_count(const nginx_server_t *server, const char *text, size_t count) {
    const struct timespec pause = {0, 5000000};
    int rounds;

    for (rounds = 0; rounds < WAIT_ROUNDS && log_count_of(server, text) < count; rounds++) {
        (void) nanosleep(&pause, NULL);
    }
    assert_true(log_count_of(server, text) >= count);
}

void assert_last_answer(int fd, const char *body) {
    wire_response_t *response = wire_read(fd, "GET");

    assert_string_equal(response->body, body);
    wire_free(response);
    assert_int_equal(wire_drain(fd), 0);
    (void) close(fd);
}

void await_text(int fd, const char *text) {
    char data[4096];
    size_t len = 0;

    while (memmem(data, len, text, strlen(text)) == NULL) {
        ssize_t got = recv(fd, data + len, sizeof(data) - len, 0);

        assert_true(got > 0);
        len += (size_t) got;
    }
}

/* Reads the pid, and raises the count to the one that was seen. */
static pid_t read_count(int fd, unsigned long *count) {
    wire_response_t *response = wire_read(fd, "GET");
    char *end;
    pid_t pid = (pid_t) strtol(response->body, &end, 10);
    unsigned long seen = strtoul(end, NULL, 10);

    *count = seen > *count ? seen : *count;
    wire_free(response);
    (void) close(fd);
    return pid;
}

void assert_none_is_lost(const nginx_server_t *server, const char *const targets[2], int each) {
    enum { CONNECTIONS = 8 };
    int fds[CONNECTIONS], i, others = 0;
    unsigned long count = 0;
    char text[128];
    pid_t first;

    for (i = 0; i < CONNECTIONS; i++) {
        (void) snprintf(text, sizeof(text), "GET %s?n=%d HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
                        targets[i % 2], each);
        fds[i] = wire_connect(nginx_server_port(server));
        wire_send_text(fds[i], text);
    }
    first = read_count(fds[0], &count);
    for (i = 1; i < CONNECTIONS; i++) {
        others += read_count(fds[i], &count) != first;
    }
    assert_int_equal(count, (unsigned long) CONNECTIONS * (unsigned long) each);
    assert_true(others > 0);
}

void assert_logged(const nginx_server_t *server, const char *level, const char *text) {
    char *log, *save = NULL;
    const char *line;

    nginx_server_wait_for_log(server, text);
    log = nginx_server_log_dup(server);
    line = strtok_r(log, "\n", &save);
    while (line != NULL && (strstr(line, text) == NULL || strstr(line, " [debug] ") != NULL)) {
        line = strtok_r(NULL, "\n", &save);
    }
    if (line == NULL || strstr(line, level) == NULL) {
        print_error("not at %s: %s\n", level, line == NULL ? text : line);
        fail();
    }
    free(log);
}

size_t children_of(pid_t parent, pid_t *children, size_t size) {
    char path[64], pids[256] = "", *save = NULL;
    const char *word;
    FILE *file;
    size_t count = 0;

    (void) snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int) parent, (int) parent);
    file = fopen(path, "re");
    assert_non_null(file);
    (void) fgets(pids, sizeof(pids), file);
    (void) fclose(file);
    for (word = strtok_r(pids, " ", &save); word != NULL && count < size; word = strtok_r(NULL, " ", &save)) {
        children[count++] = (pid_t) strtol(word, NULL, 10);
    }
    return count;
}

pid_t worker_of(pid_t master) {
    pid_t worker = 0;

    assert_int_equal(children_of(master, &worker, 1), 1);
    return worker;
}
