/* The functions that use shared memory. */

#include <ngx_link_func_module.h>

#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
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
    answer(ctx, kept == NULL ? "NULL" : "kept");
}

void cache_show(ngx_link_func_ctx_t *ctx) {
    const char *kept = ngx_link_func_cache_get(ctx->shared_mem, "kept");

    answer(ctx, kept == NULL ? "NULL" : kept);
}

void null_shared_memory(ngx_link_func_ctx_t *ctx) {
    void *mem = ctx->shared_mem;
    int right =
        mem == NULL && ngx_link_func_shmtx_trylock(mem) == 0 && ngx_link_func_shm_alloc(mem, 8) == NULL
        && ngx_link_func_shm_alloc_locked(mem, 8) == NULL && ngx_link_func_cache_get(mem, "a") == NULL
        && ngx_link_func_cache_put(mem, "a", &right) == NULL && ngx_link_func_cache_new(mem, "a", 8) == NULL
        && ngx_link_func_cache_remove(mem, "a") == NULL;

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
