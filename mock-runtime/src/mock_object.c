#include "mock_object.h"

#include <link.h>
#include <stddef.h>
#include <string.h>

typedef struct {
    uintptr_t address;
    lfm_object_t object;
} search_t;

/* Segments are sorted by address. */
static void add_segment(search_t *search, uintptr_t begin, const ElfW(Phdr) * segment) {
    lfm_object_t *object = &search->object;

    object->begin = object->begin == 0 ? begin : object->begin;
    object->end = begin + segment->p_memsz;
    if (search->address - begin < segment->p_memsz) {
        object->segment_end = object->end;
        object->is_writable = (segment->p_flags & PF_W) != 0;
    }
}

static int visit(struct dl_phdr_info *info, size_t size, void *data) {
    search_t *search = data;
    size_t i;

    (void) size;
    memset(&search->object, 0, sizeof(search->object));
    search->object.path = info->dlpi_name;
    search->object.base = info->dlpi_addr;
    for (i = 0; i < info->dlpi_phnum; i++) {
        if (info->dlpi_phdr[i].p_type == PT_LOAD) {
            add_segment(search, info->dlpi_addr + info->dlpi_phdr[i].p_vaddr, &info->dlpi_phdr[i]);
        }
    }
    return search->object.segment_end != 0;
}

int lfm_object_of(const void *address, lfm_object_t *object) {
    search_t search = {.address = (uintptr_t) address};
    int is_found = dl_iterate_phdr(visit, &search);

    *object = search.object;
    return is_found;
}
