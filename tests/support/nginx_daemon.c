/* Servers that are daemons, which only can change their program.  A daemon does
 * not die with the test, so a guard does that for it. */

#include "nginx_internal.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define END_MS 10000

pid_t nginx_server_pid(const nginx_server_t *server, const char *file) {
    char *path = nginx_path_dup(server, file);
    char *text = nginx_read_dup(path);
    pid_t pid = (pid_t) strtol(text, NULL, 10);

    free(text);
    free(path);
    return pid;
}

/* In the guard: the other end of the pipe is the test's life. */
static void stand_guard(const nginx_server_t *server, int end) {
    static const char *const files[] = {"nginx.pid", "nginx.pid.oldbin"};
    char byte;
    size_t i;

    (void) setsid();
    while (read(end, &byte, 1) > 0) {
    }
    for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        pid_t pid = nginx_server_pid(server, files[i]);

        if (pid > 0) {
            (void) kill(pid, SIGTERM);
        }
    }
    _exit(0);
}

void nginx_guard_start(nginx_server_t *server) {
    int ends[2];

    if (pipe(ends) == -1 || fcntl(ends[1], F_SETFD, FD_CLOEXEC) == -1) {
        nginx_die("pipe");
    }
    (void) fflush(NULL);
    server->guard = fork();
    if (server->guard == -1) {
        nginx_die("fork");
    }
    if (server->guard == 0) {
        (void) close(ends[1]);
        stand_guard(server, ends[0]);
    }
    (void) close(ends[0]);
    server->guarded = ends[1];
}

void nginx_guard_end(nginx_server_t *server) {
    if (server->guard > 0) {
        (void) close(server->guarded);
        (void) waitpid(server->guard, NULL, 0);
        server->guard = 0;
    }
}

void nginx_server_adopt(nginx_server_t *server) {
    int64_t deadline = nginx_deadline(END_MS);

    while (waitpid(server->master, NULL, WNOHANG) == 0) {
        if (nginx_now_ms() > deadline) {
            nginx_die("the old master did not end in time");
        }
        nginx_poll_pause();
    }
    server->master = nginx_server_pid(server, "nginx.pid");
}
