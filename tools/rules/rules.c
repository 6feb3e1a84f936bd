#include "rules.h"

#include <stddef.h>
#include <string.h>

static const check_rule_t rules[] = {
    {"unreadable", CHECK_ERROR, "name a file that can be read"},
    {"not-elf", CHECK_ERROR, "build it with cc -shared -fPIC"},
    {"wrong-arch", CHECK_ERROR, "build it for the machine that NGINX runs on"},
    {"not-shared", CHECK_ERROR, "link it with -shared"},
    {"missing-init", CHECK_WARNING, "export void ngx_link_func_init_cycle(ngx_link_func_cycle_t *)"},
    {"missing-exit", CHECK_WARNING, "export void ngx_link_func_exit_cycle(ngx_link_func_cycle_t *)"},
    {"function-not-found", CHECK_ERROR, "export the function, or correct the name in the configuration"},
    {"conf-unreadable", CHECK_ERROR, "name a configuration that can be read, with all that it includes"},
    {"conf-syntax", CHECK_ERROR, "mend the configuration until nginx -t accepts it"},
    {"conf-without-calls", CHECK_ERROR, "name the configuration whose locations call the library"},
    {"undefined-symbol", CHECK_ERROR, "link the library that defines it (-lNAME)"},
    {"needs-newer-runtime", CHECK_ERROR,
     "deploy the newer module first, or compile with -DNGX_LINK_FUNC_API=34"},
    {"portability-3.2.4", CHECK_NOTE,
     "compile with -DNGX_LINK_FUNC_API=34 if the original module shall load it"},
    {"needed-library-missing", CHECK_ERROR, "install the library, or link it statically"},
    {"sanitizer-linked", CHECK_ERROR, "deploy a build without -fsanitize"},
    {"executable-stack", CHECK_WARNING,
     "link with -Wl,-z,noexecstack; mark assembler files with .note.GNU-stack"},
    {"text-relocation", CHECK_WARNING, "compile every object with -fPIC"},
    {"insecure-rpath", CHECK_ERROR, "use absolute folders that only root can write, or $ORIGIN"},
    {"writable-by-others", CHECK_ERROR, "chmod go-w the file and its folder"},
    {"not-owned-by-root", CHECK_WARNING, "chown root:root the file"},
    {"no-relro", CHECK_WARNING, "link with -Wl,-z,relro,-z,now"},
    {"partial-relro", CHECK_NOTE, "link with -Wl,-z,now too"},
    {"blocking-import", CHECK_WARNING, "keep it out of handlers that run without aio threads"},
    {"uses-malloc-note", CHECK_NOTE, "prefer ngx_link_func_palloc(), which is freed with the request"},
    {"load-failed", CHECK_ERROR, "run ldd -r on the file; see that its constructors return"},
};

const check_rule_t *check_rule_find(const char *id) {
    size_t i;

    for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        if (strcmp(rules[i].id, id) == 0) {
            return &rules[i];
        }
    }
    return NULL;
}
