/* Functions of libc that wait.  Which of them always do, and which only in a
 * descriptor's or an argument's blocking mode, is told apart here. */

#include "mock_hook_wait.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mock_blocking.h"

/* A socket or pipe that was not made non-blocking: a file never waits long, as
 * far as anybody can tell. */
static int waits(int fd) {
    struct stat status;
    int flags = fcntl(fd, F_GETFL);

    return flags != -1 && (flags & O_NONBLOCK) == 0 && fstat(fd, &status) == 0
           && (S_ISSOCK(status.st_mode) || S_ISFIFO(status.st_mode));
}

static void check(int is_waiting, const char *function, const void *at) {
    if (is_waiting) {
        lfm_blocking_call(function, at);
    }
}

/* The function of libc, behind the question whether this call of it waits. */
/* NOLINTBEGIN(bugprone-macro-parentheses): types and lists cannot have them */
#define HOOK(result, name, parameters, arguments, is_waiting)                                                \
    result LFM_HOOK(name) parameters {                                                                       \
        check((is_waiting), #name, lfm_caller());                                                            \
        return name arguments;                                                                               \
    }
/* NOLINTEND(bugprone-macro-parentheses) */

HOOK(unsigned, sleep, (unsigned seconds), (seconds), 1)
HOOK(int, usleep, (unsigned microseconds), (microseconds), 1)
HOOK(int, nanosleep, (const struct timespec *time, struct timespec *rest), (time, rest), 1)
HOOK(int, clock_nanosleep, (clockid_t id, int flags, const struct timespec *time, struct timespec *rest),
     (id, flags, time, rest), 1)

HOOK(int, connect, (int fd, const struct sockaddr *address, socklen_t len), (fd, address, len), waits(fd))
HOOK(int, accept, (int fd, struct sockaddr *address, socklen_t *len), (fd, address, len), waits(fd))
HOOK(int, accept4, (int fd, struct sockaddr *address, socklen_t *len, int flags), (fd, address, len, flags),
     waits(fd))
HOOK(ssize_t, read, (int fd, void *buffer, size_t size), (fd, buffer, size), waits(fd))
HOOK(ssize_t, write, (int fd, const void *data, size_t size), (fd, data, size), waits(fd))
HOOK(ssize_t, recv, (int fd, void *buffer, size_t size, int flags), (fd, buffer, size, flags),
     (flags & MSG_DONTWAIT) == 0 && waits(fd))
HOOK(ssize_t, recvfrom,
     (int fd, void *buffer, size_t size, int flags, struct sockaddr *address, socklen_t *len),
     (fd, buffer, size, flags, address, len), (flags & MSG_DONTWAIT) == 0 && waits(fd))
HOOK(ssize_t, recvmsg, (int fd, struct msghdr *message, int flags), (fd, message, flags),
     (flags & MSG_DONTWAIT) == 0 && waits(fd))
HOOK(ssize_t, send, (int fd, const void *data, size_t size, int flags), (fd, data, size, flags),
     (flags & MSG_DONTWAIT) == 0 && waits(fd))
HOOK(ssize_t, sendto,
     (int fd, const void *data, size_t size, int flags, const struct sockaddr *address, socklen_t len),
     (fd, data, size, flags, address, len), (flags & MSG_DONTWAIT) == 0 && waits(fd))
HOOK(ssize_t, sendmsg, (int fd, const struct msghdr *message, int flags), (fd, message, flags),
     (flags & MSG_DONTWAIT) == 0 && waits(fd))

HOOK(int, poll, (struct pollfd * fds, nfds_t count, int timeout), (fds, count, timeout), timeout != 0)
HOOK(int, select, (int count, fd_set *in, fd_set *out, fd_set *other, struct timeval *timeout),
     (count, in, out, other, timeout), timeout == NULL || timeout->tv_sec > 0 || timeout->tv_usec > 0)
HOOK(int, epoll_wait, (int fd, struct epoll_event *events, int count, int timeout),
     (fd, events, count, timeout), timeout != 0)

HOOK(int, fsync, (int fd), (fd), 1)
HOOK(int, fdatasync, (int fd), (fd), 1)
HOOK(int, flock, (int fd, int operation), (fd, operation), (operation & (LOCK_NB | LOCK_UN)) == 0)

/* NOLINTBEGIN(cert-env33-c): it is the handler that calls them */
HOOK(int, system, (const char *command), (command), 1)
HOOK(FILE *, popen, (const char *command, const char *mode), (command, mode), 1)
/* NOLINTEND(cert-env33-c) */
HOOK(int, pclose, (FILE * file), (file), 1)
HOOK(pid_t, wait, (int *status), (status), 1)
HOOK(pid_t, waitpid, (pid_t pid, int *status, int options), (pid, status, options), (options & WNOHANG) == 0)

HOOK(int, getaddrinfo,
     (const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **result),
     (host, service, hints, result), hints == NULL || (hints->ai_flags & AI_NUMERICHOST) == 0)
HOOK(struct hostent *, gethostbyname, (const char *name), (name), 1)

HOOK(int, pthread_join, (pthread_t thread, void **result), (thread, result), 1)
HOOK(int, pthread_cond_wait, (pthread_cond_t * condition, pthread_mutex_t *mutex), (condition, mutex), 1)
HOOK(int, sem_wait, (sem_t * semaphore), (semaphore), 1)

/*
 * What _FORTIFY_SOURCE makes of them
 */

static void check_room(size_t size, size_t room) {
    if (size > room) {
        abort();
    }
}

ssize_t LFM_HOOK(__read_chk)(int fd, void *buffer, size_t size, size_t room) {
    check(waits(fd), "read", lfm_caller());
    check_room(size, room);
    return read(fd, buffer, size);
}

ssize_t LFM_HOOK(__recv_chk)(int fd, void *buffer, size_t size, size_t room, int flags) {
    check((flags & MSG_DONTWAIT) == 0 && waits(fd), "recv", lfm_caller());
    check_room(size, room);
    return recv(fd, buffer, size, flags);
}

int LFM_HOOK(__poll_chk)(struct pollfd *fds, nfds_t count, int timeout, size_t room) {
    check(timeout != 0, "poll", lfm_caller());
    check_room(count * sizeof(*fds), room);
    return poll(fds, count, timeout);
}
