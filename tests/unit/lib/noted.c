/* A library with what test_elf looks for; VERSION... choose its notes. */

#include <stdint.h>

struct note {
    uint32_t namesz, descsz, type;
    char name[16];
    uint32_t version;
};

int answer(void);

int answer(void) {
    return 42;
}

#ifdef VERSION_A
static const struct note note_a __attribute__((used, section(".note.ngx_link_func"), aligned(4))) = {
    14, 4, 1, "ngx_link_func", VERSION_A};
static const struct note note_b __attribute__((used, section(".note.ngx_link_func"), aligned(4))) = {
    14, 4, 1, "ngx_link_func", VERSION_B};
static const struct note note_c __attribute__((used, section(".note.other"), aligned(4))) = {
    14, 4, 2, "ngx_link_func", 99};
#endif
