/* The functions of libc that wait, in one table: WAIT is defined by who includes it.
 *
 *   WAIT(name as it is told, result, symbol, parameters, whether this call waits, call)
 *
 * wrap.cmake reads the symbols, so each stands in the first line of its entry. */

WAIT(sleep, unsigned, sleep, (unsigned seconds), 1, sleep(seconds))
WAIT(usleep, int, usleep, (unsigned microseconds), 1, usleep(microseconds))
WAIT(nanosleep, int, nanosleep, (const struct timespec *time, struct timespec *rest), 1,
     nanosleep(time, rest))
WAIT(clock_nanosleep, int, clock_nanosleep,
     (clockid_t id, int flags, const struct timespec *time, struct timespec *rest), 1,
     clock_nanosleep(id, flags, time, rest))
WAIT(thrd_sleep, int, thrd_sleep, (const struct timespec *time, struct timespec *rest), 1,
     thrd_sleep(time, rest))

WAIT(pause, int, pause, (void), 1, pause())
WAIT(sigwait, int, sigwait, (const sigset_t *signals, int *got), 1, sigwait(signals, got))

/*
 * Sockets, pipes and the like
 */

WAIT(connect, int, connect, (int fd, const struct sockaddr *address, socklen_t len), waits(fd),
     connect(fd, address, len))
WAIT(accept, int, accept, (int fd, struct sockaddr *address, socklen_t *len), waits(fd),
     accept(fd, address, len))
WAIT(accept4, int, accept4, (int fd, struct sockaddr *address, socklen_t *len, int flags), waits(fd),
     accept4(fd, address, len, flags))
WAIT(read, ssize_t, read, (int fd, void *buffer, size_t size), waits_for_input(fd),
     read(fd, filled(buffer), size))
WAIT(read, ssize_t, __read_chk, (int fd, void *buffer, size_t size, size_t room), waits_for_input(fd),
     read(fd, filled(buffer), checked(size, room)))
WAIT(readv, ssize_t, readv, (int fd, const struct iovec *parts, int count), waits_for_input(fd),
     readv(fd, parts, count))
WAIT(write, ssize_t, write, (int fd, const void *data, size_t size), waits(fd), write(fd, data, size))
WAIT(writev, ssize_t, writev, (int fd, const struct iovec *parts, int count), waits(fd),
     writev(fd, parts, count))
WAIT(recv, ssize_t, recv, (int fd, void *buffer, size_t size, int flags), waits_with(fd, flags),
     recv(fd, filled(buffer), size, flags))
WAIT(recv, ssize_t, __recv_chk, (int fd, void *buffer, size_t size, size_t room, int flags),
     waits_with(fd, flags), recv(fd, filled(buffer), checked(size, room), flags))
WAIT(recvfrom, ssize_t, recvfrom,
     (int fd, void *buffer, size_t size, int flags, struct sockaddr *address, socklen_t *len),
     waits_with(fd, flags), recvfrom(fd, filled(buffer), size, flags, address, len))
WAIT(recvfrom, ssize_t, __recvfrom_chk,
     (int fd, void *buffer, size_t size, size_t room, int flags, struct sockaddr *address, socklen_t *len),
     waits_with(fd, flags), recvfrom(fd, filled(buffer), checked(size, room), flags, address, len))
WAIT(recvmsg, ssize_t, recvmsg, (int fd, struct msghdr *message, int flags), waits_with(fd, flags),
     recvmsg(fd, message, flags))
WAIT(recvmmsg, int, recvmmsg,
     (int fd, struct mmsghdr *messages, unsigned count, int flags, struct timespec *time),
     waits_with(fd, flags), recvmmsg(fd, messages, count, flags, time))
WAIT(send, ssize_t, send, (int fd, const void *data, size_t size, int flags), waits_with(fd, flags),
     send(fd, data, size, flags))
WAIT(sendto, ssize_t, sendto,
     (int fd, const void *data, size_t size, int flags, const struct sockaddr *address, socklen_t len),
     waits_with(fd, flags), sendto(fd, data, size, flags, address, len))
WAIT(sendmsg, ssize_t, sendmsg, (int fd, const struct msghdr *message, int flags), waits_with(fd, flags),
     sendmsg(fd, message, flags))
WAIT(sendmmsg, int, sendmmsg, (int fd, struct mmsghdr *messages, unsigned count, int flags),
     waits_with(fd, flags), sendmmsg(fd, messages, count, flags))
WAIT(sendfile, ssize_t, sendfile, (int fd, int from, off_t *offset, size_t size), waits(fd),
     sendfile(fd, from, offset, size))

WAIT(poll, int, poll, (struct pollfd * fds, nfds_t count, int timeout), timeout != 0,
     poll(fds, count, timeout))
WAIT(poll, int, __poll_chk, (struct pollfd * fds, nfds_t count, int timeout, size_t room), timeout != 0,
     poll(fds, checked(count * sizeof(*fds), room) / sizeof(*fds), timeout))
WAIT(ppoll, int, ppoll,
     (struct pollfd * fds, nfds_t count, const struct timespec *timeout, const sigset_t *signals),
     lasts(timeout), ppoll(fds, count, timeout, signals))
WAIT(ppoll, int, __ppoll_chk,
     (struct pollfd * fds, nfds_t count, const struct timespec *timeout, const sigset_t *signals,
      size_t room),
     lasts(timeout), ppoll(fds, checked(count * sizeof(*fds), room) / sizeof(*fds), timeout, signals))
WAIT(select, int, select, (int count, fd_set *in, fd_set *out, fd_set *other, struct timeval *timeout),
     timeout == NULL || timeout->tv_sec > 0 || timeout->tv_usec > 0, select(count, in, out, other, timeout))
