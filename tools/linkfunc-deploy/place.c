#include "place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "deploy.h"
#include "source.h"

enum { MODE = 0755 };

typedef struct {
    char text[NAME_MAX + 16];
} name_t;

static name_t staged_name(const place_t *place) {
    name_t name;

    snprintf(name.text, sizeof(name.text), ".%s.new", place->name);
    return name;
}

static name_t old_name(const place_t *place) {
    name_t name;

    snprintf(name.text, sizeof(name.text), ".%s.old", place->name);
    return name;
}

static name_t previous_name(const place_t *place) {
    name_t name;

    snprintf(name.text, sizeof(name.text), "%s.previous", place->name);
    return name;
}

static int cannot(const char *verb, const char *path) {
    deploy_report("cannot %s '%s': %s", verb, path, strerror(errno));
    return -1;
}

/* What a rename or link did is on the disk only behind this; a file system that
 * cannot promise it says EINVAL. */
static int settle(const place_t *place, const char *verb, const char *path) {
    return fsync(place->folder) == 0 || errno == EINVAL ? 0 : cannot(verb, path);
}

static void discard(const place_t *place, const char *name) {
    (void) unlinkat(place->folder, name, 0);
}

/*
 * Where it is
 */

static const char *last_component(const char *path) {
    const char *slash = strrchr(path, '/');

    return slash == NULL ? path : slash + 1;
}

static int find_path(place_t *place, const char *destination, const char *library) {
    size_t len = strlen(destination);
    struct stat info;
    bool is_folder =
        (len > 0 && destination[len - 1] == '/') || (stat(destination, &info) == 0 && S_ISDIR(info.st_mode));

    if (is_folder && library == NULL) {
        deploy_report("cannot roll back '%s': it is a folder, and a file in it is wanted", destination);
        return -1;
    }
    if (snprintf(place->path, sizeof(place->path), "%s%s%s", destination,
                 is_folder && destination[len - 1] != '/' ? "/" : "",
                 is_folder ? last_component(library) : "")
            + (int) sizeof(".previous")
        >= (int) sizeof(place->path)) {
        errno = ENAMETOOLONG;
        return cannot("deploy to", destination);
    }
    place->name = last_component(place->path);
    return 0;
}

static int open_folder(place_t *place) {
    char folder[PATH_MAX];
    int len = (int) (place->name - place->path);

    snprintf(folder, sizeof(folder), "%.*s", len > 0 ? len : 1, len > 0 ? place->path : ".");
    place->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (place->folder == -1) {
        return cannot("open the folder", folder);
    }
    snprintf(place->previous, sizeof(place->previous), "%.*s%s", len, place->path, previous_name(place).text);
    snprintf(place->staged, sizeof(place->staged), "%.*s%s", len, place->path, staged_name(place).text);
    return 0;
}

static int look(place_t *place) {
    struct stat info;

    place->existed = fstatat(place->folder, place->name, &info, AT_SYMLINK_NOFOLLOW) == 0;
    if (!place->existed && errno != ENOENT) {
        return cannot("deploy to", place->path);
    }
    if (place->existed && !S_ISREG(info.st_mode)) {
        deploy_report("cannot deploy to '%s': it is %s, and a regular file is expected", place->path,
                      S_ISLNK(info.st_mode) ? "a symbolic link" : "something else");
        return -1;
    }
    return 0;
}

static bool same_file(const place_t *place, const char *a, const char *b) {
    struct stat first, second;

    return fstatat(place->folder, a, &first, AT_SYMLINK_NOFOLLOW) == 0
           && fstatat(place->folder, b, &second, AT_SYMLINK_NOFOLLOW) == 0 && first.st_ino == second.st_ino;
}

/* What a killed run kept aside is the previous version, unless DEST is that file
 * still. */
