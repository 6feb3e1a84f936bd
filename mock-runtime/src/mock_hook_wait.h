#ifndef MOCK_HOOK_WAIT_H
#define MOCK_HOOK_WAIT_H

#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <time.h>

#include "mock_hook.h"

#ifndef LFM_STATIC
#pragma GCC visibility push(default)
#endif

unsigned LFM_HOOK(sleep)(unsigned seconds);
int LFM_HOOK(usleep)(unsigned microseconds);
int LFM_HOOK(nanosleep)(const struct timespec *time, struct timespec *rest);
int LFM_HOOK(clock_nanosleep)(clockid_t id, int flags, const struct timespec *time, struct timespec *rest);
int LFM_HOOK(connect)(int fd, const struct sockaddr *address, socklen_t len);
int LFM_HOOK(accept)(int fd, struct sockaddr *address, socklen_t *len);
int LFM_HOOK(accept4)(int fd, struct sockaddr *address, socklen_t *len, int flags);
ssize_t LFM_HOOK(read)(int fd, void *buffer, size_t size);
ssize_t LFM_HOOK(__read_chk)(int fd, void *buffer, size_t size, size_t room);
ssize_t LFM_HOOK(write)(int fd, const void *data, size_t size);
ssize_t LFM_HOOK(recv)(int fd, void *buffer, size_t size, int flags);
ssize_t LFM_HOOK(__recv_chk)(int fd, void *buffer, size_t size, size_t room, int flags);
ssize_t LFM_HOOK(recvfrom)(int fd, void *buffer, size_t size, int flags, struct sockaddr *address,
                           socklen_t *len);
ssize_t LFM_HOOK(recvmsg)(int fd, struct msghdr *message, int flags);
ssize_t LFM_HOOK(send)(int fd, const void *data, size_t size, int flags);
ssize_t LFM_HOOK(sendto)(int fd, const void *data, size_t size, int flags, const struct sockaddr *address,
                         socklen_t len);
ssize_t LFM_HOOK(sendmsg)(int fd, const struct msghdr *message, int flags);
int LFM_HOOK(poll)(struct pollfd *fds, nfds_t count, int timeout);
int LFM_HOOK(__poll_chk)(struct pollfd *fds, nfds_t count, int timeout, size_t room);
int LFM_HOOK(select)(int count, fd_set *in, fd_set *out, fd_set *other, struct timeval *timeout);
int LFM_HOOK(epoll_wait)(int fd, struct epoll_event *events, int count, int timeout);
int LFM_HOOK(fsync)(int fd);
int LFM_HOOK(fdatasync)(int fd);
int LFM_HOOK(flock)(int fd, int operation);
int LFM_HOOK(system)(const char *command);
FILE *LFM_HOOK(popen)(const char *command, const char *mode);
int LFM_HOOK(pclose)(FILE *file);
pid_t LFM_HOOK(wait)(int *status);
pid_t LFM_HOOK(waitpid)(pid_t pid, int *status, int options);
int LFM_HOOK(getaddrinfo)(const char *host, const char *service, const struct addrinfo *hints,
                          struct addrinfo **result);
struct hostent *LFM_HOOK(gethostbyname)(const char *name);
int LFM_HOOK(pthread_join)(pthread_t thread, void **result);
int LFM_HOOK(pthread_cond_wait)(pthread_cond_t *condition, pthread_mutex_t *mutex);
int LFM_HOOK(sem_wait)(sem_t *semaphore);

#ifndef LFM_STATIC
#pragma GCC visibility pop
#endif

#endif
