#define _GNU_SOURCE

#include "nginx_internal.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define LOG_MS 5000

char *nginx_read_dup(const char *path) {
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
        nginx_die("out of memory");
    }
    return text;
}

/* What NGINX printed before it had read error_log: nothing where it was told
 * to log to error.log from the start. */
static char *output_dup(const nginx_server_t *server) {
    char *path = nginx_path_dup(server, "output");
    char *text = nginx_read_dup(path);

    free(path);
    return text;
}

char *nginx_server_log_dup(const nginx_server_t *server) {
    char *path = nginx_path_dup(server, "error.log");
    char *text = nginx_read_dup(path);

    free(path);
    return text;
}

/* Debug lines show what a request holds, NUL bytes too. */
static void replace_nul(char *text, size_t len) {
    char *nul;

    while ((nul = memchr(text, '\0', len)) != NULL) {
        *nul = '?';
    }
}

char *nginx_server_log_behind_dup(const nginx_server_t *server, off_t *offset) {
    char *path = nginx_path_dup(server, "error.log"), *text = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    off_t end = fd == -1 ? -1 : lseek(fd, 0, SEEK_END);
    ssize_t len = -1;

    free(path);
    if (end >= *offset && (text = calloc(1, (size_t) (end - *offset) + 1)) != NULL) {
        len = pread(fd, text, (size_t) (end - *offset), *offset);
    }
    if (fd != -1) {
        (void) close(fd);
    }
    if (len == -1) {
        nginx_die("error.log");
        return text;
    }
    replace_nul(text, (size_t) len);
    *offset += len;
    return text;
}

size_t nginx_log_count(const nginx_server_t *server, const char *text) {
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

/* Everything but NGINX's own debug lines. */
void nginx_log_print(const nginx_server_t *server) {
    char *output = output_dup(server);
    char *log = nginx_server_log_dup(server);
    char *save = NULL;
    const char *line;

    for (line = strtok_r(output, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save)) {
        print_error("  %s\n", line);
    }
    for (line = strtok_r(log, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save)) {
        if (strstr(line, " [debug] ") == NULL) {
            print_error("  %s\n", line);
        }
    }
    free(log);
    free(output);
}

void nginx_server_wait_for_log(const nginx_server_t *server, const char *text) {
    int64_t deadline = nginx_deadline(LOG_MS);

    while (nginx_log_count(server, text) == 0) {
        if (nginx_now_ms() > deadline) {
            print_error("not in the log in time: %s\n", text);
            nginx_log_print(server);
            fail();
        }
        nginx_poll_pause();
    }
}

void nginx_server_expect_log(nginx_server_t *server, const char *text) {
    assert_true(server->expected_count < NGINX_EXPECTED_MAX);
    server->expected[server->expected_count++] = text;
}

/*
 * The verdict
 */

/* Sanitizers name themselves; every line of valgrind's begins with ==PID==, and
 * it is told to print none but errors. */
static int line_is_report(const char *line) {
    return strncmp(line, "==", 2) == 0 || strstr(line, "Sanitizer") != NULL
           || strstr(line, "runtime error:") != NULL;
}

static int line_is_bad(const char *line) {
    static const char *const marks[] = {"[alert]", "[emerg]", "exited on signal"};
    size_t i;

    if (strstr(line, " [debug] ") != NULL) {
        return 0;
    }
    for (i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        if (strstr(line, marks[i]) != NULL) {
            return 1;
        }
    }
    return line_is_report(line);
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

/* Takes the text apart, and frees it. */
static int text_is_clean(const nginx_server_t *server, char *text) {
    char *save = NULL;
    const char *line;
    int clean = 1;

    for (line = strtok_r(text, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save)) {
        if (line_is_bad(line) && !line_is_expected(server, line)) {
            print_error("unexpected in the log: %s\n", line);
            clean = 0;
        }
    }
    free(text);
    return clean;
}

int nginx_log_is_clean(const nginx_server_t *server) {
    int clean = text_is_clean(server, nginx_server_log_dup(server));

    return text_is_clean(server, output_dup(server)) && clean;
}

int nginx_text_has_no_report(const char *text) {
    char *copy = strdup(text), *save = NULL;
    const char *line;
    int clean = 1;

    if (copy == NULL) {
        nginx_die("out of memory");
    }
    for (line = strtok_r(copy, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save)) {
        clean &= !line_is_report(line);
    }
    free(copy);
    return clean;
}
