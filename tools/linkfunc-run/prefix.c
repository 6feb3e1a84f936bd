#include "prefix.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "own.h"
#include "tree.h"

enum { CONF_LIMIT = 1 << 20, WHY_SIZE = 160 };

static int cannot(const char *verb, const char *path) {
    run_report("cannot %s '%s': %s", verb, path, strerror(errno));
    return -1;
}

static int make_folder(const char *path, const run_user_t *user) {
    if ((mkdir(path, 0700) != 0 && errno != EEXIST)
        || (user->drop && chown(path, user->uid, user->gid) != 0)) {
        return cannot("create", path);
    }
    return 0;
}

/*
 * nginx.conf
 */

static char *read_conf(const char *path, size_t *len) {
    FILE *file = fopen(path, "re");
    char *text = NULL;

    if (file == NULL) {
        cannot("read", path);
        return NULL;
    }
    text = malloc(CONF_LIMIT);
    if (text != NULL) {
        *len = fread(text, 1, CONF_LIMIT, file);
    }
    if (text == NULL || ferror(file) || *len == CONF_LIMIT) {
        run_report("cannot read '%s': %s", path, ferror(file) ? strerror(errno) : "too large");
        free(text);
        text = NULL;
    }
    fclose(file);
    return text;
}

static int write_conf(const prefix_t *prefix, const char *text, size_t len) {
    char why[WHY_SIZE];
    char path[PATH_MAX + sizeof("/nginx.conf")];
    char *adapted = conf_adapt(text, len, &prefix->wishes, why, sizeof(why));
    int result;

    if (adapted == NULL) {
        run_report("cannot serve '%s': %s", prefix->project, why);
        return -1;
    }
    snprintf(path, sizeof(path), "%s/nginx.conf", prefix->scratch.path);
    result = tree_write_file(path, adapted, &prefix->user);
    free(adapted);
    return result;
}

static int fill_conf(const prefix_t *prefix) {
    char path[PATH_MAX];
    char *text;
    size_t len = 0;
    int result;

    snprintf(path, sizeof(path), "%s/nginx.conf", prefix->project);
    text = read_conf(path, &len);
    if (text == NULL) {
        return -1;
    }
    result = write_conf(prefix, text, len);
    free(text);
    return result;
}

/*
 * modules/
 */

/* Only the module: what else stands in that folder is not ours to copy. */
static int fill_modules(const prefix_t *prefix) {
    static const char name[] = "/ngx_http_link_func_module.so";
    char folder[PATH_MAX], from[PATH_MAX + sizeof(name)], to[PATH_MAX + sizeof("/modules") + sizeof(name)];

    if (prefix->module_dir != NULL) {
        snprintf(folder, sizeof(folder), "%s", prefix->module_dir);
    } else if (own_path(folder, LINKFUNC_MODULES_FROM_BIN) != 0) {
        return -1;
    }
    snprintf(to, sizeof(to), "%s/modules", prefix->scratch.path);
    if (make_folder(to, &prefix->user) != 0) {
        return -1;
    }
    snprintf(from, sizeof(from), "%s%s", folder, name);
    snprintf(to, sizeof(to), "%s/modules%s", prefix->scratch.path, name);
    return tree_copy_file(from, to, &prefix->user);
}

/* The folder that NGINX's default log path points into. */
static int make_logs(const prefix_t *prefix) {
    char path[PATH_MAX + sizeof("/logs")];

    snprintf(path, sizeof(path), "%s/logs", prefix->scratch.path);
    return make_folder(path, &prefix->user);
}

static int refuse_own_ancestor(const prefix_t *prefix) {
    size_t len = strlen(prefix->project);

    if (strncmp(prefix->scratch.path, prefix->project, len) == 0
        && (prefix->scratch.path[len] == '/' || len == 1)) {
        run_report("cannot serve '%s': TMPDIR is inside of it", prefix->project);
        return -1;
    }
    return 0;
}

static bool is_not_served(const char *path, bool at_top) {
    const char *name = strrchr(path, '/') + 1;

    return at_top && (strcmp(name, ".git") == 0 || strcmp(name, "nginx.conf") == 0);
}

/* The configuration comes first: it is what most often cannot be used. */
int prefix_fill(const prefix_t *prefix) {
    const char *from = prefix->built != NULL ? prefix->built : prefix->project;

    if (refuse_own_ancestor(prefix) != 0 || fill_conf(prefix) != 0
        || tree_copy(from, prefix->scratch.path, is_not_served, &prefix->user) != 0
        || make_logs(prefix) != 0) {
        return -1;
    }
    return fill_modules(prefix);
}

void prefix_forget(const char *copy, const char *project, const char *path) {
    char place[PATH_MAX];

    if (snprintf(place, sizeof(place), "%s/%s", project, path) >= (int) sizeof(place)
        || access(place, F_OK) == 0) {
        return;
    }
    if (snprintf(place, sizeof(place), "%s/%s", copy, path) < (int) sizeof(place)
        && access(place, F_OK) == 0) {
        tree_remove(place);
    }
}
