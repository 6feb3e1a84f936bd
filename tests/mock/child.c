#define _GNU_SOURCE

#include "child.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* cmocka's own handlers would go on with the parent's tests, and a core file
 * of an expected death is of no use. */
static _Noreturn void run_in_child(int output, void (*action)(void)) {
    static const struct rlimit no_core = {0, 0};

    (void) setrlimit(RLIMIT_CORE, &no_core);
    (void) signal(SIGSEGV, SIG_DFL);
    (void) signal(SIGBUS, SIG_DFL);
    (void) signal(SIGABRT, SIG_DFL);
    (void) dup2(output, STDOUT_FILENO);
    (void) dup2(output, STDERR_FILENO);
    action();
    (void) fflush(NULL);
    _exit(0);
}

static void read_all(int fd, char *buffer, size_t size) {
    char rest[4096];
    size_t len = 0;
    ssize_t n;

    do {
        n = len < size - 1 ? read(fd, buffer + len, size - 1 - len) : read(fd, rest, sizeof(rest));
        len += n > 0 && len < size - 1 ? (size_t) n : 0;
    } while (n > 0);
    buffer[len] = '\0';
}

void child_run(child_result_t *result, void (*action)(void)) {
    int ends[2];
    pid_t pid;

    (void) fflush(NULL);
    assert_int_equal(pipe(ends), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void) close(ends[0]);
        run_in_child(ends[1], action);
    }
    (void) close(ends[1]);
    read_all(ends[0], result->output, sizeof(result->output));
    (void) close(ends[0]);
    assert_int_equal(waitpid(pid, &result->status, 0), pid);
}

void assert_child_signalled(const child_result_t *result, int signal) {
    if (!WIFSIGNALED(result->status) || WTERMSIG(result->status) != signal) {
        fail_msg("expected signal %d, got wait status %d:\n%s", signal, result->status, result->output);
    }
}

void assert_child_exited(const child_result_t *result, int status) {
    if (!WIFEXITED(result->status) || WEXITSTATUS(result->status) != status) {
        fail_msg("expected exit status %d, got wait status %d:\n%s", status, result->status, result->output);
    }
}

void assert_child_printed(const child_result_t *result, const char *text) {
    if (strstr(result->output, text) == NULL) {
        fail_msg("expected \"%s\" in:\n%s", text, result->output);
    }
}
