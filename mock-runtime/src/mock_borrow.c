#include "mock_borrow.h"

#include <stdlib.h>

#include "mock_heap.h"
#include "mock_running.h"

#define KEEPS "the original module keeps it until the response is sent, which is after the return"

/* FNV-1a. */
static uint64_t hash_of(lf_str_t text) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    size_t i;

    for (i = 0; i < text.len; i++) {
        hash = (hash ^ (unsigned char) text.data[i]) * UINT64_C(0x100000001b3);
    }
    return hash;
}

static void find(const lfm_call_t *call, const lfm_borrowed_t *borrowed, const char *problem) {
    lfm_find(&call->mock->findings, NGX_LINK_FUNC_MOCK_CODE_BORROWED_POINTER, borrowed->at, "%s %s: %s",
             borrowed->what, problem, borrowed->is_lent ? "it is sent after the return" : KEEPS);
}

static void keep(lfm_call_t *call, const lfm_borrowed_t *borrowed) {
    lfm_borrows_t *borrows = &call->borrows;

    borrows->items = lfm_grow(borrows->items, sizeof(*borrowed), borrows->count, &borrows->capacity);
    borrows->items[borrows->count++] = *borrowed;
}

static int borrow(lfm_call_t *call, lfm_borrowed_t borrowed) {
    lfm_heap_block_t block;

    if (lfm_running.call != call || borrowed.text.len == 0
        || !lfm_findings_want(&call->mock->findings, NGX_LINK_FUNC_MOCK_CODE_BORROWED_POINTER)) {
        return 0;
    }
    if (lfm_running_has_on_stack(borrowed.text.data)) {
        find(call, &borrowed, "is on the stack");
        return 1;
    }
    if (lfm_heap_find(borrowed.text.data, &block) || lfm_pool_has(&call->pool, borrowed.text.data)) {
        borrowed.hash = borrowed.is_lent ? 0 : hash_of(borrowed.text);
        keep(call, &borrowed);
    }
    return 0;
}

int lfm_borrow(lfm_call_t *call, const char *what, lf_str_t text) {
    const lfm_borrowed_t borrowed = {.what = what, .text = text, .at = lfm_at};

    return borrow(call, borrowed);
}

int lfm_borrow_lent(lfm_call_t *call, const char *what, lf_str_t data) {
    const lfm_borrowed_t borrowed = {.what = what, .text = data, .at = lfm_at, .is_lent = 1};

    return borrow(call, borrowed);
}

void lfm_borrow_freed(const void *data, size_t size) {
    lfm_call_t *call = lfm_running.call;
    size_t i;

    for (i = 0; call != NULL && i < call->borrows.count; i++) {
        lfm_borrowed_t *borrowed = &call->borrows.items[i];

        if (!borrowed->is_gone && (uintptr_t) borrowed->text.data - (uintptr_t) data < size) {
            find(call, borrowed, "was freed before the handler returned");
            borrowed->is_gone = 1;
        }
    }
}

void lfm_borrow_check(lfm_call_t *call) {
    size_t i;

    for (i = 0; i < call->borrows.count; i++) {
        const lfm_borrowed_t *borrowed = &call->borrows.items[i];

        if (!borrowed->is_gone && !borrowed->is_lent && hash_of(borrowed->text) != borrowed->hash) {
            find(call, borrowed, "was changed before the handler returned");
        }
    }
    if (call->borrows.count > 0) { /* no pointer may stay behind, where the search for leaks looks */
        explicit_bzero(call->borrows.items, call->borrows.count * sizeof(call->borrows.items[0]));
    }
    free(call->borrows.items);
    memset(&call->borrows, 0, sizeof(call->borrows));
}
