#include "library.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lf_elf.h"

static void *checked(void *block) {
    if (block == NULL) {
        abort();
    }
    return block;
}

void library_add_word(library_words_t *words, const char *word, size_t len) {
    words->items = checked(realloc(words->items, (words->count + 1) * sizeof(*words->items)));
    words->items[words->count++] = checked(strndup(word, len));
}

static bool is_function(unsigned type) {
    return type == STT_FUNC || type == STT_GNU_IFUNC || type == STT_NOTYPE;
}

static void add_symbol(library_symbol_t **symbols, size_t *count, const char *name, const GElf_Sym *symbol) {
    library_symbol_t *added;

    /* A power of two of them is full. */
    if ((*count & (*count - 1)) == 0) {
        *symbols = checked(realloc(*symbols, (*count == 0 ? 1 : 2 * *count) * sizeof(**symbols)));
    }
    added = &(*symbols)[(*count)++];
    added->name = checked(strdup(name));
    added->defined = symbol->st_shndx != SHN_UNDEF;
    added->local = GELF_ST_BIND(symbol->st_info) == STB_LOCAL
                   || GELF_ST_VISIBILITY(symbol->st_other) == STV_HIDDEN
                   || GELF_ST_VISIBILITY(symbol->st_other) == STV_INTERNAL;
    added->weak = GELF_ST_BIND(symbol->st_info) == STB_WEAK;
    added->function = is_function(GELF_ST_TYPE(symbol->st_info));
}

static void read_symbols(Elf *elf, Elf_Scn *section, const GElf_Shdr *header, library_symbol_t **symbols,
                         size_t *count) {
    Elf_Data *data = elf_getdata(section, NULL);
    size_t i, entries = header->sh_entsize == 0 ? 0 : header->sh_size / header->sh_entsize;
    GElf_Sym symbol;

    for (i = 1; data != NULL && i < entries && gelf_getsym(data, (int) i, &symbol) != NULL; i++) {
        const char *name = elf_strptr(elf, header->sh_link, symbol.st_name);

        if (name != NULL && name[0] != '\0') {
            add_symbol(symbols, count, name, &symbol);
        }
    }
}

static void add_folders(library_words_t *folders, const char *path) {
    size_t len;

    for (;; path += len + 1) {
        len = strcspn(path, ":");
        library_add_word(folders, path, len);
        if (path[len] == '\0') {
            return;
        }
    }
}

static void read_dynamic_entry(Elf *elf, library_t *library, size_t strings, const GElf_Dyn *entry) {
    const char *text = elf_strptr(elf, strings, entry->d_un.d_val);

    switch (entry->d_tag) {
    case DT_NEEDED:
        if (text != NULL) {
            library_add_word(&library->needed, text, strlen(text));
        }
        break;
    case DT_RPATH:
    case DT_RUNPATH:
        if (text != NULL) {
            add_folders(&library->rpaths, text);
        }
        break;
    case DT_TEXTREL:
        library->text_relocation = true;
        break;
    case DT_BIND_NOW:
        library->bound_at_once = true;
        break;
    case DT_JMPREL:
        library->has_plt = true;
        break;
    case DT_FLAGS:
        library->text_relocation |= (entry->d_un.d_val & DF_TEXTREL) != 0;
        library->bound_at_once |= (entry->d_un.d_val & DF_BIND_NOW) != 0;
        break;
    case DT_FLAGS_1:
        library->bound_at_once |= (entry->d_un.d_val & DF_1_NOW) != 0;
        if (entry->d_un.d_val & DF_1_PIE) {
            library->verdict = LIBRARY_NOT_SHARED;
        }
        break;
    default:
        break;
    }
}

static void read_dynamic(Elf *elf, Elf_Scn *section, const GElf_Shdr *header, library_t *library) {
    Elf_Data *data = elf_getdata(section, NULL);
    GElf_Dyn entry;
    int i;

    for (i = 0; data != NULL && gelf_getdyn(data, i, &entry) != NULL && entry.d_tag != DT_NULL; i++) {
        read_dynamic_entry(elf, library, header->sh_link, &entry);
    }
}

static void read_sections(Elf *elf, library_t *library) {
    Elf_Scn *section = NULL;
    GElf_Shdr header;

    while ((section = elf_nextscn(elf, section)) != NULL) {
        if (gelf_getshdr(section, &header) == NULL) {
            continue;
        }
        if (header.sh_type == SHT_DYNSYM) {
            read_symbols(elf, section, &header, &library->dynamic, &library->dynamic_count);
        } else if (header.sh_type == SHT_SYMTAB) {
            read_symbols(elf, section, &header, &library->all, &library->all_count);
        } else if (header.sh_type == SHT_DYNAMIC) {
            read_dynamic(elf, section, &header, library);
        }
    }
}

