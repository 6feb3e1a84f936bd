/* Each function of libc that waits is found by its name when a handler calls it,
 * and not when that call of it cannot wait. */

#define _GNU_SOURCE

#include "counting.h"

#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <threads.h>
#include <unistd.h>

/* Nothing listens there. */
static const struct sockaddr_un nowhere = {AF_UNIX, "/nonexistent/socket"};

static const struct sockaddr *address = (const struct sockaddr *) &nowhere;

/* A pair of sockets, in the mode of the row, with bytes to read in both. */
typedef struct {
    int ends[2];
    int file;
    int flags; /* of recv() and its like */
    int is_waiting;
} fixture_t;

static char bytes[4];

static struct iovec part = {bytes, 1};

static struct mmsghdr messages[1] = {{{.msg_iov = &part, .msg_iovlen = 1}, 0}};

/*
 * Calls: none of them waits long, whatever it may do
 */

/* Declared where _FORTIFY_SOURCE is. */
ssize_t __read_chk(int fd, void *buffer, size_t size, size_t room);
ssize_t __recv_chk(int fd, void *buffer, size_t size, size_t room, int flags);
ssize_t __recvfrom_chk(int fd, void *buffer, size_t size, size_t room, int flags, struct sockaddr *from,
                       socklen_t *len);
int __poll_chk(struct pollfd *fds, nfds_t count, int timeout, size_t room);
int __ppoll_chk(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *signals,
                size_t room);

static const struct timespec *timeout(const fixture_t *f) {
    static struct timespec time;

    time.tv_nsec = f->is_waiting;
    return &time;
}

static void ignore_signal(int signal) {
    (void) signal;
}

/* One that is over. */
static const struct timespec past = {0, 0};

/* What each function is called with, whether it waits or not. */
#define CALL(symbol, call)                                                                                   \
    static void call_##symbol(const fixture_t *f) {                                                          \
        (void) f;                                                                                            \
        (void) !(call);                                                                                      \
    }

CALL(sleep, sleep(0))
CALL(usleep, usleep(0))
CALL(nanosleep, nanosleep(timeout(f), NULL))
CALL(clock_nanosleep, clock_nanosleep(CLOCK_MONOTONIC, 0, timeout(f), NULL))
CALL(thrd_sleep, thrd_sleep(timeout(f), NULL))

/* Signals come until one has ended the pause. */
static void call_pause(const fixture_t *f) {
    struct itimerval soon = {{0, 1000}, {0, 1000}};

    (void) f;
    (void) signal(SIGALRM, ignore_signal);
    (void) setitimer(ITIMER_REAL, &soon, NULL);
    (void) pause();
    memset(&soon, 0, sizeof(soon));
    (void) setitimer(ITIMER_REAL, &soon, NULL);
}

static void call_sigwait(const fixture_t *f) {
    sigset_t signals, before;
    int got;

    (void) f;
    (void) sigemptyset(&signals);
    (void) sigaddset(&signals, SIGUSR1);
    (void) pthread_sigmask(SIG_BLOCK, &signals, &before);
    (void) pthread_kill(pthread_self(), SIGUSR1);
    (void) sigwait(&signals, &got);
    (void) pthread_sigmask(SIG_SETMASK, &before, NULL);
}

CALL(connect, connect(f->ends[0], address, sizeof(nowhere)))
CALL(accept, accept(f->ends[0], NULL, NULL))
CALL(accept4, accept4(f->ends[0], NULL, NULL, 0))
CALL(read, read(f->ends[0], bytes, 1))
CALL(__read_chk, __read_chk(f->ends[0], bytes, 1, sizeof(bytes)))
CALL(readv, readv(f->ends[0], &part, 1))
CALL(write, write(f->ends[0], bytes, 1))
CALL(writev, writev(f->ends[0], &part, 1))
CALL(recv, recv(f->ends[0], bytes, 1, f->flags))
CALL(__recv_chk, __recv_chk(f->ends[0], bytes, 1, sizeof(bytes), f->flags))
CALL(recvfrom, recvfrom(f->ends[0], bytes, 1, f->flags, NULL, NULL))
CALL(__recvfrom_chk, __recvfrom_chk(f->ends[0], bytes, 1, sizeof(bytes), f->flags, NULL, NULL))
CALL(recvmsg, recvmsg(f->ends[0], &messages[0].msg_hdr, f->flags))
CALL(recvmmsg, recvmmsg(f->ends[0], messages, 1, f->flags, NULL))
CALL(send, send(f->ends[0], bytes, 1, f->flags))
CALL(sendto, sendto(f->ends[0], bytes, 1, f->flags, NULL, 0))
CALL(sendmsg, sendmsg(f->ends[0], &messages[0].msg_hdr, f->flags))
CALL(sendmmsg, sendmmsg(f->ends[0], messages, 1, f->flags))
CALL(sendfile, sendfile(f->ends[0], f->file, NULL, 1))

