#include "lf_elf.h"

#include <elf.h>
#include <link.h>

#define NOTE_NAME "ngx_link_func"
#define NOTE_TYPE 1

/* The linker's name for the header of the file that this code ends up in: what
 * the host is, without a table of machines. */
extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

typedef struct {
    lf_str_t file;
    ElfW(Ehdr) header;
} elf_t;

/* The part of the file, or NULL when it is not all there. */
static const char *part(lf_str_t file, uint64_t offset, uint64_t len) {
    if (offset > file.len || len > file.len - offset) {
        return NULL;
    }
    return file.data + offset;
}

/* Copies, because nothing in a hostile file is aligned. */
static int read_at(lf_str_t file, uint64_t offset, void *to, size_t len) {
    const char *from = part(file, offset, len);

    if (from == NULL) {
        return 0;
    }
    memcpy(to, from, len);
    return 1;
}

static lf_elf_verdict_t open_elf(lf_str_t file, elf_t *elf) {
    const ElfW(Ehdr) *host = &__ehdr_start;

    elf->file = file;
    if (file.len < SELFMAG || memcmp(file.data, ELFMAG, SELFMAG) != 0
        || !read_at(file, 0, &elf->header, sizeof(elf->header))) {
        return LF_ELF_NOT_ELF;
    }
    if (elf->header.e_ident[EI_CLASS] != host->e_ident[EI_CLASS]
        || elf->header.e_ident[EI_DATA] != host->e_ident[EI_DATA]
        || elf->header.e_machine != host->e_machine) {
        return LF_ELF_OTHER_MACHINE;
    }
    if (elf->header.e_type != ET_DYN) {
        return LF_ELF_NOT_SHARED;
    }
    if (elf->header.e_phentsize != sizeof(ElfW(Phdr))
        || part(file, elf->header.e_phoff, (uint64_t) elf->header.e_phnum * sizeof(ElfW(Phdr))) == NULL) {
        return LF_ELF_NOT_ELF;
    }
    return LF_ELF_OK;
}

/* The next program header of that type behind number *index, which starts at
 * 0 and is moved on. */
static int next_segment(const elf_t *elf, uint32_t type, size_t *index, ElfW(Phdr) * segment) {
    while (
        *index < elf->header.e_phnum
        && read_at(elf->file, elf->header.e_phoff + *index * sizeof(*segment), segment, sizeof(*segment))) {
        (*index)++;
        if (segment->p_type == type) {
            return 1;
        }
    }
    return 0;
}

/* What a segment holds; empty when it is not all there. */
static lf_str_t segment_bytes(const elf_t *elf, const ElfW(Phdr) * segment) {
    const char *data = part(elf->file, segment->p_offset, segment->p_filesz);

    return lf_str(data, data == NULL ? 0 : segment->p_filesz);
}

/* No loader needs the table of sections, but it mostly ends the file, where one
 * that was cut short lacks something. */
static int has_all_sections(const elf_t *elf) {
    uint64_t size = (uint64_t) elf->header.e_shnum * elf->header.e_shentsize;

    return elf->header.e_shoff == 0 || part(elf->file, elf->header.e_shoff, size) != NULL;
}

lf_elf_verdict_t lf_elf_check(lf_str_t file) {
    elf_t elf;
    ElfW(Phdr) segment;
    size_t index = 0;
    lf_elf_verdict_t verdict = open_elf(file, &elf);

    if (verdict != LF_ELF_OK) {
        return verdict;
    }
    while (next_segment(&elf, PT_LOAD, &index, &segment)) {
        if (part(file, segment.p_offset, segment.p_filesz) == NULL) {
            return LF_ELF_NOT_ELF;
        }
    }
    if (!has_all_sections(&elf)) {
        return LF_ELF_NOT_ELF;
    }
    index = 0;
    return next_segment(&elf, PT_DYNAMIC, &index, &segment) ? LF_ELF_OK : LF_ELF_NOT_SHARED;
}

const char *lf_elf_verdict_text(lf_elf_verdict_t verdict) {
    switch (verdict) {
    case LF_ELF_OK:
        return "is a shared library";
    case LF_ELF_NOT_ELF:
        return "is not an ELF file, or not all of one";
    case LF_ELF_OTHER_MACHINE:
        return "is for another kind of machine";
    case LF_ELF_NOT_SHARED:
        return "is not a shared library";
    }
    return "is unknown";
}

/*
 * $ORIGIN
 */

