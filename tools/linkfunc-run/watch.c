#include "watch.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "names.h"
#include "run.h"

enum { QUIET_MS = 40, LONGEST_MS = 400 };

static const uint32_t watched = IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO
                                | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_EXCL_UNLINK;

static void note(watch_t *watch, unsigned changes, const char *path) {
    if (changes == 0) {
        return;
    }
    watch->last = clock_ms();
    if (watch->changes == 0) {
        watch->since = watch->last;
    }
    snprintf(watch->last_path, sizeof(watch->last_path), "%s", path);
    watch->changes |= changes;
}

static int join(char *path, const char *folder, const char *name) {
    int len = snprintf(path, PATH_MAX, "%s%s%s", folder, folder[0] == '\0' ? "" : "/", name);

    return len < PATH_MAX ? 0 : -1;
}

/*
 * Folders
 */

static watch_folder_t *find(const watch_t *watch, int number) {
    watch_folder_t *folder;

    for (folder = watch->folders; folder != NULL; folder = folder->next) {
        if (folder->number == number) {
            return folder;
        }
    }
    return NULL;
}

/* A number that comes again is of the same folder, seen twice. */
static int remember(watch_t *watch, int number, const char *path) {
    watch_folder_t *folder;

    if (find(watch, number) != NULL) {
        return 0;
    }
    folder = malloc(sizeof(*folder) + strlen(path) + 1);
    if (folder == NULL) {
        return -1;
    }
    folder->number = number;
    memcpy(folder->path, path, strlen(path) + 1);
    folder->next = watch->folders;
    watch->folders = folder;
    return 0;
}

static void forget(watch_t *watch, int number) {
    watch_folder_t **place = &watch->folders;
    watch_folder_t *folder = find(watch, number);

    if (folder != NULL) {
        while (*place != folder) {
            place = &(*place)->next;
        }
        *place = folder->next;
        free(folder);
    }
}

static void add_folder(watch_t *watch, const char *path, bool is_new);

static void add_entry(watch_t *watch, const char *folder, const char *name, bool is_new) {
    char path[PATH_MAX], full[PATH_MAX];
    struct stat info;

    if (join(path, folder, name) != 0 || join(full, watch->root, path) != 0 || lstat(full, &info) != 0) {
        return;
    }
    if (S_ISDIR(info.st_mode)) {
        add_folder(watch, path, is_new);
    } else if (is_new) {
        note(watch, names_meaning(path), path);
    }
}

/* The watch comes before the look, so nothing is missed between them. */
static void add_folder(watch_t *watch, const char *path, bool is_new) {
    char full[PATH_MAX];
    struct dirent *entry;
    DIR *folder;
    int number;

    if (join(full, watch->root, path) != 0
        || (path[0] != '\0' && (names_skip_folder(path) || names_is_build_folder(full)))) {
        return;
    }
    number = inotify_add_watch(watch->fd, full, watched);
    if (number == -1 || remember(watch, number, path) != 0) {
        if (errno != ENOENT && errno != ENOTDIR) {
            run_report("cannot watch '%s': %s", full, strerror(errno));
        }
        return;
    }
    folder = opendir(full);
    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            add_entry(watch, path, entry->d_name, is_new);
        }
    }
    if (folder != NULL) {
        closedir(folder);
    }
}

static void drop_folders(watch_t *watch) {
    while (watch->folders != NULL) {
        watch_folder_t *folder = watch->folders;

        watch->folders = folder->next;
        free(folder);
    }
    if (watch->fd != -1) {
        close(watch->fd);
        watch->fd = -1;
    }
}

int watch_open(watch_t *watch) {
    watch->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (watch->fd == -1) {
        run_report("cannot watch '%s': %s", watch->root, strerror(errno));
        return -1;
    }
    add_folder(watch, "", false);
    return 0;
}

/* Where events were lost, or paths are no longer what they were. */
static void begin_anew(watch_t *watch, const char *path) {
    drop_folders(watch);
    if (watch_open(watch) == 0) {
        note(watch, NAMES_CONF | NAMES_BUILD, path);
    }
}

/*
 * Events
 */

/* A file that is created is still to be written; only a link is complete. */
static bool is_complete(const watch_t *watch, const char *path) {
    char full[PATH_MAX];
    struct stat info;

    return join(full, watch->root, path) == 0 && lstat(full, &info) == 0
           && (S_ISLNK(info.st_mode) || info.st_nlink > 1);
}

static void take_file(watch_t *watch, const struct inotify_event *event, const char *path) {
    unsigned meaning = names_meaning(path);

    if (meaning != 0 && (event->mask & (IN_DELETE | IN_MOVED_FROM))) {
        watch->removed(watch->data, path);
    }
    if ((event->mask & IN_CREATE) == 0 || is_complete(watch, path)) {
        note(watch, meaning, path);
    }
}

/* Returns whether the rest of what was read still holds. */
static bool take_folder(watch_t *watch, const struct inotify_event *event, const char *path) {
    if (names_skip_folder(path)) {
        return true;
    }
    if (event->mask & (IN_MOVED_FROM | IN_DELETE)) {
        watch->removed(watch->data, path);
        begin_anew(watch, path);
        return false;
    }
    add_folder(watch, path, true);
    return true;
}

static bool lose_root(watch_t *watch) {
    run_report("'%s' was removed; what runs keeps serving, and nothing is watched", watch->root);
    watch_close(watch);
    return false;
}

static bool take_event(watch_t *watch, const struct inotify_event *event) {
    const watch_folder_t *folder = find(watch, event->wd);
    char path[PATH_MAX];

    if (event->mask & IN_Q_OVERFLOW) {
        begin_anew(watch, "so much that some was missed");
        return false;
    }
    if (event->mask & IN_IGNORED) {
        forget(watch, event->wd);
        return true;
    }
    if (folder == NULL) {
        return true;
    }
    if (event->mask & (IN_DELETE_SELF | IN_MOVE_SELF)) {
        return folder->path[0] != '\0' || lose_root(watch);
    }
    if (event->len == 0 || join(path, folder->path, event->name) != 0) {
        return true;
    }
    if (event->mask & IN_ISDIR) {
        return take_folder(watch, event, path);
    }
    take_file(watch, event, path);
    return true;
}

void watch_read(watch_t *watch) {
    char buffer[16 * 1024] __attribute__((aligned(__alignof__(struct inotify_event))));
    ssize_t len = read(watch->fd, buffer, sizeof(buffer));
    const char *at = buffer;

    while (at < buffer + len) {
        const struct inotify_event *event = (const void *) at;

        if (!take_event(watch, event)) {
            return;
        }
        at += sizeof(*event) + event->len;
    }
}

/*
 * Bursts: what an editor or a checkout writes together is one change.
 */

int64_t watch_deadline(const watch_t *watch) {
    if (watch->changes == 0) {
        return CLOCK_NEVER;
    }
    return clock_earlier(watch->last + QUIET_MS, watch->since + LONGEST_MS);
}

unsigned watch_take(watch_t *watch) {
    unsigned changes = watch->changes;

    if (changes == 0 || clock_ms() < watch_deadline(watch)) {
        return 0;
    }
    watch->changes = 0;
    return changes;
}

void watch_close(watch_t *watch) {
    watch->changes = 0;
    drop_folders(watch);
}
