#include "build.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "names.h"
#include "run.h"
#include "tree.h"

/* $1 is the folder to build in, $2 the number of jobs; $3, if any, the flags
 * of a sanitized build, $4 the user's command, and from $5 on the libraries, as
 * the build system knows them.  They are built alone, so that tests which do not
 * compile are in nobody's way; all is built where it has not heard of one. */

#define SANITIZED                                                                                            \
    "[ -z \"$3\" ] || export CFLAGS=\"$3 ${CFLAGS-}\" CXXFLAGS=\"$3 ${CXXFLAGS-}\" "                         \
    "LDFLAGS=\"$3 ${LDFLAGS-}\"; "

#define NINJA                                                                                                \
    "if [ -e \"$1/build.ninja\" ] && command -v ninja > /dev/null; then "                                    \
    "folder=$1; shift 4; "                                                                                   \
    "for target; do ninja -C \"$folder\" -t query \"$target\" > /dev/null 2>&1 || { set --; break; }; "      \
    "done; "                                                                                                 \
    "exec ninja -C \"$folder\" \"$@\"; fi; "

/* The target that has a rule for the library, of those that are there now: the
 * folders of earlier ones stay. */
#define CMAKE_TARGET                                                                                         \
    "$(awk 'BEGIN { rule = ARGV[2] \": \"; ARGC = 2 } "                                                      \
    "{ file = $0 \"/build.make\"; while ((getline line < file) > 0) if (index(line, rule) == 1) "            \
    "{ sub(/\\.dir$/, \"\"); sub(/.*\\//, \"\"); print; exit } close(file) }' "                              \
    "\"$folder/CMakeFiles/TargetDirectories.txt\" \"$library\")"

#define MAKEFILES                                                                                            \
    "folder=$1 jobs=$2; shift 4; "                                                                           \
    "[ -e \"$folder/CMakeFiles/TargetDirectories.txt\" ] || set --; "                                        \
    "for library; do shift; target=" CMAKE_TARGET "; "                                                       \
    "[ -n \"$target\" ] || { set --; break; }; set -- \"$@\" \"$target\"; done; "                            \
    "exec cmake --build \"$folder\" --parallel \"$jobs\" ${1:+--target \"$@\"}"

/* In make's own list of what it knows, a file without a rule has a mark.  A
 * Makefile may set its CFLAGS itself, but not without CC. */
static const char make_script[] =
    "jobs=$2 flags=$3; shift 4; "
    "for library; do make -pq --no-print-directory -- \"$library\" 2> /dev/null | "
    "awk 'BEGIN { rule = ARGV[1] \":\"; ARGC = 1 } index($0, rule) == 1 && last != \"# Not a target:\" "
    "{ found = 1 } { last = $0 } END { exit !found }' \"$library\" || { set --; break; }; done; "
    "[ -z \"$flags\" ] || set -- \"$@\" CC=\"${CC:-cc} $flags\" CXX=\"${CXX:-c++} $flags\"; "
    "exec make --no-print-directory -j\"$jobs\" \"$@\"";

static const char cmake_script[] =
    SANITIZED "[ -e \"$1/CMakeCache.txt\" ] || cmake -S . -B \"$1\" || exit; " NINJA MAKEFILES;

static const char meson_script[] = SANITIZED
    "[ -d \"$1/meson-private\" ] || meson setup \"$1\" || exit; " NINJA "exec meson compile -C \"$1\"";

static const char command_script[] = SANITIZED "eval \"$4\"";

enum { FIXED_WORDS = 8, MAX_WORDS = 32 };

typedef struct {
    const char *file; /* says that the project is built so */
    const char *script;
} build_system_t;

static const build_system_t systems[] = {
    {"GNUmakefile", make_script},     {"makefile", make_script},     {"Makefile", make_script},
    {"CMakeLists.txt", cmake_script}, {"meson.build", meson_script},
};

static bool has(const char *folder, const char *name) {
    char path[PATH_MAX];

    return snprintf(path, sizeof(path), "%s/%s", folder, name) < (int) sizeof(path)
           && access(path, F_OK) == 0;
}

static const char *find_script(const build_t *build) {
    size_t i;

    if (build->command != NULL) {
        return command_script;
    }
    for (i = 0; i < sizeof(systems) / sizeof(systems[0]); i++) {
        if (has(build->project, systems[i].file)) {
            return systems[i].script;
        }
    }
    return NULL;
}