CALL(poll, poll(NULL, 0, f->is_waiting))
CALL(__poll_chk, __poll_chk(NULL, 0, f->is_waiting, 0))
CALL(ppoll, ppoll(NULL, 0, timeout(f), NULL))
CALL(__ppoll_chk, __ppoll_chk(NULL, 0, timeout(f), NULL, 0))
CALL(select, select(0, NULL, NULL, NULL, &(struct timeval){0, f->is_waiting}))
CALL(pselect, pselect(0, NULL, NULL, NULL, timeout(f), NULL))
CALL(epoll_wait, epoll_wait(-1, &(struct epoll_event){0}, 1, f->is_waiting))
CALL(epoll_pwait, epoll_pwait(-1, &(struct epoll_event){0}, 1, f->is_waiting, NULL))

/* Its type, and no text. */
static long letter[] = {1};

CALL(msgrcv, msgrcv(-1, letter, 0, 0, f->is_waiting ? 0 : IPC_NOWAIT))
CALL(msgsnd, msgsnd(-1, letter, 0, f->is_waiting ? 0 : IPC_NOWAIT))

CALL(fsync, fsync(f->ends[0]))
CALL(fdatasync, fdatasync(f->ends[0]))
CALL(sync, (sync(), 0))
CALL(syncfs, syncfs(-1))
CALL(msync, msync(NULL, 0, f->is_waiting ? MS_SYNC : MS_ASYNC))
CALL(flock, flock(f->file, f->is_waiting ? LOCK_SH : LOCK_SH | LOCK_NB))
CALL(lockf, lockf(f->file, f->is_waiting ? F_LOCK : F_TLOCK, 0))
CALL(lockf64, lockf64(f->file, f->is_waiting ? F_LOCK : F_TLOCK, 0))
CALL(fcntl, fcntl(f->file, f->is_waiting ? F_SETLKW : F_SETLK, &(struct flock){.l_type = F_RDLCK}))
CALL(fcntl64, fcntl64(f->file, F_OFD_SETLKW, &(struct flock){.l_type = f->is_waiting ? F_RDLCK : F_UNLCK}))

/* NOLINTBEGIN(cert-env33-c): what it is about */
CALL(system, system(":"))
CALL(popen, popen("", "neither r nor w"))
CALL(pclose, pclose(popen(":", "r")))
/* NOLINTEND(cert-env33-c) */
CALL(wait, wait(NULL))
CALL(waitpid, waitpid(-1, NULL, f->is_waiting ? 0 : WNOHANG))
CALL(wait3, wait3(NULL, f->is_waiting ? 0 : WNOHANG, NULL))
CALL(wait4, wait4(-1, NULL, f->is_waiting ? 0 : WNOHANG, NULL))
CALL(waitid, waitid(P_ALL, 0, NULL, WEXITED | (f->is_waiting ? 0 : WNOHANG)))

static void call_getaddrinfo(const fixture_t *f) {
    struct addrinfo hints = {.ai_flags = f->is_waiting ? 0 : AI_NUMERICHOST}, *found = NULL;

    if (getaddrinfo("127.0.0.1", NULL, &hints, &found) == 0) {
        freeaddrinfo(found);
    }
}

CALL(getnameinfo, getnameinfo(address, 0, bytes, 1, NULL, 0, f->is_waiting ? 0 : NI_NUMERICHOST))
CALL(gethostbyname, gethostbyname("127.0.0.1") == NULL)
CALL(gethostbyname2, gethostbyname2("127.0.0.1", AF_INET) == NULL)
CALL(gethostbyname_r,
     gethostbyname_r("", &(struct hostent){0}, bytes, 0, &(struct hostent *){NULL}, &(int){0}))
