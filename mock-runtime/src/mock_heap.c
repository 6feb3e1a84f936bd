#include "mock_heap.h"

#include <pthread.h>
#include <search.h>
#include <stdlib.h>

#include "mock_blocking.h"
#include "mock_memory.h"
#include "mock_poison.h"
#include "mock_running.h"

static struct {
    pthread_mutex_t lock;
    void *blocks; /* tsearch() tree of lfm_heap_block_t by address */
    size_t count;
    int is_used;
    int is_away; /* all are unknown, and the lock is not taken */
} heap = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* Blocks that overlap are equal, so that an address finds the block it is in. */
static int compare(const void *a, const void *b) {
    const lfm_heap_block_t *left = a, *right = b;
    uintptr_t left_begin = lfm_heap_begin(left), right_begin = lfm_heap_begin(right);

    if (left_begin + left->size <= right_begin) {
        return -1;
    }
    return right_begin + right->size <= left_begin;
}

static lfm_heap_block_t *find(const void *address) {
    const lfm_heap_block_t key = {.hidden = ~(uintptr_t) address, .size = 1};
    void *found = tfind(&key, &heap.blocks, compare);

    return found == NULL ? NULL : *(lfm_heap_block_t **) found;
}

static void drop(lfm_heap_block_t *block) {
    (void) tdelete(block, &heap.blocks, compare);
    heap.count--;
    free(block);
}

/* What was freed behind the mock's back may stand where the new one is. */
static void drop_overlapping(const lfm_heap_block_t *block) {
    void *found;

    while ((found = tfind(block, &heap.blocks, compare)) != NULL) {
        drop(*(lfm_heap_block_t **) found);
    }
}

static void add(void *data, size_t size, const void *at, const lfm_running_t *running) {
    lfm_heap_block_t *block;

    if (data == NULL || heap.is_away) {
        return;
    }
    block = lfm_zalloc(sizeof(*block));
    block->hidden = ~(uintptr_t) data;
    block->size = size > 0 ? size : 1;
    block->at = at;
    block->mock = running->mock;
    block->is_of_call = running->call != NULL;
    (void) lfm_lock(&heap.lock);
    drop_overlapping(block);
    if (tsearch(block, &heap.blocks, compare) == NULL) {
        lfm_out_of_memory();
    }
    heap.count++;
    heap.is_used = 1;
    (void) pthread_mutex_unlock(&heap.lock);
}

void lfm_heap_add(void *data, size_t size, const void *at) {
    add(data, size, at, &lfm_running);
}

void lfm_heap_add_other(void *data, size_t size) {
    static const lfm_running_t nothing;

    add(data, size, NULL, &nothing);
}

int lfm_heap_is_used(void) {
    return heap.is_used;
}

/* Of LeakSanitizer: absent without it. */
void __lsan_do_leak_check(void);
#pragma weak __lsan_do_leak_check

int lfm_heap_is_watched(void) {
    const char *preload = getenv("LD_PRELOAD");

    return __lsan_do_leak_check != NULL || lfm_has_tsan()
           || (preload != NULL && strstr(preload, "vgpreload") != NULL);
}

void lfm_heap_step_aside(void) {
    if (!lfm_has_tsan()) {
        return;
    }
    tdestroy(heap.blocks, free);
    heap.blocks = NULL;
    heap.count = 0;
    heap.is_away = 1;
}

void lfm_heap_come_back(void) {
    heap.is_away = 0;
}

int lfm_heap_remove(const void *data) {
    lfm_heap_block_t *block;
    int is_known;

    if (heap.is_away) {
        return 0;
    }
    (void) lfm_lock(&heap.lock);
    block = data == NULL || heap.count == 0 ? NULL : find(data);
    is_known = block != NULL && lfm_heap_begin(block) == (uintptr_t) data;
    if (is_known) {
        drop(block);
    }
    (void) pthread_mutex_unlock(&heap.lock);
    return is_known;
}

int lfm_heap_find(const void *address, lfm_heap_block_t *block) {
    const lfm_heap_block_t *found;

    if (heap.is_away) {
        return 0;
    }
    (void) lfm_lock(&heap.lock);
    found = heap.count == 0 ? NULL : find(address);
    if (found != NULL) {
        *block = *found;
    }
    (void) pthread_mutex_unlock(&heap.lock);
    return found != NULL;
}

void lfm_heap_give_up(const ngx_link_func_mock_t *mock, const void *address) {
    lfm_heap_block_t *found;

    if (heap.is_away) {
        return;
    }
    (void) lfm_lock(&heap.lock);
    found = heap.count == 0 ? NULL : find(address);
    if (found != NULL && found->mock == mock) {
        found->mock = NULL;
    }
    (void) pthread_mutex_unlock(&heap.lock);
}

typedef struct {
    lfm_heap_block_t **blocks;
    size_t count;
} list_t;

static void append(const void *node, VISIT visit, void *data) {
    list_t *list = data;

    if (visit == postorder || visit == leaf) {
        list->blocks[list->count++] = *(lfm_heap_block_t *const *) node;
    }
}

lfm_heap_block_t **lfm_heap_list(size_t *count) {
    list_t list = {NULL, 0};

    (void) lfm_lock(&heap.lock);
    list.blocks = lfm_alloc((heap.count + 1) * sizeof(lfm_heap_block_t *));
    twalk_r(heap.blocks, append, &list);
    (void) pthread_mutex_unlock(&heap.lock);
    *count = list.count;
    return list.blocks;
}

typedef struct {
    const ngx_link_func_mock_t *mock;
    const ngx_link_func_mock_t *heir;
} will_t;

static void bequeath(const void *node, VISIT visit, void *data) {
    lfm_heap_block_t *block = *(lfm_heap_block_t *const *) node;
    const will_t *will = data;

    if ((visit == postorder || visit == leaf) && block->mock == will->mock) {
        block->mock = will->heir;
    }
}

void lfm_heap_bequeath(const ngx_link_func_mock_t *mock, const ngx_link_func_mock_t *heir) {
    will_t will = {mock, heir};

    if (heap.is_away) {
        return;
    }
    (void) lfm_lock(&heap.lock);
    twalk_r(heap.blocks, bequeath, &will);
    (void) pthread_mutex_unlock(&heap.lock);
}
