#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "deploy.h"

enum { CHUNK = 65536 };

/* O_NONBLOCK: opening a pipe would wait for its writer. */
int source_open(const char *path) {
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    struct stat info;

    if (fd == -1 || fstat(fd, &info) != 0) {
        deploy_report("cannot read '%s': %s", path, strerror(errno));
    } else if (!S_ISREG(info.st_mode)) {
        deploy_report("cannot deploy '%s': it is not a regular file, and a shared library is expected", path);
    } else {
        return fd;
    }
    if (fd != -1) {
        (void) close(fd);
    }
    return -1;
}

static int write_all(int fd, const char *data, size_t len) {
    while (len > 0) {
        ssize_t done = write(fd, data, len);

        if (done == -1) {
            return -1;
        }
        data += done;
        len -= (size_t) done;
    }
    return 0;
}

int source_copy(int from, const char *from_path, int to, const char *to_path) {
    char chunk[CHUNK];
    ssize_t len;

    while ((len = read(from, chunk, sizeof(chunk))) > 0) {
        if (write_all(to, chunk, (size_t) len) != 0) {
            deploy_report("cannot write '%s': %s", to_path, strerror(errno));
            return -1;
        }
    }
    if (len == -1) {
        deploy_report("cannot read '%s': %s", from_path, strerror(errno));
        return -1;
    }
    return 0;
}

static bool equal_bytes(int a, int b) {
    char left[CHUNK], right[CHUNK];
    off_t at = 0;

    for (;;) {
        ssize_t len = pread(a, left, sizeof(left), at);

        if (len < 0 || pread(b, right, sizeof(right), at) != len || memcmp(left, right, (size_t) len) != 0) {
            return false;
        }
        if (len == 0) {
            return true;
        }
        at += len;
    }
}

bool source_equals(int fd, const char *path) {
    int other = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    bool equal = other != -1 && equal_bytes(fd, other);

    if (other != -1) {
        (void) close(other);
    }
    return equal;
}