CALL(gethostbyaddr, gethostbyaddr(bytes, 0, AF_INET) == NULL)

static void *do_nothing(void *data) {
    return data;
}

static void call_pthread_join(const fixture_t *f) {
    pthread_t thread;

    (void) f;
    if (pthread_create(&thread, NULL, do_nothing, NULL) == 0) {
        (void) pthread_join(thread, NULL);
    }
}

/* The condition comes true by another thread. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static int is_true;

static void *make_true(void *data) {
    (void) pthread_mutex_lock(&mutex);
    is_true = 1;
    (void) pthread_cond_signal(&condition);
    (void) pthread_mutex_unlock(&mutex);
    return data;
}

static void call_pthread_cond_wait(const fixture_t *f) {
    pthread_t thread;

    (void) f;
    (void) pthread_mutex_lock(&mutex);
    if (pthread_create(&thread, NULL, make_true, NULL) == 0) {
        (void) pthread_detach(thread);
        while (!is_true) {
            (void) pthread_cond_wait(&condition, &mutex);
        }
    }
    (void) pthread_mutex_unlock(&mutex);
}

static void call_pthread_cond_timedwait(const fixture_t *f) {
    (void) f;
    (void) pthread_mutex_lock(&mutex);
    (void) pthread_cond_timedwait(&condition, &mutex, &past);
    (void) pthread_mutex_unlock(&mutex);
}

static void call_pthread_cond_clockwait(const fixture_t *f) {
    (void) f;
    (void) pthread_mutex_lock(&mutex);
    (void) pthread_cond_clockwait(&condition, &mutex, CLOCK_MONOTONIC, &past);
    (void) pthread_mutex_unlock(&mutex);
}

static void call_pthread_barrier_wait(const fixture_t *f) {
    pthread_barrier_t barrier;

    (void) f;
    (void) pthread_barrier_init(&barrier, NULL, 1);
    (void) pthread_barrier_wait(&barrier);
    (void) pthread_barrier_destroy(&barrier);
}

/* One that may be used up at once. */
static void call_sem_wait(const fixture_t *f) {
    sem_t semaphore;

    (void) f;
    (void) sem_init(&semaphore, 0, 1);
    (void) sem_wait(&semaphore);
    (void) sem_destroy(&semaphore);
}

static void call_sem_timedwait(const fixture_t *f) {
    sem_t semaphore;

    (void) f;
    (void) sem_init(&semaphore, 0, 0);
    (void) sem_timedwait(&semaphore, &past);
    (void) sem_destroy(&semaphore);
}

static const struct {
    const char *name;
    void (*call)(const fixture_t *f);
    int can_do_without; /* waiting */
} rows[] = {
#define WAIT(told, result, symbol, parameters, is_waiting, call)                                             \
    {#told, call_##symbol, sizeof(#is_waiting) != sizeof("1")},
#include "mock_waits.h"
};

/*
 * Tests
 */

static struct {
    size_t row;
    fixture_t fixture;
} chosen;

static void calls_what_is_chosen(ngx_link_func_ctx_t *ctx) {
    rows[chosen.row].call(&chosen.fixture);
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, "", 0);
}

static void open_sockets(fixture_t *f, int is_waiting) {
    int i;

    f->is_waiting = is_waiting;
    f->flags = is_waiting ? 0 : MSG_DONTWAIT;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | (is_waiting ? 0 : SOCK_NONBLOCK), 0, f->ends), 0);
    for (i = 0; i < 2; i++) {
        assert_int_equal(write(f->ends[i], "bytes", 5), 5);
    }
    f->file = memfd_create("file", 0);
    assert_true(f->file >= 0);
}

static void close_sockets(const fixture_t *f) {
    (void) close(f->ends[0]);
    (void) close(f->ends[1]);
    (void) close(f->file);
}

/* How many findings there are of the chosen function by its name. */
static size_t count_named(const ngx_link_func_mock_t *mock) {
    size_t count = 0, i;
    char part_of_text[64];

    (void) snprintf(part_of_text, sizeof(part_of_text), "%s() makes", rows[chosen.row].name);
    for (i = 0; i < ngx_link_func_mock_finding_count(mock); i++) {
        count += strncmp(ngx_link_func_mock_finding_text(mock, i), part_of_text, strlen(part_of_text)) == 0;
    }
    return count;
}

