/* A library that comes in VERSION 1 and 2, and knows where it was opened from. */

#define _GNU_SOURCE

#include <ngx_link_func_module.h>

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define TEXT_(text) #text
#define TEXT(macro) TEXT_(macro)

void version(ngx_link_func_ctx_t *ctx);
void where(ngx_link_func_ctx_t *ctx);
void write_itself(ngx_link_func_ctx_t *ctx);
void text(ngx_link_func_ctx_t *ctx);
const char *linkfunc_test_text(void);

extern const char linkfunc_test_variable[];
const char linkfunc_test_variable[] = TEXT(VERSION);
extern __thread int linkfunc_test_of_thread;
__thread int linkfunc_test_of_thread = VERSION;

static void answer(ngx_link_func_ctx_t *ctx, const char *text) {
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, text, strlen(text));
}

/* As C++ makes a static member of a template: of all libraries of a process
 * that have this symbol, the first one's is used, and it is never unloaded. */
__asm__(".pushsection .data\n"
        ".globl linkfunc_test_unique\n"
        ".type linkfunc_test_unique, %gnu_unique_object\n"
        ".size linkfunc_test_unique, 2\n"
        "linkfunc_test_unique: .asciz \"" TEXT(VERSION) "\"\n"
                                                        ".popsection\n");
extern char linkfunc_test_unique[2];

/* Both agree, or something of the other version has come in. */
void version(ngx_link_func_ctx_t *ctx) {
    answer(ctx, strcmp(linkfunc_test_unique, TEXT(VERSION)) == 0 ? TEXT(VERSION) : "mixed");
}

/* Both versions have these under the same names, and each finds its own. */
const char *linkfunc_test_text(void) {
    return linkfunc_test_variable;
}

void text(ngx_link_func_ctx_t *ctx) {
    answer(ctx, linkfunc_test_text());
}

static const char *own_name(void) {
    Dl_info info;

    return dladdr(linkfunc_test_unique, &info) == 0 ? "" : info.dli_fname;
}

void where(ngx_link_func_ctx_t *ctx) {
    answer(ctx, own_name());
}

void write_itself(ngx_link_func_ctx_t *ctx) {
    int fd = open(own_name(), O_WRONLY | O_CLOEXEC);
    const char *result = "not opened";

    if (fd != -1) {
        result = write(fd, "", 1) == 1 ? "written" : errno == EPERM ? "sealed" : "other error";
        result = ftruncate(fd, 0) == 0 ? "truncated" : result;
        (void) close(fd);
    }
    answer(ctx, result);
}
