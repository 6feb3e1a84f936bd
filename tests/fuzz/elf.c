/* The bytes of a library. */

#include "lf_elf.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    lf_str_t file = fuzz_dup(fuzz_input(data, size));

    fuzz_check(lf_elf_verdict_text(lf_elf_check(file)) != NULL || lf_elf_check(file) == LF_ELF_OK);
    (void) lf_elf_uses_origin(file);
    (void) lf_elf_abi_version(file);
    fuzz_free(file);
    return 0;
}
