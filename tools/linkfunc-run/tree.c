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

/* Of another file its mode and time, or NULL: anyone may read it. */
static int end_file(int fd, const char *temporary, const char *path, const struct stat *like,
                    const run_user_t *user) {
    struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_nsec = UTIME_NOW}};
    mode_t mode = 0644;

    if (like != NULL) {
        times[1] = like->st_mtim;
        mode = (like->st_mode & 0777) | S_IRUSR;
    }
    if ((user->drop && fchown(fd, user->uid, user->gid) != 0) || fchmod(fd, mode) != 0
        || futimens(fd, times) != 0 || rename(temporary, path) != 0) {
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

static int copy_content(int in, const struct stat *like, const char *to, const run_user_t *user) {
    char temporary[PATH_MAX];
    int out = begin_file(temporary, to);
    int result;

    if (out == -1) {
        return cannot("create", to);
    }
    result = send_all(out, in) == 0 ? end_file(out, temporary, to, like, user) : -1;
    if (result != 0) {
        cannot("write", to);
        unlink(temporary);
    }
    close(out);
    return result;
}

static bool is_current(const struct stat *info, const char *to) {
    struct stat there;

    return lstat(to, &there) == 0 && S_ISREG(there.st_mode) && there.st_size == info->st_size
           && ((there.st_mode ^ (info->st_mode | S_IRUSR)) & 0777) == 0
           && there.st_mtim.tv_sec == info->st_mtim.tv_sec && there.st_mtim.tv_nsec == info->st_mtim.tv_nsec;
}

int tree_copy_file(const char *from, const char *to, const run_user_t *user) {
    struct stat info;
    int in = open(from, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    int result = -1;

    if (in == -1 || fstat(in, &info) != 0) {
        cannot("read", from);
    } else {
        result = is_current(&info, to) ? 0 : copy_content(in, &info, to, user);
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
        result = end_file(fd, temporary, path, NULL, user);
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

static int copy_entries(const char *from, const char *to, tree_skip_t *skip, bool at_top,
                        const run_user_t *user);

static int copy_folder(const char *from, const char *to, tree_skip_t *skip, const run_user_t *user) {
    if (mkdir(to, 0700) != 0 && errno != EEXIST) {
        return cannot("create", to);
    }
    if (user->drop && chown(to, user->uid, user->gid) != 0) {
        return cannot("give away", to);
    }
    return copy_entries(from, to, skip, false, user);
}

static int link_folder(const char *from, const char *to) {
    char target[PATH_MAX];

    if (realpath(from, target) == NULL || (symlink(target, to) != 0 && errno != EEXIST)) {
        return cannot("link", to);
    }
    return 0;
}

static int copy_entry(const char *from, const char *to, tree_skip_t *skip, const run_user_t *user) {
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
        return S_ISLNK(entry.st_mode) ? link_folder(from, to) : copy_folder(from, to, skip, user);
    }
    return 0;
}

static bool is_dots(const char *name) {
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static int copy_named(const char *from, const char *to, const char *name, tree_skip_t *skip, bool at_top,
                      const run_user_t *user) {
    char source[PATH_MAX], target[PATH_MAX];

    if (join(source, from, name) != 0 || join(target, to, name) != 0) {
        return -1;
    }
    return skip(source, at_top) ? 0 : copy_entry(source, target, skip, user);
}

static int copy_entries(const char *from, const char *to, tree_skip_t *skip, bool at_top,
                        const run_user_t *user) {
    DIR *folder = opendir(from);
    struct dirent *entry;
    int result = 0;

    if (folder == NULL) {
        return errno == ENOENT && !at_top ? 0 : cannot("read", from);
    }
    while (result == 0 && (entry = readdir(folder)) != NULL) {
        if (!is_dots(entry->d_name)) {
            result = copy_named(from, to, entry->d_name, skip, at_top, user);
        }
    }
    closedir(folder);
    return result;
}

int tree_copy(const char *from, const char *to, tree_skip_t *skip, const run_user_t *user) {
    return copy_entries(from, to, skip, true, user);
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
