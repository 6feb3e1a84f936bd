#include "find_nginx.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *in_folders(const char *folders) {
    char *path;

    while (folders != NULL && *folders != '\0') {
        size_t len = strcspn(folders, ":");

        if (asprintf(&path, "%.*s/nginx", (int) len, folders) == -1) {
            abort();
        }
        if (len > 0 && access(path, X_OK) == 0) {
            return path;
        }
        free(path);
        folders += len + (folders[len] == ':');
    }
    return NULL;
}

char *find_nginx(void) {
    char *path = in_folders(getenv("PATH"));

    return path != NULL ? path : in_folders("/usr/local/sbin:/usr/sbin:/sbin");
}
