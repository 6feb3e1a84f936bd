/* A library with what test_elf looks for; VERSION... choose its notes. */

#include <stdint.h>

int answer(void);

int answer(void) {
    return 42;
}

#ifdef VERSION_A
/* The words of a note: lengths of name and version, type, name, version. */
#define NOTE(section_name) __attribute__((used, section(section_name), aligned(4)))
#define NAME 0x5f78676e, 0x6b6e696c, 0x6e75665f, 0x00000063
NOTE(".note.ngx_link_func") static const uint32_t note_a[] = {14, 4, 1, NAME, VERSION_A};
NOTE(".note.ngx_link_func") static const uint32_t note_b[] = {14, 4, 1, NAME, VERSION_B};
NOTE(".note.other") static const uint32_t note_c[] = {14, 4, 2, NAME, 99};
#endif
