/* Built for a public header that is not there yet, or for none (VERSION unset). */

#include <stdint.h>

int ngx_link_func_of_the_future(void);
int call_the_future(void);

int call_the_future(void) {
    return ngx_link_func_of_the_future();
}

#ifdef VERSION
static const struct {
    uint32_t namesz, descsz, type;
    char name[16];
    uint32_t version;
} note
    __attribute__((used, section(".note.ngx_link_func"), aligned(4))) = {14, 4, 1, "ngx_link_func", VERSION};
#endif