static bool is_configured(const build_t *build, const char *name) {
    char path[PATH_MAX];

    return snprintf(path, sizeof(path), "%s/%s", build->project, name) < (int) sizeof(path) && name[0] != '.'
           && names_is_build_folder(path);
}

/* "build", unless another folder alone was set up. */
static void find_output(build_t *build) {
    DIR *folder = is_configured(build, "build") ? NULL : opendir(build->project);
    struct dirent *entry;

    snprintf(build->output, sizeof(build->output), "build");
    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        if (is_configured(build, entry->d_name)) {
            snprintf(build->output, sizeof(build->output), "%s", entry->d_name);
            break;
        }
    }
    if (folder != NULL) {
        closedir(folder);
    }
}

/* What the `make run` that started us was given - CC=clang, -s - holds for its
 * make too, but not the job server that is behind the two. */
static void leave_job_server(void) {
    const char *given = getenv("MAKEFLAGS");
    char *kept = NULL;
    size_t size;
    FILE *out = given == NULL ? NULL : open_memstream(&kept, &size);

    unsetenv("MFLAGS");
    unsetenv("MAKELEVEL");
    if (out == NULL) {
        return;
    }
    while (*given != '\0' && strncmp(given, "-- ", 3) != 0) {
        size_t len = strcspn(given, " ");

        if (strncmp(given, "-j", 2) != 0 && strncmp(given, "--jobserver", 11) != 0) {
            fprintf(out, "%.*s ", (int) len, given);
        }
        given += len + (given[len] == ' ');
    }
    fputs(given, out);
    if (fclose(out) == 0) {
        setenv("MAKEFLAGS", kept, 1);
    }
    free(kept);
}

void build_find(build_t *build) {
    build->script = find_script(build);
    find_output(build);
    leave_job_server();
}

const char *build_folder(const build_t *build) {
    return build->sanitize != NULL ? build->sanitize : build->project;
}

/* What was built without the sanitizer must not be taken for up to date. */
static bool is_not_source(const char *path, bool at_top) {
    const char *name = strrchr(path, '/') + 1;

    return names_is_output(name) || (at_top && (strcmp(name, ".git") == 0 || strcmp(name, "build") == 0))
           || names_is_build_folder(path);
}

/* As from the folder that it builds in, which for make is the project; NULL where
 * it lies elsewhere. */
static const char *target_name(const build_t *build, const char *library) {
    size_t len = strlen(build->output);

    if (build->script == make_script) {
        return library[0] == '/' ? NULL : library;
    }
    return strncmp(library, build->output, len) == 0 && library[len] == '/' ? library + len + 1 : NULL;
}

/* None where they are too many, so that all is built. */
static void add_libraries(const build_t *build, const check_t *check, const char **argv, size_t count) {
    size_t end = count, i;

    for (i = 0; i < check->count; i++) {
        const char *name = target_name(build, check->libraries[i]);

        if (name == NULL) {
            continue;
        }
        if (end == MAX_WORDS - 1) {
            argv[count] = NULL;
            return;
        }
        argv[end++] = name;
    }
}

/* Returns 0, or -1 after a message. */
static int copy_sources(const build_t *build) {
    static const run_user_t ourselves = {.drop = false};

    return build->sanitize == NULL ? 0
                                   : tree_copy(build->project, build->sanitize, is_not_source, &ourselves);
}

int build_start(const build_t *build, const check_t *check, step_t *step) {
    const char *command = build->command == NULL ? "" : build->command;
    char flags[2 * PATH_MAX + 128] = "", jobs[16];
    const char *argv[MAX_WORDS] = {"sh", "-c", build->script, "sh", build->output, jobs, flags, command};

    if (build->script == NULL) {
        return 1;
    }
    add_libraries(build, check, argv, FIXED_WORDS);
    snprintf(jobs, sizeof(jobs), "%ld", sysconf(_SC_NPROCESSORS_ONLN));
    if (build->sanitize != NULL) {
        snprintf(flags, sizeof(flags),
                 "-g -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fdebug-prefix-map=%s=%s",
                 build->sanitize, build->project);
    }
    return copy_sources(build) == 0 ? step_start(step, build_folder(build), argv) : -1;
}
