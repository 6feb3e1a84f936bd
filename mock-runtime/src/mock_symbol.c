#include "mock_symbol.h"

#include <fcntl.h>
#include <link.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mock_memory.h"
#include "mock_object.h"

typedef struct {
    const char *data;
    size_t size;
} file_t;

static file_t file_map(const char *path) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    file_t file = {NULL, 0};
    struct stat status;
    void *data;

    if (fd == -1) {
        return file;
    }
    if (fstat(fd, &status) == 0 && status.st_size > (off_t) sizeof(ElfW(Ehdr))) {
        data = mmap(NULL, (size_t) status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        file.data = data == MAP_FAILED ? NULL : data;
        file.size = (size_t) status.st_size;
    }
    (void) close(fd);
    return file;
}

/* The part of the file; NULL when it is not all there. */
static const void *part_of(const file_t *file, size_t offset, size_t size) {
    return offset > file->size || size > file->size - offset ? NULL : file->data + offset;
}

typedef struct {
    const ElfW(Sym) * entry; /* NULL: there is none */
    const char *name;
} symbol_t;

static int has(const ElfW(Sym) * entry, int type, uintptr_t address) {
    return ELF64_ST_TYPE(entry->st_info) == type && address - entry->st_value < entry->st_size;
}

static symbol_t find_in(const file_t *file, const ElfW(Shdr) * table, const ElfW(Shdr) * names, int type,
                        uintptr_t address) {
    const ElfW(Sym) *entries = part_of(file, table->sh_offset, table->sh_size);
    symbol_t symbol = {NULL, NULL};
    size_t i;

    for (i = 0; entries != NULL && i < table->sh_size / sizeof(*entries); i++) {
        if (has(&entries[i], type, address)) {
            symbol.entry = &entries[i];
            symbol.name = part_of(file, names->sh_offset + entries[i].st_name, 1);
            break;
        }
    }
    return symbol;
}

/* In the table of all symbols, which a stripped file lacks. */
static symbol_t find_symbol(const file_t *file, int type, uintptr_t address) {
    const ElfW(Ehdr) *header = (const void *) file->data;
    const ElfW(Shdr) *sections = part_of(file, header->e_shoff, header->e_shnum * sizeof(*sections));
    const symbol_t none = {NULL, NULL};
    size_t i;

    for (i = 0; sections != NULL && i < header->e_shnum; i++) {
        if (sections[i].sh_type == SHT_SYMTAB && sections[i].sh_link < header->e_shnum) {
            return find_in(file, &sections[i], &sections[sections[i].sh_link], type, address);
        }
    }
    return none;
}

/* Of the program or library with the address; its data is NULL without one. */
static file_t file_of(const void *address, lfm_object_t *object) {
    const file_t none = {NULL, 0};

    if (!lfm_object_of(address, object)) {
        return none;
    }
    return file_map(object->path[0] == '\0' ? "/proc/self/exe" : object->path);
}

static void file_unmap(const file_t *file) {
    (void) munmap((void *) file->data, file->size);
}

size_t lfm_symbol_room(const void *address) {
    lfm_object_t object;
    file_t file = file_of(address, &object);
    symbol_t symbol;
    size_t room;

    if (file.data == NULL) {
        return 0;
    }
    symbol = find_symbol(&file, STT_OBJECT, (uintptr_t) address - object.base);
    room = symbol.entry == NULL
               ? 0
               : symbol.entry->st_value + symbol.entry->st_size - ((uintptr_t) address - object.base);
    file_unmap(&file);
    return room;
}

char *lfm_symbol_function(const void *address, size_t *offset) {
    lfm_object_t object;
    file_t file = file_of(address, &object);
    char *name = NULL;
    symbol_t symbol;

    if (file.data == NULL) {
        return NULL;
    }
    symbol = find_symbol(&file, STT_FUNC, (uintptr_t) address - object.base);
    if (symbol.name != NULL) {
        name = lfm_text_dup(lf_cstr(symbol.name));
        *offset = (uintptr_t) address - object.base - symbol.entry->st_value;
    }
    file_unmap(&file);
    return name;
}
