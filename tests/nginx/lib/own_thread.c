/* A library with a thread of its own from init_cycle to exit_cycle, which counts
 * in shared memory as its function does. */

#include <ngx_link_func_module.h>

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

void count(ngx_link_func_ctx_t *ctx);
void counted(ngx_link_func_ctx_t *ctx);

static pthread_t thread;
static int started;
static int stopping;
static unsigned long turns;

/* Both numbers change together, or a lock does not hold. */
static void count_both(void *mem) {
    volatile unsigned long *number;
    unsigned long seen;

    ngx_link_func_shmtx_lock(mem);
    number = ngx_link_func_cache_get(mem, "number");
    if (number == NULL) {
        number = ngx_link_func_cache_new(mem, "number", sizeof(*number));
    }
    seen = *number;
    (void) sched_yield();
    (void) ngx_link_func_dict_incr(mem, "number", 6, 1, 0, 0, NULL);
    *number = seen + 1;
    ngx_link_func_shmtx_unlock(mem);
}

/* Memory of its own comes and goes, too. */
static void *run(void *mem) {
    const struct timespec pause = {0, 500000};

    while (!__atomic_load_n(&stopping, __ATOMIC_ACQUIRE)) {
        void *block = ngx_link_func_shm_alloc(mem, 100);

        count_both(mem);
        ngx_link_func_shm_free(mem, block);
        turns++;
        (void) nanosleep(&pause, NULL);
    }
    return NULL;
}

/* NGINX's signals are for its own thread. */
void ngx_link_func_init_cycle(ngx_link_func_cycle_t *cycle) {
    sigset_t all, before;

    (void) sigfillset(&all);
    (void) pthread_sigmask(SIG_SETMASK, &all, &before);
    started = pthread_create(&thread, NULL, run, cycle->shared_mem) == 0;
    (void) pthread_sigmask(SIG_SETMASK, &before, NULL);
    cycle->has_error = !started;
}

void ngx_link_func_exit_cycle(ngx_link_func_cycle_t *cycle) {
    __atomic_store_n(&stopping, 1, __ATOMIC_RELEASE);
    if (started && pthread_join(thread, NULL) == 0 && turns > 0) {
        ngx_link_func_cyc_log_info(cycle, "the thread has been joined");
    }
}

/* When the worker closes the library or, after that, exits. */
static void __attribute__((destructor)) unload(void) {
    static const char text[] = "the library is unloaded\n";

    (void) !write(STDERR_FILENO, text, sizeof(text) - 1);
}

void count(ngx_link_func_ctx_t *ctx) {
    int i;

    for (i = 0; i < 100; i++) {
        count_both(ctx->shared_mem);
    }
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, "counted", 7);
}

/* NUMBER, or "apart" when the two are not the same; nothing is 0. */
void counted(ngx_link_func_ctx_t *ctx) {
    void *mem = ctx->shared_mem;
    const unsigned long *number;
    unsigned long value;
    int64_t other = 0;
    char text[32];
    int len;

    ngx_link_func_shmtx_lock(mem);
    number = ngx_link_func_cache_get(mem, "number");
    (void) ngx_link_func_dict_incr(mem, "number", 6, 0, 0, 0, &other);
    value = number == NULL ? 0 : *number;
    len = (int64_t) value != other ? snprintf(text, sizeof(text), "apart")
                                   : snprintf(text, sizeof(text), "%lu", value);
    ngx_link_func_shmtx_unlock(mem);
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, text, (size_t) len);
}
