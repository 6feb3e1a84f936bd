/* As LeakSanitizer does it: whatever looks like a pointer into a block reaches
 * it, in data segments, thread-local data, the stack, and blocks that are reached
 * or that no handler got.  Freed memory is full of old pointers, so memory that is
 * not known to be somebody's is not looked at. */

#include "mock_leak.h"

#include <link.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "mock_heap.h"
#include "mock_poison.h"
#include "mock_state.h"

typedef struct {
    const ngx_link_func_mock_t *mock;
    lfm_heap_block_t **blocks;
    size_t count;
    lfm_heap_block_t **next; /* reached, but not yet looked into */
    size_t next_count;
} search_t;

static int is_suspect(const search_t *search, const lfm_heap_block_t *block) {
    return block->mock == search->mock && block->is_of_call;
}

static lfm_heap_block_t *block_of(const search_t *search, uintptr_t address) {
    size_t low = 0, high = search->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        lfm_heap_block_t *block = search->blocks[middle];

        if (address < lfm_heap_begin(block)) {
            high = middle;
        } else if (address - lfm_heap_begin(block) < block->size) {
            return block;
        } else {
            low = middle + 1;
        }
    }
    return NULL;
}

static void reach(search_t *search, lfm_heap_block_t *block) {
    if (block != NULL && !block->is_reached) {
        block->is_reached = 1;
        search->next[search->next_count++] = block;
    }
}

LFM_SEES_POISON static void scan(search_t *search, uintptr_t begin, uintptr_t end) {
    const uintptr_t *word = lfm_pointer((begin + sizeof(*word) - 1) & ~(sizeof(*word) - 1));

    for (; (uintptr_t) (word + 1) <= end; word++) {
        reach(search, block_of(search, *word));
    }
}

static void scan_reached(search_t *search) {
    while (search->next_count > 0) {
        const lfm_heap_block_t *block = search->next[--search->next_count];

        scan(search, lfm_heap_begin(block), lfm_heap_begin(block) + block->size);
    }
}

/*
 * Where to begin
 */

static int holds(const struct dl_phdr_info *object, uintptr_t address) {
    size_t i;

    for (i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];

        if (segment->p_type == PT_LOAD
            && address - (object->dlpi_addr + segment->p_vaddr) < segment->p_memsz) {
            return 1;
        }
    }
    return 0;
}

/* Not in libc, where stdin is: its allocator points to the ends of blocks. */
static int scan_object(struct dl_phdr_info *object, size_t size, void *search) {
    size_t i;

    (void) size;
    if (holds(object, (uintptr_t) stdin)) {
        return 0;
    }
    for (i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        uintptr_t begin = object->dlpi_addr + segment->p_vaddr;

        if (segment->p_type == PT_TLS && object->dlpi_tls_data != NULL) {
            begin = (uintptr_t) object->dlpi_tls_data;
            scan(search, begin, begin + segment->p_memsz);
        } else if (segment->p_type == PT_LOAD && (segment->p_flags & PF_W) != 0) {
            scan(search, begin, begin + segment->p_memsz);
        }
    }
    return 0;
}

static void scan_stack(search_t *search, const void *frame) {
    pthread_attr_t attributes;
    void *lowest;
    size_t size;

    if (pthread_getattr_np(pthread_self(), &attributes) != 0) {
        return;
    }
    (void) pthread_attr_getstack(&attributes, &lowest, &size);
    (void) pthread_attr_destroy(&attributes);
    scan(search, (uintptr_t) frame, (uintptr_t) lowest + size);
}

static void scan_others(search_t *search) {
    size_t i;

    for (i = 0; i < search->count; i++) {
        if (!is_suspect(search, search->blocks[i])) {
            reach(search, search->blocks[i]);
        }
    }
}

/*
 * What is left
 */

/* Those that others among them point to are reached now. */
static size_t leaked(search_t *search, lfm_heap_block_t **leaks) {
    size_t count = 0, roots = 0, i;

    for (i = 0; i < search->count; i++) {
        if (!search->blocks[i]->is_reached) {
            leaks[count++] = search->blocks[i];
        }
    }
    for (i = 0; i < count; i++) {
        scan(search, lfm_heap_begin(leaks[i]), lfm_heap_begin(leaks[i]) + leaks[i]->size);
    }
    for (i = 0; i < count; i++) {
        if (!leaks[i]->is_reached) {
            leaks[roots++] = leaks[i];
        }
    }
    return roots > 0 ? roots : count; /* a ring has no root */
}

/* One finding for each place. */
static void tell(ngx_link_func_mock_t *mock, lfm_heap_block_t **leaks, size_t count) {
    size_t i, k;

    for (i = 0; i < count; i++) {
        const void *at = leaks[i]->at;
        size_t blocks = 0, bytes = 0;

        for (k = i; k < count; k++) {
            if (leaks[k]->mock == mock && leaks[k]->at == at) {
                blocks++;
                bytes += leaks[k]->size;
                leaks[k]->mock = NULL;
            }
        }
        if (blocks > 0) {
            lfm_find(&mock->findings, NGX_LINK_FUNC_MOCK_CODE_HEAP_LEAK, at,
                     "%zu bytes in %zu blocks that were got here were not freed, and nothing points to them",
                     bytes, blocks);
        }
    }
}

static int has_suspects(const search_t *search) {
    size_t i;

    for (i = 0; i < search->count; i++) {
        if (is_suspect(search, search->blocks[i])) {
            return 1;
        }
    }
    return 0;
}

static void look(search_t *search, const void *frame) {
    size_t i;

    for (i = 0; i < search->count; i++) {
        search->blocks[i]->is_reached = 0;
    }
    (void) dl_iterate_phdr(scan_object, search);
    scan_stack(search, frame);
    scan_others(search);
    scan_reached(search);
}

void lfm_leak_check(ngx_link_func_mock_t *mock, const void *frame) {
    search_t search = {mock, NULL, 0, NULL, 0};

    if (!lfm_findings_want(&mock->findings, NGX_LINK_FUNC_MOCK_CODE_HEAP_LEAK) || lfm_heap_is_watched()) {
        return;
    }
    search.blocks = lfm_heap_list(&search.count);
    if (has_suspects(&search)) {
        lfm_heap_block_t **leaks = lfm_alloc(search.count * sizeof(lfm_heap_block_t *));

        search.next = lfm_alloc(search.count * sizeof(lfm_heap_block_t *));
        look(&search, frame);
        tell(mock, leaks, leaked(&search, leaks));
        free(leaks);
        free(search.next);
    }
    free(search.blocks);
}

/*
 * Threads
 */

LFM_SEES_POISON static int give_up_object(struct dl_phdr_info *object, size_t size, void *mock) {
    size_t i, offset;

    (void) size;
    for (i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];

        if (segment->p_type != PT_TLS || object->dlpi_tls_data == NULL) {
            continue;
        }
        for (offset = 0; offset + sizeof(void *) <= segment->p_memsz; offset += sizeof(void *)) {
            lfm_heap_give_up(mock, *(void *const *) (void *) ((char *) object->dlpi_tls_data + offset));
        }
    }
    return 0;
}

void lfm_leak_end_thread(const ngx_link_func_mock_t *mock) {
    if (lfm_findings_want(&mock->findings, NGX_LINK_FUNC_MOCK_CODE_HEAP_LEAK) && !lfm_heap_is_watched()) {
        (void) dl_iterate_phdr(give_up_object, (void *) mock);
    }
}
