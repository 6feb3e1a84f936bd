#include "under.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "run.h"

enum { MAX_WORDS = 32 };

static const char *const valgrind_words[] = {"--quiet", "--num-callers=20", "--vgdb=no", NULL};

/* A shell between the two would only be in the way; nor may gdb wait for a key
 * in the middle of a log. */
static const char *const gdb_words[] = {
    "--quiet",
    "-iex",
    "set pagination off",
    "-iex",
    "set startup-with-shell off",
    "-iex",
    "set breakpoint pending on",
    "-iex",
    "set confirm off",
    "-ex",
    "run",
    "--args",
    NULL,
};

/* Leaks are the mock's to find, as NGINX frees little when it ends.  The report
 * comes before the module's own words on a crash. */
static const char asan_options[] = "detect_leaks=0:abort_on_error=1:allow_user_segv_handler=0";

/* Clang also knows where GCC's is, so its own comes first. */
static const char asan_script[] = "for name in libclang_rt.asan-$(uname -m).so libasan.so; do "
                                  "path=$(${CC:-cc} -print-file-name=$name) && [ -e \"$path\" ] "
                                  "&& realpath \"$path\" && exit; done; exit 1";

/* What a script prints, which is one line.  Returns 0 or -1. */
static int ask(char *line, size_t size, const char *script) {
    FILE *in = popen(script, "re"); /* NOLINT(cert-env33-c) */
    bool good;

    if (in == NULL) {
        return -1;
    }
    good = fgets(line, (int) size, in) != NULL;
    if (pclose(in) != 0 || !good) {
        return -1;
    }
    line[strcspn(line, "\n")] = '\0';
    return 0;
}

static int find_asan(under_t *under) {
    if (ask(under->program, sizeof(under->program), asan_script) != 0) {
        run_report("'%s' has no AddressSanitizer; install libasan or libclang-rt-dev, or set CC",
                   getenv("CC") != NULL ? getenv("CC") : "cc");
        return -1;
    }
    return 0;
}

static int find_program(under_t *under, const char *name, const char *script) {
    if (ask(under->program, sizeof(under->program), script) != 0) {
        run_report("%s is not installed; install the package %s", name, name);
        return -1;
    }
    return 0;
}

static int find_gdb(under_t *under) {
    if (!isatty(STDIN_FILENO)) {
        run_report("--gdb needs a terminal");
        return -1;
    }
    return find_program(under, "gdb", "command -v gdb");
}

int under_find(under_t *under) {
    switch (under->kind) {
    case UNDER_ASAN:
        return find_asan(under);
    case UNDER_VALGRIND:
        return find_program(under, "valgrind", "command -v valgrind");
    case UNDER_GDB:
        return find_gdb(under);
    case UNDER_NOTHING:
        break;
    }
    return 0;
}

bool under_is_interactive(const under_t *under) {
    return under->kind == UNDER_GDB;
}

bool under_is_live(const under_t *under) {
    return under->kind != UNDER_NOTHING;
}

/* The later of two settings holds, so the user's come last. */
static int preload_asan(const under_t *under) {
    const char *given = getenv("ASAN_OPTIONS");
    char *options;
    int result;

    if (asprintf(&options, "%s:%s", asan_options, given == NULL ? "" : given) == -1) {
        return -1;
    }
    result = setenv("ASAN_OPTIONS", options, 1);
    free(options);
    return result != 0 || setenv("UBSAN_OPTIONS", "print_stacktrace=1", 0) != 0
               ? -1
               : setenv("LD_PRELOAD", under->program, 1);
}

static void exec_behind(const char *program, const char *const *words, const char *const *nginx) {
    const char *argv[MAX_WORDS] = {program};
    size_t count = 1;

    for (; *words != NULL; words++) {
        argv[count++] = *words;
    }
    for (; *nginx != NULL && count < MAX_WORDS - 1; nginx++) {
        argv[count++] = *nginx;
    }
    argv[count] = NULL;
    execv(program, (char *const *) argv);
}

void under_exec(const under_t *under, const char *const *nginx, bool plain) {
    if (under->kind == UNDER_ASAN && preload_asan(under) != 0) {
        return;
    }
    if (under->kind == UNDER_VALGRIND && !plain) {
        exec_behind(under->program, valgrind_words, nginx);
    } else if (under->kind == UNDER_GDB && !plain) {
        exec_behind(under->program, gdb_words, nginx);
    } else {
        execv(nginx[0], (char *const *) nginx);
    }
}
