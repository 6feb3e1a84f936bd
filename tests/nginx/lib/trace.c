/* Preloaded into NGINX: appends to $LINKFUNC_TRACE what makes a file lasting and
 * what gives it its name, in order. */

#define _GNU_SOURCE

#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char file[PATH_MAX];

/* Children may have no environment. */
static void __attribute__((constructor)) find_file(void) {
    const char *path = getenv("LINKFUNC_TRACE");

    (void) snprintf(file, sizeof(file), "%s", path == NULL ? "/dev/null" : path);
}

static void trace(const char *call, const char *subject, const char *object) {
    int fd = open(file, O_WRONLY | O_APPEND | O_CLOEXEC);

    if (fd != -1) {
        (void) dprintf(fd, "%s %s%s\n", call, subject, object);
        (void) close(fd);
    }
}

int fsync(int fd) {
    int (*call)(int fd);
    char link[64], path[PATH_MAX];
    ssize_t len;

    (void) snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    len = readlink(link, path, sizeof(path) - 1);
    path[len < 0 ? 0 : len] = '\0';
    *(void **) &call = dlsym(RTLD_NEXT, "fsync");
    trace("fsync", path, "");
    return call(fd);
}

int rename(const char *old, const char *new) {
    int (*call)(const char *old, const char *new);
    char object[PATH_MAX];

    *(void **) &call = dlsym(RTLD_NEXT, "rename");
    (void) snprintf(object, sizeof(object), " %s", new);
    trace("rename", old, object);
    return call(old, new);
}
