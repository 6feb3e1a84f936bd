#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "deploy.h"
#include "stop.h"

enum { CHUNK = 65536 };

static _Noreturn void become(char *const argv[], int captured, int output) {
    stop_forget();
    if (dup2(STDERR_FILENO, STDOUT_FILENO) != -1 && (captured == 0 || dup2(output, captured) != -1)) {
        execv(argv[0], argv);
    }
    deploy_report("cannot run '%s': %s", argv[0], strerror(errno));
    _exit(127);
}

/* False at the end of what the program writes. */
static bool read_some(int input, command_text_t *text) {
    ssize_t len;

    do {
        text->data = realloc(text->data, text->len + CHUNK + 1);
        if (text->data == NULL) {
            abort();
        }
        len = read(input, text->data + text->len, CHUNK);
        text->len += len > 0 ? (size_t) len : 0;
        text->data[text->len] = '\0';
    } while (len > 0);
    return len == -1 && (errno == EAGAIN || errno == EINTR);
}

static int result(char *const argv[], int status) {
    if (WIFEXITED(status)) {
        return WEXITSTATUS(status) == 127 ? -1 : WEXITSTATUS(status);
    }
    if (!stop_asked()) {
        deploy_report("'%s' was killed by signal %d", argv[0], WTERMSIG(status));
    }
    return -1;
}

static int attend(char *const argv[], pid_t child, int input, command_text_t *text) {
    bool open = true, told = false;
    pid_t ended = 0;
    int status = 0;

    while (ended == 0) {
        if (stop_wait(open ? input : -1, -1) && !told) {
            kill(child, SIGTERM);
            told = true;
        }
        open = open && read_some(input, text);
        ended = waitpid(child, &status, WNOHANG);
    }
    (void) read_some(input, text);
    return told ? -1 : result(argv, status);
}

int command_run(char *const argv[], int captured, command_text_t *text) {
    command_text_t none = {NULL, 0};
    int ends[2], status = -1;
    pid_t child;

    if (stop_asked()) {
        return -1;
    }
    (void) fflush(NULL);
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
        deploy_report("cannot run '%s': %s", argv[0], strerror(errno));
        return -1;
    }
    child = fork();
    if (child == 0) {
        fcntl(ends[1], F_SETFL, 0);
        become(argv, captured, ends[1]);
    }
    (void) close(ends[1]);
    if (child == -1) {
        deploy_report("cannot run '%s': %s", argv[0], strerror(errno));
    } else {
        status = attend(argv, child, ends[0], captured == 0 ? &none : text);
    }
    (void) close(ends[0]);
    free(none.data);
    return status;
}
