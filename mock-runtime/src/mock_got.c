#include "mock_got.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

#include "mock_guard.h"
#include "mock_memory.h"

#if defined(__x86_64__)
#define TYPE_SLOT R_X86_64_JUMP_SLOT
#define TYPE_GLOBAL R_X86_64_GLOB_DAT
#define TYPE_POINTER R_X86_64_64
#elif defined(__aarch64__)
#define TYPE_SLOT R_AARCH64_JUMP_SLOT
#define TYPE_GLOBAL R_AARCH64_GLOB_DAT
#define TYPE_POINTER R_AARCH64_ABS64
#endif

#ifdef TYPE_SLOT

typedef struct {
    uintptr_t base;
    const ElfW(Sym) * symbols;
    const char *names;
    const ElfW(Rela) * slots;
    size_t slots_size;
    const ElfW(Rela) * others;
    size_t others_size;
} object_t;

static object_t read_object(const struct link_map *map) {
    object_t object = {map->l_addr, NULL, NULL, NULL, 0, NULL, 0};
    const ElfW(Dyn) * entry;

    for (entry = map->l_ld; entry->d_tag != DT_NULL; entry++) {
        switch (entry->d_tag) {
        case DT_SYMTAB:
            object.symbols = lfm_pointer(entry->d_un.d_ptr);
            break;
        case DT_STRTAB:
            object.names = lfm_pointer(entry->d_un.d_ptr);
            break;
        case DT_JMPREL:
            object.slots = lfm_pointer(entry->d_un.d_ptr);
            break;
        case DT_PLTRELSZ:
            object.slots_size = entry->d_un.d_val;
            break;
        case DT_RELA:
            object.others = lfm_pointer(entry->d_un.d_ptr);
            break;
        case DT_RELASZ:
            object.others_size = entry->d_un.d_val;
            break;
        default:
            break;
        }
    }
    return object;
}

static int holds_address(const ElfW(Rela) * relocation) {
    switch (ELF64_R_TYPE(relocation->r_info)) {
    case TYPE_SLOT:
    case TYPE_GLOBAL:
        return 1;
    case TYPE_POINTER:
        return relocation->r_addend == 0;
    default:
        return 0;
    }
}

/* With -z relro the linker has closed the page. */
static void change(void **slot, void *function) {
    uintptr_t page = (uintptr_t) slot & ~(uintptr_t) (lfm_page_size() - 1);

    if (mprotect(lfm_pointer(page), lfm_page_size(), PROT_READ | PROT_WRITE) == 0) {
        *slot = function;
    }
}

static void change_each(const object_t *object, const ElfW(Rela) * relocations, size_t size,
                        lfm_hook_find_t find, int own) {
    size_t i;

    for (i = 0; relocations != NULL && i < size / sizeof(*relocations); i++) {
        const ElfW(Sym) *symbol = &object->symbols[ELF64_R_SYM(relocations[i].r_info)];
        void *function = NULL;

        if (holds_address(&relocations[i]) && (own || symbol->st_shndx == SHN_UNDEF)) {
            function = find(object->names + symbol->st_name);
        }
        if (function != NULL) {
            change(lfm_pointer(object->base + relocations[i].r_offset), function);
        }
    }
}

void lfm_got_change(const struct link_map *map, lfm_hook_find_t find, int own) {
    object_t object = read_object(map);

    if (object.symbols != NULL && object.names != NULL) {
        change_each(&object, object.slots, object.slots_size, find, own);
        change_each(&object, object.others, object.others_size, find, own);
    }
}

#else

void lfm_got_change(const struct link_map *map, lfm_hook_find_t find, int own) {
    (void) map;
    (void) find;
    (void) own;
}

#endif
