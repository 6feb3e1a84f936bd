/*
 * The processes and threads that use the shared memory: what each has of it,
 * and gives back when it ends.
 */

#include "ngx_http_link_func_shm.h"

#include "lf_process.h"

#include <pthread.h>


static ngx_uint_t ngx_http_link_func_process_start(ngx_pid_t pid,
                                                   uint64_t *start);
static void       ngx_http_link_func_thread_prepare(void);
static void       ngx_http_link_func_thread_ended(void *data);
static void       ngx_http_link_func_thread_forked(void);
static void       ngx_http_link_func_thread_unprepare(void)
    __attribute__((destructor));


__thread ngx_http_link_func_thread_t ngx_http_link_func_thread
    NGX_HTTP_LINK_FUNC_TLS;

static pthread_once_t ngx_http_link_func_thread_once = PTHREAD_ONCE_INIT;
static pthread_key_t  ngx_http_link_func_thread_key;
static ngx_uint_t     ngx_http_link_func_thread_has_key;

/* NGINX does not wait for the ends of its threads, nor does a library for its
 * own, so a worker may be about to free its configuration by then. */
static pthread_mutex_t ngx_http_link_func_thread_end =
    PTHREAD_MUTEX_INITIALIZER;
static ngx_uint_t ngx_http_link_func_thread_late;


lf_call_t *
ngx_http_link_func_call_create(void)
{
    lf_call_t *call;

    call = calloc(1, sizeof(lf_call_t));
    if (call == NULL) {
        return NULL;
    }

    (void) pthread_once(&ngx_http_link_func_thread_once,
                        ngx_http_link_func_thread_prepare);

    /* A thread that cannot be told of its end keeps what it has. */

    if (ngx_http_link_func_thread_has_key) {
        (void) pthread_setspecific(ngx_http_link_func_thread_key, call);
    }

    call->inside = ngx_http_link_func_thread.inside != 0;
    ngx_http_link_func_thread.call = call;

    return call;
}


static void
ngx_http_link_func_thread_prepare(void)
{
    ngx_http_link_func_thread_has_key =
        pthread_key_create(&ngx_http_link_func_thread_key,
                           ngx_http_link_func_thread_ended)
        == 0;

    (void) pthread_atfork(NULL, NULL, ngx_http_link_func_thread_forked);
}


/* NGINX may unload the module while there are threads. */

static void
ngx_http_link_func_thread_unprepare(void)
{
    if (ngx_http_link_func_thread_has_key) {
        (void) pthread_key_delete(ngx_http_link_func_thread_key);
    }
}


/* A process that is master and worker in one may have freed the configuration
 * that the zone was of. */

static void
ngx_http_link_func_thread_ended(void *data)
{
    lf_call_t *call = data;

    ngx_http_link_func_main_conf_t *lmcf;

    (void) pthread_mutex_lock(&ngx_http_link_func_thread_end);

    lmcf = ngx_http_link_func_thread_late
               ? NULL
               : ngx_http_cycle_get_module_main_conf(ngx_cycle,
                                                     ngx_http_link_func_module);

    if (lmcf != NULL && lmcf->shm != NULL && call->zone == &lmcf->shm->zone) {
        lf_call_end(call);

    } else {
        lf_call_forget(call);
    }

    (void) pthread_mutex_unlock(&ngx_http_link_func_thread_end);

    ngx_http_link_func_thread.call = NULL;
    free(call);
}


/* A process ends without the destructors of its first thread.  Those of others
 * that come after this find what they had to give back taken from the dead. */

void
ngx_http_link_func_shm_exit(void)
{
    lf_call_t *call;

    call = ngx_http_link_func_thread.call;

    if (call != NULL) {
        if (ngx_http_link_func_thread_has_key) {
            (void) pthread_setspecific(ngx_http_link_func_thread_key, NULL);
        }

        ngx_http_link_func_thread_ended(call);
    }

    (void) pthread_mutex_lock(&ngx_http_link_func_thread_end);
    ngx_http_link_func_thread_late = 1;
    (void) pthread_mutex_unlock(&ngx_http_link_func_thread_end);
}


/* The child of a library that forks: what its only thread had belongs to the
 * parent's. */

static void
ngx_http_link_func_thread_forked(void)
{
    ngx_pid = ngx_getpid();

    (void) pthread_mutex_init(&ngx_http_link_func_thread_end, NULL);

    ngx_http_link_func_thread.depth = 0;

    if (ngx_http_link_func_thread.call != NULL) {
        lf_call_forget(ngx_http_link_func_thread.call);
    }
}


ngx_uint_t
ngx_http_link_func_shm_left(void)
{
    ngx_http_link_func_thread_t *thread;

    thread = &ngx_http_link_func_thread;

    if (thread->call != NULL && thread->call->generation) {
        thread->call->inside = 0;
        lf_call_leave(thread->call);
    }

    if (thread->depth == 0) {
        return 0;
    }

    thread->depth = 0;
    ngx_http_link_func_mutex_unlock(thread->locked);

    return 1;
}


/* Read once, under the lock: later there may be no descriptor left to read it
 * with.  A process that never could has no start, and counts as alive. */

lf_owner_t
ngx_http_link_func_shm_owner(void *data)
{
    static lf_owner_t owner;

    if (owner.id != (uint64_t) ngx_pid) {
        owner.id = ngx_pid;
        owner.since = 0;
    }

    if (owner.since == 0) {
        (void) ngx_http_link_func_process_start(ngx_pid, &owner.since);
    }

    return owner;
}


int
ngx_http_link_func_shm_alive(void *data, lf_owner_t owner)
{
    uint64_t since;

    if (owner.id == (uint64_t) ngx_pid) {
        since = ngx_http_link_func_shm_owner(data).since;

        return owner.since == 0 || since == 0 || since == owner.since;
    }

    if (kill((ngx_pid_t) owner.id, 0) == -1 && ngx_errno == ESRCH) {
        return 0;
    }

    /* Without /proc a number that is in use again counts as alive. */

    return owner.since == 0
           || !ngx_http_link_func_process_start((ngx_pid_t) owner.id, &since)
           || since == owner.since;
}


static ngx_uint_t
ngx_http_link_func_process_start(ngx_pid_t pid, uint64_t *start)
{
    char     line[1024];
    ssize_t  n;
    ngx_fd_t fd;

    (void) ngx_sprintf((u_char *) line, "/proc/%P/stat%Z", pid);

    fd = open(line, O_RDONLY | O_CLOEXEC);
    if (fd == NGX_INVALID_FILE) {
        return 0;
    }

    n = read(fd, line, sizeof(line) - 1);
    (void) close(fd);

    if (n <= 0) {
        return 0;
    }

    line[n] = '\0';

    return lf_process_start(line, start);
}
