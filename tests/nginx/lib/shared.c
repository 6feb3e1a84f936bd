/* The functions that use shared memory. */

#include <ngx_link_func_module.h>

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

void cache_calls(ngx_link_func_ctx_t *ctx);
void cache_keep(ngx_link_func_ctx_t *ctx);
void cache_show(ngx_link_func_ctx_t *ctx);
void null_shared_memory(ngx_link_func_ctx_t *ctx);
void count_up(ngx_link_func_ctx_t *ctx);
void fill_zone(ngx_link_func_ctx_t *ctx);
void alloc_and_free(ngx_link_func_ctx_t *ctx);
void lock_nests(ngx_link_func_ctx_t *ctx);
void lock_and_leave(ngx_link_func_ctx_t *ctx);
void lock_and_die(ngx_link_func_ctx_t *ctx);
void unlock_only(ngx_link_func_ctx_t *ctx);
void try_lock(ngx_link_func_ctx_t *ctx);
void rounds(ngx_link_func_ctx_t *ctx);
void free_bytes(ngx_link_func_ctx_t *ctx);
void read_slowly(ngx_link_func_ctx_t *ctx);
void remove_meanwhile(ngx_link_func_ctx_t *ctx);
void overwrite_meanwhile(ngx_link_func_ctx_t *ctx);
void hammer(ngx_link_func_ctx_t *ctx);
void hammer_clear(ngx_link_func_ctx_t *ctx);
void lock_after(ngx_link_func_ctx_t *ctx);
void die_after(ngx_link_func_ctx_t *ctx);
void brief_threads(ngx_link_func_ctx_t *ctx);
void fork_and_lock(ngx_link_func_ctx_t *ctx);

static void answer(ngx_link_func_ctx_t *ctx, const char *text) {
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, text, strlen(text));
}

void ngx_link_func_init_cycle(ngx_link_func_cycle_t *cycle) {
    (void) cycle;
}

void ngx_link_func_exit_cycle(ngx_link_func_cycle_t *cycle) {
    (void) cycle;
}

/* Names the first step that went wrong. */
void cache_calls(ngx_link_func_ctx_t *ctx) {
    void *mem = ctx->shared_mem, *own;
    static const char zeroes[64];
    char *made;

    if (ngx_link_func_cache_get(mem, "a") != NULL || ngx_link_func_cache_remove(mem, "a") != NULL) {
        answer(ctx, "absent");
        return;
    }
    made = ngx_link_func_cache_new(mem, "a", 64);
    if (made == NULL || memcmp(made, zeroes, 64) != 0 || ngx_link_func_cache_get(mem, "a") != made) {
        answer(ctx, "new");
        return;
    }
    own = ngx_link_func_shm_alloc(mem, 16);
    if (ngx_link_func_cache_put(mem, "b", own) != NULL || ngx_link_func_cache_get(mem, "b") != own
        || ngx_link_func_cache_put(mem, "b", made) != own || ngx_link_func_cache_remove(mem, "b") != made) {
        answer(ctx, "put");
        return;
    }
    ngx_link_func_shm_free(mem, own);
    ngx_link_func_shm_free(mem, ngx_link_func_cache_remove(mem, "a"));
    answer(ctx, ngx_link_func_cache_get(mem, "a") == NULL ? "right" : "remove");
}

void cache_keep(ngx_link_func_ctx_t *ctx) {
    char *kept = ngx_link_func_cache_new(ctx->shared_mem, "kept", 16);

    if (kept != NULL) {
        memcpy(kept, "still here", 11);
    }
    (void) ngx_link_func_dict_set(ctx->shared_mem, "kept", 4, "there", 5, 0);
    answer(ctx, kept == NULL ? "NULL" : "kept");
}

void cache_show(ngx_link_func_ctx_t *ctx) {
    const char *kept = ngx_link_func_cache_get(ctx->shared_mem, "kept");
    size_t len = 0;
    int in_dict = ngx_link_func_dict_get(ctx->shared_mem, "kept", 4, NULL, &len) != NGX_LINK_FUNC_NOT_FOUND;

    answer(ctx, in_dict != (kept != NULL) ? "only one" : kept == NULL ? "NULL" : kept);
}

