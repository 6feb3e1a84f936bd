#include "tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

static int cannot(const char *verb, const char *path) {
    run_report("cannot %s '%s': %s", verb, path, strerror(errno));
    return -1;
}

static int join(char *path, const char *folder, const char *name) {
    if (snprintf(path, PATH_MAX, "%s/%s", folder, name) >= PATH_MAX) {
        errno = ENAMETOOLONG;
        return cannot("copy", folder);
    }
    return 0;
}

/*
 * Files: written under a name of their own, then renamed.
 */

static int begin_file(char *temporary, const char *path) {
    if (snprintf(temporary, PATH_MAX, "%s.XXXXXX", path) >= PATH_MAX) {
        errno = ENAMETOOLONG;
        return -1;
    }
    return mkostemp(temporary, O_CLOEXEC);
}

static int end_file(int fd, const char *temporary, const char *path, mode_t mode, const run_user_t *user) {
    if ((user->drop && fchown(fd, user->uid, user->gid) != 0) || fchmod(fd, mode) != 0
        || rename(temporary, path) != 0) {
        return -1;
    }
    return 0;
}

static int send_all(int out, int in) {
    ssize_t sent;

    do {
        sent = sendfile(out, in, NULL, 1 << 30);
    } while (sent > 0);
    return (int) sent;
}

static int copy_content(int in, mode_t mode, const char *to, const run_user_t *user) {
    char temporary[PATH_MAX];
    int out = begin_file(temporary, to);
    int result;

    if (out == -1) {
        return cannot("create", to);
    }
    result = send_all(out, in) == 0 ? end_file(out, temporary, to, mode, user) : -1;
    if (result != 0) {
        cannot("write", to);
        unlink(temporary);
    }
    close(out);
    return result;
}

int tree_copy_file(const char *from, const char *to, const run_user_t *user) {
    struct stat info;
    int in = open(from, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    int result = -1;

    if (in == -1 || fstat(in, &info) != 0) {
        cannot("read", from);
    } else {
        result = copy_content(in, (info.st_mode & 0777) | S_IRUSR, to, user);
    }
    if (in != -1) {
        close(in);
    }
    return result;
}

int tree_write_file(const char *path, const char *text, const run_user_t *user) {
    char temporary[PATH_MAX];
    size_t len = strlen(text);
    int fd = begin_file(temporary, path);
    int result = -1;

    if (fd == -1) {
        return cannot("create", path);
    }
    if (write(fd, text, len) == (ssize_t) len) {
        result = end_file(fd, temporary, path, 0644, user);
    }
    if (result != 0) {
        cannot("write", path);
        unlink(temporary);
    }
    close(fd);
    return result;
}

/*
 * Folders
 */

static int copy_folder(const char *from, const char *to, const run_user_t *user) {
    if (mkdir(to, 0700) != 0 && errno != EEXIST) {
        return cannot("create", to);
    }
    if (user->drop && chown(to, user->uid, user->gid) != 0) {
        return cannot("give away", to);
    }
    return tree_copy(from, to, NULL, user);
}

static int link_folder(const char *from, const char *to) {
    char target[PATH_MAX];

    if (realpath(from, target) == NULL || (symlink(target, to) != 0 && errno != EEXIST)) {
        return cannot("link", to);
    }
    return 0;
}

static int copy_entry(const char *from, const char *to, const run_user_t *user) {
    struct stat entry, target;

    if (lstat(from, &entry) != 0) {
        return errno == ENOENT ? 0 : cannot("read", from);
    }
    if (stat(from, &target) != 0) {
        return 0; /* a dangling link; or gone meanwhile */
    }
    if (S_ISREG(target.st_mode)) {
        return tree_copy_file(from, to, user);
    }
    if (S_ISDIR(target.st_mode)) {
        return S_ISLNK(entry.st_mode) ? link_folder(from, to) : copy_folder(from, to, user);
    }
    return 0;
}

static int is_skipped(const char *name, const char *const *skip) {
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
        return 1;
    }
    for (; skip != NULL && *skip != NULL; skip++) {
        if (strcmp(name, *skip) == 0) {
            return 1;
        }
    }
    return 0;
}

int tree_copy(const char *from, const char *to, const char *const *skip, const run_user_t *user) {
    char source[PATH_MAX], target[PATH_MAX];
    DIR *folder = opendir(from);
    struct dirent *entry;
    int result = 0;

    if (folder == NULL) {
        return cannot("read", from);
    }
    while (result == 0 && (entry = readdir(folder)) != NULL) {
        if (is_skipped(entry->d_name, skip)) {
            continue;
        }
        result = join(source, from, entry->d_name);
        if (result == 0) {
            result = join(target, to, entry->d_name);
        }
        if (result == 0) {
            result = copy_entry(source, target, user);
        }
    }
    closedir(folder);
    return result;
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *where) {
    (void) info;
    (void) kind;
    (void) where;
    if (remove(path) != 0) {
        cannot("remove", path);
    }
    return 0;
}

void tree_remove(const char *path) {
    nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
