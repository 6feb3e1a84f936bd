/* Real libraries, whole, cut and with wrong bytes. */

#include "lf_elf.h"

#include <ngx_link_func_module.h>

#include <elf.h>
#include <link.h>
#include <stdio.h>

#include "exact.h"

/* In a heap block of exactly its size. */
static lf_str_t load(const char *path) {
    FILE *file = fopen(path, "rbe");
    long size;
    char *data;

    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    size = ftell(file);
    assert_true(size > 0);
    rewind(file);
    data = malloc((size_t) size);
    assert_non_null(data);
    assert_int_equal(fread(data, 1, (size_t) size, file), size);
    (void) fclose(file);
    return lf_str(data, (size_t) size);
}

static void drop(lf_str_t file) {
    free((char *) file.data);
}

static void library_of_this_machine_is_accepted(void **state) {
    lf_str_t file = load(PLAIN_LIBRARY);

    (void) state;
    assert_int_equal(lf_elf_check(file), LF_ELF_OK);
    assert_string_equal(lf_elf_verdict_text(LF_ELF_OK), "is a shared library");
    drop(file);
}

static void what_is_not_elf_is_refused(void **state) {
    static const char *const texts[] = {"", "\177EL", "\177ELF", "<html>404 Not Found</html>"};
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        lf_str_t file = exact_bytes(texts[i], strlen(texts[i]));

        assert_int_equal(lf_elf_check(file), LF_ELF_NOT_ELF);
        assert_int_equal(lf_elf_uses_origin(file), 0);
        assert_int_equal(lf_elf_abi_version(file), 0);
        exact_free(file);
    }
    assert_string_equal(lf_elf_verdict_text(LF_ELF_NOT_ELF), "is not an ELF file, or not all of one");
}

static void library_of_another_machine_is_refused(void **state) {
    static const size_t offsets[] = {EI_CLASS, EI_DATA, offsetof(ElfW(Ehdr), e_machine)};
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
        lf_str_t file = load(PLAIN_LIBRARY);

        ((char *) file.data)[offsets[i]] ^= 3;
        assert_int_equal(lf_elf_check(file), LF_ELF_OTHER_MACHINE);
        drop(file);
    }
    assert_string_equal(lf_elf_verdict_text(LF_ELF_OTHER_MACHINE), "is for another kind of machine");
}

static void object_file_and_library_without_dynamic_part_are_refused(void **state) {
    lf_str_t file = load(PLAIN_LIBRARY);
    ElfW(Ehdr) *header = (ElfW(Ehdr) *) file.data;
    ElfW(Phdr) *segment = (ElfW(Phdr) *) (file.data + header->e_phoff);

    (void) state;
    header->e_type = ET_REL;
    assert_int_equal(lf_elf_check(file), LF_ELF_NOT_SHARED);
    header->e_type = ET_DYN;
    while (segment->p_type != PT_DYNAMIC) {
        segment++;
    }
    segment->p_type = PT_NULL;
    assert_int_equal(lf_elf_check(file), LF_ELF_NOT_SHARED);
    assert_string_equal(lf_elf_verdict_text(LF_ELF_NOT_SHARED), "is not a shared library");
    drop(file);
}

static void program_headers_of_another_size_are_refused(void **state) {
    lf_str_t file = load(PLAIN_LIBRARY);

    (void) state;
    ((ElfW(Ehdr) *) file.data)->e_phentsize--;
    assert_int_equal(lf_elf_check(file), LF_ELF_NOT_ELF);
    drop(file);
}

static void origin_in_a_search_path_is_found(void **state) {
    static const struct {
        const char *path;
        int uses;
    } rows[] = {{ORIGIN_LIBRARY, 1}, {BRACED_LIBRARY, 1}, {ABSOLUTE_LIBRARY, 0}, {PLAIN_LIBRARY, 0}};
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        lf_str_t file = load(rows[i].path);

        if (lf_elf_uses_origin(file) != rows[i].uses) {
            print_error("%s\n", rows[i].path);
        }
        assert_int_equal(lf_elf_uses_origin(file), rows[i].uses);
        drop(file);
    }
}

static void newest_version_of_the_notes_counts(void **state) {
    static const struct {
        const char *path;
        uint32_t version;
    } rows[] = {{NOTED_LIBRARY, 36}, {HEADED_LIBRARY, NGX_LINK_FUNC_ABI_VERSION}, {PLAIN_LIBRARY, 0}};
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        lf_str_t file = load(rows[i].path);

        assert_int_equal(lf_elf_abi_version(file), rows[i].version);
        drop(file);
    }
}

static void look_at(lf_str_t file) {
    (void) lf_elf_check(file);
    (void) lf_elf_uses_origin(file);
    (void) lf_elf_abi_version(file);
}

/* A sanitizer sees a read past the end of the block. */
static void cut_library_is_refused_and_read_no_further_than_its_end(void **state) {
    lf_str_t file = load(NOTED_LIBRARY);
    size_t len;

    (void) state;
    for (len = 0; len < file.len; len++) {
        lf_str_t cut = exact_bytes(file.data, len);

        look_at(cut);
        assert_int_equal(lf_elf_check(cut), LF_ELF_NOT_ELF);
        exact_free(cut);
    }
    drop(file);
}

static void wrong_byte_anywhere_is_survived(void **state) {
    static const char bits[] = {1, (char) 0x80, (char) 0xff};
    static const char *const paths[] = {NOTED_LIBRARY, ORIGIN_LIBRARY};
    size_t n, i, at;

    (void) state;
    for (n = 0; n < sizeof(paths) / sizeof(paths[0]); n++) {
        lf_str_t file = load(paths[n]);

        for (at = 0; at < file.len; at++) {
            char right = file.data[at];

            for (i = 0; i < sizeof(bits); i++) {
                ((char *) file.data)[at] = (char) (right ^ bits[i]);
                look_at(file);
            }
            ((char *) file.data)[at] = right;
        }
        drop(file);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(library_of_this_machine_is_accepted),
        cmocka_unit_test(what_is_not_elf_is_refused),
        cmocka_unit_test(library_of_another_machine_is_refused),
        cmocka_unit_test(object_file_and_library_without_dynamic_part_are_refused),
        cmocka_unit_test(program_headers_of_another_size_are_refused),
        cmocka_unit_test(origin_in_a_search_path_is_found),
        cmocka_unit_test(newest_version_of_the_notes_counts),
        cmocka_unit_test(cut_library_is_refused_and_read_no_further_than_its_end),
        cmocka_unit_test(wrong_byte_anywhere_is_survived),
    };
    return cmocka_run_group_tests_name("elf", tests, NULL, NULL);
}