static int null_dict(void *mem) {
    ngx_link_func_dict_stats_t stats;
    size_t len = 0;
    int64_t number = 0;

    return ngx_link_func_dict_get(mem, "k", 1, NULL, &len) == NGX_LINK_FUNC_NOT_FOUND
           && ngx_link_func_dict_set(mem, "k", 1, "v", 1, 0) == NGX_LINK_FUNC_NO_MEMORY
           && ngx_link_func_dict_add(mem, "k", 1, "v", 1, 0) == NGX_LINK_FUNC_NO_MEMORY
           && ngx_link_func_dict_incr(mem, "k", 1, 1, 0, 0, &number) == NGX_LINK_FUNC_NO_MEMORY
           && ngx_link_func_dict_delete(mem, "k", 1) == NGX_LINK_FUNC_NOT_FOUND
           && ngx_link_func_dict_ttl(mem, "k", 1, &number) == NGX_LINK_FUNC_NOT_FOUND
           && ngx_link_func_dict_expire(mem, "k", 1, 1) == NGX_LINK_FUNC_NOT_FOUND
           && ngx_link_func_dict_stats(mem, &stats) == NGX_LINK_FUNC_ERROR;
}

void null_shared_memory(ngx_link_func_ctx_t *ctx) {
    void *mem = ctx->shared_mem;
    int right =
        mem == NULL && ngx_link_func_shmtx_trylock(mem) == 0 && ngx_link_func_shm_alloc(mem, 8) == NULL
        && ngx_link_func_shm_alloc_locked(mem, 8) == NULL && ngx_link_func_cache_get(mem, "a") == NULL
        && ngx_link_func_cache_put(mem, "a", &right) == NULL && ngx_link_func_cache_new(mem, "a", 8) == NULL
        && ngx_link_func_cache_remove(mem, "a") == NULL && null_dict(mem);

    ngx_link_func_shmtx_lock(mem);
    ngx_link_func_shmtx_unlock(mem);
    ngx_link_func_shm_free(mem, &right);
    ngx_link_func_shm_free_locked(mem, &right);
    answer(ctx, right ? "right" : "wrong");
}

/* ?n= increments that a missing lock would lose; answers the process id. */
void count_up(ngx_link_func_ctx_t *ctx) {
    unsigned long n = strtoul(ngx_link_func_get_query_param(ctx, "n"), NULL, 10);
    volatile unsigned long *counter;
    char text[64];

    ngx_link_func_shmtx_lock(ctx->shared_mem);
    counter = ngx_link_func_cache_get(ctx->shared_mem, "counter");
    if (counter == NULL) {
        counter = ngx_link_func_cache_new(ctx->shared_mem, "counter", sizeof(*counter));
    }
    ngx_link_func_shmtx_unlock(ctx->shared_mem);
    while (n-- > 0) {
        unsigned long seen;

        ngx_link_func_shmtx_lock(ctx->shared_mem);
        seen = *counter;
        if (n % 64 == 0) {
            (void) sched_yield();
        }
        *counter = seen + 1;
        ngx_link_func_shmtx_unlock(ctx->shared_mem);
    }
    (void) snprintf(text, sizeof(text), "%d %lu", (int) getpid(), *counter);
    answer(ctx, text);
}

/* Fills it three times and empties it each time: the same number of blocks. */
void fill_zone(ngx_link_func_ctx_t *ctx) {
    size_t counts[3] = {0, 0, 0};
    char key[32], text[64];
    size_t round, i;

    for (round = 0; round < 3; round++) {
        for (i = 0;; i++) {
            (void) snprintf(key, sizeof(key), "fill-%zu", i);
            if (ngx_link_func_cache_new(ctx->shared_mem, key, 1000) == NULL) {
                break;
            }
        }
        counts[round] = i;
        if (ngx_link_func_cache_get(ctx->shared_mem, key) != NULL) {
            counts[round] = 0;
        }
        while (i-- > 0) {
            (void) snprintf(key, sizeof(key), "fill-%zu", i);
            ngx_link_func_shm_free(ctx->shared_mem, ngx_link_func_cache_remove(ctx->shared_mem, key));
        }
    }
    if (counts[0] > 10 && counts[0] == counts[1] && counts[1] == counts[2]) {
        answer(ctx, "level");
        return;
    }
    (void) snprintf(text, sizeof(text), "%zu %zu %zu", counts[0], counts[1], counts[2]);
    answer(ctx, text);
}

