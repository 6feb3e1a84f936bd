/* The calls of a program over shared memory.  What one leaves there the next
 * finds, so names of entries and blocks are remembered beside it: pointers are
 * told by what they point to, because no two runtimes give the same. */

#include <stdlib.h>
#include <string.h>

#include "program_run.h"

#define NAMES_MAX 32

typedef struct {
    char data[512];
    size_t len;
    size_t size; /* that cache_new gave it; 0 for any other value */
} name_t;

typedef struct {
    name_t names[NAMES_MAX];
    size_t count;
} names_t;

static names_t cache_names;
static void *slots[PROGRAM_SLOTS];
static char tokens[PROGRAM_TOKENS];
static unsigned entries_made;

static name_t *name_of(const program_arg_t *key) {
    names_t *names = &cache_names;
    name_t *name;
    size_t i;

    for (i = 0; i < names->count; i++) {
        name = &names->names[i];
        if (name->len == key->len && memcmp(name->data, key->data, key->len) == 0) {
            return name;
        }
    }
    if (names->count == NAMES_MAX || key->len >= sizeof(name->data)) {
        abort();
    }
    name = &names->names[names->count++];
    memcpy(name->data, key->data, key->len);
    name->data[key->len] = '\0';
    name->len = key->len;
    name->size = 0;
    return name;
}

void program_forget_shm(void) {
    memset((void *) slots, 0, sizeof(slots));
    entries_made = 0;
    cache_names.count = 0;
}

/*
 * Blocks
 */

static void **slot_of(const program_arg_t *arg) {
    return &slots[arg->number % PROGRAM_SLOTS];
}

static void fill_slot(ngx_link_func_ctx_t *ctx, const program_arg_t *arg, void *(*alloc)(void *, size_t)) {
    void **slot = slot_of(&arg[0]);

    if (*slot != NULL) {
        program_tell(" taken");
        return;
    }
    *slot = alloc(ctx->shared_mem, arg[1].number);
    program_tell(*slot == NULL ? " NULL" : " block");
    if (*slot != NULL) {
        memset(*slot, 0x5a, arg[1].number);
    }
}

void program_shm_alloc(ngx_link_func_ctx_t *ctx, const program_arg_t *arg) {
    fill_slot(ctx, arg, ngx_link_func_shm_alloc);
}

void program_shm_alloc_locked(ngx_link_func_ctx_t *ctx, const program_arg_t *arg) {
    fill_slot(ctx, arg, ngx_link_func_shm_alloc_locked);
}

void program_shm_free(ngx_link_func_ctx_t *ctx, const program_arg_t *arg) {
    ngx_link_func_shm_free(ctx->shared_mem, *slot_of(arg));
    *slot_of(arg) = NULL;
}

void program_shm_free_locked(ngx_link_func_ctx_t *ctx, const program_arg_t *arg) {
    ngx_link_func_shm_free_locked(ctx->shared_mem, *slot_of(arg));
    *slot_of(arg) = NULL;
}

void program_shmtx_lock(ngx_link_func_ctx_t *ctx, const program_arg_t *arg) {
    (void) arg;
    ngx_link_func_shmtx_lock(ctx->shared_mem);
}

void program_shmtx_trylock(ngx_link_func_ctx_t *ctx, const program_arg_t *arg) {
    (void) arg;
    program_tell(" %d", (int) ngx_link_func_shmtx_trylock(ctx->shared_mem));
}

void program_shmtx_unlock(ngx_link_func_ctx_t *ctx, const program_arg_t *arg) {
    (void) arg;
    ngx_link_func_shmtx_unlock(ctx->shared_mem);
}

/*
 * The cache
 */

static void tell_value(const void *value, const name_t *name) {
    size_t i;

    if (value == NULL) {
        program_tell(" NULL");
        return;
    }
    for (i = 0; i < PROGRAM_TOKENS; i++) {
        if (value == &tokens[i]) {
            program_tell(" token %zu", i);
            return;
        }
    }
    program_tell_bytes(value, name->size);
}

/* Zeroed first, then with a pattern that tells it from others. */
static void fill_entry(unsigned char *entry, size_t size) {
    size_t i;

    for (i = 0; i < size; i++) {
        if (entry[i] != 0) {
            program_tell(" dirty at %zu", i);
            break;
        }
    }
    memset(entry, 'a' + (int) (entries_made++ % 26), size);
}

void program_cache_new(ngx_link_func_ctx_t *ctx, const program_arg_t *arg) {
    unsigned char *entry = ngx_link_func_cache_new(ctx->shared_mem, arg[0].data, arg[1].number);

    program_tell(entry == NULL ? " NULL" : " entry");
    if (entry != NULL) {
        name_of(arg)->size = arg[1].number;
        fill_entry(entry, arg[1].number);
    }
}