static int tidy(const place_t *place) {
    name_t old = old_name(place);

    discard(place, staged_name(place).text);
    if (same_file(place, old.text, place->name)) {
        discard(place, old.text);
        return 0;
    }
    if (faccessat(place->folder, old.text, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
        deploy_report("an earlier run was killed; what it replaced is '%s' now", place->previous);
        return place_keep(place);
    }
    return 0;
}

/* The lock is the folder's: it leaves no file, and ends with the process. */
int place_open(place_t *place, const char *destination, const char *library, bool lock) {
    place->folder = -1;
    place->changed = false;
    if (find_path(place, destination, library) != 0 || open_folder(place) != 0) {
        return -1;
    }
    if (lock && flock(place->folder, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK) {
            deploy_report("cannot deploy to '%s': another deployment to its folder is under way",
                          place->path);
            return -1;
        }
        return cannot("lock the folder of", place->path);
    }
    return look(place) != 0 || (lock && tidy(place) != 0) ? -1 : 0;
}

void place_close(place_t *place) {
    if (place->folder != -1) {
        (void) close(place->folder);
    }
}

/*
 * The copy
 */

/* Root's files belong to root, whatever the folder would have them inherit. */
static int hand_over(int fd) {
    if (geteuid() == 0 && fchown(fd, 0, 0) != 0) {
        return -1;
    }
    return fchmod(fd, MODE) != 0 || fsync(fd) != 0 ? -1 : 0;
}

int place_stage(place_t *place, const char *library) {
    name_t name = staged_name(place);
    int from = source_open(library), to, status;

    if (from == -1) {
        return -1;
    }
    to = openat(place->folder, name.text, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    status = to == -1 ? cannot("create", place->staged) : source_copy(from, library, to, place->staged);
    if (status == 0 && hand_over(to) != 0) {
        status = cannot("write", place->staged);
    }
    (void) close(from);
    if (to != -1) {
        (void) close(to);
        if (status != 0) {
            discard(place, name.text);
        }
    }
    return status;
}

int place_stage_previous(place_t *place) {
    name_t previous = previous_name(place);
    struct stat info;

    if (fstatat(place->folder, previous.text, &info, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(info.st_mode)) {
        deploy_report("cannot roll back '%s': there is no previous version '%s'", place->path,
                      place->previous);
        return -1;
    }
    if (linkat(place->folder, previous.text, place->folder, staged_name(place).text, 0) != 0) {
        return cannot("link", place->previous);
    }
    return 0;
}

void place_discard(const place_t *place) {
    discard(place, staged_name(place).text);
}

bool place_is(const place_t *place, const char *library) {
    int fd = openat(place->folder, place->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    struct stat info;
    bool same = fd != -1 && fstat(fd, &info) == 0 && (info.st_mode & 07777) == MODE
                && info.st_uid == geteuid() && source_equals(fd, library);

    if (fd != -1) {
        (void) close(fd);
    }
    return same;
}

/*
 * The steps
 */

int place_install(place_t *place) {
    name_t staged = staged_name(place), old = old_name(place);

    if (place->existed && linkat(place->folder, place->name, place->folder, old.text, 0) != 0) {
        (void) cannot("keep", place->path);
        discard(place, staged.text);
        return -1;
    }
    if (settle(place, "keep", place->path) != 0
        || renameat(place->folder, staged.text, place->folder, place->name) != 0) {
        (void) cannot("replace", place->path);
        discard(place, staged.text);
        discard(place, old.text);
        return -1;
    }
    place->changed = true;
    discard(place, staged.text); /* still there when it was the same file as DEST */
    return settle(place, "replace", place->path);
}

int place_keep(const place_t *place) {
    name_t old = old_name(place), previous = previous_name(place);

    if (renameat(place->folder, old.text, place->folder, previous.text) != 0 && errno != ENOENT) {
        return cannot("keep the previous version", place->previous);
    }
    discard(place, old.text); /* still there when it was that file already */
    return settle(place, "keep the previous version", place->previous);
}

int place_restore(place_t *place) {
    name_t old = old_name(place);
    int status = place->existed ? renameat(place->folder, old.text, place->folder, place->name)
                                : unlinkat(place->folder, place->name, 0);

    if (status != 0) {
        return cannot("restore", place->path);
    }
    discard(place, old.text);
    place->changed = false;
    return settle(place, "restore", place->path);
}
