/* What an ELF file says of itself, read by libelf; no code of it runs. */

#ifndef LIBRARY_H
#define LIBRARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    char *name;
    bool defined;
    bool local; /* static, or hidden */
    bool weak;
    bool function; /* or what has no type, such as a label of an assembler file */
} library_symbol_t;

typedef enum {
    LIBRARY_OK,
    LIBRARY_UNREADABLE,
    LIBRARY_NOT_ELF,
    LIBRARY_WRONG_ARCH,
    LIBRARY_NOT_SHARED,
} library_verdict_t;

typedef struct {
    char **items;
    size_t count;
} library_words_t;

typedef struct {
    char *path; /* what it is called, which is where it is unless library_rename() was */
    char *file; /* where it is */
    library_verdict_t verdict;
    int error;                 /* errno, when it is unreadable */
    library_symbol_t *dynamic; /* what the loader sees */
    size_t dynamic_count;
    library_symbol_t *all; /* of the symbol table, when it was not stripped */
    size_t all_count;
    library_words_t needed;
    library_words_t rpaths; /* each folder of DT_RPATH and DT_RUNPATH */
    bool executable_stack;
    bool text_relocation;
    bool relro;
    bool bound_at_once;   /* before the loader write-protects what relro covers */
    bool has_plt;         /* functions that are bound when they are first called, if not at once */
    uint32_t abi_version; /* of the header that it was compiled with; 0: unknown */
} library_t;

/* Never NULL; the verdict tells what is known beside the path. */
library_t *library_open(const char *path);
void library_free(library_t *library);

/* Calls it by the path that it will be deployed to. */
void library_rename(library_t *library, const char *path);

void library_add_word(library_words_t *words, const char *word, size_t len);

bool library_exports(const library_t *library, const char *name);
bool library_exports_function(const library_t *library, const char *name);
/* The first of the dynamic or the other symbols that begins with this; NULL: none. */
const library_symbol_t *library_find_prefix(const library_t *library, const char *prefix);

bool library_imports(const library_t *library, const char *name);

#endif
