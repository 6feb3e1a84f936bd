#include "mock_state.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "mock_poison.h"
#include "mock_site.h"

/* Bytes before and behind a block. */
#define GUARD 32

/* What is in them, and what is in a block that has ended. */
#define GUARD_BYTE 0xa5
#define ENDED_BYTE 0xdb

/* Bytes of ended blocks that are kept, and that are looked at in each call; there
 * each block counts for some more. */
#define KEPT (256 * (size_t) 1024)
#define CHECKED (size_t) 1024
#define CHECK_COST 64

/* How many of the bytes are not this one, in a row that ends with the last or
 * begins with the first such byte. */
typedef struct {
    size_t first;
    size_t last;
    int found;
} change_t;

static change_t change_in(const char *bytes, size_t len, unsigned char byte) {
    change_t change = {0, 0, 0};
    size_t i;

    /* Equal neighbours and one right byte are all right bytes. */
    if (len == 0 || ((unsigned char) bytes[0] == byte && memcmp(bytes, bytes + 1, len - 1) == 0)) {
        return change;
    }
    for (i = 0; i < len; i++) {
        if ((unsigned char) bytes[i] != byte) {
            change.first = change.found ? change.first : i;
            change.last = i;
            change.found = 1;
        }
    }
    return change;
}

static const char *name_of(const lfm_block_t *block) {
    return block->input == NULL ? "block" : block->input;
}

/*
 * Making one
 */

static size_t slack(const lfm_block_t *block) {
    return block->mapped == 0
               ? GUARD
               : (size_t) (block->memory + block->mapped - lfm_page_size() - (block->data + block->size));
}

/* ASan takes a block of no bytes for one of one byte. */
static int make_exact(lfm_block_t *block) {
    block->data = block->memory = malloc(block->size);
    if (block->data == NULL) {
        return 0;
    }
    if (block->size == 0) {
        lfm_poison(block->data, 1);
    }
    return 1;
}

static int make_guarded(lfm_block_t *block) {
    block->memory = malloc(block->size + 2 * (size_t) GUARD);
    if (block->memory == NULL) {
        return 0;
    }
    block->data = block->memory + GUARD;
    return 1;
}

/* In the signal handler: the page becomes usable, so that the handler goes on.  A
 * fault that comes again has another cause, and would come for ever. */
static int touched(void *data, const lfm_fault_t *fault) {
    lfm_block_t *block = data;

    if (block->was_touched || mprotect(block->memory, block->mapped, PROT_READ | PROT_WRITE) == -1) {
        return 0;
    }
    block->was_touched = 1;
    block->fault = *fault;
    block->next_touched = block->watch->touched;
    block->watch->touched = block;
    return 1;
}

