#include "mock_symbol.h"

#include <fcntl.h>
#include <link.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
    const char *path; /* "": the program */
    uintptr_t base;
} object_t;

typedef struct {
    const void *address;
    object_t object;
} search_t;

typedef struct {
    const char *data;
    size_t size;
} file_t;

static int visit_object(struct dl_phdr_info *info, size_t size, void *data) {
    search_t *search = data;
    size_t i;

    (void) size;
    for (i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        uintptr_t begin = info->dlpi_addr + segment->p_vaddr;

        if (segment->p_type == PT_LOAD && (uintptr_t) search->address - begin < segment->p_memsz) {
            search->object.path = info->dlpi_name;
            search->object.base = info->dlpi_addr;
            return 1;
        }
    }
    return 0;
}

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

/* The table of all symbols, which a stripped file lacks. */
static const ElfW(Sym) * symbols_of(const file_t *file, size_t *count) {
    const ElfW(Ehdr) *header = (const void *) file->data;
    const ElfW(Shdr) *sections = part_of(file, header->e_shoff, header->e_shnum * sizeof(*sections));
    size_t i;

    for (i = 0; sections != NULL && i < header->e_shnum; i++) {
        if (sections[i].sh_type == SHT_SYMTAB) {
            *count = sections[i].sh_size / sizeof(ElfW(Sym));
            return part_of(file, sections[i].sh_offset, sections[i].sh_size);
        }
    }
    return NULL;
}

static size_t room_in(const file_t *file, uintptr_t address) {
    size_t count = 0, i;
    const ElfW(Sym) *symbols = symbols_of(file, &count);

    for (i = 0; symbols != NULL && i < count; i++) {
        if (ELF64_ST_TYPE(symbols[i].st_info) == STT_OBJECT
            && address - symbols[i].st_value < symbols[i].st_size) {
            return symbols[i].st_size - (address - symbols[i].st_value);
        }
    }
    return 0;
}

size_t lfm_symbol_room(const void *address) {
    search_t search = {address, {NULL, 0}};
    file_t file;
    size_t room;

    (void) dl_iterate_phdr(visit_object, &search);
    if (search.object.path == NULL) {
        return 0;
    }
    file = file_map(search.object.path[0] == '\0' ? "/proc/self/exe" : search.object.path);
    if (file.data == NULL) {
        return 0;
    }
    room = room_in(&file, (uintptr_t) address - search.object.base);
    (void) munmap((void *) file.data, file.size);
    return room;
}