void alloc_and_free(ngx_link_func_ctx_t *ctx) {
    void *mem = ctx->shared_mem;
    char *a = ngx_link_func_shm_alloc(mem, 100), *b;

    ngx_link_func_shmtx_lock(mem);
    b = ngx_link_func_shm_alloc_locked(mem, 5000);
    ngx_link_func_shmtx_unlock(mem);
    if (a == NULL || b == NULL) {
        answer(ctx, "NULL");
        return;
    }
    memset(a, 1, 100);
    memset(b, 2, 5000);
    ngx_link_func_shm_free(mem, a);
    ngx_link_func_shm_free_locked(mem, b);
    answer(ctx, "freed");
}

void lock_nests(ngx_link_func_ctx_t *ctx) {
    void *mem = ctx->shared_mem;
    uintptr_t taken;

    ngx_link_func_shmtx_lock(mem);
    ngx_link_func_shmtx_lock(mem);
    taken = ngx_link_func_shmtx_trylock(mem);
    (void) ngx_link_func_cache_new(mem, "inside", 8);
    ngx_link_func_shmtx_unlock(mem);
    ngx_link_func_shmtx_unlock(mem);
    ngx_link_func_shmtx_unlock(mem);
    answer(ctx, taken ? "nested" : "refused");
}

void lock_and_leave(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_shmtx_lock(ctx->shared_mem);
    answer(ctx, "left");
}

void lock_and_die(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_shmtx_lock(ctx->shared_mem);
    (void) kill(getpid(), SIGKILL);
}

void unlock_only(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_shmtx_unlock(ctx->shared_mem);
    answer(ctx, "unlocked");
}

void try_lock(ngx_link_func_ctx_t *ctx) {
    uintptr_t taken = ngx_link_func_shmtx_trylock(ctx->shared_mem);

    if (taken) {
        ngx_link_func_shmtx_unlock(ctx->shared_mem);
    }
    answer(ctx, taken ? "taken" : "held");
}

static unsigned long number_arg(ngx_link_func_ctx_t *ctx, const char *name) {
    const char *text = ngx_link_func_get_query_param(ctx, name);

    return text == NULL ? 0 : strtoul(text, NULL, 10);
}

/* Whether it has not been waited too long for another worker. */
static int may_wait(const struct timespec *since) {
    struct timespec now;

    (void) clock_gettime(CLOCK_MONOTONIC, &now);
    (void) sched_yield();
    return now.tv_sec - since->tv_sec < 10;
}

/* ?n= entries come and go: replaced, removed, removed and freed. */
void rounds(ngx_link_func_ctx_t *ctx) {
    unsigned long n = number_arg(ctx, "n"), i;
    void *mem = ctx->shared_mem;

    for (i = 0; i < n; i++) {
        if (ngx_link_func_cache_new(mem, "round", 1000) == NULL) {
            answer(ctx, "NULL");
            return;
        }
        if (i % 3 == 1) {
            (void) ngx_link_func_cache_remove(mem, "round");
        } else if (i % 3 == 2) {
            ngx_link_func_shm_free(mem, ngx_link_func_cache_remove(mem, "round"));
        }
    }
    (void) ngx_link_func_cache_remove(mem, "round");
    answer(ctx, "done");
}

void free_bytes(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_dict_stats_t stats;
    char text[32];

    (void) ngx_link_func_dict_stats(ctx->shared_mem, &stats);
    (void) snprintf(text, sizeof(text), "%llu", (unsigned long long) stats.free);
    answer(ctx, text);
}

/* Holds on to a value until other workers have removed it and overwritten what
 * is free, and tells whether it is as it was. */
void read_slowly(ngx_link_func_ctx_t *ctx) {
    void *mem = ctx->shared_mem;
    char whole[100];
    struct timespec since;
    const char *value = ngx_link_func_cache_new(mem, "value", sizeof(whole));

    memset(whole, 'w', sizeof(whole));
    memset(ngx_link_func_cache_get(mem, "value"), 'w', sizeof(whole));
    ngx_link_func_log_info(ctx, "reads");
    (void) clock_gettime(CLOCK_MONOTONIC, &since);
    while (ngx_link_func_dict_delete(mem, "overwritten", 11) != NGX_LINK_FUNC_OK && may_wait(&since)) {
    }
    answer(ctx, memcmp(value, whole, sizeof(whole)) == 0 ? "whole" : "overwritten");
}

void remove_meanwhile(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_shm_free(ctx->shared_mem, ngx_link_func_cache_remove(ctx->shared_mem, "value"));
    answer(ctx, "removed");
}