void program_cache_get(ngx_link_func_ctx_t *ctx, const program_arg_t *arg) {
    tell_value(ngx_link_func_cache_get(ctx->shared_mem, arg[0].data), name_of(arg));
}

void program_cache_put(ngx_link_func_ctx_t *ctx, const program_arg_t *arg) {
    void *value = arg[1].number < PROGRAM_TOKENS ? &tokens[arg[1].number] : NULL;

    tell_value(ngx_link_func_cache_put(ctx->shared_mem, arg[0].data, value), name_of(arg));
}

void program_cache_remove(ngx_link_func_ctx_t *ctx, const program_arg_t *arg) {
    tell_value(ngx_link_func_cache_remove(ctx->shared_mem, arg[0].data), name_of(arg));
}

static int is_token(const void *value) {
    size_t i;

    for (i = 0; i < PROGRAM_TOKENS && value != &tokens[i]; i++) {
    }
    return i < PROGRAM_TOKENS;
}

/* What cache_new gave may be freed when it is removed. */
void program_cache_remove_free(ngx_link_func_ctx_t *ctx, const program_arg_t *arg) {
    void *value = ngx_link_func_cache_remove(ctx->shared_mem, arg[0].data);

    tell_value(value, name_of(arg));
    if (!is_token(value)) {
        ngx_link_func_shm_free(ctx->shared_mem, value);
    }
}

/* More than a call keeps of what it took out, all of them under one key. */
void program_cache_churn(ngx_link_func_ctx_t *ctx, const program_arg_t *arg) {
    size_t made = 0, i;

    for (i = 0; i < arg[1].number; i++) {
        unsigned char *entry = ngx_link_func_cache_new(ctx->shared_mem, arg[0].data, 1 + i % 40);

        if (entry != NULL) {
            fill_entry(entry, 1 + i % 40);
            name_of(arg)->size = 1 + i % 40;
            made++;
        }
    }
    program_tell(" %zu", made);
}

/*
 * The dict
 */

void program_dict_get(ngx_link_func_ctx_t *ctx, const program_arg_t *arg) {
    size_t room = arg[1].number, len = room;
    char *buf = program_room(room);
    int status;

    memset(buf, '-', room);
    status = ngx_link_func_dict_get(ctx->shared_mem, arg[0].data, arg[0].len, room == 0 ? NULL : buf, &len);
    program_tell(" %d %zu", status, len);
    program_tell_bytes(buf, room);
}

void program_dict_set(ngx_link_func_ctx_t *ctx, const program_arg_t *arg) {
    program_tell(" %d", ngx_link_func_dict_set(ctx->shared_mem, arg[0].data, arg[0].len, arg[1].data,
                                               arg[1].len, arg[2].number));
}

void program_dict_add(ngx_link_func_ctx_t *ctx, const program_arg_t *arg) {
    program_tell(" %d", ngx_link_func_dict_add(ctx->shared_mem, arg[0].data, arg[0].len, arg[1].data,
                                               arg[1].len, arg[2].number));
}

void program_dict_incr(ngx_link_func_ctx_t *ctx, const program_arg_t *arg) {
    int64_t out = 77;
    int status = ngx_link_func_dict_incr(ctx->shared_mem, arg[0].data, arg[0].len, (int64_t) arg[1].number,
                                         (int64_t) arg[2].number, arg[3].number, &out);

    program_tell(" %d %lld", status, (long long) out);
}

void program_dict_delete(ngx_link_func_ctx_t *ctx, const program_arg_t *arg) {
    program_tell(" %d", ngx_link_func_dict_delete(ctx->shared_mem, arg[0].data, arg[0].len));
}

/* Times that are not over in a test are told by their kind. */
void program_dict_ttl(ngx_link_func_ctx_t *ctx, const program_arg_t *arg) {
    int64_t left = 77;
    int status = ngx_link_func_dict_ttl(ctx->shared_mem, arg[0].data, arg[0].len, &left);

    program_tell(" %d %s", status,
                 left == 77   ? "untouched"
                 : left == -1 ? "never"
                 : left < 0   ? "wrong"
                              : "some");
}

void program_dict_expire(ngx_link_func_ctx_t *ctx, const program_arg_t *arg) {
    program_tell(" %d", ngx_link_func_dict_expire(ctx->shared_mem, arg[0].data, arg[0].len, arg[1].number));
}

/* Not the bytes: the mock reckons them, a slab has them. */
void program_dict_stats(ngx_link_func_ctx_t *ctx, const program_arg_t *arg) {
    ngx_link_func_dict_stats_t stats;
    int status = ngx_link_func_dict_stats(ctx->shared_mem, &stats);

    (void) arg;
    program_tell(" %d %llu entries, %llu evictions, %llu expirations", status,
                 (unsigned long long) stats.entries, (unsigned long long) stats.evictions,
                 (unsigned long long) stats.expirations);
}
