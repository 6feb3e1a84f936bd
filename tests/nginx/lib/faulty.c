/* Libraries that are wrong in one way each; FAULT_... chooses which. */

#include <ngx_link_func_module.h>

#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

void fine(ngx_link_func_ctx_t *ctx);
int linkfunc_test_no_such_symbol(void);

void fine(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, "fine", 4);
}

#ifdef FAULT_CRASH
__attribute__((constructor)) static void crash(void) {
    (void) raise(SIGSEGV);
}
#endif

#ifdef FAULT_EXIT
__attribute__((constructor)) static void leave(void) {
    exit(7);
}
#endif

#ifdef FAULT_NOSY
/* Not wrong itself: exits 8 when it runs as root, 9 when it sees a socket while
 * it is only tried, which is in a process group of its own. */
__attribute__((constructor)) static void look_around(void) {
    struct stat file;
    int fd;

    if (geteuid() == 0 || getuid() == 0) {
        exit(8);
    }
    for (fd = 3; fd < 256 && getpgrp() == getpid(); fd++) {
        if (fstat(fd, &file) == 0 && S_ISSOCK(file.st_mode)) {
            exit(9);
        }
    }
}
#endif

#ifdef FAULT_HANG
__attribute__((constructor)) static void hang(void) {
    for (;;) {
        (void) pause();
    }
}
#endif

#ifdef FAULT_UNDEFINED
__attribute__((constructor)) static void undefined(void) {
    (void) linkfunc_test_no_such_symbol();
}
#endif

#ifndef FAULT_NO_HOOKS
void ngx_link_func_init_cycle(ngx_link_func_cycle_t *cycle) {
#ifdef FAULT_INIT_ERROR
    cycle->has_error = 1;
#endif
#ifdef FAULT_INIT_DIES
    (void) kill(getpid(), SIGKILL);
#endif
    (void) cycle;
}

void ngx_link_func_exit_cycle(ngx_link_func_cycle_t *cycle) {
    ngx_link_func_cyc_log_info(cycle, "exit_cycle of a faulty library");
}
#endif
