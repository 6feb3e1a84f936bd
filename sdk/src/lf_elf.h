/* What the loader needs to know about a shared library before it is opened,
 * read from its bytes.  They may be anything: nothing outside them is read,
 * and what is not as it should be counts as absent. */

#ifndef LF_ELF_H
#define LF_ELF_H

#include <stdint.h>

#include "lf_str.h"

#pragma GCC visibility push(hidden)

typedef enum {
    LF_ELF_OK,
    LF_ELF_NOT_ELF,       /* or shorter than its headers say */
    LF_ELF_OTHER_MACHINE, /* another architecture, word size or byte order */
    LF_ELF_NOT_SHARED,    /* a program, an object file, a core */
} lf_elf_verdict_t;

/* Whether this process could open it, judged by the headers alone. */
lf_elf_verdict_t lf_elf_check(lf_str_t file);

/* "is not an ELF file" and the like, to stand behind the name of the file. */
const char *lf_elf_verdict_text(lf_elf_verdict_t verdict);

/* Whether it looks for other libraries relative to its own folder. */
int lf_elf_uses_origin(lf_str_t file);

/* NGX_LINK_FUNC_ABI_VERSION of the newest public header that a part of it was
 * compiled with, from the notes that the header leaves; 0 when there is none. */
uint32_t lf_elf_abi_version(lf_str_t file);

#pragma GCC visibility pop

#endif
