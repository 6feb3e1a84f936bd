/* What it exports, and what it expects others to export. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "nearest.h"
#include "runtime.h"
#include "search.h"

static bool is_one_of(const char *name, const char *const *names, size_t count) {
    size_t i;

    for (i = 0; i < count; i++) {
        if (strcmp(name, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

#define IS_ONE_OF(name, names) is_one_of((name), (names), sizeof(names) / sizeof((names)[0]))

static bool begins_with(const char *text, const char *prefix) {
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/*
 * Exports
 */

static void check_hook(check_findings_t *findings, const library_t *library, const char *rule,
                       const char *name) {
    if (library_exports_function(library, name)) {
        return;
    }
    if (library_exports(library, name)) {
        check_add(findings, rule, library->path, "it exports %s as a variable", name);
    } else {
        check_add(findings, rule, library->path, "it exports no %s()", name);
    }
}

static void check_hooks(check_findings_t *findings, const library_t *library) {
    check_hook(findings, library, "missing-init", "ngx_link_func_init_cycle");
    check_hook(findings, library, "missing-exit", "ngx_link_func_exit_cycle");
}

static bool is_there_but_local(const library_t *library, const char *name) {
    size_t i;

    for (i = 0; i < library->all_count; i++) {
        const library_symbol_t *symbol = &library->all[i];

        if (symbol->defined && symbol->local && symbol->function && strcmp(symbol->name, name) == 0) {
            return true;
        }
    }
    return false;
}

/* What it is instead; NULL: nothing of that name is there. */
static const char *why_not(const library_t *library, const char *function) {
    if (library_exports(library, function)) {
        return "is a variable";
    }
    return is_there_but_local(library, function) ? "is static or hidden" : NULL;
}

void check_function(check_findings_t *findings, const library_t *library, const char *place,
                    const char *function) {
    const char *nearest, *why;

    if (library_exports_function(library, function)) {
        return;
    }
    why = why_not(library, function);
    if (why != NULL) {
        check_add(findings, "function-not-found", place, "function \"%s\" %s in \"%s\"", function, why,
                  library->path);
        return;
    }
    nearest = nearest_function(library, function);
    check_add(findings, "function-not-found", place, "function \"%s\" not found in \"%s\"%s%s%s", function,
              library->path, nearest ? ", did you mean \"" : "", nearest ? nearest : "",
              nearest ? "\"?" : "");
}

/*
 * Imports
 */

static void check_needed(check_findings_t *findings, const library_t *library) {
    static const char *const sanitizers[] = {"libasan.so", "libtsan.so",   "libubsan.so", "liblsan.so",
                                             "libmsan.so", "libclang_rt.", "libhwasan.so"};
    size_t i, k;

    for (i = 0; i < library->needed.count; i++) {
        const char *name = library->needed.items[i];
        char *path = search_library(library, name);

        for (k = 0; k < sizeof(sanitizers) / sizeof(sanitizers[0]); k++) {
            if (begins_with(name, sanitizers[k])) {
                check_add(findings, "sanitizer-linked", library->path, "it is linked to %s", name);
            }
        }
        if (path == NULL) {
            check_add(findings, "needed-library-missing", library->path, "it needs %s, which was not found",
                      name);
        }
        free(path);
    }
}

/* clang links its sanitizers into programs only, so its libraries just import;
 * that of undefined behaviour can be linked into the library too. */
static void check_instrumented(check_findings_t *findings, const library_t *library) {
    static const char *const prefixes[] = {"__asan_init", "__tsan_init", "__msan_init", "__hwasan_init",
                                           "__ubsan_handle_"};
    size_t i;

    for (i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
        const library_symbol_t *symbol = library_find_prefix(library, prefixes[i]);

        if (symbol != NULL) {
            check_add(findings, "sanitizer-linked", library->path, "it is instrumented: it %s %s()",
                      symbol->defined ? "has" : "imports", symbol->name);
        }
    }
}

/* As glibc has them, "__..._chk" with _FORTIFY_SOURCE. */
static void check_blocking(check_findings_t *findings, const char *path, const char *name) {
    static const char *const blocking[] = {
        "sleep",
        "usleep",
        "nanosleep",
        "clock_nanosleep",
        "pause",
        "system",
        "popen",
        "connect",
        "accept",
        "accept4",
        "recv",
        "recvfrom",
        "recvmsg",
        "__recv_chk",
        "__recvfrom_chk",
        "select",
        "pselect",
        "poll",
        "ppoll",
        "__poll_chk",
        "__ppoll_chk",
        "epoll_wait",
        "epoll_pwait",
        "fsync",
        "fdatasync",
        "sync",
        "flock",
        "lockf",
        "wait",
        "wait3",
        "wait4",
        "waitid",
        "waitpid",
        "getaddrinfo",
        "getnameinfo",
        "gethostbyaddr",
        "gethostbyname",
        "sigsuspend",
        "sigtimedwait",
        "sigwait",
        "sigwaitinfo",
        "sem_timedwait",
        "sem_wait",
        "pthread_cond_timedwait",
        "pthread_cond_wait",
        "pthread_join",
    };

    if (IS_ONE_OF(name, blocking)) {
        check_add(findings, "blocking-import", path, "it imports %s(), which can block the worker", name);
    }
}

static void check_allocator(check_findings_t *findings, const char *path, const char *name) {
    static const char *const allocators[] = {"malloc",  "calloc", "realloc", "strdup",
                                             "strndup", "_Znwm",  "_Znam"};

    if (IS_ONE_OF(name, allocators)) {
        check_add(findings, "uses-malloc-note", path, "it imports %s()", name);
    }
}

/* A function of the API: one of a later version than the SDK's own, or one that
 * the original module lacks. */
static void check_api(check_findings_t *findings, const library_t *library, const char *name) {
    unsigned version = runtime_version_of(name);

    if (version == 0) {
        check_add(findings, "needs-newer-runtime", library->path,
                  "it imports %s(), which version %u of the API does not have", name, runtime_version());
    } else if (version > 34) {
        check_add(findings, "portability-3.2.4", library->path, "it imports %s(), which is new in version %u",
                  name, version);
    }
}

static void check_imports(check_findings_t *findings, const library_t *library) {
    search_symbols_t *others = search_symbols_new(library);
    size_t i;

    for (i = 0; i < library->dynamic_count; i++) {
        const library_symbol_t *symbol = &library->dynamic[i];

        if (symbol->defined || symbol->local) {
            continue;
        }
        check_blocking(findings, library->path, symbol->name);
        check_allocator(findings, library->path, symbol->name);
        if (begins_with(symbol->name, "ngx_link_func_")) {
            check_api(findings, library, symbol->name);
        } else if (!symbol->weak && !search_symbols_has(others, symbol->name)) {
            check_add(findings, "undefined-symbol", library->path, "nobody defines %s", symbol->name);
        }
    }
    search_symbols_free(others);
}

void check_symbols(check_findings_t *findings, const library_t *library) {
    check_hooks(findings, library);
    check_needed(findings, library);
    check_instrumented(findings, library);
    if (library->abi_version > runtime_version()) {
        check_add(findings, "needs-newer-runtime", library->path,
                  "it was compiled for version %u of the API, this SDK has %u", library->abi_version,
                  runtime_version());
    }
    check_imports(findings, library);
}