static int make_of_pages(lfm_block_t *block, size_t alignment) {
    size_t page = lfm_page_size();
    size_t usable = (block->size + GUARD + alignment + page - 1) / page * page;
    void *memory =
        mmap(NULL, usable + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    uintptr_t begin;

    if (memory == MAP_FAILED) {
        return 0;
    }
    block->memory = memory;
    block->mapped = usable + page;
    begin = (usable - block->size) / alignment * alignment;
    block->data = block->memory + begin;
    (void) mprotect(block->memory + usable, page, PROT_NONE);
    lfm_guard_add(block->memory, block->memory + block->mapped, touched, block);
    return 1;
}

static int make(lfm_block_t *block, size_t alignment) {
    if (lfm_has_asan()) {
        return make_exact(block);
    }
    if (!(block->watch->has_pages ? make_of_pages(block, alignment) : make_guarded(block))) {
        return 0;
    }
    memset(block->data - GUARD, GUARD_BYTE, GUARD);
    memset(block->data + block->size, GUARD_BYTE, slack(block));
    lfm_poison(block->data - GUARD, GUARD);
    lfm_poison(block->data + block->size, slack(block));
    return 1;
}

lfm_block_t *lfm_block_new(lfm_watch_t *watch, size_t size, size_t alignment, const char *input,
                           const void *at) {
    lfm_block_t *block;

    /* ASan ends the process on sizes that malloc() refuses. */
    if (size > PTRDIFF_MAX / 2) {
        return NULL;
    }
    block = lfm_zalloc(sizeof(*block));
    block->watch = watch;
    block->size = size;
    block->input = input;
    block->at = at == NULL || lfm_site_is_call_out(at) ? watch->findings->handler : at;
    if (!make(block, alignment)) {
        free(block);
        return NULL;
    }
    return block;
}

static void release(lfm_block_t *block) {
    if (block->mapped > 0) {
        lfm_guard_remove(block->memory);
        (void) munmap(block->memory, block->mapped);
    } else {
        free(block->memory);
    }
    free(block);
}

/*
 * What was done to it
 */

static void check_guards(const lfm_block_t *block) {
    change_t before, behind;

    lfm_unpoison(block->data - GUARD, GUARD);
    lfm_unpoison(block->data + block->size, slack(block));
    before = change_in(block->data - GUARD, GUARD, GUARD_BYTE);
    behind = change_in(block->data + block->size, slack(block), GUARD_BYTE);
    if (behind.found) {
        lfm_find(block->watch->findings, NGX_LINK_FUNC_MOCK_CODE_POOL_OVERFLOW, block->at,
                 "the %s of %zu bytes that was got here was written up to %zu bytes past its end",
                 name_of(block), block->size, behind.last + 1);
    }
    if (before.found) {
        lfm_find(block->watch->findings, NGX_LINK_FUNC_MOCK_CODE_POOL_OVERFLOW, block->at,
                 "the %s of %zu bytes that was got here was written up to %zu bytes before its begin",
                 name_of(block), block->size, GUARD - before.first);
    }
}

static change_t change_since_end(const lfm_block_t *block) {
    change_t change;

    lfm_unpoison(block->data, block->size);
    change = change_in(block->data, block->size, ENDED_BYTE);
    if (change.found) {
        memset(block->data, ENDED_BYTE, block->size);
    }
    lfm_poison(block->data, block->size);
    return change;
}

static void check_ended(const lfm_block_t *block) {
    change_t change = change_since_end(block);
    lfm_site_t noticed;

    if (!change.found) {
        return;
    }
    noticed = lfm_site_of(block->watch->findings->handler);
    lfm_find(block->watch->findings, NGX_LINK_FUNC_MOCK_CODE_POOL_USE_AFTER_REQUEST, block->at,
             "the %s of %zu bytes that was got here was written at byte %zu after its request had ended, "
             "noticed behind %s",
             name_of(block), block->size, change.first, noticed.function);
    free(noticed.function);
    free(noticed.place);
}

static void tell_after_end(const lfm_block_t *block) {
    lfm_find(block->watch->findings, NGX_LINK_FUNC_MOCK_CODE_POOL_USE_AFTER_REQUEST, block->fault.at,
             "it %s byte %td of the %s of %zu bytes of a request that had ended",
             block->fault.is_write ? "wrote" : "read", (const char *) block->fault.address - block->data,
             name_of(block), block->size);
}

static void tell_past_end(const lfm_block_t *block) {
    int is_input = block->input != NULL && !block->fault.is_write;

    lfm_find(block->watch->findings,
             is_input ? NGX_LINK_FUNC_MOCK_CODE_INPUT_OVERREAD : NGX_LINK_FUNC_MOCK_CODE_POOL_OVERFLOW,
             block->fault.at, "it %s %td bytes past the end of the %s of %zu bytes",
             block->fault.is_write ? "wrote" : "read",
             (const char *) block->fault.address + 1 - (block->data + block->size), name_of(block),
             block->size);
}

static void tell_touched(lfm_watch_t *watch) {
    while (watch->touched != NULL) {
        lfm_block_t *block = watch->touched;

        watch->touched = block->next_touched;
        if (block->has_ended) {
            tell_after_end(block);
        } else {
            tell_past_end(block);
        }
    }
}

/*
 * Its end
 */

static void end_oldest(lfm_watch_t *watch) {
    lfm_block_t *block = watch->ended[watch->oldest];

    if (block->mapped == 0) {
        check_ended(block);
    }
    watch->oldest = (watch->oldest + 1) % LFM_QUARANTINE;
    watch->count--;
    watch->bytes -= block->size;
    release(block);
}

static void keep(lfm_block_t *block) {
    lfm_watch_t *watch = block->watch;

    while (watch->count > 0 && (watch->count == LFM_QUARANTINE || watch->bytes + block->size > KEPT)) {
        end_oldest(watch);
    }
    watch->ended[(watch->oldest + watch->count++) % LFM_QUARANTINE] = block;
    watch->bytes += block->size;
}

void lfm_block_end(lfm_block_t *block) {
    if (lfm_has_asan()) {
        release(block);
        return;
    }
    tell_touched(block->watch);
    if (!block->was_touched) {
        check_guards(block);
    }
    block->has_ended = 1;
    block->was_touched = 0;
    if (block->size > KEPT) {
        release(block);
        return;
    }
    if (block->mapped > 0) {
        (void) mprotect(block->memory, block->mapped, PROT_NONE);
    } else {
        memset(block->data, ENDED_BYTE, block->size);
        lfm_poison(block->data - GUARD, block->size + 2 * (size_t) GUARD);
    }
    keep(block);
}

/* The newest first: a late write mostly comes soon. */
void lfm_watch_check(lfm_watch_t *watch) {
    size_t looked_at = 0, i;

    tell_touched(watch);
    for (i = watch->count; i > 0 && looked_at < CHECKED; i--) {
        const lfm_block_t *block = watch->ended[(watch->oldest + i - 1) % LFM_QUARANTINE];

        if (block->mapped > 0) {
            return;
        }
        looked_at += block->size + CHECK_COST;
        if (looked_at <= CHECKED) {
            check_ended(block);
        }
    }
}

void ngx_link_func_mock_guard_pages(ngx_link_func_mock_t *mock) {
    mock->watch.has_pages = 1;
}

void lfm_watch_free(lfm_watch_t *watch) {
    tell_touched(watch);
    while (watch->count > 0) {
        end_oldest(watch);
    }
}