/* Without a PT_GNU_STACK the loader makes the stack executable. */
static void read_segments(Elf *elf, library_t *library) {
    size_t count = 0, i;
    GElf_Phdr segment;

    library->executable_stack = true;
    (void) elf_getphdrnum(elf, &count);
    for (i = 0; i < count && gelf_getphdr(elf, (int) i, &segment) != NULL; i++) {
        if (segment.p_type == PT_GNU_STACK) {
            library->executable_stack = (segment.p_flags & PF_X) != 0;
        } else if (segment.p_type == PT_GNU_RELRO) {
            library->relro = true;
        }
    }
}

/* The verdict of the module itself; then what libelf finds in it. */
static void read_file(library_t *library, int fd, size_t size) {
    static const library_verdict_t verdicts[] = {
        [LF_ELF_OK] = LIBRARY_OK,
        [LF_ELF_NOT_ELF] = LIBRARY_NOT_ELF,
        [LF_ELF_OTHER_MACHINE] = LIBRARY_WRONG_ARCH,
        [LF_ELF_NOT_SHARED] = LIBRARY_NOT_SHARED,
    };
    char *bytes = checked(malloc(size + 1));
    ssize_t len = pread(fd, bytes, size, 0);
    lf_str_t file = lf_str(bytes, len < 0 ? 0 : (size_t) len);
    Elf *elf;

    library->verdict = verdicts[lf_elf_check(file)];
    library->abi_version = lf_elf_abi_version(file);
    elf = elf_memory(bytes, file.len);
    if (library->verdict == LIBRARY_OK && elf != NULL) {
        read_sections(elf, library);
        read_segments(elf, library);
    }
    (void) elf_end(elf);
    free(bytes);
}

library_t *library_open(const char *path) {
    library_t *library = checked(calloc(1, sizeof(*library)));
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat info;

    (void) elf_version(EV_CURRENT);
    library->path = checked(strdup(path));
    library->file = checked(strdup(path));
    if (fd == -1 || fstat(fd, &info) != 0 || (S_ISDIR(info.st_mode) && (errno = EISDIR) != 0)) {
        library->verdict = LIBRARY_UNREADABLE;
        library->error = errno;
    } else {
        read_file(library, fd, (size_t) info.st_size);
    }
    if (fd != -1) {
        (void) close(fd);
    }
    return library;
}

static void free_symbols(library_symbol_t *symbols, size_t count) {
    while (count > 0) {
        free(symbols[--count].name);
    }
    free(symbols);
}

static void free_words(library_words_t *words) {
    while (words->count > 0) {
        free(words->items[--words->count]);
    }
    free(words->items);
}

void library_free(library_t *library) {
    free_symbols(library->dynamic, library->dynamic_count);
    free_symbols(library->all, library->all_count);
    free_words(&library->needed);
    free_words(&library->rpaths);
    free(library->path);
    free(library->file);
    free(library);
}

void library_rename(library_t *library, const char *path) {
    free(library->path);
    library->path = checked(strdup(path));
}

static const library_symbol_t *find_dynamic(const library_t *library, const char *name, bool defined) {
    size_t i;

    for (i = 0; i < library->dynamic_count; i++) {
        const library_symbol_t *symbol = &library->dynamic[i];

        if (symbol->defined == defined && !symbol->local && strcmp(symbol->name, name) == 0) {
            return symbol;
        }
    }
    return NULL;
}

bool library_exports(const library_t *library, const char *name) {
    return find_dynamic(library, name, true) != NULL;
}

bool library_exports_function(const library_t *library, const char *name) {
    const library_symbol_t *symbol = find_dynamic(library, name, true);

    return symbol != NULL && symbol->function;
}

bool library_imports(const library_t *library, const char *name) {
    return find_dynamic(library, name, false) != NULL;
}

static const library_symbol_t *find_prefix(const library_symbol_t *symbols, size_t count,
                                           const char *prefix) {
    size_t i;

    for (i = 0; i < count; i++) {
        if (strncmp(symbols[i].name, prefix, strlen(prefix)) == 0) {
            return &symbols[i];
        }
    }
    return NULL;
}

const library_symbol_t *library_find_prefix(const library_t *library, const char *prefix) {
    const library_symbol_t *symbol = find_prefix(library->dynamic, library->dynamic_count, prefix);

    return symbol != NULL ? symbol : find_prefix(library->all, library->all_count, prefix);
}