/* From where it will be in memory until the end of what the file holds there. */
static lf_str_t bytes_at_address(const elf_t *elf, uint64_t address) {
    ElfW(Phdr) segment;
    size_t index = 0;

    while (next_segment(elf, PT_LOAD, &index, &segment)) {
        lf_str_t bytes = segment_bytes(elf, &segment);

        if (address >= segment.p_vaddr && address - segment.p_vaddr < bytes.len) {
            size_t skip = address - segment.p_vaddr;

            return lf_str(bytes.data + skip, bytes.len - skip);
        }
    }
    return lf_str(NULL, 0);
}

static int next_dynamic(lf_str_t dynamic, size_t *offset, ElfW(Dyn) * entry) {
    if (!read_at(dynamic, *offset, entry, sizeof(*entry)) || entry->d_tag == DT_NULL) {
        return 0;
    }
    *offset += sizeof(*entry);
    return 1;
}

static lf_str_t string_table(const elf_t *elf, lf_str_t dynamic) {
    ElfW(Dyn) entry;
    size_t offset = 0;

    while (next_dynamic(dynamic, &offset, &entry)) {
        if (entry.d_tag == DT_STRTAB) {
            return bytes_at_address(elf, entry.d_un.d_ptr);
        }
    }
    return lf_str(NULL, 0);
}

static int names_origin(lf_str_t strings, uint64_t at) {
    static const char *const forms[] = {"$ORIGIN", "${ORIGIN}"};
    size_t i, len;

    for (; at < strings.len && strings.data[at] != '\0'; at++) {
        for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
            len = strlen(forms[i]);
            if (part(strings, at, len) != NULL && memcmp(strings.data + at, forms[i], len) == 0) {
                return 1;
            }
        }
    }
    return 0;
}

/* A needed library's name can hold it as well as a search path. */
static int holds_path(const ElfW(Dyn) * entry) {
    return entry->d_tag == DT_RPATH || entry->d_tag == DT_RUNPATH || entry->d_tag == DT_NEEDED;
}

int lf_elf_uses_origin(lf_str_t file) {
    elf_t elf;
    ElfW(Phdr) segment;
    ElfW(Dyn) entry;
    lf_str_t dynamic, strings;
    size_t index = 0, offset = 0;

    if (open_elf(file, &elf) != LF_ELF_OK || !next_segment(&elf, PT_DYNAMIC, &index, &segment)) {
        return 0;
    }
    dynamic = segment_bytes(&elf, &segment);
    strings = string_table(&elf, dynamic);
    while (next_dynamic(dynamic, &offset, &entry)) {
        if (holds_path(&entry) && names_origin(strings, entry.d_un.d_val)) {
            return 1;
        }
    }
    return 0;
}

/*
 * The version note
 */

/* A length rounded up to the notes' alignment. */
static uint64_t padded(uint64_t len, uint64_t align) {
    return (len + align - 1) / align * align;
}

static int is_version_note(lf_str_t notes, uint64_t name_at, const ElfW(Nhdr) * note) {
    const char *name = part(notes, name_at, note->n_namesz);

    return note->n_type == NOTE_TYPE && note->n_descsz == sizeof(uint32_t)
           && note->n_namesz == sizeof(NOTE_NAME) && name != NULL
           && memcmp(name, NOTE_NAME, sizeof(NOTE_NAME)) == 0;
}

static uint32_t newest_version(lf_str_t notes, uint64_t align) {
    uint64_t at = 0;
    uint32_t newest = 0, version;
    ElfW(Nhdr) note;

    while (read_at(notes, at, &note, sizeof(note))) {
        uint64_t desc_at = padded(at + sizeof(note) + note.n_namesz, align);
        if (is_version_note(notes, at + sizeof(note), &note)
            && read_at(notes, desc_at, &version, sizeof(version)) && version > newest) {
            newest = version;
        }
        at = padded(desc_at + note.n_descsz, align);
    }
    return newest;
}

uint32_t lf_elf_abi_version(lf_str_t file) {
    elf_t elf;
    ElfW(Phdr) segment;
    size_t index = 0;
    uint32_t newest = 0;

    if (open_elf(file, &elf) != LF_ELF_OK) {
        return 0;
    }
    while (next_segment(&elf, PT_NOTE, &index, &segment)) {
        uint32_t version = newest_version(segment_bytes(&elf, &segment), segment.p_align == 8 ? 8 : 4);

        if (version > newest) {
            newest = version;
        }
    }
    return newest;
}
