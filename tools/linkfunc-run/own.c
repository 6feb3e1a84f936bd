#include "own.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "run.h"

int own_path(char *path, const char *relative) {
    char self[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);

    if (len <= 0) {
        run_report("cannot read '/proc/self/exe': %s", strerror(errno));
        return -1;
    }
    self[len] = '\0';
    *strrchr(self, '/') = '\0';
    if (snprintf(path, PATH_MAX, "%s/%s", self, relative) >= PATH_MAX) {
        run_report("cannot use '%s': %s", self, strerror(ENAMETOOLONG));
        return -1;
    }
    return 0;
}