static void expect(void **state, int is_waiting, size_t count) {
    open_sockets(&chosen.fixture, is_waiting);
    (void) ngx_link_func_mock_call(ngx_link_func_mock_request(*state, "GET", "/"), calls_what_is_chosen);
    close_sockets(&chosen.fixture);
    if (count_named(*state) != count) {
        fail_msg("%s: %zu findings, expected %zu", rows[chosen.row].name, count_named(*state), count);
    }
    ngx_link_func_mock_findings_clear(*state);
}

static void each_function_that_waits_is_found_by_its_name(void **state) {
    ngx_link_func_mock_detect(*state, NGX_LINK_FUNC_MOCK_CODE_BLOCKING_CALL);
    for (chosen.row = 0; chosen.row < sizeof(rows) / sizeof(rows[0]); chosen.row++) {
        expect(state, 1, 1);
    }
}

static void call_that_cannot_wait_is_not_found(void **state) {
    ngx_link_func_mock_detect(*state, NGX_LINK_FUNC_MOCK_CODE_BLOCKING_CALL);
    for (chosen.row = 0; chosen.row < sizeof(rows) / sizeof(rows[0]); chosen.row++) {
        if (rows[chosen.row].can_do_without) {
            expect(state, 0, 0);
        }
    }
}

/*
 * Reads, which other descriptors decide upon
 */

static void reads_a_file(ngx_link_func_ctx_t *ctx) {
    (void) !read(chosen.fixture.file, bytes, 1);
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, "", 0);
}

static void reads_an_event(ngx_link_func_ctx_t *ctx) {
    uint64_t count = 1;
    int fd = eventfd(1, 0);

    (void) !read(fd, &count, sizeof(count));
    (void) !write(fd, &count, sizeof(count));
    (void) close(fd);
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, "", 0);
}

static void read_of_an_event_waits_and_of_a_file_does_not(void **state) {
    open_sockets(&chosen.fixture, 1);
    ngx_link_func_mock_detect(*state, NGX_LINK_FUNC_MOCK_CODE_BLOCKING_CALL);
    (void) ngx_link_func_mock_call(ngx_link_func_mock_request(*state, "GET", "/"), reads_a_file);
    assert_int_equal(ngx_link_func_mock_finding_count(*state), 0);
    (void) ngx_link_func_mock_call(ngx_link_func_mock_request(*state, "GET", "/"), reads_an_event);
    assert_int_equal(ngx_link_func_mock_finding_count(*state), 1);
    close_sockets(&chosen.fixture);
}

/* The kernel fills shared memory as a handler does: to an entry without the mutex
 * that is found, and it works all the same. */
static void reads_into_the_zone(ngx_link_func_ctx_t *ctx) {
    char *entry = ngx_link_func_cache_new(ctx->shared_mem, "entry", 8);
    char *fresh = ngx_link_func_shm_alloc(ctx->shared_mem, 8);

    assert_int_equal(read(chosen.fixture.ends[0], fresh, 1), 1);
    assert_int_equal(recv(chosen.fixture.ends[0], entry, 1, 0), 1);
    assert_int_equal(fresh[0], 'b');
    assert_int_equal(entry[0], 'y');
    ngx_link_func_shm_free(ctx->shared_mem, fresh);
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, "", 0);
}

static void read_into_an_entry_is_an_unlocked_write(void **state) {
    open_sockets(&chosen.fixture, 1);
    ngx_link_func_mock_shm_size(*state, (size_t) 64 * 4096);
    ngx_link_func_mock_detect(*state, NGX_LINK_FUNC_MOCK_CODE_UNLOCKED_WRITE);
    (void) ngx_link_func_mock_call(ngx_link_func_mock_request(*state, "GET", "/"), reads_into_the_zone);
    assert_int_equal(ngx_link_func_mock_finding_count(*state), 1);
    assert_string_equal(ngx_link_func_mock_finding_function(*state, 0), "reads_into_the_zone");
    assert_non_null(strstr(ngx_link_func_mock_finding_text(*state, 0), "\"entry\""));
    close_sockets(&chosen.fixture);
}

/*
 * Waits of the mock itself
 */

