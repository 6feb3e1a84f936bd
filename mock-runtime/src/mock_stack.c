#include "mock_stack.h"

#include <pthread.h>
#include <stddef.h>

int lfm_is_on_stack(const void *address) {
    pthread_attr_t attributes;
    void *lowest;
    size_t size;

    if (pthread_getattr_np(pthread_self(), &attributes) != 0) {
        return 0;
    }
    (void) pthread_attr_getstack(&attributes, &lowest, &size);
    (void) pthread_attr_destroy(&attributes);
    return (const char *) address >= (const char *) __builtin_frame_address(0)
           && (const char *) address < (const char *) lowest + size;
}
