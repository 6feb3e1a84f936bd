#include "mock_hook.h"

#include <string.h>

#include "mock_hook_heap.h"
#include "mock_hook_wait.h"

typedef void (*function_t)(void);

typedef struct {
    const char *name;
    function_t function;
} hook_t;

#define HOOK(name)                                                                                           \
    { #name, (function_t) LFM_HOOK(name) }

/* In the order of wrap.cmake. */
static const hook_t hooks[] = {
    HOOK(malloc),
    HOOK(calloc),
    HOOK(realloc),
    HOOK(reallocarray),
    HOOK(free),
    HOOK(strdup),
    HOOK(strndup),
    HOOK(posix_memalign),
    HOOK(aligned_alloc),
    HOOK(getline),
    HOOK(getdelim),
    HOOK(__getdelim),
    HOOK(asprintf),
    HOOK(vasprintf),
    HOOK(__asprintf_chk),
    HOOK(__vasprintf_chk),
    HOOK(sleep),
    HOOK(usleep),
    HOOK(nanosleep),
    HOOK(clock_nanosleep),
    HOOK(connect),
    HOOK(accept),
    HOOK(accept4),
    HOOK(read),
    HOOK(__read_chk),
    HOOK(write),
    HOOK(recv),
    HOOK(__recv_chk),
    HOOK(recvfrom),
    HOOK(recvmsg),
    HOOK(send),
    HOOK(sendto),
    HOOK(sendmsg),
    HOOK(poll),
    HOOK(__poll_chk),
    HOOK(select),
    HOOK(epoll_wait),
    HOOK(fsync),
    HOOK(fdatasync),
    HOOK(flock),
    HOOK(system),
    HOOK(popen),
    HOOK(pclose),
    HOOK(wait),
    HOOK(waitpid),
    HOOK(getaddrinfo),
    HOOK(gethostbyname),
    HOOK(pthread_join),
    HOOK(pthread_cond_wait),
    HOOK(sem_wait),
};

void *lfm_hook_find(const char *name) {
    void *function = NULL;
    size_t i;

    for (i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++) {
        if (strcmp(hooks[i].name, name) == 0) {
            memcpy(&function, &hooks[i].function, sizeof(function));
        }
    }
    return function;
}
