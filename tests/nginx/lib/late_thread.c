/* A library with a thread that has used shared memory and ends when its worker
 * has freed all that it had. */

#include <ngx_link_func_module.h>

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

void nothing(ngx_link_func_ctx_t *ctx);

static pthread_t thread;
static sem_t used;
static sem_t worker_ends;

static void wait_for(sem_t *event) {
    while (sem_wait(event) != 0) {
    }
}

static void *run(void *mem) {
    (void) ngx_link_func_cache_new(mem, "key", 8);
    (void) ngx_link_func_cache_get(mem, "key");
    (void) sem_post(&used);
    wait_for(&worker_ends);
    return NULL;
}

static void end(void) {
    static const char text[] = "the late thread has ended\n";

    (void) sem_post(&worker_ends);
    (void) pthread_join(thread, NULL);
    (void) !write(STDERR_FILENO, text, sizeof(text) - 1);
}

/* NGINX's signals are for its own thread. */
void ngx_link_func_init_cycle(ngx_link_func_cycle_t *cycle) {
    sigset_t all, before;

    (void) sem_init(&used, 0, 0);
    (void) sem_init(&worker_ends, 0, 0);
    (void) sigfillset(&all);
    (void) pthread_sigmask(SIG_SETMASK, &all, &before);
    cycle->has_error = pthread_create(&thread, NULL, run, cycle->shared_mem) != 0;
    (void) pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!cycle->has_error) {
        wait_for(&used);
        cycle->has_error = atexit(end) != 0;
    }
}

void ngx_link_func_exit_cycle(ngx_link_func_cycle_t *cycle) {
    (void) cycle;
}

void nothing(ngx_link_func_ctx_t *ctx) {
    (void) ctx;
}
