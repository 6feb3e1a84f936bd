/* Each function of libc that waits is found by its name when a handler calls it,
 * and not when that call of it cannot wait. */

#define _GNU_SOURCE

#include "counting.h"

#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* Nothing listens there. */
static const struct sockaddr_un nowhere = {AF_UNIX, "/nonexistent/socket"};

static const struct sockaddr *address = (const struct sockaddr *) &nowhere;

/* A pair of sockets, in the mode of the row, with bytes to read in both. */
typedef struct {
    int ends[2];
    int flags; /* of recv() and its like */
    int is_waiting;
} fixture_t;

static char bytes[4];

static struct iovec part = {bytes, 1};

static struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};

/*
 * Calls: none of them waits long, whatever it may do
 */

static void call_sleep(const fixture_t *f) {
    (void) f;
    (void) sleep(0);
}

static void call_nanosleep(const fixture_t *f) {
    const struct timespec time = {0, 1};

    (void) f;
    (void) nanosleep(&time, NULL);
}

static void call_clock_nanosleep(const fixture_t *f) {
    const struct timespec time = {0, 1};

    (void) f;
    (void) clock_nanosleep(CLOCK_MONOTONIC, 0, &time, NULL);
}

static void call_connect(const fixture_t *f) {
    (void) connect(f->ends[0], address, sizeof(nowhere));
}

static void call_accept(const fixture_t *f) {
    (void) accept(f->ends[0], NULL, NULL);
}

static void call_accept4(const fixture_t *f) {
    (void) accept4(f->ends[0], NULL, NULL, 0);
}

static void call_read(const fixture_t *f) {
    (void) !read(f->ends[0], bytes, 1);
}

static void call_write(const fixture_t *f) {
    (void) !write(f->ends[0], bytes, 1);
}

static void call_recv(const fixture_t *f) {
    (void) recv(f->ends[0], bytes, 1, f->flags);
}

static void call_recvfrom(const fixture_t *f) {
    (void) recvfrom(f->ends[0], bytes, 1, f->flags, NULL, NULL);
}

static void call_recvmsg(const fixture_t *f) {
    (void) recvmsg(f->ends[0], &message, f->flags);
}

static void call_send(const fixture_t *f) {
    (void) send(f->ends[0], bytes, 1, f->flags);
}

static void call_sendto(const fixture_t *f) {
    (void) sendto(f->ends[0], bytes, 1, f->flags, NULL, 0);
}

static void call_sendmsg(const fixture_t *f) {
    (void) sendmsg(f->ends[0], &message, f->flags);
}

static void call_poll(const fixture_t *f) {
    struct pollfd fd = {f->ends[0], POLLIN, 0};

    (void) poll(&fd, 1, f->is_waiting);
}

static void call_select(const fixture_t *f) {
    struct timeval time = {0, f->is_waiting};

    (void) select(0, NULL, NULL, NULL, &time);
}

static void call_epoll_wait(const fixture_t *f) {
    struct epoll_event event;

    (void) epoll_wait(-1, &event, 1, f->is_waiting);
}

static void call_fsync(const fixture_t *f) {
    (void) fsync(f->ends[0]);
}

static void call_fdatasync(const fixture_t *f) {
    (void) fdatasync(f->ends[0]);
}

static void call_flock(const fixture_t *f) {
    (void) flock(f->ends[0], f->is_waiting ? LOCK_SH : LOCK_SH | LOCK_NB);
}

static void call_system(const fixture_t *f) {
    (void) f;
    (void) !system(":"); /* NOLINT(cert-env33-c): what it is about */
}

static void call_popen(const fixture_t *f) {
    (void) f;
    (void) popen("", "neither r nor w"); /* NOLINT(cert-env33-c): the same */
}

static void call_wait(const fixture_t *f) {
    (void) f;
    (void) wait(NULL);
}

static void call_waitpid(const fixture_t *f) {
    (void) waitpid(-1, NULL, f->is_waiting ? 0 : WNOHANG);
}

static void call_getaddrinfo(const fixture_t *f) {
    struct addrinfo hints = {.ai_flags = f->is_waiting ? 0 : AI_NUMERICHOST}, *found = NULL;

    if (getaddrinfo("127.0.0.1", NULL, &hints, &found) == 0) {
        freeaddrinfo(found);
    }
}

static void call_gethostbyname(const fixture_t *f) {
    (void) f;
    (void) gethostbyname("127.0.0.1");
}

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

/* One that may be used up at once. */
static void call_sem_wait(const fixture_t *f) {
    sem_t semaphore;

    (void) f;
    (void) sem_init(&semaphore, 0, 1);
    (void) sem_wait(&semaphore);
    (void) sem_destroy(&semaphore);
}

static const struct {
    const char *name;
    void (*call)(const fixture_t *f);
    int can_do_without; /* waiting */
} rows[] = {
#define ROW(name, can_do_without)                                                                            \
    { #name, call_##name, can_do_without }
    ROW(sleep, 0),       ROW(nanosleep, 0),     ROW(clock_nanosleep, 0),
    ROW(connect, 1),     ROW(accept, 1),        ROW(accept4, 1),
    ROW(read, 1),        ROW(write, 1),         ROW(recv, 1),
    ROW(recvfrom, 1),    ROW(recvmsg, 1),       ROW(send, 1),
    ROW(sendto, 1),      ROW(sendmsg, 1),       ROW(poll, 1),
    ROW(select, 1),      ROW(epoll_wait, 1),    ROW(fsync, 0),
    ROW(fdatasync, 0),   ROW(flock, 1),         ROW(system, 0),
    ROW(popen, 0),       ROW(wait, 0),          ROW(waitpid, 1),
    ROW(getaddrinfo, 1), ROW(gethostbyname, 0), ROW(pthread_join, 0),
    ROW(sem_wait, 0),
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
        assert_int_equal(write(f->ends[i], bytes, 1), 1);
    }
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
    (void) close(chosen.fixture.ends[0]);
    (void) close(chosen.fixture.ends[1]);
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
        cmocka_unit_test_setup_teardown(what_the_mock_waits_for_is_not_the_handlers_waiting, locked_setup,
                                        ngx_link_func_mock_teardown),
        cmocka_unit_test_setup_teardown(wait_under_a_contended_lock_is_found, locked_setup,
                                        ngx_link_func_mock_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