WAIT(pselect, int, pselect,
     (int count, fd_set *in, fd_set *out, fd_set *other, const struct timespec *timeout,
      const sigset_t *signals),
     lasts(timeout), pselect(count, in, out, other, timeout, signals))
WAIT(epoll_wait, int, epoll_wait, (int fd, struct epoll_event *events, int count, int timeout), timeout != 0,
     epoll_wait(fd, events, count, timeout))
WAIT(epoll_pwait, int, epoll_pwait,
     (int fd, struct epoll_event *events, int count, int timeout, const sigset_t *signals), timeout != 0,
     epoll_pwait(fd, events, count, timeout, signals))

WAIT(msgrcv, ssize_t, msgrcv, (int id, void *message, size_t size, long type, int flags),
     (flags & IPC_NOWAIT) == 0, msgrcv(id, message, size, type, flags))
WAIT(msgsnd, int, msgsnd, (int id, const void *message, size_t size, int flags), (flags & IPC_NOWAIT) == 0,
     msgsnd(id, message, size, flags))

/*
 * Files
 */

WAIT(fsync, int, fsync, (int fd), 1, fsync(fd))
WAIT(fdatasync, int, fdatasync, (int fd), 1, fdatasync(fd))
WAIT(sync, int, sync, (void), 1, (sync(), 0))
WAIT(syncfs, int, syncfs, (int fd), 1, syncfs(fd))
WAIT(msync, int, msync, (void *data, size_t size, int flags), (flags & MS_SYNC) != 0,
     msync(data, size, flags))
WAIT(flock, int, flock, (int fd, int operation), (operation & (LOCK_NB | LOCK_UN)) == 0, flock(fd, operation))
WAIT(lockf, int, lockf, (int fd, int command, off_t size), command == F_LOCK, lockf(fd, command, size))
WAIT(lockf, int, lockf64, (int fd, int command, off_t size), command == F_LOCK, lockf(fd, command, size))
WAIT(fcntl, int, fcntl, (int fd, int command, void *argument), waits_for_lock(command, argument),
     fcntl(fd, command, argument))
WAIT(fcntl, int, fcntl64, (int fd, int command, void *argument), waits_for_lock(command, argument),
     fcntl(fd, command, argument))

/*
 * Programs, names and threads
 */

/* NOLINTBEGIN(cert-env33-c): it is the handler that calls them */
WAIT(system, int, system, (const char *command), 1, system(command))
WAIT(popen, FILE *, popen, (const char *command, const char *mode), 1, popen(command, mode))
/* NOLINTEND(cert-env33-c) */
WAIT(pclose, int, pclose, (FILE * file), 1, pclose(file))
WAIT(wait, pid_t, wait, (int *status), 1, wait(status))
WAIT(waitpid, pid_t, waitpid, (pid_t pid, int *status, int options), (options & WNOHANG) == 0,
     waitpid(pid, status, options))
WAIT(wait3, pid_t, wait3, (int *status, int options, struct rusage *usage), (options & WNOHANG) == 0,
     wait3(status, options, usage))
WAIT(wait4, pid_t, wait4, (pid_t pid, int *status, int options, struct rusage *usage),
     (options & WNOHANG) == 0, wait4(pid, status, options, usage))
WAIT(waitid, int, waitid, (idtype_t type, id_t id, siginfo_t *info, int options), (options & WNOHANG) == 0,
     waitid(type, id, info, options))

WAIT(getaddrinfo, int, getaddrinfo,
     (const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **result),
     hints == NULL || (hints->ai_flags & AI_NUMERICHOST) == 0, getaddrinfo(host, service, hints, result))
WAIT(getnameinfo, int, getnameinfo,
     (const struct sockaddr *address, socklen_t len, char *host, socklen_t host_size, char *service,
      socklen_t service_size, int flags),
     (flags & NI_NUMERICHOST) == 0, getnameinfo(address, len, host, host_size, service, service_size, flags))
WAIT(gethostbyname, struct hostent *, gethostbyname, (const char *name), 1, gethostbyname(name))
WAIT(gethostbyname2, struct hostent *, gethostbyname2, (const char *name, int family), 1,
     gethostbyname2(name, family))
WAIT(gethostbyname_r, int, gethostbyname_r,
     (const char *name, struct hostent *host, char *buffer, size_t size, struct hostent **result, int *error),
     1, gethostbyname_r(name, host, buffer, size, result, error))
WAIT(gethostbyaddr, struct hostent *, gethostbyaddr, (const void *address, socklen_t len, int family), 1,
     gethostbyaddr(address, len, family))

WAIT(pthread_join, int, pthread_join, (pthread_t thread, void **result), 1, pthread_join(thread, result))
WAIT(pthread_cond_wait, int, pthread_cond_wait, (pthread_cond_t * condition, pthread_mutex_t *mutex), 1,
     pthread_cond_wait(condition, mutex))
WAIT(pthread_cond_timedwait, int, pthread_cond_timedwait,
     (pthread_cond_t * condition, pthread_mutex_t *mutex, const struct timespec *until), 1,
     pthread_cond_timedwait(condition, mutex, until))
WAIT(pthread_cond_clockwait, int, pthread_cond_clockwait,
     (pthread_cond_t * condition, pthread_mutex_t *mutex, clockid_t id, const struct timespec *until), 1,
     pthread_cond_clockwait(condition, mutex, id, until))
WAIT(pthread_barrier_wait, int, pthread_barrier_wait, (pthread_barrier_t * barrier), 1,
     pthread_barrier_wait(barrier))
WAIT(sem_wait, int, sem_wait, (sem_t * semaphore), 1, sem_wait(semaphore))
WAIT(sem_timedwait, int, sem_timedwait, (sem_t * semaphore, const struct timespec *until), 1,
     sem_timedwait(semaphore, until))
