#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "colour.h"
#include "run.h"

/* https://no-color.org: set and not empty, whatever it says. */
static bool wants_colour(void) {
    const char *refused = getenv("NO_COLOR");
    const char *terminal = getenv("TERM");

    return isatty(STDERR_FILENO) && (refused == NULL || refused[0] == '\0')
           && (terminal == NULL || strcmp(terminal, "dumb") != 0);
}

int log_open(log_t *log) {
    int ends[2];

    log->len = 0;
    log->colour = wants_colour();
    if (pipe2(ends, O_CLOEXEC) != 0 || fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0) {
        run_report("cannot make a pipe: %s", strerror(errno));
        return -1;
    }
    log->fd = ends[0];
    log->writer = ends[1];
    return 0;
}

/* In one write, so that lines of ours and of a build do not come between. */
static void show(const log_t *log, const char *line, size_t len) {
    const char *colour = log->colour ? colour_of(line, len) : "";

    if (colour[0] == '\0') {
        fprintf(stderr, "%.*s\n", (int) len, line);
    } else {
        fprintf(stderr, "%s%.*s\033[0m\n", colour, (int) len, line);
    }
}

static void show_lines(log_t *log) {
    char *line = log->line;
    char *end = log->line + log->len;
    char *stop;

    while ((stop = memchr(line, '\n', (size_t) (end - line))) != NULL) {
        show(log, line, (size_t) (stop - line));
        line = stop + 1;
    }
    log->len = (size_t) (end - line);
    memmove(log->line, line, log->len);
    if (log->len == LOG_LINE) {
        show(log, log->line, log->len);
        log->len = 0;
    }
}

void log_read(log_t *log) {
    ssize_t len;

    do {
        len = read(log->fd, log->line + log->len, LOG_LINE - log->len);
        if (len > 0) {
            log->len += (size_t) len;
            show_lines(log);
        }
    } while (len > 0);
}

void log_close(log_t *log) {
    if (log->fd == -1) {
        return;
    }
    close(log->writer);
    log_read(log);
    if (log->len > 0) {
        show(log, log->line, log->len);
    }
    close(log->fd);
    log->fd = -1;
}