static int locked_setup(void **state) {
    (void) counting_setup(state);
    ngx_link_func_mock_shm_size(*state, (size_t) 64 * 4096);
    ngx_link_func_mock_detect(*state, NGX_LINK_FUNC_MOCK_CODE_BLOCKING_CALL);
    return 0;
}

/* Long enough for all others to come to the lock meanwhile. */
static void compute(void) {
    volatile unsigned i;

    for (i = 0; i < 1000 * 1000; i++) {
    }
}

/* More than a pipe holds, of all workers together. */
static void computes_under_the_lock(ngx_link_func_ctx_t *ctx) {
    char line[1500];
    int i;

    memset(line, 'x', sizeof(line));
    ngx_link_func_shmtx_lock(ctx->shared_mem);
    compute();
    for (i = 0; i < 50; i++) {
        ngx_link_func_log_fmt(ctx, NGX_LINK_FUNC_LOG_INFO, "%.*s", (int) sizeof(line), line);
    }
    ngx_link_func_shmtx_unlock(ctx->shared_mem);
    for (i = 0; i < 1000; i++) {
        (void) ngx_link_func_dict_set(ctx->shared_mem, "key", 3, line, 100, 0);
        free(malloc(100));
    }
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, "", 0);
}

/* A wait that has no name, but for that in the kernel. */
static void waits_under_the_lock(ngx_link_func_ctx_t *ctx) {
    const struct timespec time = {0, 1000000};

    ngx_link_func_shmtx_lock(ctx->shared_mem);
    (void) syscall(SYS_nanosleep, &time, NULL);
    ngx_link_func_shmtx_unlock(ctx->shared_mem);
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, "", 0);
}

static void take_time(ngx_link_func_mock_level_t level, const char *text, void *data) {
    const struct timespec time = {0, 1000000};

    (void) level;
    (void) text;
    (void) data;
    (void) syscall(SYS_nanosleep, &time, NULL);
}

static void logs(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_log_info(ctx, "text");
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, "", 0);
}

static void who_is_told_the_log_may_wait(void **state) {
    ngx_link_func_mock_on_log(*state, take_time, NULL);
    (void) ngx_link_func_mock_call(ngx_link_func_mock_request(*state, "GET", "/"), logs);
    assert_int_equal(ngx_link_func_mock_finding_count(*state), 0);
}

#define WORKERS 4
#define ROUNDS 5

static void call_often(ngx_link_func_mock_t *mock, size_t worker, void *handler) {
    int i;

    (void) worker;
    for (i = 0; i < ROUNDS; i++) {
        (void) ngx_link_func_mock_call(ngx_link_func_mock_request(mock, "GET", "/"),
                                       *(ngx_link_func_mock_handler_t *) handler);
    }
}

static void expect_of_workers(void **state, ngx_link_func_mock_handler_t handler, size_t count) {
    assert_int_equal(ngx_link_func_mock_workers(*state, WORKERS, call_often, &handler), 0);
    assert_int_equal(ngx_link_func_mock_finding_count(*state), count);
}

static void what_the_mock_waits_for_is_not_the_handlers_waiting(void **state) {
    expect_of_workers(state, computes_under_the_lock, 0);
    ngx_link_func_mock_schedule(*state, 1);
    expect_of_workers(state, computes_under_the_lock, 0);
}

static void wait_under_a_contended_lock_is_found(void **state) {
    expect_of_workers(state, waits_under_the_lock, (size_t) WORKERS * ROUNDS);
    ngx_link_func_mock_schedule(*state, 1);
    expect_of_workers(state, waits_under_the_lock, (size_t) 2 * WORKERS * ROUNDS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, counting_setup, ngx_link_func_mock_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(each_function_that_waits_is_found_by_its_name),
        TEST(call_that_cannot_wait_is_not_found),
        TEST(read_of_an_event_waits_and_of_a_file_does_not),
        TEST(read_into_an_entry_is_an_unlocked_write),
        cmocka_unit_test_setup_teardown(what_the_mock_waits_for_is_not_the_handlers_waiting, locked_setup,
                                        ngx_link_func_mock_teardown),
        cmocka_unit_test_setup_teardown(who_is_told_the_log_may_wait, locked_setup,
                                        ngx_link_func_mock_teardown),
        cmocka_unit_test_setup_teardown(wait_under_a_contended_lock_is_found, locked_setup,
                                        ngx_link_func_mock_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
