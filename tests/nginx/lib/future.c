/* Built for a public header that is not there yet, or for none (VERSION unset). */

#include <stdint.h>

int ngx_link_func_of_the_future(void);
int call_the_future(void);

int call_the_future(void) {
    return ngx_link_func_of_the_future();
}

#ifdef VERSION
/* The words of a note: lengths of name and version, type, "ngx_link_func", version. */
__attribute__((used, section(".note.ngx_link_func"), aligned(4))) static const uint32_t note[] = {
    14, 4, 1, 0x5f78676e, 0x6b6e696c, 0x6e75665f, 0x00000063, VERSION};
#endif