/* All that it can get; then the reader may go on. */
void overwrite_meanwhile(ngx_link_func_ctx_t *ctx) {
    void *mem = ctx->shared_mem, *blocks[2000];
    size_t n = 0;

    while (n < sizeof(blocks) / sizeof(blocks[0])
           && (blocks[n] = ngx_link_func_shm_alloc(mem, 100)) != NULL) {
        memset(blocks[n++], 'x', 100);
    }
    (void) ngx_link_func_dict_set(mem, "overwritten", 11, "", 0, 0);
    while (n > 0) {
        ngx_link_func_shm_free(mem, blocks[--n]);
    }
    answer(ctx, "overwritten");
}

/* ?n= changes of a few entries, with no lock. */
void hammer(ngx_link_func_ctx_t *ctx) {
    unsigned long n = number_arg(ctx, "n"), i;
    void *mem = ctx->shared_mem;
    char key[16];

    ngx_link_func_log_info(ctx, "hammers");
    for (i = 0; i < n; i++) {
        const char *value;

        (void) snprintf(key, sizeof(key), "hammer-%lu", i * 7 % 5);
        if (i % 3 != 0) {
            (void) ngx_link_func_cache_new(mem, key, 16 + i % 200);
        } else {
            (void) ngx_link_func_cache_remove(mem, key);
        }
        value = ngx_link_func_cache_get(mem, key);
        if (value != NULL && value[0] != 0) {
            break;
        }
        (void) ngx_link_func_dict_set(mem, key, strlen(key), key, i % 16, i % 2);
        (void) ngx_link_func_dict_incr(mem, "hammered", 8, 1, 0, 0, NULL);
    }
    answer(ctx, "hammered");
}

void hammer_clear(ngx_link_func_ctx_t *ctx) {
    char key[16];
    int i;

    for (i = 0; i < 5; i++) {
        (void) snprintf(key, sizeof(key), "hammer-%d", i);
        (void) ngx_link_func_cache_remove(ctx->shared_mem, key);
        (void) ngx_link_func_dict_delete(ctx->shared_mem, key, strlen(key));
    }
    (void) ngx_link_func_dict_delete(ctx->shared_mem, "hammered", 8);
    answer(ctx, "clear");
}

/* ?file= is there. */
static void wait_for_file(ngx_link_func_ctx_t *ctx) {
    const char *file = ngx_link_func_get_query_param(ctx, "file");
    struct timespec since;

    (void) clock_gettime(CLOCK_MONOTONIC, &since);
    while (access(file, F_OK) != 0 && may_wait(&since)) {
    }
}

/* When the file is there: locks, which another worker may have died with. */
void lock_after(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_log_info(ctx, "waits to lock");
    wait_for_file(ctx);
    ngx_link_func_shmtx_lock(ctx->shared_mem);
    (void) ngx_link_func_cache_new(ctx->shared_mem, "after", 8);
    ngx_link_func_shmtx_unlock(ctx->shared_mem);
    answer(ctx, "locked");
}

void die_after(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_shmtx_lock(ctx->shared_mem);
    ngx_link_func_log_info(ctx, "waits to die");
    wait_for_file(ctx);
    (void) kill(getpid(), SIGKILL);
}

static void *use_briefly(void *mem) {
    (void) ngx_link_func_cache_new(mem, "brief", 8);
    return ngx_link_func_cache_remove(mem, "brief");
}

/* ?n= threads of the library's own, one after the other. */
void brief_threads(ngx_link_func_ctx_t *ctx) {
    unsigned long n = number_arg(ctx, "n"), i;
    pthread_t thread;

    for (i = 0; i < n && pthread_create(&thread, NULL, use_briefly, ctx->shared_mem) == 0; i++) {
        (void) pthread_join(thread, NULL);
    }
    answer(ctx, i == n ? "ended" : "no thread");
}

/* The child dies with the lock. */
void fork_and_lock(ngx_link_func_ctx_t *ctx) {
    void *mem = ctx->shared_mem;
    const char *value = ngx_link_func_cache_new(mem, "forked", 8);
    pid_t child = fork();

    if (child == 0) {
        (void) ngx_link_func_cache_remove(mem, "forked");
        ngx_link_func_shmtx_lock(mem);
        _exit(0);
    }
    while (child > 0 && waitpid(child, NULL, 0) == -1 && kill(child, 0) == 0) {
    }
    ngx_link_func_shmtx_lock(mem);
    ngx_link_func_shmtx_unlock(mem);
    (void) ngx_link_func_cache_new(mem, "after", 8);
    (void) ngx_link_func_cache_remove(mem, "after");
    answer(ctx, child > 0 && value != NULL && value[0] == 0 ? "locked" : "wrong");
}
