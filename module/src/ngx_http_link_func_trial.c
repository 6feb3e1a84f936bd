/*
 * Trying the libraries as a worker would open them, in a child.
 */

#include "ngx_http_link_func_trial.h"

#include <dlfcn.h>
#include <link.h>
#include <sys/mman.h>

#include "lf_elf.h"


static ngx_int_t
ngx_http_link_func_trial_open(ngx_http_link_func_child_t   *child,
                              ngx_http_link_func_library_t *library,
                              ngx_uint_t                    index);
static void
ngx_http_link_func_trial_explain(ngx_http_link_func_library_t *library,
                                 const char *reason, u_char *buf, size_t size);
static uint32_t
ngx_http_link_func_trial_version(ngx_http_link_func_library_t *library);
static ngx_uint_t
ngx_http_link_func_trial_finds(ngx_http_link_func_call_t *call);


void
ngx_http_link_func_trial_work(ngx_http_link_func_child_t *child)
{
    ngx_uint_t                      i;
    ngx_http_link_func_call_t     **call;
    ngx_http_link_func_library_t  **library;
    ngx_http_link_func_main_conf_t *lmcf;

    lmcf = child->data;
    library = lmcf->libraries.elts;

    for (i = 0; i < lmcf->libraries.nelts; i++) {
        if (ngx_http_link_func_trial_open(child, library[i], i) != NGX_OK) {
            return;
        }
    }

    call = lmcf->calls.elts;

    for (i = 0; i < lmcf->calls.nelts; i++) {
        if (!ngx_http_link_func_trial_finds(call[i])) {
            ngx_http_link_func_child_tell(child, NGX_HTTP_LINK_FUNC_NOT_FOUND,
                                          i, "");
            return;
        }
    }

    ngx_http_link_func_child_tell(child, NGX_HTTP_LINK_FUNC_PASSED, 0, "");
}


static ngx_int_t
ngx_http_link_func_trial_open(ngx_http_link_func_child_t   *child,
                              ngx_http_link_func_library_t *library,
                              ngx_uint_t                    index)
{
    u_char     text[sizeof(((ngx_http_link_func_report_t *) 0)->text)];
    ngx_uint_t i;

    static const char *hooks[] = {"ngx_link_func_init_cycle",
                                  "ngx_link_func_exit_cycle"};

    ngx_http_link_func_child_tell(child, NGX_HTTP_LINK_FUNC_OPENING, index, "");

    library->handle = dlopen((char *) library->load, RTLD_NOW | RTLD_LOCAL);

    if (library->handle == NULL) {
        ngx_http_link_func_trial_explain(library, dlerror(), text,
                                         sizeof(text));
        ngx_http_link_func_child_tell(child, NGX_HTTP_LINK_FUNC_NOT_OPENED,
                                      index, (char *) text);
        return NGX_ERROR;
    }

    for (i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++) {
        if (dlsym(library->handle, hooks[i]) == NULL) {
            ngx_http_link_func_child_tell(child, NGX_HTTP_LINK_FUNC_NO_HOOK,
                                          index, hooks[i]);
        }
    }

    return NGX_OK;
}


/* What stands behind the name of the directive.  glibc says what is missing
 * as "undefined symbol: NAME". */

static void
ngx_http_link_func_trial_explain(ngx_http_link_func_library_t *library,
                                 const char *reason, u_char *buf, size_t size)
{
    size_t   len;
    u_char  *p, *last, *name;
    uint32_t version;

    static const char undefined[] = "undefined symbol: ";

    p = buf;
    last = buf + size - 1;

    name = (u_char *) ngx_strstr(reason, undefined);

    if (name) {
        name += sizeof(undefined) - 1;
        len = strspn((char *) name, "abcdefghijklmnopqrstuvwxyz"
                                    "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");

        if (ngx_strncmp(name, "ngx_link_func_", 14) == 0) {
            version = ngx_http_link_func_trial_version(library);

            p = ngx_slprintf(p, last,
                             "\"%V\" needs function \"%*s\" that this module "
                             "(version %d) does not have, the library was "
                             "built for ",
                             &library->path, len, name,
                             NGX_LINK_FUNC_ABI_VERSION);
            p = version ? ngx_slprintf(p, last, "version %uD: ", version)
                        : ngx_slprintf(p, last, "an unknown version: ");
        }
    }

    p = ngx_slprintf(p, last, "dlopen() \"%V\" failed (", &library->path);
    p = ngx_http_link_func_library_reason(library, reason, p, last);
    p = ngx_slprintf(p, last, ")");
    *p = '\0';
}


static uint32_t
ngx_http_link_func_trial_version(ngx_http_link_func_library_t *library)
{
    void           *addr;
    ngx_fd_t        fd;
    uint32_t        version;
    ngx_file_info_t info;

    fd = ngx_open_file(library->load, NGX_FILE_RDONLY, NGX_FILE_OPEN, 0);

    if (fd == NGX_INVALID_FILE || ngx_fd_info(fd, &info) == NGX_FILE_ERROR) {
        return 0;
    }

    addr = mmap(NULL, (size_t) ngx_file_size(&info), PROT_READ, MAP_PRIVATE, fd,
                0);

    version =
        addr == MAP_FAILED
            ? 0
            : lf_elf_abi_version(lf_str(addr, (size_t) ngx_file_size(&info)));

    (void) ngx_close_file(fd);

    return version;
}


/* A library brings others along, and a function may be theirs; but what NGINX
 * has itself, such as the C library, would be called with what it does not
 * take.  Nor is a variable a function. */

static ngx_uint_t
ngx_http_link_func_trial_finds(ngx_http_link_func_call_t *call)
{
    char *name;
    void *symbol;

#ifdef __GLIBC__
    Dl_info info;
    const ElfW(Sym) * entry;
#endif

    name = (char *) call->name.data;
    symbol = dlsym(call->library->handle, name);

    if (symbol == NULL || symbol == dlsym(RTLD_DEFAULT, name)) {
        return 0;
    }

#ifdef __GLIBC__

    /* A thread's own variable is in no file. */

    if (dladdr1(symbol, &info, (void **) &entry, RTLD_DL_SYMENT) == 0) {
        return 0;
    }

    if (entry) {
        return (entry->st_info & 0xf) != STT_OBJECT;
    }

#endif

    return 1;
}
