/* Functions of libc that wait.  Which of them always do, and which only in a
 * descriptor's or an argument's blocking mode, is told apart here. */

#include "mock_hook_wait.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <threads.h>
#include <unistd.h>

#include "mock_blocking.h"
#include "mock_running.h"

/* That of a descriptor which was not made non-blocking; else 0, as for a kind that
 * has no letter. */
static mode_t blocking_mode(int fd, int *is_blocking) {
    struct stat status;
    int flags = fcntl(fd, F_GETFL);

    *is_blocking = flags != -1 && (flags & O_NONBLOCK) == 0 && fstat(fd, &status) == 0;
    return *is_blocking ? status.st_mode : 0;
}

/* A file never waits long, as far as anybody can tell. */
static int waits(int fd) {
    int is_blocking;
    mode_t mode = blocking_mode(fd, &is_blocking);

    return is_blocking && (S_ISSOCK(mode) || S_ISFIFO(mode));
}

/* Events and timers of the kernel have no type. */
static int waits_for_input(int fd) {
    int is_blocking;
    mode_t mode = blocking_mode(fd, &is_blocking);

    return is_blocking && (S_ISSOCK(mode) || S_ISFIFO(mode) || (mode & S_IFMT) == 0);
}

static int waits_with(int fd, int flags) {
    return (flags & MSG_DONTWAIT) == 0 && waits(fd);
}

static int lasts(const struct timespec *timeout) {
    return timeout == NULL || timeout->tv_sec > 0 || timeout->tv_nsec > 0;
}

static int waits_for_lock(int command, const void *argument) {
    return (command == F_SETLKW || command == F_OFD_SETLKW)
           && ((const struct flock *) argument)->l_type != F_UNLCK;
}

/* What _FORTIFY_SOURCE asks for. */
static size_t checked(size_t size, size_t room) {
    if (size > room) {
        abort();
    }
    return size;
}

/* The kernel will write there: a fault in it is an error of the call. */
static void *filled_by(void *buffer, const void *at, int *is_open) {
    lfm_zone_t *zone = lfm_running.mock == NULL ? NULL : lfm_running.mock->zone;

    *is_open = zone != NULL && lfm_zone_fill(zone, buffer, at);
    return buffer;
}

#define filled(buffer) filled_by((buffer), lfm_caller(), &is_open)

static void check(int is_waiting, const char *function, const void *at) {
    if (is_waiting) {
        lfm_blocking_call(function, at);
    }
}

/* The function of libc, behind the question whether this call of it waits. */
/* NOLINTBEGIN(bugprone-macro-parentheses): types and lists cannot have them */
#define WAIT(told, result, symbol, parameters, is_waiting, call)                                             \
    result LFM_HOOK(symbol) parameters {                                                                     \
        int is_open = 0;                                                                                     \
        result value;                                                                                        \
                                                                                                             \
        check((is_waiting), #told, lfm_caller());                                                            \
        value = call;                                                                                        \
        if (is_open) {                                                                                       \
            lfm_zone_close_again(lfm_running.mock->zone);                                                    \
        }                                                                                                    \
        return value;                                                                                        \
    }
/* NOLINTEND(bugprone-macro-parentheses) */
#include "mock_waits.h"
