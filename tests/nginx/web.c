#define _GNU_SOURCE

#include "web.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

void copy_library(const char *library, const char *folder, const char *name) {
    char command[512];

    (void) snprintf(command, sizeof(command), "install -m 755 '%s/nginx_%s.so' '%s/%s'", LIBRARY_FOLDER,
                    library, folder, name);
    assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c): all paths are the test's own */
}

int start_web(void **state) {
    web_t *web = test_calloc(1, sizeof(*web));

    (void) snprintf(web->folder, sizeof(web->folder), "/tmp/linkfunc-web-XXXXXX");
    assert_non_null(mkdtemp(web->folder));
    (void) snprintf(web->web, sizeof(web->web), "%s/web", web->folder);
    (void) snprintf(web->dest, sizeof(web->dest), "%s/dest", web->folder);
    assert_int_equal(chmod(web->folder, 0755), 0);
    assert_int_equal(mkdir(web->web, 0755), 0);
    assert_int_equal(mkdir(web->dest, 0755), 0);
    copy_library("none", web->web, "good.so");
    copy_library("handlers", web->web, "other.so");
    web->origin = origin_start(web->web);
    *state = web;
    return 0;
}

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *walk) {
    (void) info;
    (void) type;
    return walk->level == 0 ? 0 : remove(path);
}

int clean_web(void **state) {
    web_t *web = *state;
    nginx_server_t *server = web->server;

    web->server = NULL;
    if (web->beside != 0) {
        (void) kill(web->beside, SIGKILL);
        (void) waitpid(web->beside, NULL, 0);
        web->beside = 0;
    }
    (void) nftw(web->dest, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    nginx_server_stop(server);
    return 0;
}

int stop_web(void **state) {
    web_t *web = *state;

    origin_stop(web->origin);
    (void) nftw(web->folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    (void) rmdir(web->folder);
    test_free(web);
    return 0;
}

const char *web_url(int port, const char *login) {
    static char url[128];

    (void) snprintf(url, sizeof(url), "http://%s127.0.0.1:%d", login, port);
    return url;
}

size_t dest_count(const web_t *web) {
    DIR *dir = opendir(web->dest);
    const struct dirent *entry;
    size_t count = 0;

    assert_non_null(dir);
    while ((entry = readdir(dir)) != NULL) {
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    }
    (void) closedir(dir);
    return count;
}

void wait_for_dest_count(const web_t *web, size_t count) {
    const struct timespec pause = {0, 5000000};
    int rounds;

    for (rounds = 0; rounds < 1000 && dest_count(web) != count; rounds++) {
        (void) nanosleep(&pause, NULL);
    }
    assert_int_equal(dest_count(web), count);
}

/* The line with all of them, or NULL. */
static const char *find_line(char *output, const char *const *texts) {
    char *save = NULL;
    const char *line;
    size_t i;

    for (line = strtok_r(output, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save)) {
        for (i = 0; texts[i] != NULL && strstr(line, texts[i]) != NULL; i++) {
        }
        if (texts[i] == NULL && strstr(line, "[emerg]") != NULL && strstr(line, "nginx.conf:") != NULL) {
            return line;
        }
    }
    return NULL;
}

void assert_refused(const web_t *web, const char *server, const char *const *texts) {
    const nginx_config_t config = {.server = server};
    size_t count = dest_count(web);
    char *output, *copy;
    int status = nginx_config_test(&config, &output);

    copy = strdup(output);
    assert_non_null(copy);
    if (status != 1 || find_line(copy, texts) == NULL) {
        print_error("exit status %d, expected %s in:\n%s\nfor %s\n", status, texts[0], output, server);
        fail();
    }
    assert_null(strstr(output, "word"));
    assert_int_equal(dest_count(web), count);
    free(copy);
    free(output);
}
