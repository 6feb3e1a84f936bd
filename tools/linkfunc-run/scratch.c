#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tree.h"

static int cannot(const char *verb, const char *path) {
    run_report("cannot %s '%s': %s", verb, path, strerror(errno));
    return -1;
}

/* NGINX needs an absolute path: it resolves others against its own. */
static int name_in_tmpdir(char *path, const char *name) {
    const char *tmp = getenv("TMPDIR");
    char folder[PATH_MAX];

    if (tmp == NULL || tmp[0] == '\0') {
        tmp = "/tmp";
    }
    if (realpath(tmp, folder) == NULL) {
        return cannot("use TMPDIR", tmp);
    }
    if (snprintf(path, PATH_MAX, "%s/%s", folder, name) >= PATH_MAX) {
        errno = ENAMETOOLONG;
        return cannot("use TMPDIR", tmp);
    }
    return 0;
}

/* Who cleans holds the lock while it removes: one that is locked and still
 * there is ours. */
static int lock(scratch_t *scratch) {
    struct stat info;

    scratch->lock = open(scratch->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (scratch->lock == -1) {
        return errno == ENOENT ? 0 : -1;
    }
    if (flock(scratch->lock, LOCK_EX) == 0 && fstat(scratch->lock, &info) == 0 && info.st_nlink > 0) {
        return 1;
    }
    close(scratch->lock);
    return 0;
}

int scratch_make(scratch_t *scratch, const run_user_t *user) {
    int locked = 0;

    while (locked == 0) {
        if (name_in_tmpdir(scratch->path, "linkfunc-run.XXXXXX") != 0) {
            scratch->path[0] = '\0';
            return -1;
        }
        if (mkdtemp(scratch->path) == NULL) {
            cannot("create", scratch->path);
            scratch->path[0] = '\0';
            return -1;
        }
        locked = lock(scratch);
    }
    if (locked == -1) {
        return cannot("lock", scratch->path);
    }
    if (user->drop && chown(scratch->path, user->uid, user->gid) != 0) {
        return cannot("give away", scratch->path);
    }
    return 0;
}

void scratch_remove(scratch_t *scratch) {
    if (scratch->path[0] != '\0') {
        tree_remove(scratch->path);
        close(scratch->lock);
        scratch->path[0] = '\0';
    }
}

static void clean(const char *path, const run_user_t *user) {
    struct stat info;
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (folder == -1) {
        return;
    }
    if (fstat(folder, &info) == 0 && (info.st_uid == geteuid() || (user->drop && info.st_uid == user->uid))
        && flock(folder, LOCK_EX | LOCK_NB) == 0) {
        tree_remove(path);
    }
    close(folder);
}

void scratch_clean(const run_user_t *user) {
    char pattern[PATH_MAX];
    glob_t found;
    size_t i;

    if (name_in_tmpdir(pattern, "linkfunc-run.??????") != 0 || glob(pattern, 0, NULL, &found) != 0) {
        return;
    }
    for (i = 0; i < found.gl_pathc; i++) {
        clean(found.gl_pathv[i], user);
    }
    globfree(&found);
}
